/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status-text.h"

#include "dictionary.h"
#include "json-output.h"
#include "quantity.h"
#include "session-cost.h"
#include "session-list.h"
#include "terminal-text.h"
#include "text-table.h"

#include <string.h>

static gchar **
make_row (gchar *first, ...)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  va_list cells;

  va_start (cells, first);
  for (gchar *cell = first; cell != NULL; cell = va_arg (cells, gchar *))
    {
      g_strv_builder_add (builder, cell);
      g_free (cell);
    }
  va_end (cells);
  return g_strv_builder_end (builder);
}

static gchar **
feature_row (GVariant *features, GVariant *reasons, const gchar *name, gboolean unicode)
{
  const gchar *reason = "";
  gboolean present = FALSE;

  g_variant_lookup (features, name, "b", &present);
  if (!present && reasons != NULL)
    g_variant_lookup (reasons, name, "&s", &reason);
  return make_row (memsnoop_terminal_text_escape (name, unicode), g_strdup (present ? "yes" : "no"),
                   memsnoop_terminal_text_escape (reason, unicode), NULL);
}

/* What a person asks first, in this order. */
static const struct
{
  const gchar *feature;
  const gchar *label;
  const gchar *present;
  const gchar *missing;
} main_features[] = {
  { "watch", "Watch", "on", "off" },
  { "kernel", "Kernel memory", "can be recorded", "cannot be recorded" },
  { "heap", "Heap", "can be recorded", "cannot be recorded" },
  { "growth", "Growth", "can be recorded", "cannot be recorded" },
};

static gboolean
is_main_feature (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (main_features); i++)
    if (strcmp (main_features[i].feature, name) == 0)
      return TRUE;
  return FALSE;
}

/* "Kernel memory  cannot be recorded: there is no BTF" */
static void
append_main_feature (MemsnoopTextTable *table, gsize index, GVariant *properties, gboolean unicode)
{
  g_autoptr (GVariant) features =
      g_variant_lookup_value (properties, "Features", G_VARIANT_TYPE ("a{sb}"));
  g_autoptr (GVariant) reasons =
      g_variant_lookup_value (properties, "FeatureReasons", G_VARIANT_TYPE ("a{ss}"));
  g_autofree gchar *reason = NULL, *printable = NULL;
  gboolean present;
  gdouble interval;

  if (features == NULL || !g_variant_lookup (features, main_features[index].feature, "b", &present))
    return;
  if (!present && reasons != NULL)
    g_variant_lookup (reasons, main_features[index].feature, "s", &reason);
  if (present && strcmp (main_features[index].feature, "watch") == 0 &&
      memsnoop_dictionary_lookup_double (properties, "WatchInterval", &interval))
    reason = g_strdup_printf ("looks at every process once in %g seconds", interval);
  printable = memsnoop_terminal_text_escape (reason != NULL ? reason : "", unicode);
  memsnoop_text_table_add_row (
      table,
      make_row (g_strdup (main_features[index].label),
                g_strconcat (present ? main_features[index].present : main_features[index].missing,
                             *printable != '\0' ? ": " : "", printable, NULL),
                NULL));
}

static void
append_main_features (GString *text, GVariant *properties, gboolean unicode)
{
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("ll");

  g_string_append_c (text, '\n');
  for (gsize i = 0; i < G_N_ELEMENTS (main_features); i++)
    append_main_feature (table, i, properties, unicode);
  memsnoop_text_table_append (table, text, 2);
}

static gint
compare_names (gconstpointer first, gconstpointer second)
{
  return strcmp (*(const gchar *const *) first, *(const gchar *const *) second);
}

