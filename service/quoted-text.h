/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's own text as a message repeats it: in quotation marks, and cut when it is long. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** @text is UTF-8. Returns: (transfer full): at most 64 characters of it in quotation marks. */
gchar *memsnoop_quoted_text (const gchar *text);

G_END_DECLS
