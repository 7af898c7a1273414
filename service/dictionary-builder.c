/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dictionary-builder.h"

#include "history.h"

void
memsnoop_dictionary_add (GVariantBuilder *builder, const gchar *key, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", key, value);
}

void
memsnoop_dictionary_add_number (GVariantBuilder *builder, const gchar *key, guint64 value)
{
  memsnoop_dictionary_add (builder, key, g_variant_new_uint64 (value));
}

void
memsnoop_dictionary_add_histogram (GVariantBuilder *builder,
                                   const gchar *key,
                                   const guint64 *counts,
                                   guint n)
{
  GVariantBuilder pairs;

  g_variant_builder_init (&pairs, G_VARIANT_TYPE ("a(tt)"));
  for (guint i = 0; i < n; i++)
    if (counts[i] != 0)
      g_variant_builder_add (&pairs, "(tt)", G_GUINT64_CONSTANT (1) << i, counts[i]);
  memsnoop_dictionary_add (builder, key, g_variant_builder_end (&pairs));
}

void
memsnoop_dictionary_add_history (GVariantBuilder *builder, const gchar *key, const GArray *history)
{
  GVariantBuilder pairs;

  g_variant_builder_init (&pairs, G_VARIANT_TYPE ("a(tt)"));
  for (guint i = 0; history != NULL && i < history->len; i++)
    {
      const MemsnoopHistoryPoint *point = &g_array_index (history, MemsnoopHistoryPoint, i);

      g_variant_builder_add (&pairs, "(tt)", point->time, point->bytes);
    }
  memsnoop_dictionary_add (builder, key, g_variant_builder_end (&pairs));
}
