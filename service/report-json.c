/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for programs. Rows are made by json-glib one by one, and put together here, so that
 * the report can end at a row when it grows too long.
 */
#include "report-writer.h"

#include "heap-reports.h"
#include "json-members.h"

static const gchar *const kind_names[] = {
  [MEMSNOOP_PROCESS_KIND_PROGRAM] = "program",
  [MEMSNOOP_PROCESS_KIND_KERNEL_THREAD] = "kernel-thread",
  [MEMSNOOP_PROCESS_KIND_INTERRUPTS] = "interrupts",
  [MEMSNOOP_PROCESS_KIND_RETIRED] = "retired",
};

/* A table while it is written; @left_out counts the rows that are not in it. */
typedef struct
{
  guint n_rows;
  guint size;
  guint left_out;
  gboolean cut;
} Table;

static JsonObject *
recording_object (const MemsnoopReport *report)
{
  const MemsnoopTracerTotals *totals = &report->snapshot->totals;
  JsonObject *object = json_object_new ();
  JsonObject *lost = json_object_new ();

  memsnoop_json_add_number (lost, "table-full", totals->table_full);
  memsnoop_json_add_number (lost, "processes-full", totals->processes_full);
  memsnoop_json_add_number (lost, "recursion-misses", totals->recursion_misses);
  memsnoop_json_add_number (lost, "other", totals->other_lost);

  memsnoop_json_add_number (object, "since", totals->since);
  memsnoop_json_add_number (object, "taken-at", report->snapshot->taken_at);
  memsnoop_json_add_number (object, "events-seen", totals->events_seen);
  memsnoop_json_add_number (object, "events-lost", totals->events_lost);
  json_object_set_object_member (object, "lost", lost);
  memsnoop_json_add_number (object, "unseen-frees", totals->unseen_frees);
  memsnoop_json_add_number (object, "live-entries", totals->live_entries);
  memsnoop_json_add_number (object, "live-capacity", totals->live_capacity);
  memsnoop_json_add_number (object, "memory-used", totals->map_bytes);
  return object;
}

static JsonObject *
scope_object (const MemsnoopReport *report)
{
  JsonObject *object = json_object_new ();
  JsonArray *pids = json_array_new ();
  const guint32 *members;
  gsize n;

  members = memsnoop_scope_get_pids (report->scope, &n);
  for (gsize i = 0; i < n; i++)
    json_array_add_int_element (pids, members[i]);
  json_object_set_boolean_member (object, "everything",
                                  memsnoop_scope_is_everything (report->scope));
  json_object_set_array_member (object, "pids", pids);
  json_object_set_boolean_member (object, "follow", memsnoop_scope_get_follow (report->scope));
  if (report->process != NULL)
    memsnoop_json_add_number (object, "pid", report->options->pid);
  return object;
}

static JsonObject *
totals_object (const MemsnoopReport *report)
{
  JsonObject *object = json_object_new ();

  memsnoop_json_add_number (object, "processes", report->n_processes);
  memsnoop_json_add_number (object, "exited", report->n_exited);
  memsnoop_json_add_number (object, "current-bytes", report->current_bytes);
  memsnoop_json_add_number (object, "current-count", report->current_blocks);
  return object;
}

static JsonObject *
order_object (const MemsnoopFreeMemory *memory, guint order)
{
  JsonObject *object = json_object_new ();

  memsnoop_json_add_number (object, "block-bytes", memory->page_size << order);
  memsnoop_json_add_number (object, "free-blocks", memory->blocks[order]);
  memsnoop_json_add_share (object, "unusable", memsnoop_free_memory_get_unusable (memory, order));
  return object;
}

static JsonObject *
free_memory_object (const MemsnoopSnapshot *snapshot)
{
  const MemsnoopFreeMemory *memory = &snapshot->free_memory;
  JsonObject *object = json_object_new ();
  JsonArray *orders;

  if (snapshot->free_memory_error != NULL)
    {
      memsnoop_json_add_text (object, "error", snapshot->free_memory_error);
      return object;
    }
  orders = json_array_new ();
  memsnoop_json_add_number (object, "free-bytes", memsnoop_free_memory_get_bytes (memory));
  for (guint order = 0; order < memory->n_orders; order++)
    json_array_add_object_element (orders, order_object (memory, order));
  json_object_set_array_member (object, "orders", orders);
  return object;
}

