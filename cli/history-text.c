/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history-text.h"

#include "dictionary.h"
#include "json-output.h"
#include "line-chart.h"
#include "process-title.h"
#include "quantity.h"
#include "terminal-text.h"
#include "text-table.h"
#include "wall-time.h"

#define NANOSECONDS_PER_SECOND G_GUINT64_CONSTANT (1000000000)

/* Less is no picture; a screen that is lower scrolls. */
#define LEAST_CHART_LINES 5

/* What is drawn from, in CLOCK_BOOTTIME nanoseconds. */
static guint64
find_start (const MemsnoopHistoryPage *self, const GArray *history)
{
  guint64 first = g_array_index (history, MemsnoopMemoryPoint, 0).time;
  guint64 span = self->span * NANOSECONDS_PER_SECOND;

  return self->span > 0 && self->now > span ? MAX (self->now - span, first) : first;
}

/* The present, or the last point when that is as new as can be expected and in what is shown. */
static guint64
find_end (const MemsnoopHistoryPage *self, const GArray *history)
{
  const MemsnoopMemoryPoint *last = &g_array_index (history, MemsnoopMemoryPoint, history->len - 1);
  guint64 spacing = history->len > 1 ? last->time - last[-1].time : 0;

  if (self->now > last->time + 2 * spacing || find_start (self, history) > last->time)
    return self->now;
  return last->time;
}

/* "Private memory (anonymous and swapped): 1.4 GiB, 230.0 MiB to 1.5 GiB" */
static gchar *
describe_values (MemsnoopMemoryKind kind, const GArray *values, guint64 from)
{
  g_autofree gchar *title = g_strdup (memsnoop_memory_kind_title (kind));
  g_autofree gchar *now = NULL, *least = NULL, *most = NULL;
  guint64 minimum = G_MAXUINT64, maximum = 0, last = 0;

  for (guint i = 0; i < values->len; i++)
    {
      const MemsnoopChartPoint *point = &g_array_index (values, MemsnoopChartPoint, i);

      last = point->value;
      if (point->time < from)
        continue;
      minimum = MIN (minimum, point->value);
      maximum = MAX (maximum, point->value);
    }
  *title = g_ascii_toupper (*title);
  now = memsnoop_quantity_format_size (last);
  if (maximum < minimum || minimum == maximum)
    return g_strdup_printf ("%s: %s\n", title, now);
  least = memsnoop_quantity_format_size (minimum);
  most = memsnoop_quantity_format_size (maximum);
  return g_strdup_printf ("%s: %s now, %s to %s\n", title, now, least, most);
}

/* Lines of the screen that @text takes, with long ones going on in the next. */
static guint
count_lines (const gchar *text, guint columns)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint count = 0;

  /* Behind the last line feed there is nothing. */
  for (gsize i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    count += MAX ((memsnoop_terminal_text_width (lines[i]) + columns - 1) / columns, 1);
  return count;
}

/* A title and the curve, in so many lines altogether. */
static void
append_chart (const MemsnoopHistoryPage *self,
              GString *text,
              const GArray *history,
              MemsnoopMemoryKind kind,
              guint lines)
{
  guint64 from = find_start (self, history);
  g_autoptr (GArray) values = memsnoop_memory_history_values (history, kind);
  g_autofree gchar *title = describe_values (kind, values, from);
  MemsnoopLineChart chart = { .points = (const MemsnoopChartPoint *) (gpointer) values->data,
                              .n_points = values->len,
                              .from = from,
                              .to = find_end (self, history),
                              .columns = self->columns,
                              .lines = lines - MIN (count_lines (title, self->columns), lines),
                              .from_zero = self->from_zero,
                              .unicode = self->unicode };
  g_autofree gchar *curve = memsnoop_line_chart_draw (&chart);

  g_string_append_printf (text, "%s%s", title, curve);
}

static gchar *
describe_growth (const MemsnoopHistoryPage *self)
{
  g_autoptr (GVariant) memory =
      g_variant_lookup_value (self->stats, "memory", G_VARIANT_TYPE_VARDICT);
  g_autofree gchar *growth = NULL, *span = NULL;
  GString *text = g_string_new (NULL);
  guint64 since;
  gdouble rate;

  if (memsnoop_dictionary_lookup_double (memory, "growth-rate", &rate))
    {
      growth = memsnoop_quantity_growth_in_words (rate);
      g_string_append_printf (text, "Its private memory %s. ", growth);
    }
  if (memsnoop_dictionary_lookup_number (memory, "watched-since", &since))
    {
      span =
          memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (since, self->now));
      g_string_append_printf (text, "It has been watched for %s.", span);
    }
  g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_history_text_charts (const MemsnoopHistoryPage *self, MemsnoopUserNames *users)
{
  g_autoptr (GArray) history = memsnoop_memory_history_read (self->stats);
  g_autofree gchar *growth = describe_growth (self);
  GString *text = g_string_new (NULL);
  guint taken, lines;

  memsnoop_process_title_append (text, self->stats, users, self->now, self->unicode);
  /* The prompt comes below. */
  taken = count_lines (text->str, self->columns) + count_lines (growth, self->columns) + 1;
  /* Each chart has an empty line above, and the last one another below. */
  taken += self->n_kinds + 1;
  lines = self->lines > taken ? (self->lines - taken) / self->n_kinds : 0;
  for (guint i = 0; i < self->n_kinds; i++)
    {
      g_string_append_c (text, '\n');
      append_chart (self, text, history, self->kinds[i], MAX (lines, LEAST_CHART_LINES));
    }
  g_string_append_printf (text, "\n%s", growth);
  return g_string_free (text, FALSE);
}

