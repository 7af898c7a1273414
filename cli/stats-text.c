/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stats-text.h"

#include "chart.h"
#include "dictionary.h"
#include "memory-history.h"
#include "process-title.h"
#include "quantity.h"
#include "site-text.h"
#include "terminal-text.h"

#include <string.h>

#define LABEL_COLUMNS 16
#define BAR_COLUMNS 40
#define SPARKLINE_COLUMNS 48

/* What every part of the text needs. */
typedef struct
{
  GString *text;
  guint64 now;
  gboolean unicode;
} Page;

static void append_line (Page *page, const gchar *label, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
append_line (Page *page, const gchar *label, const gchar *format, ...)
{
  va_list arguments;

  g_string_append (page->text, "  ");
  memsnoop_terminal_text_append_fitted (page->text, label, LABEL_COLUMNS, FALSE, page->unicode);
  va_start (arguments, format);
  g_string_append_vprintf (page->text, format, arguments);
  va_end (arguments);
  g_string_append_c (page->text, '\n');
}

static void
append_size (Page *page, const gchar *label, GVariant *dictionary, const gchar *key)
{
  g_autofree gchar *size = NULL;
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (dictionary, key, &bytes))
    return;

  size = memsnoop_quantity_format_size (bytes);
  append_line (page, label, "%s", size);
}

/* A line with the course of the values, the lowest, the highest and the time it covers. */
static void
append_history (Page *page, const gchar *label, const GArray *points)
{
  const MemsnoopChartPoint *point = (const MemsnoopChartPoint *) (gpointer) points->data;
  g_autofree gchar *line = NULL, *lowest = NULL, *highest = NULL, *span = NULL;
  guint64 minimum = G_MAXUINT64, maximum = 0;

  if (points->len < 2)
    return;

  for (guint i = 0; i < points->len; i++)
    {
      minimum = MIN (minimum, point[i].value);
      maximum = MAX (maximum, point[i].value);
    }
  line = memsnoop_chart_sparkline (point, points->len, SPARKLINE_COLUMNS, page->unicode);
  lowest = memsnoop_quantity_format_size (minimum);
  highest = memsnoop_quantity_format_size (maximum);
  span = memsnoop_quantity_format_duration (
      memsnoop_quantity_seconds_between (point[0].time, point[points->len - 1].time));
  append_line (page, label, "%s", line);
  append_line (page, "", "%s to %s, over %s", lowest, highest, span);
}

/* The points of the live kernel or heap memory. */
static GArray *
read_history (GVariant *recorded)
{
  g_autoptr (GVariant) history =
      g_variant_lookup_value (recorded, "history", G_VARIANT_TYPE ("a(tt)"));
  GArray *points = g_array_new (FALSE, FALSE, sizeof (MemsnoopChartPoint));
  MemsnoopChartPoint point;
  GVariantIter iter;

  if (history == NULL)
    return points;
  g_variant_iter_init (&iter, history);
  while (g_variant_iter_next (&iter, "(tt)", &point.time, &point.value))
    if (points->len == 0 ||
        point.time >= g_array_index (points, MemsnoopChartPoint, points->len - 1).time)
      g_array_append_val (points, point);
  return points;
}

/* How private memory changes, and since when that is looked at. */
static void
append_growth (Page *page, GVariant *memory)
{
  g_autofree gchar *growth = NULL, *span = NULL;
  guint64 since;
  gdouble rate;

  if (!memsnoop_dictionary_lookup_double (memory, "growth-rate", &rate))
    return;
  growth = memsnoop_quantity_growth_in_words (rate);
  if (memsnoop_dictionary_lookup_number (memory, "watched-since", &since))
    span = memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (since, page->now));
  append_line (page, "Growth", "private memory %s%s%s", growth,
               span != NULL ? "; watched for " : "", span != NULL ? span : "");
}

