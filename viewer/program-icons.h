/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Icons of programs by the names of their processes, from the desktop files that are installed. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * memsnoop_program_icons_find:
 * @comm: at most 15 bytes of the executable's name, as the kernel keeps it.
 *
 * Desktop files are read in a thread: until then, and for programs that have none, it is the icon of any program. On the main
 * thread only.
 *
 * Returns: (transfer none): until the next turn of the main loop.
 */
GIcon *memsnoop_program_icons_find (const gchar *comm);

G_END_DECLS
