/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports and exports of sessions that record heaps, with fake recordings. Needs root for the
 * clients of another user. */
#include "fake-heap-recording.h"
#include "forked-child.h"
#include "heap-session-fixture.h"
#include "memsnoop-names.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define INVALID G_DBUS_ERROR_INVALID_ARGS

static void
assert_report_refused (HeapSessions *fixture,
                       const gchar *path,
                       const gchar *format,
                       const gchar *options,
                       gint code,
                       const gchar *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      heap_session_report (fixture, fixture->service->client, path, format, options, &error));
  g_assert_error (error, G_DBUS_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static void
test_reports_are_of_all_heaps_or_of_one (HeapSessions *fixture, gconstpointer data)
{
  GDBusConnection *client = fixture->service->client;
  g_autofree gchar *path = heap_session_start_both (fixture, "'heap'", NULL);
  g_autofree gchar *one_option = g_strdup_printf ("{'pid': <uint32 %d>}", fixture->first);
  g_autofree gchar *first =
      g_strdup_printf ("leak (%d);main (leak.c:9);leak (leak.c:7) %d\n", fixture->first, 1000);
  g_autofree gchar *second =
      g_strdup_printf ("leak (%d);main (leak.c:9);leak (leak.c:7) %d\n", fixture->second, 2000);
  g_autofree gchar *both = g_strconcat (second, first, NULL);
  g_autofree gchar *text = NULL, *json = NULL, *folded = NULL, *one = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  fake_heap_set_live_bytes (fixture->second, 2000);
  text = heap_session_report (fixture, client, path, "text", "{}", NULL);
  g_assert_nonnull (strstr (text, "leak (leak.c:7)"));
  json = heap_session_report (fixture, client, path, "json", "{}", NULL);
  g_assert_nonnull (strstr (json, "\"heaps\":["));
  folded = heap_session_report (fixture, client, path, "folded", "{}", NULL);
  g_assert_cmpstr (folded, ==, both);
  one = heap_session_report (fixture, client, path, "folded", one_option, NULL);
  g_assert_cmpstr (one, ==, first);
}

static void
test_last_figures_can_be_read (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *path =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *folded = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  heap_session_stop (fixture, path);
  fake_heap_set_live_bytes (fixture->first, 5000);
  folded = heap_session_report (fixture, fixture->service->client, path, "folded", "{}", NULL);
  g_assert_true (g_str_has_suffix (folded, " 1000\n"));
}

static void
test_a_report_of_the_kernel_and_heaps_has_both (HeapSessions *fixture, gconstpointer data)
{
  GDBusConnection *client = fixture->service->client;
  g_autofree gchar *path = heap_session_start_both (fixture, "'kernel', 'heap'", NULL);
  g_autofree gchar *text = NULL, *json = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  text = heap_session_report (fixture, client, path, "text", "{}", NULL);
  g_assert_nonnull (strstr (text, "Kernel memory"));
  g_assert_nonnull (strstr (text, "leak (leak.c:7)"));
  json = heap_session_report (fixture, client, path, "json", "{}", NULL);
  g_assert_nonnull (strstr (json, "\"recording\":"));
  g_assert_nonnull (strstr (json, "\"heaps\":["));
}

static void
test_reports_of_what_is_not_recorded_are_refused (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *heap =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *other = g_strdup_printf ("{'pid': <uint32 %d>}", fixture->second);

  assert_report_refused (fixture, heap, "text", other, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                         "not among those");
  assert_report_refused (fixture, heap, "svg", "{}", INVALID, "text, json, folded");
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gpointer *) user_data != NULL;
}

/* Calls Export with @descriptor, or with none when that is -1. */
static gboolean export(HeapSessions *fixture,
                       GDBusConnection *client,
                       const gchar *path,
                       const gchar *format,
                       const gchar *options,
                       int descriptor,
                       GError **error)
{
  g_autoptr (GUnixFDList) descriptors = g_unix_fd_list_new ();
  GVariant *dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (descriptor >= 0)
    g_unix_fd_list_append (descriptors, descriptor, NULL);
  g_dbus_connection_call_with_unix_fd_list (
      client, g_dbus_connection_get_unique_name (fixture->service->connection),
      MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, "Export",
      g_variant_new ("(osh@a{sv})", path, format, 0, dictionary), NULL, G_DBUS_CALL_FLAGS_NONE,
      60000, descriptors, NULL, keep_result, &result);
  g_variant_unref (dictionary);
  service_wait (is_set, &result);
  reply = g_dbus_connection_call_with_unix_fd_list_finish (client, NULL, result, error);
  return reply != NULL;
}

static gchar *
export_text (HeapSessions *fixture, const gchar *path, const gchar *format, const gchar *options)
{
  int file = memfd_create ("export", MFD_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autoptr (GMappedFile) mapped = NULL;
  gchar *text;

  export(fixture, fixture->service->client, path, format, options, file, &error);
  g_assert_no_error (error);
  mapped = g_mapped_file_new_from_fd (file, FALSE, NULL);
  text = g_strndup (g_mapped_file_get_contents (mapped), g_mapped_file_get_length (mapped));
  close (file);
  return text;
}

static void
assert_export_refused (HeapSessions *fixture,
                       const gchar *path,
                       const gchar *format,
                       const gchar *options,
                       int descriptor,
                       gint code,
                       const gchar *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      export(fixture, fixture->service->client, path, format, options, descriptor, &error));
  g_assert_error (error, G_DBUS_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static void
test_each_format_is_exported (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *path = heap_session_start_both (fixture, "'heap'", NULL);
  g_autofree gchar *kernel = service_start (fixture->service, fixture->service->client, "{}", NULL);
  g_autofree gchar *one_option = g_strdup_printf ("{'pid': <uint32 %d>}", fixture->first);
  g_autofree gchar *folded = NULL, *json = NULL, *pprof = NULL, *of_kernel = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  fake_heap_set_live_bytes (fixture->second, 2000);
  folded = export_text (fixture, path, "folded", one_option);
  g_assert_true (g_str_has_suffix (folded, " 1000\n"));
  g_assert_null (strstr (folded, " 2000\n"));
  json = export_text (fixture, path, "json", "{}");
  g_assert_true (g_str_has_prefix (json, "{\"report-version\":1"));
  pprof = export_text (fixture, path, "pprof", "{}");
  /* gzip. */
  g_assert_true (g_str_has_prefix (pprof, "\x1f\x8b"));
  of_kernel = export_text (fixture, kernel, "json", "{}");
  g_assert_nonnull (strstr (of_kernel, "\"recording\":"));
}

static void
test_bad_exports_are_refused (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *path =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *kernel = service_start (fixture->service, fixture->service->client, "{}", NULL);
  g_autofree gchar *other = g_strdup_printf ("{'pid': <uint32 %d>}", fixture->second);
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  assert_export_refused (fixture, path, "pprof", "{}", -1, INVALID, "number 0");
  assert_export_refused (fixture, path, "pprof", "{}", ends[0], INVALID, "not open for writing");
  assert_export_refused (fixture, path, "svg", "{}", ends[1], INVALID, "folded, pprof, json");
  assert_export_refused (fixture, path, "json", "{'limit': <uint32 1>}", ends[1], INVALID,
                         "no option “limit”");
  assert_export_refused (fixture, path, "json", other, ends[1],
                         G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN, "does not record the heap");
  assert_export_refused (fixture, kernel, "pprof", "{}", ends[1], INVALID, "json");
  close (ends[0]);
  close (ends[1]);
}

static void
test_others_need_the_right_to_inspect (HeapSessions *fixture, gconstpointer data)
{
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autofree gchar *path =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
  int file = memfd_create ("export", MFD_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_null (heap_session_report (fixture, nobody, path, "text", "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  g_clear_error (&error);
  g_assert_false (export(fixture, nobody, path, "json", "{}", file, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_clear_error (&error);
  g_assert_null (heap_session_start (fixture, nobody, fixture->first, "", &error));
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-any");
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  service_polkit_stop ();
  service_polkit_start (POLKIT_ALLOWS);
  text = heap_session_report (fixture, nobody, path, "text", "{}", NULL);
  g_assert_nonnull (text);
  service_polkit_stop ();
  close (file);
  service_disconnect (nobody);
}

static void
test_the_heap_of_what_became_anothers_is_not_shown (HeapSessions *fixture, gconstpointer data)
{
  /* In this order: the child would hold the connection open. */
  pid_t own = forked_child_start (forked_child_become_nobody);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL, *text = NULL, *of_root = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  path = heap_session_start (fixture, nobody, own, "", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-own");
  text = heap_session_report (fixture, nobody, path, "text", "{}", &error);
  g_assert_no_error (error);
  fake_heap_set_user (own, 0);
  g_assert_null (heap_session_report (fixture, nobody, path, "text", "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  of_root = heap_session_report (fixture, fixture->service->client, path, "text", "{}", NULL);
  g_assert_nonnull (of_root);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_wait (heap_session_has_no_lease, GUINT_TO_POINTER ((guint) own));
  forked_child_end (own);
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/heap-report-methods/" path, HeapSessions, NULL, heap_session_set_up, function,     \
              heap_session_tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  ADD_TEST ("reports-are-of-all-heaps-or-of-one", test_reports_are_of_all_heaps_or_of_one);
  ADD_TEST ("last-figures-can-be-read", test_last_figures_can_be_read);
  ADD_TEST ("a-report-of-the-kernel-and-heaps-has-both",
            test_a_report_of_the_kernel_and_heaps_has_both);
  ADD_TEST ("reports-of-what-is-not-recorded-are-refused",
            test_reports_of_what_is_not_recorded_are_refused);
  ADD_TEST ("each-format-is-exported", test_each_format_is_exported);
  ADD_TEST ("bad-exports-are-refused", test_bad_exports_are_refused);
  ADD_TEST ("others-need-the-right-to-inspect", test_others_need_the_right_to_inspect);
  ADD_TEST ("the-heap-of-what-became-anothers-is-not-shown",
            test_the_heap_of_what_became_anothers_is_not_shown);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
