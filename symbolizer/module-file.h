/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file that somebody else chose. Nothing in it is believed. */
#pragma once

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_MODULE_FILE_ERROR (memsnoop_module_file_error_quark ())

typedef enum
{
  /* It cannot be read, or is no ELF file of this machine. */
  MEMSNOOP_MODULE_FILE_ERROR_INVALID,
} MemsnoopModuleFileError;

GQuark memsnoop_module_file_error_quark (void);

typedef struct MemsnoopModuleFile MemsnoopModuleFile;

/**
 * memsnoop_module_file_new:
 * @descriptor: open for reading; taken over, and closed in case of failure, too.
 *
 * The file is read as needed and never mapped: who may write to it can neither change what was checked nor make
 * this process stumble over a page that is gone.
 */
MemsnoopModuleFile *memsnoop_module_file_new           (int                        descriptor,
                                                        GError                   **error);

MemsnoopModuleFile *memsnoop_module_file_ref           (MemsnoopModuleFile        *file);
void                memsnoop_module_file_unref         (MemsnoopModuleFile        *file);

Elf                *memsnoop_module_file_get_elf       (const MemsnoopModuleFile  *file);
int                 memsnoop_module_file_get_descriptor (const MemsnoopModuleFile *file);

/* Bytes. */
guint64             memsnoop_module_file_get_size      (const MemsnoopModuleFile  *file);

/* Hexadecimal digits; empty when there is none. */
const gchar        *memsnoop_module_file_get_build_id  (const MemsnoopModuleFile  *file);

/**
 * memsnoop_module_file_get_range:
 * @low, @high: (out): the addresses that its segments take, as the file numbers them; the first as the
 *     loader aligns it.
 */
void                memsnoop_module_file_get_range     (const MemsnoopModuleFile  *file,
                                                        guint64                   *low,
                                                        guint64                   *high);

/* From an offset in the file to an address as the file numbers them. %FALSE: nothing is loaded from there. */
gboolean            memsnoop_module_file_find_address  (const MemsnoopModuleFile  *file,
                                                        guint64                    offset,
                                                        guint64                   *address);

/* The other way. %FALSE: no part of the file is loaded to there. */
gboolean            memsnoop_module_file_find_offset   (const MemsnoopModuleFile  *file,
                                                        guint64                    address,
                                                        guint64                   *offset);

/**
 * memsnoop_module_file_find_bias:
 * @start, @offset: an executable mapping of the file: its address and where in the file it begins.
 * @bias: (out): what to add to the file's addresses, modulo 2^64, to have those in memory.
 *
 * Returns: %FALSE when no executable segment is mapped from there.
 */
gboolean            memsnoop_module_file_find_bias     (const MemsnoopModuleFile  *file,
                                                        guint64                    start,
                                                        guint64                    offset,
                                                        guint64                   *bias);

/* Whether it is a program or a library with segments; what debug files share with others is neither. */
gboolean            memsnoop_module_file_is_loadable   (const MemsnoopModuleFile  *file);

/* Whether it has line tables and the like itself (.debug_info). */
gboolean            memsnoop_module_file_has_debug_information (const MemsnoopModuleFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopModuleFile, memsnoop_module_file_unref)

G_END_DECLS