static void
append_memory (Page *page, GVariant *stats)
{
  g_autoptr (GVariant) memory = g_variant_lookup_value (stats, "memory", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GArray) history = NULL, values = NULL;

  if (memory == NULL)
    return;

  g_string_append (page->text, "\nMemory\n");
  if (memsnoop_memory_is_none (stats))
    {
      g_string_append (page->text, "  None of its own: it has exited, and its parent has not asked "
                                   "for its status\n  (a zombie), or it is a kernel thread.\n");
      return;
    }
  append_size (page, "Anonymous", memory, "rss-anon");
  append_size (page, "File", memory, "rss-file");
  append_size (page, "Shared", memory, "rss-shmem");
  append_size (page, "Swapped", memory, "swap");
  append_size (page, "Share (PSS)", memory, "pss");
  append_size (page, "Unshared (USS)", memory, "uss");
  append_growth (page, memory);
  history = memsnoop_memory_history_read (stats);
  values = memsnoop_memory_history_values (history, MEMSNOOP_MEMORY_PRIVATE);
  append_history (page, "Private", values);
}

/* "1.2 GiB in 1,204,332 allocations" */
static gchar *
bytes_in_calls (GVariant *recorded,
                const gchar *bytes_key,
                const gchar *count_key,
                const gchar *noun)
{
  g_autofree gchar *size = NULL, *count = NULL;
  guint64 bytes, calls;

  if (!memsnoop_dictionary_lookup_number (recorded, bytes_key, &bytes) ||
      !memsnoop_dictionary_lookup_number (recorded, count_key, &calls))
    return NULL;

  size = memsnoop_quantity_format_size (bytes);
  count = memsnoop_quantity_format_count (calls);
  return g_strdup_printf ("%s in %s %s", size, count, noun);
}

static void
append_traffic (Page *page, GVariant *recorded)
{
  g_autofree gchar *allocated =
      bytes_in_calls (recorded, "alloc-bytes", "alloc-count", "allocations");
  g_autofree gchar *freed = bytes_in_calls (recorded, "free-bytes", "free-count", "frees");
  guint64 bytes;
  gdouble share;

  if (allocated != NULL)
    append_line (page, "Allocated", "%s", allocated);
  if (freed != NULL)
    append_line (page, "Freed", "%s", freed);
  /* Of a heap it is what was allocated. */
  if (memsnoop_dictionary_lookup_number (recorded, "requested-bytes", &bytes) &&
      g_variant_lookup (recorded, "internal-fragmentation", "d", NULL))
    {
      g_autofree gchar *size = memsnoop_quantity_format_size (bytes);
      g_autofree gchar *waste = NULL;

      if (memsnoop_dictionary_lookup_double (recorded, "internal-fragmentation", &share))
        waste = memsnoop_quantity_format_share (share);
      append_line (page, "Requested", "%s%s%s%s", size, waste != NULL ? " (" : "",
                   waste != NULL ? waste : "", waste != NULL ? " internal fragmentation)" : "");
    }
  if (memsnoop_dictionary_lookup_double (recorded, "churn", &share))
    {
      g_autofree gchar *churn = memsnoop_quantity_format_share (share);

      append_line (page, "Churn", "%s of the last minute's allocations were freed within it",
                   churn);
    }
}

static void
append_live (Page *page, GVariant *recorded)
{
  g_autofree gchar *live = NULL, *peak = NULL;
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (recorded, "current-bytes", &bytes))
    return;

  live = memsnoop_quantity_format_size (bytes);
  if (memsnoop_dictionary_lookup_number (recorded, "peak-bytes", &bytes))
    peak = memsnoop_quantity_format_size (bytes);
  append_line (page, "Live", "%s%s%s", live, peak != NULL ? ", at most " : "",
               peak != NULL ? peak : "");
}

static void
append_recent_sizes (Page *page, GVariant *recorded)
{
  g_autoptr (GVariant) sizes =
      g_variant_lookup_value (recorded, "recent-sizes", G_VARIANT_TYPE ("at"));
  g_autoptr (GString) list = g_string_new (NULL);
  gsize count = 0;
  const guint64 *values =
      sizes != NULL ? g_variant_get_fixed_array (sizes, &count, sizeof (guint64)) : NULL;

  for (gsize i = count > 12 ? count - 12 : 0; i < count; i++)
    g_string_append_printf (list, "%s%" G_GUINT64_FORMAT, list->len > 0 ? " " : "", values[i]);
  if (count > 0)
    append_line (page, "Last sizes", "%s", list->str);
}