static GPtrArray *
sorted_names (GVariant *features)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  gchar *name;

  g_variant_iter_init (&iter, features);
  while (g_variant_iter_next (&iter, "{sb}", &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
append_features (GString *text, GVariant *properties, gboolean unicode)
{
  g_autoptr (GVariant) features =
      g_variant_lookup_value (properties, "Features", G_VARIANT_TYPE ("a{sb}"));
  g_autoptr (GVariant) reasons =
      g_variant_lookup_value (properties, "FeatureReasons", G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("lll");
  g_autoptr (GPtrArray) names = NULL;

  if (features == NULL)
    return;

  names = sorted_names (features);
  for (guint i = 0; i < names->len; i++)
    if (!is_main_feature (names->pdata[i]))
      memsnoop_text_table_add_row (table,
                                   feature_row (features, reasons, names->pdata[i], unicode));
  g_string_append (text, "\nDetails of what this kernel and build can do\n");
  memsnoop_text_table_append (table, text, 2);
}

gchar *
memsnoop_status_format_pids (const GArray *pids)
{
  GString *text = g_string_new (NULL);

  if (pids->len == 0)
    g_string_append (text, "all");
  for (guint i = 0; i < pids->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? "," : "", g_array_index (pids, guint32, i));
  return g_string_free (text, FALSE);
}

static gchar **
session_row (const MemsnoopSessionEntry *session,
             MemsnoopUserNames *users,
             guint64 now,
             gboolean unicode)
{
  g_autofree gchar *sources = g_strjoinv (",", session->sources);
  guint64 seconds = memsnoop_quantity_seconds_between (session->started_at, now);

  return make_row (g_strdup_printf ("%" G_GUINT64_FORMAT, session->number),
                   g_strdup (memsnoop_user_names_lookup (users, session->owner)),
                   memsnoop_terminal_text_escape (session->state, unicode),
                   memsnoop_terminal_text_escape (sources, unicode),
                   memsnoop_status_format_pids (session->pids),
                   memsnoop_quantity_format_duration (seconds),
                   memsnoop_quantity_format_count (session->events_seen),
                   memsnoop_quantity_format_count (session->events_lost),
                   memsnoop_quantity_format_count (session->live_entries),
                   memsnoop_quantity_format_size (session->memory_used), NULL);
}

static gchar **
heading_row (void)
{
  static const gchar *const headings[] = {
    "NUMBER", "OWNER", "STATE",  "SOURCES", "PROCESSES", "STARTED",
    "EVENTS", "LOST",  "BLOCKS", "MEMORY",  NULL,
  };

  return g_strdupv ((gchar **) headings);
}

/* "  Session 1: 3 children recorded, 12 not: 'memsnoopctl report' tells why" */
static void
append_children (GString *text, const MemsnoopSessionEntry *session)
{
  g_autofree gchar *recorded = memsnoop_quantity_format_count (session->children_recorded);
  g_autofree gchar *not_recorded = memsnoop_quantity_format_count (session->children_not_recorded);

  if (session->children_recorded + session->children_not_recorded == 0)
    return;
  g_string_append_printf (text, "  Session %" G_GUINT64_FORMAT ": %s children recorded",
                          session->number, recorded);
  if (session->children_not_recorded > 0)
    g_string_append_printf (text, ", %s not: 'memsnoopctl report' tells why", not_recorded);
  g_string_append_c (text, '\n');
}

static void
append_sessions (
    GString *text, GPtrArray *sessions, MemsnoopUserNames *users, guint64 now, gboolean unicode)
{
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("rllllrrrrr");

  if (sessions->len == 0)
    {
      g_string_append (text,
                       "\nNo sessions: nothing is recorded. 'memsnoopctl start' records the "
                       "kernel memory of\nevery process, 'memsnoopctl start --heap PID' the heap "
                       "of a running program.\n");
      return;
    }

  memsnoop_text_table_add_row (table, heading_row ());
  for (guint i = 0; i < sessions->len; i++)
    memsnoop_text_table_add_row (table, session_row (sessions->pdata[i], users, now, unicode));
  g_string_append (text, "\nSessions (started: so long ago)\n");
  memsnoop_text_table_append (table, text, 2);
  for (guint i = 0; i < sessions->len; i++)
    append_children (text, sessions->pdata[i]);
}

static void
append_costs (GString *text, GPtrArray *sessions)
{
  gboolean first = TRUE;

  for (guint i = 0; i < sessions->len; i++)
    {
      g_autofree gchar *line = memsnoop_session_cost_text (sessions->pdata[i]);

      if (line == NULL)
        continue;
      g_string_append_printf (text, "%s  %s\n",
                              first ? "\nWhat it costs to record heaps and growth, by session\n" : "", line);
      first = FALSE;
    }
}

/* When events of a running recording were lost. */
static void
append_loss (GString *text, GVariant *properties, GPtrArray *sessions)
{
  g_autofree gchar *count = NULL;
  guint64 lost = 0;
  guint running = 0;

  for (guint i = 0; i < sessions->len; i++)
    running += memsnoop_session_entry_is_running (sessions->pdata[i]);
  if (running == 0 || !memsnoop_dictionary_lookup_number (properties, "EventsLost", &lost) ||
      lost == 0)
    return;

  count = memsnoop_quantity_format_count (lost);
  g_string_append_printf (text,
                          "\n%s events of the recording are in no figure: 'memsnoopctl report' "
                          "tells why.\n",
                          count);
}

gchar *
memsnoop_status_text (GVariant *properties,
                      GPtrArray *sessions,
                      MemsnoopUserNames *users,
                      guint64 now,
                      gboolean unicode)
{
  g_autofree gchar *version = memsnoop_dictionary_lookup_string (properties, "Version");
  g_autofree gchar *printable =
      memsnoop_terminal_text_escape (version != NULL ? version : "of an unknown version", unicode);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "Memsnoop %s is running.\n", printable);
  append_main_features (text, properties, unicode);
  append_sessions (text, sessions, users, now, unicode);
  append_costs (text, sessions);
  append_loss (text, properties, sessions);
  append_features (text, properties, unicode);
  return g_string_free (text, FALSE);
}

static void
add_number (JsonBuilder *builder, const gchar *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) MIN (value, G_MAXINT64));
}

