/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flame-page.h"

#include "flame-page-files.h"
#include "terminal-text.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define FOLDER "/org/memsnoop1/flame/"

static gchar *
load (const gchar *name)
{
  g_autofree gchar *path = g_strconcat (FOLDER, name, NULL);
  g_autoptr (GBytes) bytes = NULL;
  gconstpointer data;
  gsize length;

  bytes = g_resource_lookup_data (memsnoop_flame_page_get_resource (), path,
                                  G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  /* It is part of the program. */
  g_assert (bytes != NULL);
  data = g_bytes_get_data (bytes, &length);
  return g_strndup (data, length);
}

/* What the page's policy calls a text of it: nothing else is run or used. */
static gchar *
hash (const gchar *text)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *base64 = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  g_checksum_update (checksum, (const guchar *) text, -1);
  g_checksum_get_digest (checksum, digest, &length);
  base64 = g_base64_encode (digest, length);
  return g_strdup_printf ("'sha256-%s'", base64);
}

/* Printable and of bounded length. */
static gchar *
clean_text (const gchar *raw)
{
  g_autofree gchar *text = memsnoop_terminal_text_escape (raw, TRUE);
  g_autofree gchar *beginning = NULL;

  if (g_utf8_strlen (text, -1) <= MEMSNOOP_FLAME_MAXIMUM_TEXT)
    return g_steal_pointer (&text);
  beginning = g_utf8_substring (text, 0, MEMSNOOP_FLAME_MAXIMUM_TEXT);
  return g_strconcat (beginning, "…", NULL);
}

static gchar *
escape_html (const gchar *raw)
{
  g_autofree gchar *text = clean_text (raw);

  return g_markup_escape_text (text, -1);
}

/* JSON that means the same and cannot end the element that it stands in. */
static gchar *
escape_script (const gchar *json)
{
  GString *text = g_string_sized_new (strlen (json));

  for (const gchar *c = json; *c != '\0'; c++)
    if (*c == '<' || *c == '>' || *c == '&')
      g_string_append_printf (text, "\\u%04x", (guint) *c);
    else
      g_string_append_c (text, *c);
  return g_string_free (text, FALSE);
}

/* The number of a text in the table of texts. */
static gint64
number_text (GHashTable *numbers, JsonArray *texts, const gchar *raw)
{
  gpointer number;
  g_autofree gchar *text = NULL;

  if (g_hash_table_lookup_extended (numbers, raw, NULL, &number))
    return GPOINTER_TO_UINT (number);
  text = clean_text (raw);
  json_array_add_string_element (texts, text);
  g_hash_table_insert (numbers, (gpointer) raw,
                       GUINT_TO_POINTER (json_array_get_length (texts) - 1));
  return json_array_get_length (texts) - 1;
}

/* Five numbers for each: level, text, source, module, value. */
static void
add_nodes (JsonObject *object, const MemsnoopFlameTree *tree)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  JsonArray *texts = json_array_new ();
  JsonArray *nodes = json_array_sized_new (tree->nodes->len * 5);

  for (guint i = 0; i < tree->nodes->len; i++)
    {
      const MemsnoopFlameNode *node = &g_array_index (tree->nodes, MemsnoopFlameNode, i);

      json_array_add_int_element (nodes, node->level);
      json_array_add_int_element (nodes, number_text (numbers, texts, node->text));
      json_array_add_int_element (nodes, number_text (numbers, texts, node->source));
      json_array_add_int_element (nodes, number_text (numbers, texts, node->module));
      json_array_add_int_element (nodes, (gint64) node->value);
    }
  json_object_set_array_member (object, "texts", texts);
  json_object_set_array_member (object, "nodes", nodes);
}

static gchar *
write_data (const MemsnoopFlameTree *tree, MemsnoopFlameValue value)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree gchar *json = NULL;

  json_object_set_boolean_member (
      object, "bytes", value == MEMSNOOP_FLAME_BYTES || value == MEMSNOOP_FLAME_ALLOC_BYTES);
  add_nodes (object, tree);
  json_node_take_object (root, object);
  json = json_to_string (root, FALSE);
  return escape_script (json);
}

static const gchar *
describe_value (MemsnoopFlameValue value)
{
  switch (value)
    {
    case MEMSNOOP_FLAME_COUNT:
      return "Width: live blocks.";
    case MEMSNOOP_FLAME_ALLOC_BYTES:
      return "Width: bytes allocated since the recording began, freed ones too.";
    case MEMSNOOP_FLAME_ALLOC_COUNT:
      return "Width: allocations since the recording began.";
    case MEMSNOOP_FLAME_BYTES:
    default:
      return "Width: live bytes.";
    }
}

/* What stands in the template between two @ is replaced, once: what is put in may have any. */
static gchar *
fill (const gchar *template, GHashTable *values)
{
  g_auto (GStrv) parts = g_strsplit (template, "@", -1);
  GString *page = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const gchar *value = i % 2 == 1 ? g_hash_table_lookup (values, parts[i]) : parts[i];

      g_assert (value != NULL);
      g_string_append (page, value);
    }
  return g_string_free (page, FALSE);
}

gchar *
memsnoop_flame_page (const MemsnoopFlameTree *tree,
                     MemsnoopFlameValue value,
                     const gchar *title,
                     const gchar *note)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autofree gchar *template = load ("flame-page.html");
  gchar *style = load ("flame-page.css");
  gchar *script = load ("flame-page.js");
  g_autofree gchar *remark =
      g_strconcat (describe_value (value), *note != '\0' ? " " : "", note, NULL);

  g_hash_table_insert (values, (gpointer) "style", style);
  g_hash_table_insert (values, (gpointer) "style-hash", hash (style));
  g_hash_table_insert (values, (gpointer) "script", script);
  g_hash_table_insert (values, (gpointer) "script-hash", hash (script));
  g_hash_table_insert (values, (gpointer) "title", escape_html (title));
  g_hash_table_insert (values, (gpointer) "note", escape_html (remark));
  g_hash_table_insert (values, (gpointer) "version", g_strdup (MEMSNOOP_VERSION));
  g_hash_table_insert (values, (gpointer) "data", write_data (tree, value));
  return fill (template, values);
}
