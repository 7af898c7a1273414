/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The name of a user, fit for showing, or the number of one that has none. Returns: (transfer none): as long as the program runs. */
const gchar *memsnoop_user_name (guint32 uid);

G_END_DECLS
