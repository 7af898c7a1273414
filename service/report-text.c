/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people. */
#include "report-writer.h"

#include "figure-text.h"
#include "heap-reports.h"
#include "printable-text.h"
#include "text-column.h"

/* Pids that the first line tells before it only counts them. */
#define TITLE_PIDS 8

/* A large page of most machines. */
#define LARGE_PAGE (2 * G_GUINT64_CONSTANT (1048576))

/* In front of a figure: some of its blocks may be free already, or some may be missing. */
#define INEXACT "~"

static void
append_size (GString *text, gsize width, guint64 bytes, gboolean exact)
{
  g_autofree gchar *size = memsnoop_figure_text_size (bytes);

  memsnoop_text_column_take (text, width, g_strconcat (exact ? "" : INEXACT, size, NULL));
}

/* One fact of the head: a name and what there is to say. Takes @fact. */
static void
take_fact (GString *text, const gchar *name, gchar *fact)
{
  g_string_append_printf (text, "  %-9s %s\n", name, fact);
  g_free (fact);
}

static gchar *
scope_title (const MemsnoopReport *report)
{
  g_autoptr (GString) title = g_string_new (NULL);
  const guint32 *pids;
  gsize n;

  pids = memsnoop_scope_get_pids (report->scope, &n);
  if (report->process != NULL)
    g_string_printf (title, "process %u", report->options->pid);
  else if (n == 0)
    g_string_append (title, "every process");
  else
    {
      g_string_append (title, n == 1 ? "process " : "processes ");
      for (gsize i = 0; i < n && i < TITLE_PIDS; i++)
        g_string_append_printf (title, "%s%u", i > 0 ? ", " : "", pids[i]);
      if (n > TITLE_PIDS)
        g_string_append_printf (title, " and %" G_GSIZE_FORMAT " more", n - TITLE_PIDS);
      if (memsnoop_scope_get_follow (report->scope))
        g_string_append (title, " with descendants");
    }
  return g_string_free (g_steal_pointer (&title), FALSE);
}

static gchar *
describe_recorded (const MemsnoopReport *report)
{
  guint64 since = report->snapshot->totals.since;
  guint64 until = MAX (report->snapshot->taken_at, since);
  g_autofree gchar *duration = memsnoop_figure_text_duration (until - since);
  g_autofree gchar *moment = memsnoop_figure_text_moment (since);

  return g_strdup_printf ("%s, since %s", duration, moment);
}

static gchar *
describe_live (const MemsnoopReport *report)
{
  g_autofree gchar *size = memsnoop_figure_text_size (report->current_bytes);
  g_autofree gchar *blocks =
      memsnoop_figure_text_counted (report->current_blocks, "block", "blocks");
  g_autofree gchar *processes =
      memsnoop_figure_text_counted (report->n_processes, "process", "processes");

  if (report->n_exited == 0)
    return g_strdup_printf ("%s in %s of %s", size, blocks, processes);
  return g_strdup_printf ("%s in %s of %s, %u of them exited", size, blocks, processes,
                          report->n_exited);
}

static gchar *
describe_events (const MemsnoopTracerTotals *totals)
{
  g_autofree gchar *seen = memsnoop_figure_text_count (totals->events_seen);
  g_autofree gchar *lost = memsnoop_figure_text_count (totals->events_lost);

  return g_strdup_printf ("%s allocations and frees seen, %s lost", seen,
                          totals->events_lost == 0 ? "none" : lost);
}