static void
add_double (JsonBuilder *builder, const gchar *name, gdouble value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_session (JsonBuilder *builder, const MemsnoopSessionEntry *session)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "session");
  json_builder_add_string_value (builder, session->path);
  add_number (builder, "owner", session->owner);
  json_builder_set_member_name (builder, "state");
  json_builder_add_string_value (builder, session->state);
  json_builder_set_member_name (builder, "sources");
  json_builder_begin_array (builder);
  for (gsize i = 0; session->sources[i] != NULL; i++)
    json_builder_add_string_value (builder, session->sources[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "pids");
  json_builder_begin_array (builder);
  for (guint i = 0; i < session->pids->len; i++)
    json_builder_add_int_value (builder, g_array_index (session->pids, guint32, i));
  json_builder_end_array (builder);
  add_number (builder, "started-at", session->started_at);
  add_number (builder, "events-seen", session->events_seen);
  add_number (builder, "events-lost", session->events_lost);
  add_number (builder, "live-entries", session->live_entries);
  add_number (builder, "memory-used", session->memory_used);
  add_double (builder, "cpu-budget", session->cpu_budget);
  add_double (builder, "cpu-cost", session->cpu_cost);
  add_number (builder, "sample-interval", session->sample_interval);
  add_double (builder, "recorded-share", session->recorded_share);
  json_builder_set_member_name (builder, "frees-missed");
  json_builder_add_boolean_value (builder, session->frees_missed);
  add_number (builder, "probes", session->probes);
  add_number (builder, "fast-probes", session->fast_probes);
  add_number (builder, "children-recorded", session->children_recorded);
  add_number (builder, "children-not-recorded", session->children_not_recorded);
  json_builder_end_object (builder);
}

static void
add_property (JsonBuilder *builder, const gchar *name, GVariant *properties, const gchar *property)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (properties, property, NULL);

  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_value (builder, memsnoop_json_output_from_variant (value));
  else
    json_builder_add_null_value (builder);
}

JsonNode *
memsnoop_status_json (GVariant *properties, GPtrArray *sessions)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_property (builder, "version", properties, "Version");
  add_property (builder, "features", properties, "Features");
  add_property (builder, "feature-reasons", properties, "FeatureReasons");
  add_property (builder, "events-lost", properties, "EventsLost");
  json_builder_set_member_name (builder, "sessions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < sessions->len; i++)
    add_session (builder, sessions->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
