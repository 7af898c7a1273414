/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-text.h"

#include "dictionary.h"
#include "growth-end.h"
#include "process-title.h"
#include "quantity.h"
#include "site-text.h"
#include "terminal-text.h"
#include "text-table.h"
#include "wall-time.h"
#include "watch-sentence.h"

#include <string.h>

#define LABEL_COLUMNS 16

static const struct
{
  const gchar *kind;
  const gchar *name;
  const gchar *meaning;
} kinds[] = {
  { "rss", "private", "private memory: anonymous and swapped" },
  { "shmem", "shared", "shared memory" },
  { "heap", "heap", "the heap" },
  { "kernel", "kernel", "kernel memory that it holds" },
};

static const struct
{
  const gchar *level;
  const gchar *meaning;
} levels[] = {
  { "growth", "growth: it grows steadily, and that alone is no proof of a leak" },
  { "probable", "probable: there is code that allocates this and does not free it" },
  { "definite", "definite: nothing refers to this memory any more" },
};

/* "-" for what is not known. */
static gchar *
or_dash (gchar *text)
{
  return text != NULL ? text : g_strdup ("-");
}

static gchar *
format_number (GVariant *suspect, const gchar *key)
{
  guint64 number;

  if (!memsnoop_dictionary_lookup_number (suspect, key, &number))
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

/* Text that is not ours. */
static gchar *
format_text (GVariant *suspect, const gchar *key, gboolean unicode)
{
  g_autofree gchar *text = memsnoop_dictionary_lookup_string (suspect, key);

  return text != NULL ? memsnoop_terminal_text_escape (text, unicode) : NULL;
}

static gchar *
format_kind (GVariant *suspect, gboolean unicode, gboolean meaning)
{
  g_autofree gchar *kind = memsnoop_dictionary_lookup_string (suspect, "kind");

  for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kind, kinds[i].kind) == 0)
      return g_strdup (meaning ? kinds[i].meaning : kinds[i].name);
  return format_text (suspect, "kind", unicode);
}

static gchar *
format_level (GVariant *suspect, gboolean unicode)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (suspect, "level");

  for (gsize i = 0; level != NULL && i < G_N_ELEMENTS (levels); i++)
    if (strcmp (level, levels[i].level) == 0)
      return g_strdup (levels[i].meaning);
  return format_text (suspect, "level", unicode);
}

static gchar *
format_bytes (GVariant *suspect)
{
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (suspect, "bytes", &bytes))
    return NULL;
  return memsnoop_quantity_format_size (bytes);
}

static gboolean
is_over (GVariant *suspect, guint64 now)
{
  guint64 last;

  return memsnoop_growth_end_find (suspect, now, &last);
}

/* What the heap that is recorded does not account for. */
static gchar *
format_retained (GVariant *suspect)
{
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (suspect, "retained", &bytes))
    return NULL;
  return memsnoop_quantity_format_size (bytes);
}

static gchar *
format_rate (GVariant *suspect, gchar *(*format) (gdouble))
{
  gdouble rate;

  return memsnoop_dictionary_lookup_double (suspect, "rate", &rate) ? format (rate) : NULL;
}

/* For how long it has grown. */
static gchar *
format_span (GVariant *suspect, guint64 now)
{
  guint64 since, last;

  if (!memsnoop_dictionary_lookup_number (suspect, "since", &since))
    return NULL;
  if (memsnoop_growth_end_find (suspect, now, &last))
    now = last;
  return memsnoop_quantity_duration_in_words (memsnoop_quantity_seconds_between (since, now));
}

static gchar *
format_exhaustion (GVariant *suspect)
{
  guint64 seconds;

  if (!memsnoop_dictionary_lookup_number (suspect, "time-to-exhaustion", &seconds))
    return NULL;
  return memsnoop_quantity_duration_in_words (seconds);
}

static gchar *
format_confidence (GVariant *suspect)
{
  gdouble confidence;

  if (!memsnoop_dictionary_lookup_double (suspect, "confidence", &confidence))
    return NULL;
  return g_strdup_printf ("%.0f %%", CLAMP (confidence, 0, 1) * 100);
}

