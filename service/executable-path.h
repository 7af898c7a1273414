/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of executables as people give them: what is meant, and whether it is there. Paths are raw bytes, named as
 * the kernel names them in /proc/PID/exe: absolute, and free of symbolic links.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * memsnoop_executable_path_from_text:
 * @text: valid UTF-8.
 *
 * What the bus tells of a process's executable, as a path again: each \xNN that memsnoop_printable_text() has put in
 * the place of a byte that is not UTF-8 is that byte (a text that cannot come from there is meant as it is), and a
 * " (deleted)" at the end is left out. A text that is too long for any path is cut, to something that still is.
 *
 * Returns: (transfer full): raw bytes.
 */
gchar    *memsnoop_executable_path_from_text (const gchar  *text);

/**
 * memsnoop_executable_path_check:
 *
 * Whether @path has the form of an executable's path: absolute, without empty parts, "." and "..", shorter than
 * PATH_MAX. Fails with %G_DBUS_ERROR_INVALID_ARGS.
 */
gboolean  memsnoop_executable_path_check     (const gchar  *path,
                                              GError      **error);

/**
 * memsnoop_executable_path_find:
 *
 * Looks for the file: where we see it, where the first process of the machine sees it (a sandbox may hide what
 * the machine has), and among what runs now (containers have files of their own). A file that we may not look at
 * counts as found. Blocks for milliseconds: for worker threads.
 *
 * Returns: %FALSE with %G_DBUS_ERROR_FILE_NOT_FOUND when it is certain that nothing is there, and with
 *   %G_DBUS_ERROR_INVALID_ARGS when it is no regular file, or a symbolic link is in the path.
 */
gboolean  memsnoop_executable_path_find      (const gchar  *path,
                                              GError      **error);

/**
 * memsnoop_executable_path_strip_deleted:
 *
 * Returns: (transfer full) (nullable): @path without the " (deleted)" that the kernel adds when the file is gone or was
 *   replaced; %NULL when it has none.
 */
gchar    *memsnoop_executable_path_strip_deleted (const gchar *path);

G_END_DECLS
