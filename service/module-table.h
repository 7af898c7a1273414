/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is executable in one process, with its files open, so that it outlives the process. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  /* Names the contents of the file as the process sees it: see memsnoop-worker-protocol.h. */
  gchar  *key;
  /* As the kernel writes it: raw bytes. */
  gchar  *path;
  guint64 start;
  guint64 end;
  guint64 offset;
  /* -1: the file could not be opened. */
  int     descriptor;
  /* Why not; in the first mapping of a file only, NULL in the others. */
  gchar  *obstacle;
} MemsnoopModuleEntry;

typedef struct MemsnoopModuleTable MemsnoopModuleTable;

/**
 * memsnoop_module_table_new:
 * @root: a descriptor of the process's root directory, which is taken over; -1: no debug files are looked for.
 * @namespace: number of its mount namespace.
 *
 * The key of a module is made of these two and the file's device, inode, size and time of change. So processes
 * share what the worker knows of a file when they see the same files, and only then: who runs in a root of
 * its own cannot forge the symbols of others.
 */
MemsnoopModuleTable        *memsnoop_module_table_new          (int                        root,
                                                                guint64                    namespace);
MemsnoopModuleTable        *memsnoop_module_table_ref          (MemsnoopModuleTable       *table);
void                        memsnoop_module_table_unref        (MemsnoopModuleTable       *table);

/**
 * memsnoop_module_table_add:
 * @descriptor: taken over; -1: the file cannot be opened, and nothing in it will have a name.
 *
 * Before the table is used, and in the order of addresses.
 *
 * Returns: %FALSE when it is not above the last one, or there are as many as the worker takes.
 */
gboolean                    memsnoop_module_table_add          (MemsnoopModuleTable       *table,
                                                                const gchar               *path,
                                                                guint64                    start,
                                                                guint64                    end,
                                                                guint64                    offset,
                                                                int                        descriptor);

/* Tells of the mapping that was added last why its file could not be opened. */
void                        memsnoop_module_table_set_obstacle (MemsnoopModuleTable       *table,
                                                                const gchar               *obstacle);

/* No two tables have the same. */
guint32                     memsnoop_module_table_get_number   (const MemsnoopModuleTable *table);
guint                       memsnoop_module_table_get_length   (const MemsnoopModuleTable *table);
const MemsnoopModuleEntry *memsnoop_module_table_get          (const MemsnoopModuleTable *table,
                                                                guint                      index);

/* Returns: the index of the mapping at @address; its length when there is none. */
guint                       memsnoop_module_table_find         (const MemsnoopModuleTable *table,
                                                                guint64                    address);

/**
 * memsnoop_module_table_to_variant:
 * @first: the first mapping to tell.
 *
 * Returns: (transfer floating): as %MEMSNOOP_WORKER_TABLE has it, with as many mappings as go into one message.
 */
GVariant                   *memsnoop_module_table_to_variant   (const MemsnoopModuleTable *table,
                                                                guint                      first);

/**
 * memsnoop_module_table_open:
 * @role: of enum memsnoop_worker_role.
 * @build_id, @link: as %MEMSNOOP_WORKER_WANTED has them; not believed.
 *
 * Opens what the worker wants. May wait for file systems: for threads other than the main one.
 *
 * Returns: a descriptor of the caller's, or -1 when there is no such file.
 */
int                         memsnoop_module_table_open         (const MemsnoopModuleTable *table,
                                                                guint8                     role,
                                                                const gchar               *key,
                                                                const gchar               *build_id,
                                                                const gchar               *link);

/* How often the worker did not survive a request about this table; @add is added to it. Main thread only. */
guint                       memsnoop_module_table_count_faults (MemsnoopModuleTable       *table,
                                                                guint                      add);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopModuleTable, memsnoop_module_table_unref)

G_END_DECLS
