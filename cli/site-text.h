/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that allocated what is live, as a table. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Appends a table of @sites, `aa{sv}` as GetProcessStats and GetSuspect return them, with its titles. */
void memsnoop_site_text_append (GString  *text,
                                GVariant *sites,
                                gboolean  unicode);

G_END_DECLS
