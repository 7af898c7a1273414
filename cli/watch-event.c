/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-event.h"

#include "output.h"

JsonObject *
memsnoop_watch_event_new (const gchar *name)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree gchar *time = g_date_time_format_iso8601 (now);
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "time", time);
  json_object_set_string_member (event, "event", name);
  return event;
}

gboolean
memsnoop_watch_event_print (JsonObject *event, const gchar *sentence, gboolean json, GError **error)
{
  g_autoptr (GDateTime) now = NULL;
  g_autofree gchar *time = NULL, *line = NULL;

  if (json)
    {
      g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

      json_node_set_object (node, event);
      return memsnoop_output_write_json_line (node, error);
    }

  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%F %T");
  line = g_strdup_printf ("%s  %s\n", time, sentence);
  return memsnoop_output_write (line, error);
}
