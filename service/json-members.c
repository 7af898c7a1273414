/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-members.h"

#include "printable-text.h"

#include <math.h>

void
memsnoop_json_add_number (JsonObject *object, const gchar *name, guint64 value)
{
  json_object_set_int_member (object, name, (gint64) MIN (value, (guint64) G_MAXINT64));
}

void
memsnoop_json_add_share (JsonObject *object, const gchar *name, gdouble share)
{
  json_object_set_double_member (object, name, (gdouble) (gint64) (share * 1e6 + 0.5) / 1e6);
}

void
memsnoop_json_add_decimal (JsonObject *object, const gchar *name, gdouble value)
{
  json_object_set_double_member (object, name, isfinite (value) ? round (value * 1e3) / 1e3 : 0);
}

void
memsnoop_json_add_text (JsonObject *object, const gchar *name, const gchar *raw)
{
  g_autofree gchar *text = memsnoop_printable_text (raw);

  json_object_set_string_member (object, name, text);
}

void
memsnoop_json_add_histogram (JsonObject *object, const gchar *name, const guint64 *counts, guint n)
{
  JsonArray *histogram = json_array_new ();

  for (guint i = 0; i < n; i++)
    {
      JsonArray *bucket;

      if (counts[i] == 0)
        continue;
      bucket = json_array_sized_new (2);
      json_array_add_int_element (bucket, G_GINT64_CONSTANT (1) << i);
      json_array_add_int_element (bucket, (gint64) counts[i]);
      json_array_add_array_element (histogram, bucket);
    }
  json_object_set_array_member (object, name, histogram);
}

gchar *
memsnoop_json_take_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return json_to_string (node, FALSE);
}
