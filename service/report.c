/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include "heap-order.h"
#include "report-writer.h"

#include <gio/gio.h>

static void
report_clear (MemsnoopReport *report)
{
  g_clear_pointer (&report->heaps, g_ptr_array_unref);
  g_clear_pointer (&report->processes, g_ptr_array_unref);
  g_clear_pointer (&report->sites, g_array_unref);
  g_clear_pointer (&report->caches, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopReport, report_clear)

guint
memsnoop_report_wanted_rows (const MemsnoopReport *report, guint n)
{
  return report->options->limit == 0 ? n : MIN (n, report->options->limit);
}

gsize
memsnoop_report_room (const MemsnoopReport *report, gsize size)
{
  return report->heaps->len > 0 ? size / 2 : size;
}

gsize
memsnoop_report_heaps_room (const MemsnoopReport *report)
{
  return report->snapshot != NULL ? MEMSNOOP_REPORT_HEAPS_SIZE : MEMSNOOP_REPORT_WHOLE_SIZE;
}

guint64
memsnoop_report_live_blocks (const MemsnoopProcessFigures *figures)
{
  /* The counts are read one after the other while others write them. */
  return figures->alloc_count > figures->free_count ? figures->alloc_count - figures->free_count
                                                    : 0;
}

const MemsnoopProcessFigures *
memsnoop_report_get_figures (const MemsnoopReport *report, guint index)
{
  const MemsnoopProcessSnapshot *process = g_ptr_array_index (report->processes, index);

  return &process->figures;
}

gboolean
memsnoop_report_is_of_system (const MemsnoopReport *report)
{
  return memsnoop_scope_is_everything (report->scope) && report->process == NULL;
}

static gdouble
sort_value (const MemsnoopProcessFigures *figures, MemsnoopReportSort sort)
{
  switch (sort)
    {
    case MEMSNOOP_REPORT_SORT_PEAK_BYTES:
      return (gdouble) figures->peak_bytes;
    case MEMSNOOP_REPORT_SORT_ALLOC_BYTES:
      return (gdouble) figures->alloc_bytes;
    case MEMSNOOP_REPORT_SORT_ALLOC_COUNT:
      return (gdouble) figures->alloc_count;
    case MEMSNOOP_REPORT_SORT_CHURN:
      return figures->churn;
    case MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION:
      return memsnoop_process_figures_internal_fragmentation (figures);
    case MEMSNOOP_REPORT_SORT_CURRENT_COUNT:
      return (gdouble) memsnoop_report_live_blocks (figures);
    /* Not known of a process. */
    case MEMSNOOP_REPORT_SORT_GROWTH_RATE:
    case MEMSNOOP_REPORT_SORT_OLDEST_AGE:
    case MEMSNOOP_REPORT_SORT_CURRENT_BYTES:
    default:
      return (gdouble) figures->current_bytes;
    }
}

/* Descending; what is equal, by live bytes and then by pid, so that an order is the same each time.
 */
static gint
compare_processes (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const MemsnoopProcessFigures *left = &(*(MemsnoopProcessSnapshot *const *) a)->figures;
  const MemsnoopProcessFigures *right = &(*(MemsnoopProcessSnapshot *const *) b)->figures;
  const MemsnoopReportOptions *options = user_data;
  gdouble left_value = sort_value (left, options->sort);
  gdouble right_value = sort_value (right, options->sort);

  if (left_value != right_value)
    return left_value > right_value ? -1 : 1;
  if (left->current_bytes != right->current_bytes)
    return left->current_bytes > right->current_bytes ? -1 : 1;
  if (left->pid != right->pid)
    return left->pid < right->pid ? -1 : 1;
  return left->start_time < right->start_time ? -1 : left->start_time > right->start_time;
}

/* The running process of that pid, else the one that exited last. */
static const MemsnoopProcessSnapshot *
find_process (GPtrArray *processes, guint32 pid)
{
  const MemsnoopProcessSnapshot *found = NULL;

  for (guint i = 0; i < processes->len; i++)
    {
      const MemsnoopProcessSnapshot *process = g_ptr_array_index (processes, i);
      const MemsnoopProcessFigures *figures = &process->figures;

      if (figures->pid != pid || figures->kind > MEMSNOOP_PROCESS_KIND_KERNEL_THREAD)
        continue;
      if (figures->exited_at == 0)
        return process;
      if (found == NULL || found->figures.exited_at < figures->exited_at)
        found = process;
    }
  return found;
}

static gboolean
report_choose_process (MemsnoopReport *report, GError **error)
{
  guint32 pid = report->options->pid;

  if (report->snapshot != NULL)
    report->process = find_process (report->processes, pid);
  if (report->process != NULL)
    {
      g_ptr_array_set_size (report->processes, 0);
      g_ptr_array_add (report->processes, (gpointer) report->process);
      return TRUE;
    }
  report->snapshot = NULL;
  if (report->heaps->len > 0)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
               "The session has no process %u: it is not among those that the session reports on, "
               "or has allocated nothing since the recording began",
               pid);
  return FALSE;
}

static gint
compare_sites (gconstpointer a, gconstpointer b)
{
  const MemsnoopSite *left = a, *right = b;

  return left->bytes > right->bytes ? -1 : left->bytes < right->bytes;
}

