/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dictionary.h"

#include <math.h>

/* A signed number that is negative is no number for our callers. */
static gboolean
take_signed (gint64 number, guint64 *value)
{
  if (number < 0)
    return FALSE;
  *value = (guint64) number;
  return TRUE;
}

gboolean
memsnoop_dictionary_lookup_number (GVariant *dictionary, const gchar *key, guint64 *value)
{
  g_autoptr (GVariant) variant = g_variant_lookup_value (dictionary, key, NULL);

  if (variant == NULL)
    return FALSE;

  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BYTE:
      *value = g_variant_get_byte (variant);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *value = g_variant_get_uint16 (variant);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *value = g_variant_get_uint32 (variant);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *value = g_variant_get_uint64 (variant);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      return take_signed (g_variant_get_int16 (variant), value);
    case G_VARIANT_CLASS_INT32:
      return take_signed (g_variant_get_int32 (variant), value);
    case G_VARIANT_CLASS_INT64:
      return take_signed (g_variant_get_int64 (variant), value);
    default:
      return FALSE;
    }
}

gboolean
memsnoop_dictionary_lookup_double (GVariant *dictionary, const gchar *key, gdouble *value)
{
  g_autoptr (GVariant) variant = g_variant_lookup_value (dictionary, key, G_VARIANT_TYPE_DOUBLE);
  guint64 number;

  if (variant != NULL)
    {
      *value = g_variant_get_double (variant);
      return isfinite (*value);
    }
  if (!memsnoop_dictionary_lookup_number (dictionary, key, &number))
    return FALSE;

  *value = (gdouble) number;
  return TRUE;
}

gchar *
memsnoop_dictionary_lookup_string (GVariant *dictionary, const gchar *key)
{
  g_autoptr (GVariant) variant = g_variant_lookup_value (dictionary, key, G_VARIANT_TYPE_STRING);

  return variant != NULL ? g_variant_dup_string (variant, NULL) : NULL;
}

gboolean
memsnoop_dictionary_lookup_boolean (GVariant *dictionary, const gchar *key, gboolean fallback)
{
  g_autoptr (GVariant) variant = g_variant_lookup_value (dictionary, key, G_VARIANT_TYPE_BOOLEAN);

  return variant != NULL ? g_variant_get_boolean (variant) : fallback;
}
