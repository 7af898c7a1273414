/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Icons of programs by the names of their processes, from the desktop files that are installed. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** @comm: at most 15 bytes of the executable's name, as the kernel keeps it. Returns: (transfer none). */
GIcon *memsnoop_program_icons_find (const gchar *comm);

G_END_DECLS