static gchar **
suspect_row (GVariant *suspect, guint64 now, gboolean unicode)
{
  gchar *cells[] = {
    or_dash (format_number (suspect, "id")),
    or_dash (format_number (suspect, "pid")),
    or_dash (format_text (suspect, "comm", unicode)),
    or_dash (format_kind (suspect, unicode, FALSE)),
    or_dash (format_text (suspect, "level", unicode)),
    or_dash (format_bytes (suspect)),
    or_dash (is_over (suspect, now) ? NULL
                                    : format_rate (suspect, memsnoop_quantity_format_short_rate)),
    or_dash (format_span (suspect, now)),
    or_dash (format_exhaustion (suspect)),
    or_dash (format_confidence (suspect)),
    NULL,
  };

  return g_memdup2 (cells, sizeof cells);
}

gchar *
memsnoop_suspect_text_table (GVariant *suspects, guint64 now, gboolean unicode)
{
  static const gchar *const headings[] = {
    "ID", "PID", "NAME", "KIND", "LEVEL", "GROWN", "RATE", "FOR", "FULL IN", "CONFIDENCE", NULL,
  };
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("rrlllrrrrr");
  GString *text = g_string_new (NULL);

  memsnoop_text_table_add_row (table, g_strdupv ((gchar **) headings));
  for (gsize i = 0; i < g_variant_n_children (suspects); i++)
    {
      g_autoptr (GVariant) suspect = g_variant_get_child_value (suspects, i);

      memsnoop_text_table_add_row (table, suspect_row (suspect, now, unicode));
    }
  memsnoop_text_table_append (table, text, 0);
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_suspect_text_why_no_watch (GVariant *properties, gboolean unicode)
{
  g_autoptr (GVariant) features =
      g_variant_lookup_value (properties, "Features", G_VARIANT_TYPE ("a{sb}"));
  g_autoptr (GVariant) reasons =
      g_variant_lookup_value (properties, "FeatureReasons", G_VARIANT_TYPE ("a{ss}"));
  g_autofree gchar *reason = NULL;
  const gchar *told = NULL;
  gboolean watches = FALSE;

  if (features != NULL && g_variant_lookup (features, "watch", "b", &watches) && watches)
    return NULL;
  if (reasons == NULL || !g_variant_lookup (reasons, "watch", "&s", &told))
    return g_strdup ("this service does not look for growth");

  reason = memsnoop_terminal_text_escape (told, unicode);
  return g_strdup_printf ("this service does not look for growth: %s", reason);
}

gchar *
memsnoop_suspect_text_none (gsize n_processes, GVariant *properties, gboolean unicode)
{
  g_autofree gchar *absence = memsnoop_suspect_text_why_no_watch (properties, unicode);
  g_autofree gchar *count = memsnoop_quantity_format_count (n_processes);

  if (absence != NULL)
    return g_strdup_printf ("Nothing is suspected, as %s\n", absence);
  return g_strdup_printf ("Nothing is suspected of the %s process%s that you may see. Nothing is "
                          "before a process was\nobserved for 240 intervals of the watch, 8 "
                          "minutes by default.\n",
                          count, n_processes == 1 ? "" : "es");
}

/* A line of the page, when there is something to tell; frees @value. */
static void
append_line (GString *text, const gchar *label, gchar *value)
{
  if (value != NULL)
    g_string_append_printf (text, "  %-*s%s\n", LABEL_COLUMNS, label, value);
  g_free (value);
}

static gchar *
describe_beginning (GVariant *suspect, guint64 now, GDateTime *wall_now)
{
  g_autofree gchar *time = NULL, *span = NULL;
  guint64 since;

  if (!memsnoop_dictionary_lookup_number (suspect, "since", &since))
    return NULL;
  time = memsnoop_wall_time_format (since, now, wall_now);
  span = memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (since, now));
  return g_strdup_printf ("%s, %s ago", time, span);
}