/* Frames and caches are interned, so that their addresses tell them apart. */
static guint
site_hash (gconstpointer key)
{
  const MemsnoopSite *site = key;

  return g_direct_hash (site->frame) * 31 + g_direct_hash (site->cache);
}

static gboolean
site_equal (gconstpointer a, gconstpointer b)
{
  const MemsnoopSite *left = a, *right = b;

  return left->frame == right->frame && left->cache == right->cache;
}

static void
merge_site (GHashTable *merged, const MemsnoopSite *site)
{
  MemsnoopSite *known = g_hash_table_lookup (merged, site);

  if (known == NULL)
    {
      known = g_memdup2 (site, sizeof *site);
      g_hash_table_add (merged, known);
      return;
    }
  memsnoop_site_merge (known, site);
}

/* The sites of the scope's processes together: those of others are not for this report. */
static void
report_merge_sites (MemsnoopReport *report)
{
  g_autoptr (GHashTable) merged = g_hash_table_new_full (site_hash, site_equal, g_free, NULL);
  GHashTableIter iterator;
  gpointer site;

  for (guint i = 0; i < report->processes->len; i++)
    {
      const MemsnoopProcessSnapshot *process = g_ptr_array_index (report->processes, i);

      for (guint j = 0; j < process->n_sites; j++)
        merge_site (merged, &process->sites[j]);
      report->sites_complete &= process->n_sites < MEMSNOOP_SITES_PER_PROCESS;
    }
  report->sites = g_array_new (FALSE, FALSE, sizeof (MemsnoopSite));
  g_hash_table_iter_init (&iterator, merged);
  while (g_hash_table_iter_next (&iterator, &site, NULL))
    g_array_append_vals (report->sites, site, 1);
  g_array_sort (report->sites, compare_sites);
}

static void
report_sum_up (MemsnoopReport *report)
{
  for (guint i = 0; i < report->processes->len; i++)
    {
      const MemsnoopProcessFigures *figures = memsnoop_report_get_figures (report, i);

      report->current_bytes += figures->current_bytes;
      report->current_blocks += memsnoop_report_live_blocks (figures);
      if (figures->kind > MEMSNOOP_PROCESS_KIND_KERNEL_THREAD)
        continue;
      report->n_processes++;
      report->n_exited += figures->exited_at != 0;
    }
}

static gint
compare_heaps (gconstpointer a, gconstpointer b)
{
  const MemsnoopHeapSnapshot *left = *(MemsnoopHeapSnapshot *const *) a;
  const MemsnoopHeapSnapshot *right = *(MemsnoopHeapSnapshot *const *) b;

  if (left->current_bytes != right->current_bytes)
    return left->current_bytes > right->current_bytes ? -1 : 1;
  return left->pid < right->pid ? -1 : left->pid > right->pid;
}

/* Those that the report is about, with their call stacks in the order that is asked for. */
static GPtrArray *
select_heaps (GPtrArray *heaps, const MemsnoopReportOptions *options)
{
  GPtrArray *selected =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  for (guint i = 0; heaps != NULL && i < heaps->len; i++)
    {
      MemsnoopHeapSnapshot *heap = heaps->pdata[i];

      if (!options->has_pid || heap->pid == options->pid)
        g_ptr_array_add (selected, memsnoop_heap_order (heap, options->sort));
    }
  g_ptr_array_sort (selected, compare_heaps);
  return selected;
}

static gboolean
report_prepare (MemsnoopReport *report, GError **error)
{
  report->sites_complete = TRUE;
  if (report->snapshot != NULL)
    report->processes = memsnoop_scope_select (report->scope, report->snapshot);
  if (report->options->has_pid && !report_choose_process (report, error))
    return FALSE;
  if (report->snapshot == NULL)
    return TRUE;
  g_ptr_array_sort_with_data (report->processes, compare_processes, (gpointer) report->options);
  report_sum_up (report);
  if (memsnoop_report_is_of_system (report))
    {
      report->sites = g_array_ref (report->snapshot->sites);
      report->caches = g_array_ref (report->snapshot->caches);
      return TRUE;
    }
  report_merge_sites (report);
  report->caches = g_array_new (FALSE, FALSE, sizeof (MemsnoopCacheFigures));
  return TRUE;
}

gchar *
memsnoop_report_write (const MemsnoopSnapshot *kernel,
                       GPtrArray *heaps,
                       const MemsnoopScope *scope,
                       const MemsnoopReportOptions *options,
                       GError **error)
{
  g_auto (MemsnoopReport) report = {
    .snapshot = kernel, .heaps = select_heaps (heaps, options), .scope = scope, .options = options
  };

  if (!report_prepare (&report, error))
    return NULL;
  switch (options->format)
    {
    case MEMSNOOP_REPORT_FORMAT_JSON:
      return memsnoop_report_write_json (&report);
    case MEMSNOOP_REPORT_FORMAT_FOLDED:
      return memsnoop_report_write_folded (&report);
    case MEMSNOOP_REPORT_FORMAT_TEXT:
    default:
      return memsnoop_report_write_text (&report);
    }
}
