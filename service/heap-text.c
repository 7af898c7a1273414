/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report on a heap for people. */
#include "heap-report.h"
#include "heap-text.h"

#include "figure-text.h"
#include "heap-cost-text.h"
#include "growth-text.h"
#include "printable-text.h"
#include "snapshot.h"
#include "stack-text.h"
#include "text-column.h"

#include <math.h>

G_STATIC_ASSERT (MEMSNOOP_HEAP_AGES == MEMSNOOP_SITE_AGES);

/* In front of a figure that is not exact. */
#define INEXACT "~"
/* Growth below this is told by the hour, in bytes per second. */
#define SLOW_GROWTH 1024.0
#define HOUR 3600.0

void
memsnoop_heap_text_take_fact (GString *text, const gchar *name, gchar *fact)
{
  g_string_append_printf (text, "  %-9s %s\n", name, fact);
  g_free (fact);
}

static void
append_title (GString *text, const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *comm = memsnoop_printable_line (heap->comm != NULL ? heap->comm : "");

  g_string_append_printf (text, "Heap of %s (%u), of user %u (Memsnoop %s)\n\n", comm, heap->pid,
                          heap->uid, MEMSNOOP_VERSION);
  if (heap->executable != NULL && heap->executable[0] != '\0')
    memsnoop_heap_text_take_fact (text, "Program", memsnoop_printable_line (heap->executable));
}

gchar *
memsnoop_heap_text_describe_recorded (const MemsnoopHeapSnapshot *heap)
{
  guint64 until = heap->exited_at != 0 ? heap->exited_at : heap->taken_at;
  g_autofree gchar *duration =
      memsnoop_figure_text_duration (MAX (until, heap->since) - heap->since);
  g_autofree gchar *moment = memsnoop_figure_text_moment (heap->since);

  return g_strdup_printf ("%s, since %s%s", duration, moment,
                          heap->exited_at != 0 ? ", until the process exited" : "");
}

static gchar *
describe_live (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *size = memsnoop_figure_text_size (heap->current_bytes);
  g_autofree gchar *peak = memsnoop_figure_text_size (heap->peak_bytes);
  g_autofree gchar *blocks = memsnoop_figure_text_counted (
      memsnoop_heap_snapshot_get_live_count (heap), "block", "blocks");

  return g_strdup_printf ("%s%s in %s, at most %s", heap->exact ? "" : INEXACT, size, blocks, peak);
}

static gchar *
describe_calls (guint64 bytes, guint64 calls, const gchar *singular, const gchar *plural)
{
  g_autofree gchar *size = memsnoop_figure_text_size (bytes);
  g_autofree gchar *count = memsnoop_figure_text_counted (calls, singular, plural);

  return g_strdup_printf ("%s in %s", size, count);
}

static gchar *
describe_mapped (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *live =
      memsnoop_figure_text_size (memsnoop_heap_snapshot_get_mapped_bytes (heap));
  g_autofree gchar *size = memsnoop_figure_text_size (heap->mmap_bytes);
  g_autofree gchar *count = memsnoop_figure_text_counted (heap->mmap_count, "mapping", "mappings");

  return g_strdup_printf ("%s by the program itself, of %s in %s", live, size, count);
}

static gchar *
describe_untracked (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *count = memsnoop_figure_text_counted (
      heap->untracked_frees, "block from before the recording", "blocks from before the recording");

  return g_strdup_printf ("and %s", count);
}

static gchar *
describe_churn (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *share = memsnoop_figure_text_share (heap->churn);

  return g_strdup_printf ("%s of the last minute's allocations were freed within it", share);
}

static gchar *
describe_retained (const MemsnoopHeapSnapshot *heap)
{
  guint64 bytes = memsnoop_heap_snapshot_retained (heap);
  g_autofree gchar *size = memsnoop_figure_text_size (bytes);
  g_autofree gchar *share = memsnoop_figure_text_part (bytes, heap->resident_anonymous);

  return g_strdup_printf ("%s (%s of it) is not live, and no leak: freed and kept by the "
                          "allocator,\n            from before the recording, stacks",
                          size, share);
}

