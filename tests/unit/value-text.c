/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "value-text.h"

GVariant *
parse_value (const gchar *type, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

void
assert_text (gchar *text, const gchar *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}
