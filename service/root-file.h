/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as another process sees them: below its root, which may be of another mount namespace, and hostile. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_root_file_open:
 * @root: a descriptor of the process's root directory.
 * @path: absolute; symbolic links are followed as that process would.
 *
 * Opens a regular file for reading; nothing else is opened, so that no device notices and no pipe waits. May wait for
 * a file system: for threads other than the main one.
 *
 * Returns: a descriptor, or -1 with @error set.
 */
int memsnoop_root_file_open (int           root,
                             const gchar  *path,
                             GError      **error);

G_END_DECLS