static void
append_resident (GString *text, const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *size = memsnoop_figure_text_size (heap->resident_anonymous);

  if (heap->resident_anonymous == 0)
    return;
  memsnoop_heap_text_take_fact (text, "Resident", g_strdup_printf ("%s of anonymous memory", size));
  memsnoop_heap_text_take_fact (text, "Retained", describe_retained (heap));
}

static gchar *
describe_exactness (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *interval = memsnoop_figure_text_size (heap->sample_interval);

  if (heap->sample_interval > 0)
    return g_strdup_printf ("estimates from a sample for each %s allocated; ± is the standard "
                            "error",
                            interval);
  if (heap->expense.recorded_share < 1)
    return g_strdup ("but for the time in which new blocks were not recorded");
  if (heap->exact)
    return g_strdup ("every allocation and free since the recording began is in these figures");
  return g_strdup (memsnoop_heap_snapshot_get_lost (heap) > 0 ? "but for the lost calls"
                                                              : "but for frees that were not seen");
}

void
memsnoop_heap_text_append_losses (GString *text, const MemsnoopHeapSnapshot *heap)
{
  const MemsnoopHeapLoss *loss = &heap->loss;
  const struct
  {
    guint64 count;
    const gchar *singular;
    const gchar *plural;
    const gchar *what;
  } losses[] = {
    { loss->table_full, "allocation", "allocations",
      "without room in the live table, in no call stack: start with a larger map-memory" },
    { loss->recursion_misses, "call", "calls", "skipped by the kernel, in no figure" },
    { loss->unseen_frees, "free", "frees", "noticed only when the address was used again" },
    { loss->other, "call", "calls", "that could not be followed to the end, in no figure" },
    { loss->contexts_full, "allocation", "allocations",
      "without room for the call stack: start with a larger map-memory" },
    { loss->stacks_lost, "time", "times",
      "that a call stack could not be sent; it is when it is seen again" },
    { loss->stacks_not_unwound, "call stack", "call stacks",
      "known by the innermost function only" },
    { loss->rules_full, "place", "places",
      "in the code that call stacks are not followed through: start with a larger map-memory" },
    { loss->depth, "frame", "frames",
      "are kept of call stacks, because there are too many: start with a larger map-memory" },
  };
  const gchar *name = "Lost";

  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    {
      g_autofree gchar *count =
          memsnoop_figure_text_counted (losses[i].count, losses[i].singular, losses[i].plural);

      if (losses[i].count == 0)
        continue;
      memsnoop_heap_text_take_fact (text, name, g_strdup_printf ("%s %s", count, losses[i].what));
      name = "";
    }
}

gchar *
memsnoop_heap_text_describe_tables (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *size = memsnoop_figure_text_size (heap->map_bytes);

  return g_strdup_printf ("%s of kernel memory", size);
}

/* Takes @lines. */
static void
take_lines (GString *text, const gchar *name, GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    memsnoop_heap_text_take_fact (text, i == 0 ? name : "", g_strdup (lines->pdata[i]));
  g_ptr_array_unref (lines);
}

static void
append_head (GString *text, const MemsnoopHeapSnapshot *heap)
{
  append_title (text, heap);
  memsnoop_heap_text_take_fact (text, "Recorded", memsnoop_heap_text_describe_recorded (heap));
  memsnoop_heap_text_take_fact (text, "Live", describe_live (heap));
  memsnoop_heap_text_take_fact (
      text, "Allocated",
      describe_calls (heap->alloc_bytes, heap->alloc_count, "allocation", "allocations"));
  memsnoop_heap_text_take_fact (
      text, "Freed", describe_calls (heap->free_bytes, heap->free_count, "free", "frees"));
  if (heap->untracked_frees > 0)
    memsnoop_heap_text_take_fact (text, "", describe_untracked (heap));
  if (heap->mmap_count > 0)
    memsnoop_heap_text_take_fact (text, "Mapped", describe_mapped (heap));
  memsnoop_heap_text_take_fact (text, "Churn", describe_churn (heap));
  append_resident (text, heap);
  memsnoop_heap_text_take_fact (text, "Exact", describe_exactness (heap));
  memsnoop_heap_text_append_losses (text, heap);
  take_lines (text, "Cost", memsnoop_heap_cost_text_lines (heap));
  take_lines (text, "Probes", memsnoop_heap_cost_text_probes (heap));
  memsnoop_heap_text_take_fact (text, "Tables", memsnoop_heap_text_describe_tables (heap));
}

