/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include "snapshot-builder.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)

static void
add_sites (MemsnoopProcessSnapshot *process, const MemsnoopSite *sites, guint n)
{
  process->sites = g_memdup2 (sites, n * sizeof *sites);
  process->n_sites = n;
}

static const MemsnoopSite dentry_site = {
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

/* Two programs, one of them exited, a kernel thread and interrupts. */
static MemsnoopSnapshot *
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

/* 100 pages: 52 alone, 16 in blocks of two, 32 in one of 32. */
static const gchar buddy_info[] = "Node 0, zone   Normal   52 8 0 0 0 1\n";

static void
add_free_memory (MemsnoopSnapshot *snapshot, guint64 page_size)
{
  g_autoptr (GError) error = NULL;

  memsnoop_free_memory_parse (buddy_info, page_size, &snapshot->free_memory, &error);
  g_assert_no_error (error);
}

static gchar *
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

static JsonObject *
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

static JsonObject *
row (JsonObject *report, const gchar *table, guint index)
{
  return json_array_get_object_element (json_object_get_array_member (report, table), index);
}

static guint
n_rows (JsonObject *report, const gchar *table)
{
  return json_array_get_length (json_object_get_array_member (report, table));
}

static void
assert_contains (const gchar *report, const gchar *text)
{
  if (strstr (report, text) == NULL)
    g_test_message ("%s", report);
  g_assert_nonnull (strstr (report, text));
}

static void
assert_lacks (const gchar *report, const gchar *text)
{
  g_assert_null (strstr (report, text));
}

static void
test_text_tells_what_grew (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autofree gchar *report = write_report (snapshot, NULL, (MemsnoopReportOptions){ .limit = 20 });

  g_test_message ("%s", report);
  assert_contains (report, "Kernel memory of every process");
  assert_contains (report, "2 min 5 s, since ");
  assert_contains (report, "of 3 processes, 1 of them exited");
  assert_contains (report, "12,345,678 allocations and frees seen, 5 lost");
  assert_contains (report, "2 found the live table full");
  assert_contains (report, "3 came in an interrupt");
  assert_contains (report, "64.0 MiB of kernel memory, room for 2,048 blocks, 25.0 % taken");
  assert_contains (report,
                   "1.2 GiB   99.9 %    6,770,833    2 min 5 s   in dentry, from __d_alloc");
  assert_contains (report, "[kswapd0]");
  assert_contains (report, "(interrupts)");
  assert_contains (report, "epoll (exited)");
}

static void
test_text_marks_what_is_not_exact (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autofree gchar *report = write_report (snapshot, NULL, (MemsnoopReportOptions){ .limit = 20 });

  assert_contains (report, "except where marked ~");
  assert_contains (report, "        99    ~1.2 MiB");
  assert_contains (report, "~1.2 MiB    0.1 %       10,000          5 s   in eventpoll_epi");
  assert_contains (report, "~1.2 MiB       10,000           12        9,990   eventpoll_epi");
}

static void
test_text_of_an_exact_recording_says_so (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  g_autofree gchar *report = NULL;

  add_process (snapshot, 7, SECOND, "sh", 4096);
  report = write_report (snapshot, NULL, (MemsnoopReportOptions){ .limit = 20 });
  assert_contains (report, "every allocation and free since the recording began");
  assert_contains (report, "none lost");
  assert_lacks (report, "~");
  assert_lacks (report, "Slab caches");
}

static void
test_text_of_a_process_has_its_histogram (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autofree gchar *report = write_report (
      snapshot, NULL, (MemsnoopReportOptions){ .limit = 20, .has_pid = TRUE, .pid = 1234 });

  g_test_message ("%s", report);
  assert_contains (report, "find (1234), of user 1000, running for 3 min 45 s");
  assert_contains (report, "/usr/bin/find");
  assert_contains (report, "1.2 GiB in 6,770,833 blocks, at most 1.3 GiB");
  assert_contains (report, "25.0 % internal fragmentation");
  assert_contains (report, "Recent sizes  192 64");
  assert_contains (report, "    64 bytes             10   ##########\n");
  assert_contains (report, "   128 bytes              0\n");
  assert_contains (report,
                   "   256 bytes             40   ########################################\n");
  assert_contains (report, "in dentry, from __d_alloc");
  assert_lacks (report, "eventpoll");
}

static void
test_names_cannot_forge_rows (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  g_autofree gchar *text = NULL;
  g_autoptr (JsonObject) json = NULL;

  add_process (snapshot, 7, SECOND, "a\n 1 \x1b[2J\xff", 4096);
  text = write_report (snapshot, NULL, (MemsnoopReportOptions){ .limit = 20 });
  assert_contains (text, "   a\\x0a 1 \\x1b[2J\\xff\n");
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ .limit = 20 });
  g_assert_cmpstr (json_object_get_string_member (row (json, "processes", 0), "comm"), ==,
                   "a\n 1 \x1b[2J\\xff");
}

static void
test_json_has_every_figure (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .limit = 2 });
  JsonObject *process = row (report, "processes", 0), *site = row (report, "sites", 1);
  JsonObject *recording = json_object_get_object_member (report, "recording");
  JsonObject *lost = json_object_get_object_member (recording, "lost");

  g_assert_cmpint (json_object_get_int_member (process, "pid"), ==, 1234);
  g_assert_cmpint (json_object_get_int_member (process, "start-time"), ==, 100 * SECOND);
  g_assert_cmpint (json_object_get_int_member (process, "alloc-count"), ==, 7000000);
  g_assert_cmpint (json_object_get_int_member (process, "free-count"), ==, 229167);
  g_assert_cmpint (json_object_get_int_member (process, "current-bytes"), ==, 1300000000);
  g_assert_cmpint (json_object_get_int_member (process, "peak-bytes"), ==, 1350000000);
  g_assert_cmpint (json_object_get_int_member (process, "requested-bytes"), ==, 1050000000);
  g_assert_cmpfloat (json_object_get_double_member (process, "internal-fragmentation"), ==, 0.25);
  g_assert_cmpfloat (json_object_get_double_member (process, "churn"), ==, 0.25);
  g_assert_true (json_object_get_boolean_member (process, "exact"));
  g_assert_false (json_object_has_member (process, "size-histogram"));

  g_assert_cmpint (json_object_get_int_member (site, "bytes"), ==, 1280000);
  g_assert_cmpstr (json_object_get_string_member (site, "cache"), ==, "eventpoll_epi");
  g_assert_cmpint (json_object_get_int_member (site, "unseen-frees"), ==, 9990);
  g_assert_cmpint (json_object_get_int_member (recording, "events-seen"), ==, 12345678);
  g_assert_cmpint (json_object_get_int_member (lost, "recursion-misses"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (row (report, "caches", 0), "slab-active"), ==, 12);
}

static void
test_json_of_a_process_has_its_histogram (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .has_pid = TRUE, .pid = 1234 });
  JsonArray *histogram =
      json_object_get_array_member (row (report, "processes", 0), "size-histogram");
  JsonArray *bucket = json_array_get_array_element (histogram, 1);

  g_assert_cmpuint (n_rows (report, "processes"), ==, 1);
  g_assert_cmpuint (n_rows (report, "sites"), ==, 1);
  g_assert_cmpuint (n_rows (report, "caches"), ==, 0);
  g_assert_cmpuint (json_array_get_length (histogram), ==, 2);
  g_assert_cmpint (json_array_get_int_element (bucket, 0), ==, 256);
  g_assert_cmpint (json_array_get_int_element (bucket, 1), ==, 40);
}

static void
test_unknown_slab_use_is_null (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) json = NULL;
  g_autofree gchar *text = NULL;

  g_array_index (snapshot->caches, MemsnoopCacheFigures, 0).slab_active = -1;
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  g_assert_true (json_object_get_null_member (row (json, "caches", 0), "slab-active"));
  text = write_report (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  assert_contains (text, "unknown        9,990   eventpoll_epi");
}

static void
test_a_contradicted_cache_is_shown (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  MemsnoopCacheFigures cache = {
    .name = "filp", .live_count = 50, .live_bytes = 9600, .slab_active = 20, .contradicted = TRUE
  };
  MemsnoopCacheFigures gone = { .name = "bio-184", .unseen_frees = 1, .slab_active = -1 };
  g_autoptr (JsonObject) json = NULL;
  g_autofree gchar *text = NULL;

  g_array_append_val (snapshot->caches, cache);
  g_array_append_val (snapshot->caches, gone);
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  g_assert_false (json_object_get_boolean_member (row (json, "caches", 0), "contradicted"));
  g_assert_true (json_object_get_boolean_member (row (json, "caches", 1), "contradicted"));
  text = write_report (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  assert_contains (text, "~9.4 KiB           50           20            0   filp\n");
  assert_lacks (text, "bio-184");
}

static void
test_sites_say_what_they_prove (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  MemsnoopSite *sites = (MemsnoopSite *) (gpointer) snapshot->sites->data;
  g_autoptr (JsonObject) json = NULL;
  g_autofree gchar *text = NULL;

  sites[0].reclaimable = TRUE;
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  g_assert_true (json_object_get_boolean_member (row (json, "sites", 0), "exact"));
  g_assert_true (json_object_get_boolean_member (row (json, "sites", 0), "reclaimable"));
  g_assert_false (json_object_get_boolean_member (row (json, "sites", 1), "exact"));
  g_assert_false (json_object_get_boolean_member (row (json, "sites", 1), "reclaimable"));
  sites[0].contradicted = TRUE;
  text = write_report (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  assert_contains (text, "~1.2 GiB   99.9 %    6,770,833");
}

static void
test_text_tells_how_far_free_memory_is_broken_up (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autofree gchar *report = NULL;

  add_free_memory (snapshot, 65536);
  report = write_report (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  g_test_message ("%s", report);
  assert_contains (report, "  Free      6.2 MiB of the machine's memory; 68.0 % of it could not "
                           "serve a page of 2 MiB\n");
}

static void
test_json_has_the_curve_of_free_memory (void)
{
  static const gdouble unusable[] = { 0, 0.52, 0.68, 0.68, 0.68, 0.68 };
  static const gint64 blocks[] = { 52, 8, 0, 0, 0, 1 };
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) report = NULL;
  JsonObject *memory;

  add_free_memory (snapshot, 4096);
  report = write_json (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  memory = json_object_get_object_member (report, "free-memory");
  g_assert_cmpint (json_object_get_int_member (memory, "free-bytes"), ==, 100 * 4096);
  g_assert_cmpuint (n_rows (memory, "orders"), ==, G_N_ELEMENTS (blocks));
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      JsonObject *order = row (memory, "orders", i);

      g_assert_cmpint (json_object_get_int_member (order, "block-bytes"), ==, 4096 << i);
      g_assert_cmpint (json_object_get_int_member (order, "free-blocks"), ==, blocks[i]);
      g_assert_cmpfloat (json_object_get_double_member (order, "unusable"), ==, unusable[i]);
    }
  g_assert_false (json_object_has_member (memory, "error"));
}

static void
test_unknown_free_memory_says_why (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autofree gchar *text = NULL;
  g_autoptr (JsonObject) json = NULL;
  JsonObject *memory;

  snapshot->free_memory_error = g_strdup ("Cannot open it: Permission denied");
  text = write_report (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  assert_contains (text, "  Free      unknown: Cannot open it: Permission denied\n");
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ 0 });
  memory = json_object_get_object_member (json, "free-memory");
  g_assert_cmpuint (json_object_get_size (memory), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (memory, "error"), ==,
                   "Cannot open it: Permission denied");
}

static void
test_free_memory_is_for_reports_about_everything (void)
{
  guint32 pid = 99;
  guint64 start_time = 50 * SECOND;
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, TRUE);
  g_autofree gchar *text = NULL;
  g_autoptr (JsonObject) json = NULL;

  add_free_memory (snapshot, 4096);
  text = write_report (snapshot, scope, (MemsnoopReportOptions){ 0 });
  assert_lacks (text, "  Free ");
  json = write_json (snapshot, NULL, (MemsnoopReportOptions){ .has_pid = TRUE, .pid = 99 });
  g_assert_false (json_object_has_member (json, "free-memory"));
}

static void
assert_first (const MemsnoopSnapshot *snapshot, MemsnoopReportSort sort, gint64 pid)
{
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .sort = sort });

  g_assert_cmpint (json_object_get_int_member (row (report, "processes", 0), "pid"), ==, pid);
  g_assert_cmpstr (json_object_get_string_member (report, "sort"), ==,
                   memsnoop_report_sort_name (sort));
}

static void
test_every_sort_key_sorts (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_process (snapshot, 1, SECOND, "current", 100);
  add_process (snapshot, 2, SECOND, "peak", 1)->figures.peak_bytes = 1000;
  add_process (snapshot, 3, SECOND, "bytes", 2)->figures.alloc_bytes = 10000;
  g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 2).figures.requested_bytes = 10000;
  add_process (snapshot, 4, SECOND, "count", 3)->figures.alloc_count = 50;
  add_process (snapshot, 5, SECOND, "churn", 4)->figures.churn = 0.5;
  add_process (snapshot, 6, SECOND, "fragmentation", 64)->figures.requested_bytes = 10;

  assert_first (snapshot, MEMSNOOP_REPORT_SORT_CURRENT_BYTES, 1);
  assert_first (snapshot, MEMSNOOP_REPORT_SORT_PEAK_BYTES, 2);
  assert_first (snapshot, MEMSNOOP_REPORT_SORT_ALLOC_BYTES, 3);
  assert_first (snapshot, MEMSNOOP_REPORT_SORT_ALLOC_COUNT, 4);
  assert_first (snapshot, MEMSNOOP_REPORT_SORT_CHURN, 5);
  assert_first (snapshot, MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION, 6);
}

static void
test_limit_leaves_rows_out (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) json = write_json (snapshot, NULL, (MemsnoopReportOptions){ .limit = 1 });
  JsonObject *left_out = json_object_get_object_member (json, "left-out");
  g_autofree gchar *text = write_report (snapshot, NULL, (MemsnoopReportOptions){ .limit = 1 });

  g_assert_cmpuint (n_rows (json, "processes"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (left_out, "processes"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (left_out, "sites"), ==, 1);
  g_assert_false (json_object_get_boolean_member (json, "truncated"));
  assert_contains (text, "… 3 more\n");
  assert_lacks (text, "This report is cut");
}

static void
test_a_scope_hides_what_others_hold (void)
{
  guint32 pid = 99;
  guint64 start_time = 50 * SECOND;
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, TRUE);
  g_autofree gchar *text = write_report (snapshot, scope, (MemsnoopReportOptions){ 0 });
  g_autoptr (JsonObject) json = write_json (snapshot, scope, (MemsnoopReportOptions){ 0 });

  assert_contains (text, "Kernel memory of process 99 with descendants");
  assert_lacks (text, "find");
  assert_lacks (text, "Slab caches");
  g_assert_cmpuint (n_rows (json, "processes"), ==, 1);
  g_assert_cmpuint (n_rows (json, "caches"), ==, 0);
  g_assert_cmpuint (n_rows (json, "sites"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (row (json, "sites", 1), "bytes"), ==, 4096);
  g_assert_true (json_object_get_boolean_member (json, "sites-complete"));
}

static void
test_sites_of_a_scope_are_merged (void)
{
  guint32 pids[] = { 99, 1234 };
  guint64 start_times[] = { 50 * SECOND, 100 * SECOND };
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (pids, start_times, 2, FALSE);
  g_autoptr (JsonObject) json = write_json (snapshot, scope, (MemsnoopReportOptions){ 0 });

  g_assert_cmpuint (n_rows (json, "sites"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (row (json, "sites", 0), "bytes"), ==,
                   1300000000 + 4096);
  g_assert_cmpint (json_object_get_int_member (row (json, "sites", 0), "count"), ==, 6770833 + 2);
}

static void
assert_unknown_process (const MemsnoopSnapshot *snapshot, const MemsnoopScope *scope, guint32 pid)
{
  MemsnoopReportOptions options = { .has_pid = TRUE, .pid = pid };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *report = memsnoop_report_write (snapshot, NULL, scope, &options, &error);
  g_autofree gchar *number = g_strdup_printf ("process %u", pid);

  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  g_assert_nonnull (strstr (error->message, number));
  g_assert_null (report);
}

static void
test_processes_outside_are_unknown (void)
{
  guint32 pid = 99;
  guint64 start_time = 50 * SECOND;
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, TRUE);

  assert_unknown_process (snapshot, NULL, 4711);
  assert_unknown_process (snapshot, NULL, 0);
  assert_unknown_process (snapshot, scope, 1234);
}

static void
test_the_running_one_of_a_reused_pid_is_meant (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  g_autofree gchar *report = NULL;

  add_process (snapshot, 7, SECOND, "first", 100)->figures.exited_at = 5 * SECOND;
  add_process (snapshot, 7, 6 * SECOND, "second", 1);
  report = write_report (snapshot, NULL, (MemsnoopReportOptions){ .has_pid = TRUE, .pid = 7 });
  assert_contains (report, "second (7), of user");
}

static void
test_an_empty_recording_has_a_report (void)
{
  guint32 pid = 5;
  guint64 start_time = SECOND;
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, FALSE);
  g_autofree gchar *text = write_report (snapshot, scope, (MemsnoopReportOptions){ .limit = 20 });
  g_autoptr (JsonObject) json =
      write_json (snapshot, scope, (MemsnoopReportOptions){ .limit = 20 });

  assert_contains (text, "None of these processes has allocated");
  g_assert_cmpuint (n_rows (json, "processes"), ==, 0);
}

/* As many processes as there can be, with names that grow sixfold when they are escaped. */
static MemsnoopSnapshot *
huge_snapshot (void)
{
  MemsnoopSnapshot *snapshot = memsnoop_snapshot_new ();
  MemsnoopCacheFigures cache = { .name = "a\x01", .live_count = 1, .unseen_frees = 1 };
  gchar exe[128];

  memset (exe, 1, sizeof exe);
  exe[127] = '\0';
  for (guint i = 0; i < 65536; i++)
    {
      MemsnoopProcessSnapshot *process =
          add_process (snapshot, i + 1, SECOND, "\x01\x02\x03\x04\x05\x06\x07\x08", i);

      g_strlcpy (process->figures.exe, exe, sizeof process->figures.exe);
      g_array_append_val (snapshot->sites, dentry_site);
      g_array_append_val (snapshot->caches, cache);
    }
  return snapshot;
}

static void
test_a_long_report_is_cut_at_a_row (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = huge_snapshot ();
  static const guint limits[] = { 0, G_MAXUINT };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      MemsnoopReportOptions options = { .limit = limits[i] };
      g_autofree gchar *text = write_report (snapshot, NULL, options);
      g_autoptr (JsonObject) json = write_json (snapshot, NULL, options);
      JsonObject *left_out = json_object_get_object_member (json, "left-out");

      assert_contains (text, "This report is cut");
      g_assert_true (g_str_has_suffix (text, "\n"));
      g_assert_true (json_object_get_boolean_member (json, "truncated"));
      g_assert_cmpint (json_object_get_int_member (left_out, "processes"), ==,
                       65536 - n_rows (json, "processes"));
      g_assert_cmpuint (n_rows (json, "processes"), >, 1000);
      g_assert_cmpuint (n_rows (json, "sites"), >, 1000);
    }
}

static void
test_defaults_of_the_options (void)
{
  MemsnoopReportOptions parsed;
  g_autoptr (GError) error = NULL;

  g_assert_true (memsnoop_report_options_parse ("text", NULL, &parsed, &error));
  g_assert_cmpint (parsed.format, ==, MEMSNOOP_REPORT_FORMAT_TEXT);
  g_assert_cmpuint (parsed.limit, ==, 20);
  g_assert_cmpint (parsed.sort, ==, MEMSNOOP_REPORT_SORT_CURRENT_BYTES);
  g_assert_false (parsed.has_pid);
}

static void
test_options_are_read (void)
{
  MemsnoopReportOptions parsed;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed (
      "{'limit': <uint32 4000000000>, 'sort': <'churn'>, 'pid': <uint32 7>}"));

  g_assert_true (memsnoop_report_options_parse ("json", options, &parsed, &error));
  g_assert_cmpint (parsed.format, ==, MEMSNOOP_REPORT_FORMAT_JSON);
  g_assert_cmpuint (parsed.limit, ==, 4000000000u);
  g_assert_cmpint (parsed.sort, ==, MEMSNOOP_REPORT_SORT_CHURN);
  g_assert_true (parsed.has_pid);
  g_assert_cmpuint (parsed.pid, ==, 7);
}

static void
assert_options_refused (const gchar *format, const gchar *text, const gchar *const *words)
{
  MemsnoopReportOptions parsed = { .limit = 4711 };
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed (text));
  g_autoptr (GError) error = NULL;

  g_assert_false (memsnoop_report_options_parse (format, options, &parsed, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_test_message ("%s", error->message);
  for (guint i = 0; words[i] != NULL; i++)
    g_assert_nonnull (strstr (error->message, words[i]));
  g_assert_cmpuint (parsed.limit, ==, 4711);
}

#define WORDS(...) ((const gchar *const[]){ __VA_ARGS__, NULL })

static void
test_wrong_options_are_refused (void)
{
  assert_options_refused ("xml", "@a{sv} {}", WORDS ("xml", "text, json, folded"));
  assert_options_refused ("", "@a{sv} {}", WORDS ("text, json, folded"));
  assert_options_refused ("text", "{'sort': <'size'>}",
                          WORDS ("size", "current-bytes, peak-bytes, alloc-bytes, alloc-count, "
                                         "churn, internal-fragmentation"));
  assert_options_refused ("text", "{'limits': <uint32 1>}", WORDS ("limits", "limit, sort, pid"));
  assert_options_refused ("text", "{'limit': <'all'>}", WORDS ("limit"));
  assert_options_refused ("text", "{'limit': <-1>}", WORDS ("limit"));
  assert_options_refused ("json", "{'pid': <uint64 1>}", WORDS ("pid"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/text-tells-what-grew", test_text_tells_what_grew);
  g_test_add_func ("/report/text-marks-what-is-not-exact", test_text_marks_what_is_not_exact);
  g_test_add_func ("/report/text-of-an-exact-recording-says-so",
                   test_text_of_an_exact_recording_says_so);
  g_test_add_func ("/report/text-of-a-process-has-its-histogram",
                   test_text_of_a_process_has_its_histogram);
  g_test_add_func ("/report/names-cannot-forge-rows", test_names_cannot_forge_rows);
  g_test_add_func ("/report/json-has-every-figure", test_json_has_every_figure);
  g_test_add_func ("/report/json-of-a-process-has-its-histogram",
                   test_json_of_a_process_has_its_histogram);
  g_test_add_func ("/report/unknown-slab-use-is-null", test_unknown_slab_use_is_null);
  g_test_add_func ("/report/a-contradicted-cache-is-shown", test_a_contradicted_cache_is_shown);
  g_test_add_func ("/report/sites-say-what-they-prove", test_sites_say_what_they_prove);
  g_test_add_func ("/report/text-tells-how-far-free-memory-is-broken-up",
                   test_text_tells_how_far_free_memory_is_broken_up);
  g_test_add_func ("/report/json-has-the-curve-of-free-memory",
                   test_json_has_the_curve_of_free_memory);
  g_test_add_func ("/report/unknown-free-memory-says-why", test_unknown_free_memory_says_why);
  g_test_add_func ("/report/free-memory-is-for-reports-about-everything",
                   test_free_memory_is_for_reports_about_everything);
  g_test_add_func ("/report/every-sort-key-sorts", test_every_sort_key_sorts);
  g_test_add_func ("/report/limit-leaves-rows-out", test_limit_leaves_rows_out);
  g_test_add_func ("/report/a-scope-hides-what-others-hold", test_a_scope_hides_what_others_hold);
  g_test_add_func ("/report/sites-of-a-scope-are-merged", test_sites_of_a_scope_are_merged);
  g_test_add_func ("/report/processes-outside-are-unknown", test_processes_outside_are_unknown);
  g_test_add_func ("/report/the-running-one-of-a-reused-pid-is-meant",
                   test_the_running_one_of_a_reused_pid_is_meant);
  g_test_add_func ("/report/an-empty-recording-has-a-report", test_an_empty_recording_has_a_report);
  g_test_add_func ("/report/a-long-report-is-cut-at-a-row", test_a_long_report_is_cut_at_a_row);
  g_test_add_func ("/report/defaults-of-the-options", test_defaults_of_the_options);
  g_test_add_func ("/report/options-are-read", test_options_are_read);
  g_test_add_func ("/report/wrong-options-are-refused", test_wrong_options_are_refused);
  return g_test_run ();
}
