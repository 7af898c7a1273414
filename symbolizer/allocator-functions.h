/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions of the malloc family an ELF file defines, where in the file they are, and where to probe them. */
#pragma once

#include "allocator-module.h"

G_BEGIN_DECLS

#define MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR (memsnoop_allocator_functions_error_quark ())

typedef enum
{
  /* It cannot be read, or is no ELF file. */
  MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_INVALID,
  /* It is of another kind than this machine's 64-bit programs. */
  MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_NOT_SUPPORTED,
} MemsnoopAllocatorFunctionsError;

GQuark memsnoop_allocator_functions_error_quark (void);

/**
 * memsnoop_allocator_functions_find:
 * @descriptor: of a file, open for reading; stays open, and its position is of no matter.
 * @long_nops: whether the kernel emulates probes on multi-byte nops.
 *
 * Reads the tables of symbols: the one for linking, of which the loader makes use, and of programs the
 * full one: of those that are linked statically with local symbols. Nothing in the file is believed, and the work is bounded.
 *
 * Returns: (transfer full): without functions when it defines none.
 */
MemsnoopAllocatorModule *memsnoop_allocator_functions_find (int       descriptor,
                                                            gboolean  long_nops,
                                                            GError  **error);

G_END_DECLS
