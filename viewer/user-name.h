/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_user_name:
 *
 * The name of a user, fit for showing, or the number of one that has none. Users who are not this machine's own are looked up
 * in a thread: they have their number until another call finds the name. On the main thread only.
 *
 * Returns: (transfer none): until the next call, or the next turn of the main loop.
 */
const gchar *memsnoop_user_name (guint32 uid);

G_END_DECLS
