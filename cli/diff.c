/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "json-reading.h"
#include "output.h"
#include "quantity.h"
#include "report-diff.h"
#include "terminal-text.h"

#include <math.h>
#include <stdlib.h>

#define LIMIT_DEFAULT 20

/* Where the names of functions begin. */
#define FRAME_COLUMN 63

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

/* "+1.2 MiB" */
static gchar *
format_change (gint64 bytes)
{
  g_autofree gchar *size = memsnoop_quantity_format_size ((guint64) llabs (bytes));

  return g_strconcat (bytes < 0 ? "-" : "+", size, NULL);
}

static gchar *
format_count_change (gint64 count)
{
  g_autofree gchar *number = memsnoop_quantity_format_count ((guint64) llabs (count));

  return g_strconcat (count < 0 ? "-" : "+", number, NULL);
}

/* "+1.2 KiB/s"; what is slower than a byte per second is told in hundredths. */
static gchar *
format_rate (gint64 before, gint64 after, gdouble seconds)
{
  gdouble rate = memsnoop_report_diff_rate (before, after, seconds);
  g_autofree gchar *change = NULL;

  if (seconds <= 0)
    return g_strdup ("-");
  if (before != after && fabs (rate) < 1)
    return g_strdup_printf ("%+.2f B/s", rate);
  change = format_change ((gint64) rate);
  return g_strconcat (change, "/s", NULL);
}

static void
append_cell (GString *text, gchar *cell, guint columns, gboolean unicode)
{
  g_autofree gchar *owned = cell;

  memsnoop_terminal_text_append_fitted (text, owned, columns, TRUE, unicode);
}

static void
append_where (GString *text, const gchar *where, gboolean *first, gboolean unicode)
{
  g_autofree gchar *printable = memsnoop_terminal_text_escape (where, unicode);

  if (!*first)
    g_string_append_printf (text, "%*s", FRAME_COLUMN, "");
  g_string_append_printf (text, "%s\n", printable);
  *first = FALSE;
}

static void
append_place (GString *text, const MemsnoopSiteChange *change, gboolean unicode)
{
  gboolean first = TRUE;

  if (change->cache != NULL)
    {
      g_autofree gchar *cache = g_strdup_printf ("in %s, from", change->cache);

      append_where (text, cache, &first, unicode);
    }
  for (gsize i = 0; change->frames[i] != NULL; i++)
    append_where (text, change->frames[i], &first, unicode);
  if (change->frames[0] == NULL)
    append_where (text, "an unknown call stack", &first, unicode);
  if (change->process != NULL)
    {
      g_autofree gchar *process = g_strdup_printf ("of %s", change->process);

      append_where (text, process, &first, unicode);
    }
}

/* @word: in place of nothing, when that is what tells. */
static gchar *
format_live (gint64 bytes, gboolean is_word, const gchar *word)
{
  return is_word ? g_strdup (word) : memsnoop_quantity_format_size ((guint64) bytes);
}

static void
append_change (GString *text, const MemsnoopSiteChange *change, gboolean unicode)
{
  MemsnoopSiteState state = memsnoop_site_change_get_state (change);

  append_cell (text, format_change (change->after_bytes - change->before_bytes), 12, unicode);
  append_cell (text, format_rate (change->before_bytes, change->after_bytes, change->seconds), 15,
               unicode);
  append_cell (text, format_live (change->before_bytes, state == MEMSNOOP_SITE_NEW, "new"), 11,
               unicode);
  append_cell (text, format_live (change->after_bytes, state == MEMSNOOP_SITE_GONE, "gone"), 11,
               unicode);
  append_cell (text, format_count_change (change->after_count - change->before_count), 11, unicode);
  g_string_append (text, "   ");
  append_place (text, change, unicode);
}

/* Behind the totals. */
static void
append_time (GString *text, const MemsnoopReportDiff *diff)
{
  g_autofree gchar *time = memsnoop_quantity_format_duration ((guint64) diff->seconds);
  g_autofree gchar *rate = format_rate (diff->before.bytes, diff->after.bytes, diff->seconds);

  if (diff->seconds > 0)
    g_string_append_printf (text, ", %s over %s\n", rate, time);
  else if (diff->reversed)
    g_string_append (text, "\nThe second report is of an earlier moment than the first: is the "
                           "order right?\n");
  else
    g_string_append (text, "\nNot all figures are of two moments of one recording, which a change "
                           "per second needs.\n");
}

static void
append_totals (GString *text, const MemsnoopReportDiff *diff)
{
  g_autofree gchar *before = memsnoop_quantity_format_size ((guint64) diff->before.bytes);
  g_autofree gchar *after = memsnoop_quantity_format_size ((guint64) diff->after.bytes);
  g_autofree gchar *change = format_change (diff->after.bytes - diff->before.bytes);
  g_autofree gchar *blocks = format_count_change (diff->after.count - diff->before.count);

  g_string_append_printf (text, "Live memory: %s, then %s: %s in %s blocks", before, after, change,
                          blocks);
  append_time (text, diff);
}

static void
append_left_out (GString *text, const MemsnoopReportTotals *totals, const gchar *name)
{
  g_autofree gchar *count = memsnoop_quantity_format_count ((guint64) totals->left_out);
  g_autofree gchar *printable = memsnoop_terminal_text_escape (name, FALSE);

  if (totals->left_out > 0)
    g_string_append_printf (text,
                            "%s leaves out %s call stacks, which count as 0: 'memsnoopctl "
                            "export' writes them all\n",
                            printable, count);
}

static gchar *
write_text (const MemsnoopReportDiff *diff, gchar *const *names, guint64 limit)
{
  GString *text = g_string_new (NULL);
  gboolean unicode = memsnoop_terminal_text_is_unicode ();
  guint wanted = limit == 0 ? diff->changes->len : (guint) MIN (limit, diff->changes->len);

  append_totals (text, diff);
  append_left_out (text, &diff->before, names[0]);
  append_left_out (text, &diff->after, names[1]);
  if (wanted > 0)
    g_string_append_printf (text, "\n%12s%15s%11s%11s%11s   %s\n", "CHANGE", "PER SECOND", "BEFORE",
                            "AFTER", "BLOCKS", "ALLOCATED BY");
  for (guint i = 0; i < wanted; i++)
    append_change (text, diff->changes->pdata[i], unicode);
  if (wanted < diff->changes->len)
    g_string_append_printf (text, "    ... %u more\n", diff->changes->len - wanted);
  return g_string_free (text, FALSE);
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
  text = write_text (diff, names, limit);
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
  .description = "Compares two files that 'memsnoopctl export -f json' or 'memsnoopctl report\n"
                 "--json' has written: which code holds more live memory, or less, how much, and\n"
                 "for two moments of one recording how much per second; what is new and what is\n"
                 "gone. The largest change comes first. Heaps are compared when they are of the\n"
                 "same process; when each file has only one, it may be that of a later run. It\n"
                 "asks nothing of the service.\n"
                 "\n"
                 "Examples:\n"
                 "  memsnoopctl export -f json -o before.json\n"
                 "  memsnoopctl export -f json -o after.json\n"
                 "  memsnoopctl diff before.json after.json",
  .run = run_diff,
};