static void
append_reason (GString *reasons, guint64 count, const gchar *what)
{
  g_autofree gchar *number = memsnoop_quantity_format_count (count);

  if (count > 0)
    g_string_append_printf (reasons, "%s%s %s", reasons->len > 0 ? "; " : "", number, what);
}

static void
append_exactness (Page *page, GVariant *recorded, const gchar *otherwise)
{
  g_autoptr (GString) reasons = g_string_new (NULL);
  guint64 lost = 0, unseen = 0, interval = 0;

  memsnoop_dictionary_lookup_number (recorded, "lost", &lost);
  memsnoop_dictionary_lookup_number (recorded, "unseen-frees", &unseen);
  memsnoop_dictionary_lookup_number (recorded, "sample-interval", &interval);
  if (memsnoop_dictionary_lookup_boolean (recorded, "exact", TRUE))
    return;

  if (interval > 0)
    {
      g_autofree gchar *size = memsnoop_quantity_format_size (interval);

      g_string_append_printf (reasons, "estimated from a sample for each %s allocated", size);
    }
  append_reason (reasons, lost, "allocations were lost and are in no figure");
  append_reason (reasons, unseen, "blocks were freed unseen");
  append_line (page, "Not exact", "%s", reasons->len > 0 ? reasons->str : otherwise);
}

/* Of a heap: what is resident and not live. */
static void
append_retained (Page *page, GVariant *recorded)
{
  g_autofree gchar *size = NULL;
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (recorded, "retained", &bytes))
    return;
  size = memsnoop_quantity_format_size (bytes);
  append_line (page, "Retained", "%s resident that is not live: freed, of before, or of others",
               size);
}

static void
append_histogram (Page *page, GVariant *recorded, const gchar *title, const gchar *counted)
{
  g_autoptr (GVariant) histogram =
      g_variant_lookup_value (recorded, "size-histogram", G_VARIANT_TYPE ("a(tt)"));
  GVariantIter iter;
  guint64 bound, count, maximum = 0;

  if (histogram == NULL || g_variant_n_children (histogram) == 0)
    return;

  g_variant_iter_init (&iter, histogram);
  while (g_variant_iter_next (&iter, "(tt)", &bound, &count))
    maximum = MAX (maximum, count);

  g_string_append_printf (page->text, "\n  %s\n  %12s  %-*s  %s\n", title, "AT LEAST", BAR_COLUMNS,
                          "", counted);
  g_variant_iter_init (&iter, histogram);
  while (g_variant_iter_next (&iter, "(tt)", &bound, &count))
    {
      g_autofree gchar *size = memsnoop_quantity_format_size (bound);
      g_autofree gchar *bar = memsnoop_chart_bar (count, maximum, BAR_COLUMNS, page->unicode);
      g_autofree gchar *number = memsnoop_quantity_format_count (count);

      g_string_append (page->text, "  ");
      memsnoop_terminal_text_append_fitted (page->text, size, 12, TRUE, page->unicode);
      g_string_append (page->text, "  ");
      memsnoop_terminal_text_append_fitted (page->text, bar, BAR_COLUMNS, FALSE, page->unicode);
      g_string_append_printf (page->text, "  %s\n", number);
    }
}

static void
append_sites (Page *page, GVariant *recorded, const gchar *title)
{
  g_autoptr (GVariant) sites =
      g_variant_lookup_value (recorded, "sites", G_VARIANT_TYPE ("aa{sv}"));
  g_autofree gchar *age = NULL;
  guint64 nanoseconds = 0;

  if (sites == NULL || g_variant_n_children (sites) == 0)
    return;

  memsnoop_dictionary_lookup_number (recorded, "sites-age", &nanoseconds);
  age = memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (0, nanoseconds));
  g_string_append_printf (page->text, "\n  %s, %s ago\n", title, age);
  memsnoop_site_text_append (page->text, sites, page->unicode);
}

