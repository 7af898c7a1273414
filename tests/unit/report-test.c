/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reports tell. */
#include "report-fixture.h"
#include "snapshot-builder.h"

/* 100 pages: 52 alone, 16 in blocks of two, 32 in one of 32. */
static const gchar buddy_info[] = "Node 0, zone   Normal   52 8 0 0 0 1\n";

static void
add_free_memory (MemsnoopSnapshot *snapshot, guint64 page_size)
{
  g_autoptr (GError) error = NULL;

  memsnoop_free_memory_parse (buddy_info, page_size, &snapshot->free_memory, &error);
  g_assert_no_error (error);
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
test_many_recent_sizes_take_several_lines (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  MemsnoopProcessFigures *figures =
      &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 0).figures;
  g_autofree gchar *report = NULL;

  figures->n_recent_sizes = MEMSNOOP_RECENT_SIZE_COUNT;
  for (guint i = 0; i < MEMSNOOP_RECENT_SIZE_COUNT; i++)
    figures->recent_sizes[i] = 100000 + i;
  report = write_report (snapshot, NULL,
                         (MemsnoopReportOptions){ .limit = 20, .has_pid = TRUE, .pid = 1234 });
  assert_contains (report, "Recent sizes  100000 100001 100002 100003 100004 100005 100006 100007 "
                           "100008\n                100009 100010");
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
  g_assert_cmpstr (json_object_get_string_member (report_row (json, "processes", 0), "comm"), ==,
                   "a\n 1 \x1b[2J\\xff");
}

static void
test_json_has_every_figure (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .limit = 2 });
  JsonObject *process = report_row (report, "processes", 0),
             *site = report_row (report, "sites", 1);
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
  g_assert_cmpint (json_object_get_int_member (report_row (report, "caches", 0), "slab-active"), ==,
                   12);
}

static void
test_json_of_a_process_has_its_histogram (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = sample_snapshot ();
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .has_pid = TRUE, .pid = 1234 });
  JsonArray *histogram =
      json_object_get_array_member (report_row (report, "processes", 0), "size-histogram");
  JsonArray *bucket = json_array_get_array_element (histogram, 1);

  g_assert_cmpuint (count_rows (report, "processes"), ==, 1);
  g_assert_cmpuint (count_rows (report, "sites"), ==, 1);
  g_assert_cmpuint (count_rows (report, "caches"), ==, 0);
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
  g_assert_true (json_object_get_null_member (report_row (json, "caches", 0), "slab-active"));
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
  g_assert_false (json_object_get_boolean_member (report_row (json, "caches", 0), "contradicted"));
  g_assert_true (json_object_get_boolean_member (report_row (json, "caches", 1), "contradicted"));
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
  g_assert_true (json_object_get_boolean_member (report_row (json, "sites", 0), "exact"));
  g_assert_true (json_object_get_boolean_member (report_row (json, "sites", 0), "reclaimable"));
  g_assert_false (json_object_get_boolean_member (report_row (json, "sites", 1), "exact"));
  g_assert_false (json_object_get_boolean_member (report_row (json, "sites", 1), "reclaimable"));
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
  g_assert_cmpuint (count_rows (memory, "orders"), ==, G_N_ELEMENTS (blocks));
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      JsonObject *order = report_row (memory, "orders", i);

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
  g_test_add_func ("/report/many-recent-sizes-take-several-lines",
                   test_many_recent_sizes_take_several_lines);
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
  return g_test_run ();
}
