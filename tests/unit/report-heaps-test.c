/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports on heaps, alone and beside kernel memory. */
#include "report.h"

#include "heap-sample.h"
#include "heap-sites.h"
#include "snapshot-builder.h"
#include "under-valgrind.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const MemsnoopSite dentry_site = {
  .frame = "__d_alloc+0x2b", .cache = "dentry", .bytes = 4096, .count = 16
};

static MemsnoopSnapshot *
sample_kernel (void)
{
  MemsnoopSnapshot *kernel = memsnoop_snapshot_new ();
  MemsnoopProcessSnapshot *process = add_process (kernel, 1234, SECOND, "tree", 4096);

  process->sites = g_memdup2 (&dentry_site, sizeof dentry_site);
  process->n_sites = 1;
  return kernel;
}

/* A larger one of process 77 comes last. */
static GPtrArray *
sample_heaps (void)
{
  GPtrArray *heaps = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);
  MemsnoopHeapSnapshot *larger = heap_sample_new ();

  larger->pid = 77;
  larger->current_bytes++;
  g_ptr_array_add (heaps, heap_sample_new ());
  g_ptr_array_add (heaps, larger);
  return heaps;
}

static gchar *
write_report (const MemsnoopSnapshot *kernel, GPtrArray *heaps, MemsnoopReportOptions options)
{
  g_autoptr (GError) error = NULL;
  gchar *report = memsnoop_report_write (kernel, heaps, NULL, &options, &error);

  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (report, -1, NULL));
  g_assert_cmpuint (strlen (report), <=, MEMSNOOP_REPORT_SIZE_MAXIMUM);
  return report;
}

