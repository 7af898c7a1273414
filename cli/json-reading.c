/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-reading.h"

#include "command-error.h"

#include <math.h>

/* json-glib reads what is nested by recursion; reports are seven deep. */
#define MAXIMUM_DEPTH 64

/* What json-glib takes as well, comments and other quotes, would hide brackets or show some that
 * are none. */
static gboolean
is_foreign (gchar character)
{
  return character == '/' || character == '\'' || character == '#';
}

static gboolean
is_too_deep (const gchar *text, gsize length)
{
  gboolean quoted = FALSE;
  gint depth = 0;

  for (gsize i = 0; i < length && depth <= MAXIMUM_DEPTH; i++)
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && is_foreign (text[i]))
      depth = MAXIMUM_DEPTH + 1;
    else if (!quoted && (text[i] == '[' || text[i] == '{'))
      depth++;
    else if (!quoted && (text[i] == ']' || text[i] == '}'))
      depth--;
  return depth > MAXIMUM_DEPTH;
}

static void
set_error (const gchar *name, const gchar *reason, GError **error)
{
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "%s is no report in JSON, as 'memsnoopctl export -f json' writes it: %s", name,
               reason);
}

JsonNode *
memsnoop_json_parse (const gchar *text, gsize length, const gchar *name, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) failure = NULL;
  JsonNode *root;

  if (length == 0 || !g_utf8_validate (text, (gssize) length, NULL))
    {
      set_error (name, length == 0 ? "it is empty" : "it is not UTF-8", error);
      return NULL;
    }
  if (length > G_MAXSSIZE || is_too_deep (text, length))
    {
      set_error (name, "it is nested deeper than any report", error);
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, (gssize) length, &failure))
    {
      set_error (name, failure->message, error);
      return NULL;
    }
  root = json_parser_steal_root (parser);
  if (root == NULL)
    set_error (name, "it is empty", error);
  return root;
}

static JsonNode *
element (JsonArray *array, guint64 index)
{
  if (array == NULL || index >= json_array_get_length (array))
    return NULL;
  return json_array_get_element (array, (guint) index);
}

static gboolean
is_number (JsonNode *node)
{
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node)
                                                            : G_TYPE_INVALID;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static guint64
node_number (JsonNode *node, guint64 fallback)
{
  gdouble value;

  if (!is_number (node))
    return fallback;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return json_node_get_int (node) >= 0 ? (guint64) json_node_get_int (node) : fallback;
  value = json_node_get_double (node);
  if (!(value >= 0))
    return fallback;
  return value < 9e18 ? (guint64) value : G_MAXINT64;
}

static const gchar *
node_text (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_STRING)
    return "";
  return json_node_get_string (node);
}

guint64
memsnoop_json_get_number (JsonObject *object, const gchar *name)
{
  return node_number (json_object_get_member (object, name), 0);
}

gdouble
memsnoop_json_get_decimal (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);
  gdouble value = is_number (node) ? json_node_get_double (node) : 0;

  return isfinite (value) ? value : 0;
}

gboolean
memsnoop_json_get_boolean (JsonObject *object, const gchar *name, gboolean fallback)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) ||
      json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return fallback;
  return json_node_get_boolean (node);
}

const gchar *
memsnoop_json_get_text (JsonObject *object, const gchar *name)
{
  return node_text (json_object_get_member (object, name));
}

JsonObject *
memsnoop_json_get_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
memsnoop_json_get_array (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
memsnoop_json_element_object (JsonArray *array, guint64 index)
{
  JsonNode *node = element (array, index);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

guint64
memsnoop_json_element_number (JsonArray *array, guint64 index, guint64 fallback)
{
  return node_number (element (array, index), fallback);
}

const gchar *
memsnoop_json_element_text (JsonArray *array, guint64 index)
{
  return node_text (element (array, index));
}