static void
append_recorded_title (Page *page, GVariant *recorded, const gchar *title)
{
  guint64 since;

  g_string_append_printf (page->text, "\n%s", title);
  if (memsnoop_dictionary_lookup_number (recorded, "since", &since))
    {
      g_autofree gchar *age =
          memsnoop_quantity_format_duration (memsnoop_quantity_seconds_between (since, page->now));

      g_string_append_printf (page->text, ", recorded for %s", age);
    }
  g_string_append_c (page->text, '\n');
}

static void
append_last_thread (Page *page, GVariant *recorded)
{
  guint64 thread;

  if (memsnoop_dictionary_lookup_number (recorded, "last-thread", &thread) && thread != 0)
    append_line (page, "Last thread", "%" G_GUINT64_FORMAT, thread);
}

/* @not_exact: why it is not, when nothing else says so. */
static gboolean
append_recorded (
    Page *page, GVariant *stats, const gchar *key, const gchar *title, const gchar *not_exact)
{
  g_autoptr (GVariant) recorded = g_variant_lookup_value (stats, key, G_VARIANT_TYPE_VARDICT);
  g_autoptr (GArray) history = NULL;

  if (recorded == NULL)
    return FALSE;

  append_recorded_title (page, recorded, title);
  append_live (page, recorded);
  append_traffic (page, recorded);
  append_retained (page, recorded);
  append_last_thread (page, recorded);
  append_recent_sizes (page, recorded);
  history = read_history (recorded);
  append_history (page, "History", history);
  append_exactness (page, recorded, not_exact);
  append_histogram (page, recorded, "Allocations by size", "ALLOCATIONS");
  append_sites (page, recorded, "Live blocks by where they were allocated");
  return TRUE;
}

static void
append_no_heap (Page *page, GVariant *stats)
{
  guint64 pid = 0;

  memsnoop_dictionary_lookup_number (stats, "pid", &pid);
  g_string_append_printf (page->text,
                          "\nIts heap is not recorded: 'memsnoopctl start --heap %" G_GUINT64_FORMAT
                          "' records it.\n",
                          pid);
}

static void
append_new_pages (Page *page, GVariant *stats)
{
  g_autoptr (GVariant) growth = g_variant_lookup_value (stats, "growth", G_VARIANT_TYPE_VARDICT);
  g_autofree gchar *pages = NULL;
  guint64 bytes;

  if (growth == NULL)
    return;
  append_recorded_title (page, growth, "Growth");
  pages = bytes_in_calls (growth, "bytes", "faults", "faults");
  if (pages != NULL)
    append_line (page, "New", "%s", pages);
  append_size (page, "By the kernel", growth, "kernel-bytes");
  if (memsnoop_dictionary_lookup_number (growth, "swap-bytes", &bytes) && bytes > 0)
    append_size (page, "From swap", growth, "swap-bytes");
  append_last_thread (page, growth);
  if (!memsnoop_dictionary_lookup_boolean (growth, "exact", TRUE))
    append_line (page, "Not exact", "some faults were lost and are in no figure");
  append_histogram (page, growth, "Faults by size", "FAULTS");
  append_sites (page, growth, "New pages by where they were touched");
}

gchar *
memsnoop_stats_text (GVariant *stats, MemsnoopUserNames *users, guint64 now, gboolean unicode)
{
  Page page = { .text = g_string_new (NULL), .now = now, .unicode = unicode };

  memsnoop_process_title_append (page.text, stats, users, now, unicode);
  append_memory (&page, stats);
  if (!append_recorded (&page, stats, "kernel", "Kernel memory",
                        "some live blocks are of a kind that is freed unseen"))
    g_string_append (page.text, "\nKernel memory is not recorded, or this process has used none "
                                "since: 'memsnoopctl start'\nrecords it.\n");
  if (!append_recorded (&page, stats, "heap", "Heap", "some frees were not seen"))
    append_no_heap (&page, stats);
  append_new_pages (&page, stats);
  return g_string_free (page.text, FALSE);
}
