/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which executable a person means: what its processes show as /proc/PID/exe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_executable_path_resolve:
 * @name: a path as typed in a shell, relative to the working directory.
 *
 * Follows symbolic links, as the kernel does when it runs a program. Fails when there is no such file, or
 * when it is no file that could be run. Returns: (transfer full): the absolute path.
 */
gchar   *memsnoop_executable_path_resolve     (const gchar  *name,
                                               GError      **error);

/** Returns: (transfer full): the absolute path of @name without looking at any file. */
gchar   *memsnoop_executable_path_absolute    (const gchar  *name);

/** Whether the file is a script: its processes run its interpreter, and show the path of that. */
gboolean memsnoop_executable_path_is_script   (const gchar  *path);

/** Returns: (transfer full): @path as /proc/PID/exe shows it, without " (deleted)" at its end. */
gchar   *memsnoop_executable_path_strip_deleted (const gchar *path);

G_END_DECLS