/* %NULL while it grows. */
static gchar *
describe_last_growth (GVariant *suspect, guint64 now)
{
  g_autofree gchar *rate = format_rate (suspect, memsnoop_quantity_format_rate);
  g_autofree gchar *span = NULL;
  guint64 last;

  if (!memsnoop_growth_end_find (suspect, now, &last))
    return NULL;
  span = memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (last, now));
  return rate != NULL ? g_strdup_printf ("%s ago, by %s then", span, rate)
                      : g_strdup_printf ("%s ago", span);
}

static gchar *
describe_exhaustion (GVariant *suspect)
{
  g_autofree gchar *span = format_exhaustion (suspect);

  return span != NULL ? g_strdup_printf ("in about %s at this rate", span) : NULL;
}

static void
append_figures (
    GString *text, GVariant *suspect, guint64 now, GDateTime *wall_now, gboolean unicode)
{
  append_line (text, "Suspicion", format_number (suspect, "id"));
  append_line (text, "Grows", format_kind (suspect, unicode, TRUE));
  append_line (text, "Level", format_level (suspect, unicode));
  append_line (text, "Confidence", format_confidence (suspect));
  append_line (text, "Since", describe_beginning (suspect, now, wall_now));
  append_line (text, "Grown", format_bytes (suspect));
  append_line (text, "Not in its heap", format_retained (suspect));
  append_line (text, "Last grown", describe_last_growth (suspect, now));
  if (!is_over (suspect, now))
    append_line (text, "Rate", format_rate (suspect, memsnoop_quantity_format_rate));
  append_line (text, "Memory is full", describe_exhaustion (suspect));
}

/* How the code would be known that allocates it. */
static void
append_advice (GString *text, GVariant *suspect)
{
  g_autofree gchar *kind = memsnoop_dictionary_lookup_string (suspect, "kind");
  guint64 pid = 0;

  g_string_append (text, "\nWhich code allocates it is not known.");
  if (g_strcmp0 (kind, "rss") == 0 && memsnoop_dictionary_lookup_number (suspect, "pid", &pid))
    g_string_append_printf (text,
                            " It is told here while its heap is recorded:\n'memsnoopctl start "
                            "--heap %" G_GUINT64_FORMAT "'.",
                            pid);
  g_string_append_c (text, '\n');
}

static void
append_sites (GString *text, GVariant *suspect, gboolean unicode)
{
  g_autoptr (GVariant) sites = g_variant_lookup_value (suspect, "sites", G_VARIANT_TYPE ("aa{sv}"));

  if (sites == NULL || g_variant_n_children (sites) == 0)
    {
      append_advice (text, suspect);
      return;
    }
  g_string_append (text, "\nWhere it was allocated\n");
  memsnoop_site_text_append (text, sites, unicode);
}

/* One sentence, a line for each of its parts; what it is called and how sure it is follows in the
 * figures. */
static void
append_sentence (GString *text, GVariant *suspect, guint64 now, gboolean unicode)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (suspect, "comm");
  g_autofree gchar *exhaustion = memsnoop_watch_sentence_exhaustion (suspect);
  g_autofree gchar *growth = NULL;
  guint64 pid = 0;

  memsnoop_dictionary_lookup_number (suspect, "pid", &pid);
  growth = memsnoop_watch_sentence_growth ((guint32) pid, comm != NULL ? comm : "", suspect, now,
                                           unicode);
  g_string_append_printf (text, "%s;\n", growth);
  if (exhaustion != NULL)
    g_string_append_printf (text, "%s;\n", exhaustion);
  g_string_append_printf (text, "%s.\n", memsnoop_watch_sentence_verdict (suspect));
}

gchar *
memsnoop_suspect_text_details (
    GVariant *suspect, MemsnoopUserNames *users, guint64 now, GDateTime *wall_now, gboolean unicode)
{
  GString *text = g_string_new (NULL);

  memsnoop_process_title_append (text, suspect, users, now, unicode);
  g_string_append_c (text, '\n');
  append_sentence (text, suspect, now, unicode);
  g_string_append_c (text, '\n');
  append_figures (text, suspect, now, wall_now, unicode);
  append_sites (text, suspect, unicode);
  return g_string_free (text, FALSE);
}