/* What is to be shown begins with this point. */
static guint
find_first (const MemsnoopHistoryPage *self, const GArray *history)
{
  return history->len > 0 ? memsnoop_memory_history_find (history, find_start (self, history)) : 0;
}

static gchar **
heading_row (const MemsnoopHistoryPage *self)
{
  gchar **cells = g_new0 (gchar *, self->n_kinds + 2);

  cells[0] = g_strdup ("TIME");
  for (guint i = 0; i < self->n_kinds; i++)
    cells[i + 1] = g_ascii_strup (memsnoop_memory_kind_name (self->kinds[i]), -1);
  return cells;
}

static gchar **
point_row (const MemsnoopHistoryPage *self, const MemsnoopMemoryPoint *point, GDateTime *wall_now)
{
  gchar **cells = g_new0 (gchar *, self->n_kinds + 2);

  cells[0] = memsnoop_wall_time_format (point->time, self->now, wall_now);
  for (guint i = 0; i < self->n_kinds; i++)
    cells[i + 1] = g_strdup_printf ("%" G_GUINT64_FORMAT, point->bytes[self->kinds[i]]);
  return cells;
}

gchar *
memsnoop_history_text_rows (const MemsnoopHistoryPage *self, GDateTime *wall_now)
{
  g_autoptr (GArray) history = memsnoop_memory_history_read (self->stats);
  g_autofree gchar *alignments = g_strnfill (self->n_kinds + 1, 'r');
  g_autoptr (MemsnoopTextTable) table = NULL;
  GString *text = g_string_new (NULL);

  *alignments = 'l';
  table = memsnoop_text_table_new (alignments);
  memsnoop_text_table_add_row (table, heading_row (self));
  for (guint i = find_first (self, history); i < history->len; i++)
    memsnoop_text_table_add_row (
        table, point_row (self, &g_array_index (history, MemsnoopMemoryPoint, i), wall_now));
  memsnoop_text_table_append (table, text, 0);
  return g_string_free (text, FALSE);
}

static void
add_number (JsonBuilder *builder, const gchar *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) MIN (value, G_MAXINT64));
}

static void
add_point (JsonBuilder *builder, const MemsnoopMemoryPoint *point)
{
  json_builder_begin_object (builder);
  add_number (builder, "time", point->time);
  add_number (builder, "rss-anon", point->bytes[MEMSNOOP_MEMORY_ANONYMOUS]);
  add_number (builder, "rss-file", point->bytes[MEMSNOOP_MEMORY_FILE]);
  add_number (builder, "rss-shmem", point->bytes[MEMSNOOP_MEMORY_SHARED]);
  add_number (builder, "swap", point->bytes[MEMSNOOP_MEMORY_SWAP]);
  json_builder_end_object (builder);
}

/* What the service said under @key, if it did. */
static void
copy_member (JsonBuilder *builder, GVariant *dictionary, const gchar *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, NULL);

  if (value == NULL)
    return;
  json_builder_set_member_name (builder, key);
  json_builder_add_value (builder, memsnoop_json_output_from_variant (value));
}

JsonNode *
memsnoop_history_json (const MemsnoopHistoryPage *self)
{
  static const gchar *const process_keys[] = { "pid", "start-time", "comm", "exe", "uid" };
  g_autoptr (GArray) history = memsnoop_memory_history_read (self->stats);
  g_autoptr (GVariant) memory =
      g_variant_lookup_value (self->stats, "memory", G_VARIANT_TYPE_VARDICT);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (process_keys); i++)
    copy_member (builder, self->stats, process_keys[i]);
  add_number (builder, "now", self->now);
  copy_member (builder, memory, "watched-since");
  copy_member (builder, memory, "growth-rate");
  json_builder_set_member_name (builder, "history");
  json_builder_begin_array (builder);
  for (guint i = find_first (self, history); i < history->len; i++)
    add_point (builder, &g_array_index (history, MemsnoopMemoryPoint, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
