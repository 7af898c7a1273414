/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files whose code a process has mapped, in the order in which its symbols are searched, as far as that can be
 * told from outside without reading any of them; and a way to open each, whatever became of its path.
 */
#pragma once

#include "process-identity.h"

G_BEGIN_DECLS

/** Files of one process; more are left out, and that is told. */
#define MEMSNOOP_MAPPED_MODULES_MAX   512
/** Executable mappings of one file. */
#define MEMSNOOP_MODULE_MAPPINGS_MAX  64

/** An executable mapping: addresses in the process, and where in the file it begins. */
typedef struct
{
  guint64 start;
  guint64 end;
  guint64 offset;
} MemsnoopModuleMapping;

/**
 * MemsnoopMappedModule:
 * @major, @minor, @inode: of the file, as the kernel lists mappings. (File systems with volumes tell another device to stat().)
 * @path: raw bytes, as the process sees it from its root; with " (deleted)" when it is gone.
 * @mappings: (element-type MemsnoopModuleMapping): at least one, by address.
 * @is_program: the process executes it.
 * @is_loader: it is the program's interpreter, in whose code nothing is searched before other modules.
 * @is_preloaded: LD_PRELOAD names it.
 */
typedef struct
{
  guint32  major;
  guint32  minor;
  guint64  inode;
  gchar   *path;
  GArray  *mappings;
  gboolean is_program;
  gboolean is_loader;
  gboolean is_preloaded;
} MemsnoopMappedModule;

/**
 * MemsnoopMappedModules:
 * @list: (element-type MemsnoopMappedModule): each file once, in the order of the search for symbols.
 * @n_left_out: files beyond the limit.
 */
typedef struct
{
  GPtrArray *list;
  guint      n_left_out;
} MemsnoopMappedModules;

/**
 * memsnoop_mapped_modules_parse:
 * @maps: as /proc/PID/maps.
 * @root: (nullable): the process's root, as the one sees it who has read @maps.
 * @program, @loader: addresses in the program and in its interpreter; 0 when there is none.
 * @preload: (nullable): the value of LD_PRELOAD when the program began.
 *
 * The order: the program, preloaded files as LD_PRELOAD names them, then files as they were loaded, which the kernel places one
 * below the other (or, without randomized addresses, one above the other), the interpreter last. It is right for
 * what was loaded when the program began; what dlopen() brought is behind that.
 */
MemsnoopMappedModules *memsnoop_mapped_modules_parse (const gchar                    *maps,
                                                      const gchar                    *root,
                                                      guint64                         program,
                                                      guint64                         loader,
                                                      const gchar                    *preload);

/**
 * memsnoop_mapped_modules_read:
 *
 * Of a running process. Takes milliseconds with many mappings: for worker threads.
 *
 * Returns: (transfer full): %NULL with %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when it is gone, %G_DBUS_ERROR_NOT_SUPPORTED
 *   when it executes no file (kernel threads, zombies).
 */
MemsnoopMappedModules *memsnoop_mapped_modules_read  (const MemsnoopProcessIdentity  *identity,
                                                      GError                        **error);

void                   memsnoop_mapped_modules_free  (MemsnoopMappedModules          *self);

/**
 * memsnoop_mapped_module_open:
 *
 * Opens the file itself, also when it was deleted, replaced, lies in another mount namespace or in folders that are not for the
 * service: by its mapping (see module-opener.h); where that is not possible, for the program, as what the process executes; else by its
 * path below the process's root, and only if it is the same file. Never by a path of our own, nothing but a regular file, and nothing
 * that the user whose process it is may not read. May wait for the file system: for worker threads. One that does not answer is given
 * up after some seconds, with %G_IO_ERROR_TIMED_OUT.
 *
 * Returns: a descriptor open for reading, of a regular file; -1 on error.
 */
int                    memsnoop_mapped_module_open   (const MemsnoopMappedModule     *module,
                                                      const MemsnoopProcessIdentity  *identity,
                                                      GError                        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopMappedModules, memsnoop_mapped_modules_free)

G_END_DECLS
