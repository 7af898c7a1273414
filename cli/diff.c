/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "diff-text.h"
#include "json-reading.h"
#include "output.h"
#include "quantity.h"

#include <math.h>

#define LIMIT_DEFAULT 20

static JsonNode *
load_report (const gchar *path, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("'%s'", path);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) failure = NULL;
  gsize length;

  if (g_file_get_contents (path, &text, &length, &failure))
    return memsnoop_json_parse (text, length, name, error);
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "'%s' cannot be read as a report: %s", path, failure->message);
  return NULL;
}

static void
add_totals (JsonObject *object, const gchar *name, const MemsnoopReportTotals *totals)
{
  JsonObject *member = json_object_new ();

  json_object_set_int_member (member, "current-bytes", totals->bytes);
  json_object_set_int_member (member, "current-count", totals->count);
  json_object_set_int_member (member, "taken-at", totals->taken_at);
  json_object_set_int_member (member, "left-out", totals->left_out);
  json_object_set_object_member (object, name, member);
}

/* To thousandths; nothing when it is not known. */
static void
add_rate (JsonObject *object, gint64 before, gint64 after, gdouble seconds)
{
  gdouble rate = memsnoop_report_diff_rate (before, after, seconds);

  if (seconds > 0)
    json_object_set_double_member (object, "rate", round (rate * 1e3) / 1e3);
}

static JsonObject *
change_object (const MemsnoopSiteChange *change)
{
  static const gchar *const states[] = {
    [MEMSNOOP_SITE_GROWN] = "grown",
    [MEMSNOOP_SITE_SHRUNK] = "shrunk",
    [MEMSNOOP_SITE_NEW] = "new",
    [MEMSNOOP_SITE_GONE] = "gone",
  };
  JsonObject *object = json_object_new ();
  JsonArray *frames = json_array_new ();

  json_object_set_string_member (object, "state", states[memsnoop_site_change_get_state (change)]);
  json_object_set_int_member (object, "change-bytes", change->after_bytes - change->before_bytes);
  json_object_set_int_member (object, "change-count", change->after_count - change->before_count);
  json_object_set_int_member (object, "before-bytes", change->before_bytes);
  json_object_set_int_member (object, "before-count", change->before_count);
  json_object_set_int_member (object, "after-bytes", change->after_bytes);
  json_object_set_int_member (object, "after-count", change->after_count);
  add_rate (object, change->before_bytes, change->after_bytes, change->seconds);
  if (change->process != NULL)
    json_object_set_string_member (object, "process", change->process);
  if (change->cache != NULL)
    json_object_set_string_member (object, "cache", change->cache);
  for (gsize i = 0; change->frames[i] != NULL; i++)
    json_array_add_string_element (frames, change->frames[i]);
  json_object_set_array_member (object, "frames", frames);
  return object;
}

static gboolean
print_json (const MemsnoopReportDiff *diff, guint64 limit, GError **error)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  JsonArray *changes = json_array_new ();
  guint wanted = limit == 0 ? diff->changes->len : (guint) MIN (limit, diff->changes->len);

  add_totals (object, "before", &diff->before);
  add_totals (object, "after", &diff->after);
  if (diff->seconds > 0)
    json_object_set_double_member (object, "seconds", diff->seconds);
  add_rate (object, diff->before.bytes, diff->after.bytes, diff->seconds);
  for (guint i = 0; i < wanted; i++)
    json_array_add_object_element (changes, change_object (diff->changes->pdata[i]));
  json_object_set_array_member (object, "changes", changes);
  json_object_set_int_member (object, "changes-left-out", diff->changes->len - wanted);
  json_node_take_object (root, object);
  return memsnoop_output_write_json (root, error);
}

static gboolean
print_diff (MemsnoopInvocation *invocation, guint64 limit, GError **error)
{
  gchar *const *names = invocation->arguments;
  g_autoptr (JsonNode) before = load_report (names[0], error);
  g_autoptr (JsonNode) after = before != NULL ? load_report (names[1], error) : NULL;
  g_autoptr (MemsnoopReportDiff) diff =
      after != NULL ? memsnoop_report_diff_new (before, names[0], after, names[1], error) : NULL;
  g_autofree gchar *text = NULL;

  if (diff == NULL)
    return FALSE;
  if (invocation->json)
    return print_json (diff, limit, error);
  text = memsnoop_diff_text (diff, names[0], names[1], limit);
  return memsnoop_output_write (text, error);
}

static gboolean
run_diff (MemsnoopInvocation *invocation, GError **error)
{
  g_autofree gchar *limit_text = NULL;
  const GOptionEntry entries[] = {
    { "limit", 'l', 0, G_OPTION_ARG_STRING, &limit_text,
      "Rows; 0 for all that have changed (default: 20)", "ROWS" },
    G_OPTION_ENTRY_NULL,
  };
  guint64 limit = LIMIT_DEFAULT;

  if (!memsnoop_invocation_parse (invocation, entries, 2, 2, error) ||
      (limit_text != NULL &&
       !memsnoop_quantity_parse_number (limit_text, "--limit", 0, G_MAXUINT32, &limit, error)))
    return FALSE;
  return print_diff (invocation, limit, error);
}

const MemsnoopCommand memsnoop_diff_command = {
  .name = "diff",
  .operands = "BEFORE AFTER",
  .summary = "Show what grew between two exported reports",
  .description =
      "Compares two files that 'memsnoopctl export -f json' or 'memsnoopctl report\n"
      "--json' has written: which code holds more live memory, or less, how much, and\n"
      "for two moments of one recording how much per second; what is new and what is\n"
      "gone. What has grown comes first, the most in front, then what has shrunk. Heaps\n"
      "are compared when they are of the same process; when each file has only one, it\n"
      "may be that of a later run. It asks nothing of the service.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl export -f json -o before.json\n"
      "  memsnoopctl export -f json -o after.json\n"
      "  memsnoopctl diff before.json after.json",
  .run = run_diff,
};