static JsonObject *
site_object (const MemsnoopReport *report, guint index)
{
  const MemsnoopSite *site = &g_array_index (report->sites, MemsnoopSite, index);
  JsonObject *object = json_object_new ();
  JsonArray *frames = json_array_new ();

  json_array_add_string_element (frames, site->frame);
  memsnoop_json_add_number (object, "bytes", site->bytes);
  memsnoop_json_add_number (object, "count", site->count);
  json_object_set_array_member (object, "frames", frames);
  memsnoop_json_add_text (object, "cache", site->cache);
  memsnoop_json_add_number (object, "oldest-age", site->oldest_age);
  memsnoop_json_add_number (object, "unseen-frees", site->unseen_frees);
  json_object_set_boolean_member (object, "exact", memsnoop_site_is_exact (site));
  json_object_set_boolean_member (object, "reclaimable", site->reclaimable);
  return object;
}

static void
add_recent_sizes (JsonObject *object, const MemsnoopProcessFigures *figures)
{
  JsonArray *sizes = json_array_new ();

  for (guint i = 0; i < figures->n_recent_sizes; i++)
    json_array_add_int_element (sizes, figures->recent_sizes[i]);
  json_object_set_array_member (object, "recent-sizes", sizes);
}

static void
add_identity (JsonObject *object, const MemsnoopProcessFigures *figures)
{
  json_object_set_string_member (object, "kind", kind_names[figures->kind]);
  memsnoop_json_add_number (object, "pid", figures->pid);
  memsnoop_json_add_number (object, "start-time", figures->start_time);
  memsnoop_json_add_number (object, "exited-at", figures->exited_at);
  memsnoop_json_add_text (object, "comm", figures->comm);
  memsnoop_json_add_text (object, "exe", figures->exe);
  memsnoop_json_add_number (object, "uid", figures->uid);
  memsnoop_json_add_number (object, "parent-pid", figures->parent_pid);
  memsnoop_json_add_number (object, "parent-start-time", figures->parent_start_time);
}

static JsonObject *
process_object (const MemsnoopReport *report, guint index)
{
  const MemsnoopProcessFigures *figures = memsnoop_report_get_figures (report, index);
  JsonObject *object = json_object_new ();

  add_identity (object, figures);
  memsnoop_json_add_number (object, "alloc-count", figures->alloc_count);
  memsnoop_json_add_number (object, "free-count", figures->free_count);
  memsnoop_json_add_number (object, "alloc-bytes", figures->alloc_bytes);
  memsnoop_json_add_number (object, "free-bytes", figures->free_bytes);
  memsnoop_json_add_number (object, "requested-bytes", figures->requested_bytes);
  memsnoop_json_add_number (object, "current-bytes", figures->current_bytes);
  memsnoop_json_add_number (object, "peak-bytes", figures->peak_bytes);
  memsnoop_json_add_share (object, "churn", figures->churn);
  memsnoop_json_add_share (object, "internal-fragmentation",
                           memsnoop_process_figures_internal_fragmentation (figures));
  memsnoop_json_add_number (object, "last-thread", figures->last_thread);
  memsnoop_json_add_number (object, "lost", figures->lost);
  memsnoop_json_add_number (object, "unseen-frees", figures->unseen_frees);
  json_object_set_boolean_member (object, "exact", figures->exact);
  if (report->process != NULL)
    {
      memsnoop_json_add_histogram (object, "size-histogram", figures->size_histogram,
                                   MEMSNOOP_SIZE_HISTOGRAM_BUCKETS);
      add_recent_sizes (object, figures);
    }
  return object;
}

