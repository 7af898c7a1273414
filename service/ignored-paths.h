/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of paths, and the text that keeps them in a file. Plain data and pure functions. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Returns: (transfer full): an empty set of paths, which are raw bytes. */
GHashTable *memsnoop_ignored_paths_new   (void);
GHashTable *memsnoop_ignored_paths_copy  (GHashTable   *paths);

/** Returns: (transfer full): the paths in the order of their bytes. */
GStrv       memsnoop_ignored_paths_list  (GHashTable   *paths);

/**
 * memsnoop_ignored_paths_write:
 *
 * Returns: (transfer full): the text for a file: a line that names format and version, and one for each path, in which a
 *   backslash is written as two and a line's end as a backslash and an n.
 */
gchar      *memsnoop_ignored_paths_write (GHashTable   *paths);

/**
 * memsnoop_ignored_paths_read:
 * @maximum: of paths.
 *
 * Reads what memsnoop_ignored_paths_write() has written. Fails with %G_IO_ERROR_INVALID_DATA, naming the line, when
 * it is anything else.
 */
GHashTable *memsnoop_ignored_paths_read  (const gchar  *text,
                                          gsize         length,
                                          guint         maximum,
                                          GError      **error);

G_END_DECLS
