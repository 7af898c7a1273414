/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executables whose processes are not to be reported. Lasts over restarts. For the main loop. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* More paths than this are refused with LimitsExceeded. */
#define MEMSNOOP_IGNORED_MAXIMUM 1024

#define MEMSNOOP_TYPE_IGNORE_LIST (memsnoop_ignore_list_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopIgnoreList, memsnoop_ignore_list, MEMSNOOP, IGNORE_LIST, GObject)

/**
 * memsnoop_ignore_list_new:
 * @folder: (nullable): the state folder; %NULL to keep the list in memory only.
 *
 * Reads the list of before. A file that is damaged is set aside with a warning, and the list is empty then. Blocks;
 * for the start of the service.
 *
 * Signal "changed": (path, gboolean ignored).
 */
MemsnoopIgnoreList *memsnoop_ignore_list_new      (const gchar *folder);

/** @executable: raw bytes, as /proc/PID/exe has it; " (deleted)" at its end does not count. */
gboolean            memsnoop_ignore_list_contains (MemsnoopIgnoreList *self, const gchar *executable);

/** Returns: (transfer full): the paths in order, as a strv of raw bytes. */
GStrv               memsnoop_ignore_list_get      (MemsnoopIgnoreList *self);

/**
 * memsnoop_ignore_list_add_async:
 * @path: raw bytes, of the form that memsnoop_executable_path_check() wants.
 *
 * Adds a path and writes the list, atomically, in a thread. Changes that overlap are made one after another. Adding
 * what is there already succeeds. Fails as memsnoop_executable_path_find() does when there is no such executable, with
 * %G_DBUS_ERROR_LIMITS_EXCEEDED when the list is full, and when it cannot be written; then nothing has changed.
 */
void     memsnoop_ignore_list_add_async     (MemsnoopIgnoreList   *self,
                                             const gchar          *path,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
gboolean memsnoop_ignore_list_add_finish    (MemsnoopIgnoreList   *self,
                                             GAsyncResult         *result,
                                             GError              **error);

/** The opposite; the file need not exist any more. Fails with %G_DBUS_ERROR_INVALID_ARGS when the path is not in the list. */
void     memsnoop_ignore_list_remove_async  (MemsnoopIgnoreList   *self,
                                             const gchar          *path,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
gboolean memsnoop_ignore_list_remove_finish (MemsnoopIgnoreList   *self,
                                             GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS
