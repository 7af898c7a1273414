/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report-fixture.h"

#include "snapshot-builder.h"

#include <string.h>

#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)

static void
add_sites (MemsnoopProcessSnapshot *process, const MemsnoopSite *sites, guint n)
{
  process->sites = g_memdup2 (sites, n * sizeof *sites);
  process->n_sites = n;
}

const MemsnoopSite dentry_site = {
  .frame = "__d_alloc+0x2b",
  .cache = "dentry",
  .bytes = 1300000000,
  .count = 6770833,
  .oldest_age = 125 * SECOND,
};
static const MemsnoopSite epoll_site = {
  .frame = "do_epoll_ctl+0x4f",
  .cache = "eventpoll_epi",
  .bytes = 1280000,
  .count = 10000,
  .oldest_age = 5 * SECOND,
  .unseen_frees = 9990,
};

MemsnoopSnapshot *
sample_snapshot (void)
{
  MemsnoopSnapshot *snapshot = memsnoop_snapshot_new ();
  MemsnoopCacheFigures cache = { .name = "eventpoll_epi",
                                 .live_count = 10000,
                                 .live_bytes = 1280000,
                                 .unseen_frees = 9990,
                                 .slab_active = 12 };
  MemsnoopProcessFigures *figures;
  MemsnoopSite small = dentry_site;

  small.bytes = 4096;
  small.count = 2;
  snapshot->taken_at = 325 * SECOND;
  snapshot->totals = (MemsnoopTracerTotals){
    .since = 200 * SECOND,
    .events_seen = 12345678,
    .events_lost = 5,
    .table_full = 2,
    .recursion_misses = 3,
    .unseen_frees = 9990,
    .live_entries = 512,
    .live_capacity = 2048,
    .map_bytes = 64 * MEBIBYTE,
  };

  add_process (snapshot, 1234, 100 * SECOND, "find", 1300000000);
  figures = &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 0).figures;
  g_strlcpy (figures->exe, "/usr/bin/find", sizeof figures->exe);
  figures->alloc_count = 7000000;
  figures->free_count = 229167;
  figures->alloc_bytes = 1400000000;
  figures->requested_bytes = 1050000000;
  figures->peak_bytes = 1350000000;
  figures->churn = 0.25;
  figures->size_histogram[6] = 10;
  figures->size_histogram[8] = 40;
  figures->recent_sizes[0] = 192;
  figures->recent_sizes[1] = 64;
  figures->n_recent_sizes = 2;
  figures->last_thread = 1240;
  add_sites (&g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 0), &dentry_site, 1);

  add_process (snapshot, 99, 50 * SECOND, "epoll", 1280000);
  figures = &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 1).figures;
  figures->exited_at = 320 * SECOND;
  figures->exact = FALSE;
  figures->unseen_frees = 9990;
  figures->churn = 0.999;
  add_sites (&g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 1),
             (MemsnoopSite[]){ epoll_site, small }, 2);

  add_process (snapshot, 40, 10 * SECOND, "kswapd0", 512)->figures.kind =
      MEMSNOOP_PROCESS_KIND_KERNEL_THREAD;
  add_process (snapshot, 0, 0, "", 256)->figures.kind = MEMSNOOP_PROCESS_KIND_INTERRUPTS;

  g_array_append_val (snapshot->sites, dentry_site);
  g_array_append_val (snapshot->sites, epoll_site);
  g_array_append_val (snapshot->caches, cache);
  return snapshot;
}

gchar *
write_report (const MemsnoopSnapshot *snapshot,
              const MemsnoopScope *scope,
              MemsnoopReportOptions options)
{
  g_autoptr (GError) error = NULL;
  gchar *report = memsnoop_report_write (snapshot, NULL, scope, &options, &error);

  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (report, -1, NULL));
  g_assert_cmpuint (strlen (report), <=, MEMSNOOP_REPORT_SIZE_MAXIMUM);
  return report;
}

JsonObject *
write_json (const MemsnoopSnapshot *snapshot,
            const MemsnoopScope *scope,
            MemsnoopReportOptions options)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *report = NULL;

  options.format = MEMSNOOP_REPORT_FORMAT_JSON;
  report = write_report (snapshot, scope, options);
  json_parser_load_from_data (parser, report, -1, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

JsonObject *
report_row (JsonObject *report, const gchar *table, guint index)
{
  return json_array_get_object_element (json_object_get_array_member (report, table), index);
}

guint
count_rows (JsonObject *report, const gchar *table)
{
  return json_array_get_length (json_object_get_array_member (report, table));
}

void
assert_contains (const gchar *report, const gchar *text)
{
  if (strstr (report, text) == NULL)
    g_test_message ("%s", report);
  g_assert_nonnull (strstr (report, text));
}

void
assert_lacks (const gchar *report, const gchar *text)
{
  g_assert_null (strstr (report, text));
}
