/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks from a copy of the stack, by the unwind tables of the modules. */
#pragma once

#include "process-image.h"
#include "walk-rule.h"

G_BEGIN_DECLS

typedef struct
{
  /* As DWARF numbers them. */
  guint64       registers[MEMSNOOP_WORKER_REGISTERS];
  /* Address of the copy's first byte, and the copy. */
  guint64       base;
  const guint8 *stack;
  gsize         length;
} MemsnoopStackSample;

typedef struct
{
  /* Index of the mapping, or %MEMSNOOP_WORKER_NO_MAPPING. */
  guint32 mapping;
  /* In the mapping's file; without a mapping an address. Of the instruction that is being executed. */
  guint64 offset;
  /* Of the return address into this frame; 0: it lies in none. */
  guint64 slot;
  /* That return address, and for the innermost frame and interrupted ones the next instruction. */
  guint64 address;
  /* Whether that is the instruction that is being executed, and not a return address. */
  gboolean exact;
  /* How the programs in the kernel get from here to the caller. */
  MemsnoopWalkRule rule;
} MemsnoopFrame;

/**
 * memsnoop_unwind:
 * @depth: frames at most.
 * @end: (out): why there are no more.
 * @n_sure: (out): frames that were found by unwind tables; those after them by frame pointers.
 *
 * From the sample's innermost frame outwards, through signal handlers. Where a module has no unwind tables
 * libdwfl follows frame pointers. What it finds so is kept only where the return address follows a call
 * instruction, and counted apart.
 *
 * Returns: (transfer full): MemsnoopFrame, at least one.
 */
GArray *memsnoop_unwind (MemsnoopProcessImage      *image,
                         const MemsnoopStackSample *sample,
                         guint                      depth,
                         enum memsnoop_worker_end  *end,
                         guint                     *n_sure);

G_END_DECLS
