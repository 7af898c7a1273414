/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-options.h"

#include "quantity.h"

gboolean
memsnoop_call_options_add_number (GVariantDict *options,
                                  const gchar *key,
                                  const gchar *text,
                                  const gchar *what,
                                  guint32 minimum,
                                  GError **error)
{
  guint64 value;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_number (text, what, minimum, G_MAXUINT32, &value, error))
    return FALSE;

  g_variant_dict_insert (options, key, "u", (guint32) value);
  return TRUE;
}

gboolean
memsnoop_call_options_add_duration (
    GVariantDict *options, const gchar *key, const gchar *text, const gchar *what, GError **error)
{
  guint32 seconds;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_duration (text, what, &seconds, error))
    return FALSE;

  g_variant_dict_insert (options, key, "u", seconds);
  return TRUE;
}

gboolean
memsnoop_call_options_add_size (
    GVariantDict *options, const gchar *key, const gchar *text, const gchar *what, GError **error)
{
  guint64 bytes;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_size (text, what, &bytes, error))
    return FALSE;

  g_variant_dict_insert (options, key, "t", bytes);
  return TRUE;
}

gboolean
memsnoop_call_options_add_share (
    GVariantDict *options, const gchar *key, const gchar *text, const gchar *what, GError **error)
{
  gdouble share;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_share (text, what, &share, error))
    return FALSE;

  g_variant_dict_insert (options, key, "d", share);
  return TRUE;
}