static JsonObject *
cache_object (const MemsnoopReport *report, guint index)
{
  const MemsnoopCacheFigures *cache = &g_array_index (report->caches, MemsnoopCacheFigures, index);
  JsonObject *object = json_object_new ();

  memsnoop_json_add_text (object, "name", cache->name);
  memsnoop_json_add_number (object, "live-count", cache->live_count);
  memsnoop_json_add_number (object, "live-bytes", cache->live_bytes);
  memsnoop_json_add_number (object, "unseen-frees", cache->unseen_frees);
  if (cache->slab_active < 0)
    json_object_set_null_member (object, "slab-active");
  else
    json_object_set_int_member (object, "slab-active", cache->slab_active);
  json_object_set_boolean_member (object, "contradicted", cache->contradicted);
  return object;
}

static void
append_table (GString *text,
              const MemsnoopReport *report,
              const gchar *name,
              JsonObject *(*row_object) (const MemsnoopReport *, guint),
              Table *table)
{
  guint wanted = memsnoop_report_wanted_rows (report, table->n_rows);
  gsize end = text->len + memsnoop_report_room (report, table->size);
  guint i;

  g_string_append_printf (text, "\"%s\":[", name);
  for (i = 0; i < wanted; i++)
    {
      g_autofree gchar *row = memsnoop_json_take_object (row_object (report, i));

      if (text->len + strlen (row) > end)
        break;
      g_string_append_printf (text, "%s\n%s", i > 0 ? "," : "", row);
    }
  g_string_append (text, "],\n");
  table->cut = i < wanted;
  table->left_out = table->n_rows - i;
}

static void
append_object (GString *text, const gchar *name, JsonObject *object)
{
  g_autofree gchar *value = memsnoop_json_take_object (object);

  g_string_append_printf (text, "\"%s\":%s,\n", name, value);
}

static gchar *
write_kernel (const MemsnoopReport *report)
{
  g_autoptr (GString) text = g_string_new ("{");
  Table sites = { .n_rows = report->sites->len, .size = MEMSNOOP_REPORT_SITES_SIZE };
  Table processes = { .n_rows = report->processes->len, .size = MEMSNOOP_REPORT_PROCESSES_SIZE };
  Table caches = { .n_rows = report->caches->len, .size = MEMSNOOP_REPORT_CACHES_SIZE };
  gboolean heaps_cut = FALSE;

  g_string_append_printf (text, "\"report-version\":%d,\n\"memsnoop-version\":\"%s\",\n",
                          MEMSNOOP_REPORT_VERSION, MEMSNOOP_VERSION);
  append_object (text, "scope", scope_object (report));
  append_object (text, "recording", recording_object (report));
  append_object (text, "totals", totals_object (report));
  if (memsnoop_report_is_of_system (report))
    append_object (text, "free-memory", free_memory_object (report->snapshot));
  g_string_append_printf (text, "\"sort\":\"%s\",\n",
                          memsnoop_report_sort_name (report->options->sort));
  append_table (text, report, "sites", site_object, &sites);
  append_table (text, report, "processes", process_object, &processes);
  append_table (text, report, "caches", cache_object, &caches);
  if (report->heaps->len > 0)
    {
      heaps_cut = memsnoop_heap_reports_append_json (text, report->heaps, report->options->limit,
                                                     memsnoop_report_heaps_room (report));
      g_string_append (text, ",\n");
    }
  g_string_append_printf (text, "\"sites-complete\":%s,\n",
                          report->sites_complete ? "true" : "false");
  g_string_append_printf (text, "\"left-out\":{\"sites\":%u,\"processes\":%u,\"caches\":%u},\n",
                          sites.left_out, processes.left_out, caches.left_out);
  g_string_append_printf (text, "\"truncated\":%s}\n",
                          sites.cut || processes.cut || caches.cut || heaps_cut ? "true" : "false");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gchar *
memsnoop_report_write_json (const MemsnoopReport *report)
{
  if (report->snapshot == NULL)
    return memsnoop_heap_reports_write_json (report->heaps, report->options->limit,
                                             memsnoop_report_heaps_room (report));
  return write_kernel (report);
}
