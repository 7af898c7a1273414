/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rows a report has, and in what order. */
#include "report-fixture.h"
#include "snapshot-builder.h"
#include "under-valgrind.h"

#include <gio/gio.h>
#include <string.h>

static void
assert_first (const MemsnoopSnapshot *snapshot, MemsnoopReportSort sort, gint64 pid)
{
  g_autoptr (JsonObject) report =
      write_json (snapshot, NULL, (MemsnoopReportOptions){ .sort = sort });

  g_assert_cmpint (json_object_get_int_member (report_row (report, "processes", 0), "pid"), ==,
                   pid);
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

  g_assert_cmpuint (count_rows (json, "processes"), ==, 1);
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
  g_assert_cmpuint (count_rows (json, "processes"), ==, 1);
  g_assert_cmpuint (count_rows (json, "caches"), ==, 0);
  g_assert_cmpuint (count_rows (json, "sites"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (report_row (json, "sites", 1), "bytes"), ==, 4096);
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

  g_assert_cmpuint (count_rows (json, "sites"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (report_row (json, "sites", 0), "bytes"), ==,
                   1300000000 + 4096);
  g_assert_cmpint (json_object_get_int_member (report_row (json, "sites", 0), "count"), ==,
                   6770833 + 2);
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
  g_assert_cmpuint (count_rows (json, "processes"), ==, 0);
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

  for (guint i = 0; i < (under_valgrind () ? 1 : G_N_ELEMENTS (limits)); i++)
    {
      MemsnoopReportOptions options = { .limit = limits[i] };
      g_autofree gchar *text = write_report (snapshot, NULL, options);
      g_autoptr (JsonObject) json = write_json (snapshot, NULL, options);
      JsonObject *left_out = json_object_get_object_member (json, "left-out");

      assert_contains (text, "This report is cut");
      g_assert_true (g_str_has_suffix (text, "\n"));
      g_assert_true (json_object_get_boolean_member (json, "truncated"));
      g_assert_cmpint (json_object_get_int_member (left_out, "processes"), ==,
                       65536 - count_rows (json, "processes"));
      g_assert_cmpuint (count_rows (json, "processes"), >, 1000);
      g_assert_cmpuint (count_rows (json, "sites"), >, 1000);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report-rows/every-sort-key-sorts", test_every_sort_key_sorts);
  g_test_add_func ("/report-rows/limit-leaves-rows-out", test_limit_leaves_rows_out);
  g_test_add_func ("/report-rows/a-scope-hides-what-others-hold",
                   test_a_scope_hides_what_others_hold);
  g_test_add_func ("/report-rows/sites-of-a-scope-are-merged", test_sites_of_a_scope_are_merged);
  g_test_add_func ("/report-rows/processes-outside-are-unknown",
                   test_processes_outside_are_unknown);
  g_test_add_func ("/report-rows/the-running-one-of-a-reused-pid-is-meant",
                   test_the_running_one_of_a_reused_pid_is_meant);
  g_test_add_func ("/report-rows/an-empty-recording-has-a-report",
                   test_an_empty_recording_has_a_report);
  g_test_add_func ("/report-rows/a-long-report-is-cut-at-a-row",
                   test_a_long_report_is_cut_at_a_row);
  return g_test_run ();
}