/* Ages are known to a step of a clock. */
static gchar *
format_age (guint64 age)
{
  if (age < MEMSNOOP_AGE_UNIT)
    return g_strdup ("< 5 s");
  return memsnoop_figure_text_duration (age);
}

gchar *
memsnoop_heap_text_format_growth (gdouble rate)
{
  gdouble size = fabs (rate) < SLOW_GROWTH ? fabs (rate) * HOUR : fabs (rate);
  g_autofree gchar *text = NULL;

  if (!(size >= 1))
    return g_strdup ("-");
  text = memsnoop_figure_text_size ((guint64) MIN (size, 1e18));
  return g_strdup_printf ("%s%s/%s", rate < 0 ? "−" : "+", text,
                          fabs (rate) < SLOW_GROWTH ? "h" : "s");
}

static gchar *
format_error (gdouble standard_error)
{
  g_autofree gchar *size = memsnoop_figure_text_size ((guint64) CLAMP (standard_error, 0, 1e18));

  return g_strdup_printf ("± %s", size);
}

static gchar *
site_row (const MemsnoopHeapSnapshot *heap, const MemsnoopHeapSite *site)
{
  guint64 whole = heap->current_bytes + memsnoop_heap_snapshot_get_mapped_bytes (heap);
  GString *row = g_string_new (NULL);

  memsnoop_text_column_take (row, 12, memsnoop_figure_text_size (site->live_bytes));
  if (heap->sample_interval > 0)
    memsnoop_text_column_take (row, 13, format_error (site->standard_error));
  memsnoop_text_column_take (row, 9, memsnoop_figure_text_part (site->live_bytes, whole));
  memsnoop_text_column_take (row, 13, memsnoop_figure_text_count (site->live_count));
  memsnoop_text_column_take (row, 15, memsnoop_heap_text_format_growth (site->growth_rate));
  memsnoop_text_column_take (row, 13, format_age (site->oldest_age));
  g_string_append (row, site->is_mapping ? "   mapped by the program itself\n" : "\n");
  memsnoop_stack_text_append (row, MEMSNOOP_HEAP_TEXT_STACK_INDENT, site);
  g_string_append_c (row, '\n');
  return g_string_free (row, FALSE);
}

/* Call stacks that hold memory: those come first, and others are of no interest to people. */
static guint
count_live_sites (const MemsnoopHeapSnapshot *heap)
{
  guint n = 0;

  while (n < heap->sites->len && g_array_index (heap->sites, MemsnoopHeapSite, n).live_bytes > 0)
    n++;
  return n;
}

static gboolean
append_sites (GString *text, const MemsnoopHeapSnapshot *heap, guint limit, gsize end)
{
  guint n = count_live_sites (heap);
  guint wanted = limit == 0 ? n : MIN (n, limit);
  guint i;

  if (n == 0)
    {
      g_string_append (text, "\nNothing that was allocated since the recording began is live.\n");
      return FALSE;
    }
  g_string_append_printf (text,
                          "\nWhat is live, by call stack, the innermost function first\n\n"
                          "        LIVE%s    SHARE       BLOCKS         GROWTH       OLDEST\n",
                          heap->sample_interval > 0 ? "             " : "");
  for (i = 0; i < wanted; i++)
    {
      g_autofree gchar *row = site_row (heap, &g_array_index (heap->sites, MemsnoopHeapSite, i));

      if (text->len + strlen (row) > end)
        break;
      g_string_append (text, row);
    }
  if (i < n)
    g_string_append_printf (text, "    … %u more\n", n - i);
  if (i < wanted)
    g_string_append (text, "    They found no room in this report.\n");
  return i < wanted;
}

gboolean
memsnoop_heap_report_append_text (GString *text,
                                  const MemsnoopHeapSnapshot *heap,
                                  guint limit,
                                  gsize size)
{
  gsize end = size > G_MAXSIZE - text->len ? G_MAXSIZE : text->len + size;

  if (heap->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    return memsnoop_growth_text_append (text, heap, limit, end);
  append_head (text, heap);
  memsnoop_text_column_append_histogram (text, heap->size_histogram,
                                         MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS);
  return append_sites (text, heap, limit, end);
}
