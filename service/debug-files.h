/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where distributions put debug information. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_debug_files_list:
 * @module_path: absolute path of the program or library.
 * @build_id: hexadecimal digits, or empty.
 * @link: name in .gnu_debuglink, or empty.
 *
 * What comes from the worker is not believed: a build-id that is none and a link that is no name of a file are left out.
 *
 * Returns: (transfer full): paths to try, the best first.
 */
GStrv memsnoop_debug_files_list            (const gchar *module_path,
                                            const gchar *build_id,
                                            const gchar *link);

/**
 * memsnoop_debug_files_list_supplement:
 * @build_id: hexadecimal digits, or empty.
 * @path: in .gnu_debugaltlink: absolute, or relative to a file below /usr/lib/debug.
 *
 * The same for what several debug files share. Only files below /usr/lib/debug are ever among them.
 */
GStrv memsnoop_debug_files_list_supplement (const gchar *build_id,
                                            const gchar *path);

G_END_DECLS
