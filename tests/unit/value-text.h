/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of the bus that are written as text, and texts that are expected. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Returns: (transfer full): a value of @type in GVariant's text form; it has to be right. */
GVariant *parse_value (const gchar *type,
                       const gchar *text);

/** That @text, which it frees, is @expected. */
void      assert_text (gchar       *text,
                       const gchar *expected);

G_END_DECLS