/* Why events were lost, one line for each reason, with what would help. */
static void
append_losses (GString *text, const MemsnoopTracerTotals *totals)
{
  const struct
  {
    guint64 count;
    const gchar *reason;
  } losses[] = {
    { totals->table_full, "found the live table full: start with a larger map-memory" },
    { totals->processes_full, "were of more processes than a recording holds" },
    { totals->recursion_misses, "came in an interrupt in the middle of another event" },
    { totals->other_lost, "lack their call site or slab cache, and are counted without it" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
    {
      g_autofree gchar *count = memsnoop_figure_text_count (losses[i].count);

      if (losses[i].count > 0)
        take_fact (text, "", g_strdup_printf ("%s %s", count, losses[i].reason));
    }
}

static gchar *
describe_exactness (const MemsnoopReport *report)
{
  const MemsnoopTracerTotals *totals = &report->snapshot->totals;
  gboolean exact = TRUE;

  for (guint i = 0; i < report->processes->len; i++)
    exact &= memsnoop_report_get_figures (report, i)->exact;
  if (!exact)
    return g_strdup ("except where marked " INEXACT
                     ", where blocks are missing or may be free already");
  if (totals->events_lost > 0)
    return g_strdup ("but for the lost events");
  return g_strdup ("every allocation and free since the recording began is in these figures");
}

static gchar *
describe_tables (const MemsnoopTracerTotals *totals)
{
  g_autofree gchar *size = memsnoop_figure_text_size (totals->map_bytes);
  g_autofree gchar *share = memsnoop_figure_text_part (totals->live_entries, totals->live_capacity);
  g_autofree gchar *capacity =
      memsnoop_figure_text_counted (totals->live_capacity, "block", "blocks");

  return g_strdup_printf ("%s of kernel memory, room for %s, %s taken", size, capacity, share);
}

/* How far the kernel has broken up what is free, which slab memory that lies about is a cause of.
 */
static void
append_free_memory (GString *text, const MemsnoopSnapshot *snapshot)
{
  const MemsnoopFreeMemory *memory = &snapshot->free_memory;
  g_autofree gchar *size = memsnoop_figure_text_size (memsnoop_free_memory_get_bytes (memory));
  guint order = memsnoop_free_memory_find_order (memory, LARGE_PAGE);
  g_autofree gchar *share =
      memsnoop_figure_text_share (memsnoop_free_memory_get_unusable (memory, order));

  if (snapshot->free_memory_error != NULL)
    take_fact (text, "Free", g_strdup_printf ("unknown: %s", snapshot->free_memory_error));
  else if (memory->n_orders > 0)
    take_fact (text, "Free",
               g_strdup_printf ("%s of the machine's memory; %s of it could not serve a page "
                                "of %d MiB",
                                size, share, (gint) (LARGE_PAGE >> 20)));
}

static void
append_head (GString *text, const MemsnoopReport *report)
{
  const MemsnoopTracerTotals *totals = &report->snapshot->totals;
  g_autofree gchar *title = scope_title (report);

  g_string_append_printf (text, "Kernel memory of %s (Memsnoop %s)\n\n", title, MEMSNOOP_VERSION);
  take_fact (text, "Recorded", describe_recorded (report));
  if (report->process == NULL)
    take_fact (text, "Live", describe_live (report));
  take_fact (text, "Events", describe_events (totals));
  append_losses (text, totals);
  if (totals->unseen_frees > 0)
    {
      g_autofree gchar *blocks =
          memsnoop_figure_text_counted (totals->unseen_frees, "block", "blocks");

      take_fact (text, "Unseen",
                 g_strdup_printf ("%s freed without a tracepoint, found when "
                                  "the address was allocated again",
                                  blocks));
    }
  take_fact (text, "Exact", describe_exactness (report));
  take_fact (text, "Tables", describe_tables (totals));
  if (memsnoop_report_is_of_system (report))
    append_free_memory (text, report->snapshot);
}

/* Ages are known to a step of the churn window's clock. */
static gchar *
format_age (guint64 age)
{
  if (age < MEMSNOOP_AGE_UNIT)
    return g_strdup ("< 5 s");
  return memsnoop_figure_text_duration (age);
}

static gchar *
site_row (const MemsnoopReport *report, guint index)
{
  const MemsnoopSite *site = &g_array_index (report->sites, MemsnoopSite, index);
  g_autofree gchar *cache = memsnoop_printable_line (site->cache);
  GString *row = g_string_new (NULL);

  append_size (row, 12, site->bytes, memsnoop_site_is_exact (site));
  memsnoop_text_column_take (row, 9,
                             memsnoop_figure_text_part (site->bytes, report->current_bytes));
  memsnoop_text_column_take (row, 13, memsnoop_figure_text_count (site->count));
  memsnoop_text_column_take (row, 13, format_age (site->oldest_age));
  g_string_append_printf (row, "   in %s, from %s\n", cache, site->frame);
  return g_string_free (row, FALSE);
}

static gchar *
process_name (const MemsnoopProcessFigures *figures)
{
  g_autofree gchar *comm = memsnoop_printable_line (figures->comm);

  switch (figures->kind)
    {
    case MEMSNOOP_PROCESS_KIND_INTERRUPTS:
      return g_strdup ("(interrupts)");
    case MEMSNOOP_PROCESS_KIND_RETIRED:
      return g_strdup ("(earlier processes)");
    case MEMSNOOP_PROCESS_KIND_KERNEL_THREAD:
      return g_strdup_printf ("[%s]%s", comm, figures->exited_at != 0 ? " (exited)" : "");
    case MEMSNOOP_PROCESS_KIND_PROGRAM:
    default:
      return g_strdup_printf ("%s%s", comm, figures->exited_at != 0 ? " (exited)" : "");
    }
}

static gchar *
process_row (const MemsnoopReport *report, guint index)
{
  const MemsnoopProcessFigures *figures = memsnoop_report_get_figures (report, index);
  g_autofree gchar *name = process_name (figures);
  GString *row = g_string_new (NULL);

  memsnoop_text_column_take (
      row, 10, figures->pid == 0 ? g_strdup ("-") : g_strdup_printf ("%u", figures->pid));
  append_size (row, 12, figures->current_bytes, figures->exact);
  append_size (row, 12, figures->peak_bytes, TRUE);
  memsnoop_text_column_take (row, 15, memsnoop_figure_text_count (figures->alloc_count));
  memsnoop_text_column_take (row, 15, memsnoop_figure_text_count (figures->free_count));
  memsnoop_text_column_take (row, 9, memsnoop_figure_text_share (figures->churn));
  memsnoop_text_column_take (
      row, 9,
      memsnoop_figure_text_share (memsnoop_process_figures_internal_fragmentation (figures)));
  g_string_append_printf (row, "   %s\n", name);
  return g_string_free (row, FALSE);
}

static gchar *
cache_row (const MemsnoopReport *report, guint index)
{
  const MemsnoopCacheFigures *cache = &g_array_index (report->caches, MemsnoopCacheFigures, index);
  g_autofree gchar *name = memsnoop_printable_line (cache->name);
  GString *row = g_string_new (NULL);

  append_size (row, 12, cache->live_bytes, FALSE);
  memsnoop_text_column_take (row, 13, memsnoop_figure_text_count (cache->live_count));
  memsnoop_text_column_take (row, 13,
                             cache->slab_active < 0
                                 ? g_strdup ("unknown")
                                 : memsnoop_figure_text_count ((guint64) cache->slab_active));
  memsnoop_text_column_take (row, 13, memsnoop_figure_text_count (cache->unseen_frees));
  g_string_append_printf (row, "   %s\n", name);
  return g_string_free (row, FALSE);
}

/* Says how many rows did not fit, and returns whether the size is why. */
static gboolean
append_rows (GString *text,
             const MemsnoopReport *report,
             guint n,
             gsize size,
             gchar *(*row) (const MemsnoopReport *, guint))
{
  guint wanted = memsnoop_report_wanted_rows (report, n);
  gsize end = text->len + memsnoop_report_room (report, size);
  guint i;

  for (i = 0; i < wanted; i++)
    {
      g_autofree gchar *line = row (report, i);

      if (text->len + strlen (line) > end)
        break;
      g_string_append (text, line);
    }
  if (i < n)
    g_string_append_printf (text, "    … %u more\n", n - i);
  return i < wanted;
}

static gboolean
append_sites (GString *text, const MemsnoopReport *report)
{
  if (report->sites->len == 0)
    return FALSE;
  g_string_append (text, "\nWhat is live, by call site\n\n");
  if (!report->sites_complete)
    g_string_append_printf (text, "  (of each process its %d largest call sites)\n\n",
                            MEMSNOOP_SITES_PER_PROCESS);
  g_string_append (text, "        LIVE    SHARE       BLOCKS       OLDEST   WHERE\n");
  return append_rows (text, report, report->sites->len, MEMSNOOP_REPORT_SITES_SIZE, site_row);
}

static gboolean
append_processes (GString *text, const MemsnoopReport *report)
{
  if (report->processes->len == 0)
    {
      g_string_append (text, "\nNone of these processes has allocated kernel memory since the "
                             "recording began.\n");
      return FALSE;
    }
  g_string_append_printf (text, "\nProcesses, by %s\n\n",
                          memsnoop_report_sort_name (report->options->sort));
  g_string_append (text, "       PID        LIVE        PEAK    ALLOCATIONS          FREES"
                         "    CHURN    WASTE   NAME\n");
  return append_rows (text, report, report->processes->len, MEMSNOOP_REPORT_PROCESSES_SIZE,
                      process_row);
}

/* The caches of whose recorded blocks some may be free already. */
static GArray *
find_doubtful_caches (const MemsnoopReport *report)
{
  GArray *doubtful = g_array_new (FALSE, FALSE, sizeof (MemsnoopCacheFigures));

  for (guint i = 0; i < report->caches->len; i++)
    {
      const MemsnoopCacheFigures *cache = &g_array_index (report->caches, MemsnoopCacheFigures, i);

      if ((cache->unseen_frees > 0 || cache->contradicted) && cache->live_count > 0)
        g_array_append_vals (doubtful, cache, 1);
    }
  return doubtful;
}

static gboolean
append_caches (GString *text, const MemsnoopReport *report)
{
  g_autoptr (GArray) caches = find_doubtful_caches (report);
  MemsnoopReport doubtful = *report;

  if (caches->len == 0)
    return FALSE;
  g_string_append (text,
                   "\nSlab caches some of whose frees fire no tracepoint: where more blocks are "
                   "recorded than in use,\nthe rest is free already\n\n");
  g_string_append (text, "        LIVE     RECORDED       IN USE UNSEEN FREES   CACHE\n");
  doubtful.caches = caches;
  return append_rows (text, &doubtful, caches->len, MEMSNOOP_REPORT_CACHES_SIZE, cache_row);
}

static gboolean
append_kernel (GString *text, const MemsnoopReport *report)
{
  gboolean cut;

  append_head (text, report);
  if (report->process != NULL)
    memsnoop_report_write_process (text, report);
  cut = append_sites (text, report);
  if (report->process != NULL)
    return cut;
  cut |= append_processes (text, report);
  cut |= append_caches (text, report);
  return cut;
}

gchar *
memsnoop_report_write_text (const MemsnoopReport *report)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean cut = FALSE;

  if (report->snapshot != NULL)
    cut |= append_kernel (text, report);
  if (report->snapshot != NULL && report->heaps->len > 0)
    g_string_append_c (text, '\n');
  cut |= memsnoop_heap_reports_append_text (text, report->heaps, report->options->limit,
                                            memsnoop_report_heaps_room (report));
  if (cut)
    g_string_append_printf (text, "\nThis report is cut: it may not be longer than %d MiB.\n",
                            MEMSNOOP_REPORT_SIZE_MAXIMUM >> 20);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