static JsonObject *
write_json (const MemsnoopSnapshot *kernel, GPtrArray *heaps, MemsnoopReportOptions options)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *report = NULL;

  options.format = MEMSNOOP_REPORT_FORMAT_JSON;
  report = write_report (kernel, heaps, options);
  json_parser_load_from_data (parser, report, -1, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static gint64
pid_of (JsonObject *report, guint index)
{
  JsonArray *heaps = json_object_get_array_member (report, "heaps");

  return json_object_get_int_member (json_array_get_object_element (heaps, index), "pid");
}

static void
test_kernel_memory_and_heaps_share_a_report (void)
{
  g_autoptr (MemsnoopSnapshot) kernel = sample_kernel ();
  g_autoptr (GPtrArray) heaps = sample_heaps ();
  g_autofree gchar *text = write_report (kernel, heaps, (MemsnoopReportOptions){ 0 });
  g_autoptr (JsonObject) json = write_json (kernel, heaps, (MemsnoopReportOptions){ 0 });

  g_assert_true (g_str_has_prefix (text, "Kernel memory of every process"));
  g_assert_cmpuint (strstr (text, "Heap of tree (77)") - text, <,
                    strstr (text, "Heap of tree (1234)") - text);
  g_assert_true (json_object_has_member (json, "processes"));
  g_assert_cmpint (pid_of (json, 0), ==, 77);
  g_assert_cmpint (pid_of (json, 1), ==, 1234);
}

static void
test_heaps_alone_are_a_report (void)
{
  g_autoptr (GPtrArray) heaps = sample_heaps ();
  g_autofree gchar *text = write_report (NULL, heaps, (MemsnoopReportOptions){ 0 });
  g_autoptr (JsonObject) json = write_json (NULL, heaps, (MemsnoopReportOptions){ 0 });

  g_assert_true (g_str_has_prefix (text, "Heap of tree (77)"));
  g_assert_false (json_object_has_member (json, "processes"));
  g_assert_cmpint (json_object_get_int_member (json, "report-version"), ==, 1);
  g_assert_cmpint (pid_of (json, 1), ==, 1234);
  g_assert_false (json_object_get_boolean_member (json, "truncated"));
}

static void
test_a_report_without_heaps_has_no_such_member (void)
{
  g_autoptr (MemsnoopSnapshot) kernel = sample_kernel ();
  g_autoptr (JsonObject) json = write_json (kernel, NULL, (MemsnoopReportOptions){ 0 });

  g_assert_false (json_object_has_member (json, "heaps"));
}

static void
test_a_process_is_found_in_either_recording (void)
{
  g_autoptr (MemsnoopSnapshot) kernel = sample_kernel ();
  g_autoptr (GPtrArray) heaps = sample_heaps ();
  MemsnoopReportOptions options = { .has_pid = TRUE, .pid = 77 };
  g_autofree gchar *heap = write_report (kernel, heaps, options);
  g_autofree gchar *both = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_str_has_prefix (heap, "Heap of tree (77)"));
  g_assert_null (strstr (heap, "(1234)"));
  options.pid = 1234;
  both = write_report (kernel, heaps, options);
  g_assert_true (g_str_has_prefix (both, "Kernel memory of process 1234"));
  g_assert_nonnull (strstr (both, "Heap of tree (1234)"));
  g_assert_null (strstr (both, "(77)"));
  options.pid = 5;
  g_assert_null (memsnoop_report_write (kernel, heaps, NULL, &options, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  g_clear_error (&error);
  g_assert_null (memsnoop_report_write (NULL, heaps, NULL, &options, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
}

static void
test_folded_has_both (void)
{
  g_autoptr (MemsnoopSnapshot) kernel = sample_kernel ();
  g_autoptr (GPtrArray) heaps = sample_heaps ();
  g_autofree gchar *folded = write_report (
      kernel, heaps, (MemsnoopReportOptions){ .format = MEMSNOOP_REPORT_FORMAT_FOLDED });

  g_assert_true (g_str_has_prefix (folded, "tree (1234);__d_alloc+0x2b;dentry 4096\n"
                                           "tree (77);tree+0x1099;"));
}

/* Many call stacks, which differ in their innermost frame. */
static MemsnoopHeapSnapshot *
large_heap (guint32 pid)
{
  MemsnoopHeapSnapshot *heap = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (heap);
  const MemsnoopFrame *frames[50];

  heap->pid = pid;
  for (guint i = 0; i < 500; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (frames); j++)
        frames[j] = memsnoop_heap_sites_add_frame (sites, "/bin/a", j == 0 ? i : j << 20, NULL, 0);
      memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = frames,
                                                           .n_frames = G_N_ELEMENTS (frames),
                                                           .live_bytes = 1000 - i });
    }
  memsnoop_heap_sites_finish (sites);
  return heap;
}

static void
test_many_heaps_share_the_room (void)
{
  g_autoptr (MemsnoopSnapshot) kernel = sample_kernel ();
  g_autoptr (GPtrArray) heaps =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);
  g_autoptr (JsonObject) json = NULL;
  g_autofree gchar *text = NULL;

  for (guint32 pid = 1; pid <= 256; pid++)
    g_ptr_array_add (heaps, large_heap (pid));
  for (guint i = 0; i < (under_valgrind () ? 1 : 2); i++)
    {
      g_clear_pointer (&json, json_object_unref);
      g_clear_pointer (&text, g_free);
      json = write_json (i == 0 ? kernel : NULL, heaps, (MemsnoopReportOptions){ 0 });
      g_assert_true (json_object_get_boolean_member (json, "truncated"));
      g_assert_cmpint (pid_of (json, 255), ==, 256);
      text = write_report (i == 0 ? kernel : NULL, heaps, (MemsnoopReportOptions){ 0 });
      g_assert_nonnull (strstr (text, "Heap of  (256)"));
      g_assert_nonnull (strstr (text, "This report is cut"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report-heaps/kernel-memory-and-heaps-share-a-report",
                   test_kernel_memory_and_heaps_share_a_report);
  g_test_add_func ("/report-heaps/heaps-alone-are-a-report", test_heaps_alone_are_a_report);
  g_test_add_func ("/report-heaps/a-report-without-heaps-has-no-such-member",
                   test_a_report_without_heaps_has_no_such_member);
  g_test_add_func ("/report-heaps/a-process-is-found-in-either-recording",
                   test_a_process_is_found_in_either_recording);
  g_test_add_func ("/report-heaps/folded-has-both", test_folded_has_both);
  g_test_add_func ("/report-heaps/many-heaps-share-the-room", test_many_heaps_share_the_room);
  return g_test_run ();
}
