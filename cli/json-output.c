/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-output.h"

#include "terminal-text.h"

#include <math.h>

static JsonNode *
node_from_dictionary (GVariant *dictionary)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  GVariantIter iter;
  GVariant *entry;

  g_variant_iter_init (&iter, dictionary);
  while ((entry = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);

      json_object_set_member (object, g_variant_get_string (key, NULL),
                              memsnoop_json_output_from_variant (value));
      g_variant_unref (entry);
    }

  json_node_take_object (node, g_steal_pointer (&object));
  return node;
}

static JsonNode *
node_from_sequence (GVariant *sequence)
{
  g_autoptr (JsonArray) array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  GVariantIter iter;
  GVariant *element;

  g_variant_iter_init (&iter, sequence);
  while ((element = g_variant_iter_next_value (&iter)) != NULL)
    {
      json_array_add_element (array, memsnoop_json_output_from_variant (element));
      g_variant_unref (element);
    }

  json_node_take_array (node, g_steal_pointer (&array));
  return node;
}

static gboolean
is_text_dictionary (GVariant *variant)
{
  return g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{s*}")) ||
         g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{o*}"));
}

JsonNode *
memsnoop_json_output_from_variant (GVariant *variant)
{
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (variant);

      return memsnoop_json_output_from_variant (inner);
    }
  if (is_text_dictionary (variant))
    return node_from_dictionary (variant);
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_ARRAY) ||
      g_variant_is_of_type (variant, G_VARIANT_TYPE_TUPLE) ||
      g_variant_is_of_type (variant, G_VARIANT_TYPE_DICT_ENTRY))
    return node_from_sequence (variant);
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_DOUBLE) &&
      !isfinite (g_variant_get_double (variant)))
    return json_node_init_null (json_node_alloc ());
  if (g_variant_is_of_type (variant, G_VARIANT_TYPE_UINT64))
    return json_node_init_int (json_node_alloc (),
                               (gint64) MIN (g_variant_get_uint64 (variant), G_MAXINT64));
  return json_gvariant_serialize (variant);
}

gchar *
memsnoop_json_output_to_line (JsonNode *node)
{
  g_autofree gchar *json = json_to_string (node, FALSE);

  return memsnoop_terminal_text_escape_json (json);
}

gchar *
memsnoop_json_output_to_text (JsonNode *node)
{
  g_autofree gchar *json = json_to_string (node, TRUE);
  g_autofree gchar *escaped = memsnoop_terminal_text_escape_json (json);

  return g_strconcat (escaped, "\n", NULL);
}
