/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that record heaps, with fake recordings. Needs root for the clients of another user. */
#include "fake-heap-recording.h"
#include "forked-child.h"
#include "memsnoop-names.h"
#include "service-fixture.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)
#define INVALID G_DBUS_ERROR_INVALID_ARGS

typedef struct
{
  Service *service;
  MemsnoopHeapRecordings *heaps;
  pid_t first;
  pid_t second;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->service = service_new (NULL);
  fixture->heaps = memsnoop_heap_recordings_new (NULL);
  memsnoop_manager_set_heaps (fixture->service->manager, fixture->heaps, NULL);
  memsnoop_manager_set_growth (fixture->service->manager, fixture->heaps, NULL);
  fixture->first = forked_child_start (NULL);
  fixture->second = forked_child_start (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  service_free (fixture->service);
  memsnoop_heap_recordings_free (fixture->heaps);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 0);
  fake_heap_reset ();
  forked_child_end (fixture->first);
  forked_child_end (fixture->second);
}

/* @more: further options in GVariant's text form, each behind a comma. */
static gchar *
start (Fixture *fixture, GDBusConnection *client, pid_t pid, const gchar *more, GError **error)
{
  g_autofree gchar *options =
      g_strdup_printf ("{'sources': <['heap']>, 'pids': <[uint32 %d]>%s}", pid, more);

  return service_start (fixture->service, client, options, error);
}

static gchar *
start_both (Fixture *fixture, const gchar *sources, GError **error)
{
  g_autofree gchar *options = g_strdup_printf ("{'sources': <[%s]>, 'pids': <[uint32 %d, %d]>}",
                                               sources, fixture->first, fixture->second);

  return service_start (fixture->service, fixture->service->client, options, error);
}

static void
stop (Fixture *fixture, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = service_call (fixture->service, fixture->service->client, "Stop",
                                             g_variant_new ("(o)", path), &error);

  g_assert_no_error (error);
}

static gchar *
report (Fixture *fixture,
        GDBusConnection *client,
        const gchar *path,
        const gchar *format,
        const gchar *options,
        GError **error)
{
  g_autoptr (GVariant) dictionary =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  gchar *text = NULL;

  g_assert_nonnull (dictionary);
  reply = service_call (fixture->service, client, "GetReport",
                        g_variant_new ("(os@a{sv})", path, format, dictionary), error);
  if (reply != NULL)
    g_variant_get (reply, "(s)", &text);
  return text;
}

static void
assert_report_refused (Fixture *fixture,
                       const gchar *path,
                       const gchar *format,
                       const gchar *options,
                       gint code,
                       const gchar *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (report (fixture, fixture->service->client, path, format, options, &error));
  g_assert_error (error, G_DBUS_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static void
test_a_heap_is_recorded_until_the_session_stops (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      start (fixture, fixture->service->client, fixture->first,
             ", 'sample-interval': <uint64 65536>, 'stack-depth': <uint32 7>", &error);
  g_autofree gchar *state = NULL;
  MemsnoopHeapOptions options;

  g_assert_no_error (error);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  options = fake_heap_get_options (fixture->first);
  g_assert_cmpuint (options.map_memory, ==, 64 * MEBIBYTE);
  g_assert_cmpuint (options.sample_interval, ==, 65536);
  g_assert_cmpuint (options.stack_depth, ==, 7);
  stop (fixture, path);
  state = service_get_state (fixture->service, path);
  g_assert_cmpstr (state, ==, "stopped");
  g_assert_cmpuint (fake_heap_count_stops (fixture->first), ==, 1);
}

static void
test_all_leases_are_taken_or_none (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *pid = g_strdup_printf ("%d", fixture->second);

  fake_heap_set_failure (fixture->second, "It has no allocator");
  g_assert_null (start_both (fixture, "'kernel', 'heap'", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "It has no allocator"));
  g_assert_nonnull (strstr (error->message, pid));
  g_assert_cmpuint (fake_heap_count_starts (fixture->first), ==, 1);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (fixture->service->tracer), ==, 1);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  g_assert_cmpuint (service_count_sessions (fixture->service), ==, 0);
}

static void
test_the_kernel_and_several_heaps_are_one_session (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = start_both (fixture, "'kernel', 'heap'", NULL);

  g_assert_nonnull (path);
  g_assert_true (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 1);
  stop (fixture, path);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 0);
}

static void
test_growth_is_recorded_beside_a_heap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = start_both (fixture, "'heap', 'growth'", &error);
  g_autofree gchar *text = NULL, *json = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 2);
  text = report (fixture, fixture->service->client, path, "text", "{}", &error);
  g_assert_nonnull (strstr (text, "Heap of leak"));
  g_assert_nonnull (strstr (text, "Growth of leak"));
  json = report (fixture, fixture->service->client, path, "json", "{}", &error);
  g_assert_nonnull (strstr (json, "\"heaps\":["));
  g_assert_nonnull (strstr (json, "\"growth\":["));
  stop (fixture, path);
}

static void
test_where_growth_cannot_be_recorded_the_reason_is_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memsnoop_manager_set_growth (fixture->service->manager, NULL, "The kernel is too old");
  g_assert_null (start_both (fixture, "'growth'", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "The kernel is too old"));
}

static void
test_sessions_share_the_recording_of_a_heap (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *one = start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *other = start (fixture, fixture->service->client, fixture->first,
                                   ", 'stack-depth': <uint32 9>", NULL);

  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 2);
  g_assert_cmpuint (fake_heap_count_starts (fixture->first), ==, 1);
  stop (fixture, one);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  stop (fixture, other);
  g_assert_cmpuint (fake_heap_count_stops (fixture->first), ==, 1);
}

static gboolean
has_no_lease (gpointer user_data)
{
  return fake_heap_count_leases (GPOINTER_TO_UINT (user_data)) == 0;
}

static void
test_the_recording_ends_with_its_caller (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *client = service_connect ();
  g_autofree gchar *path = start (fixture, client, fixture->first, "", NULL);

  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  service_disconnect (client);
  service_wait (has_no_lease, GUINT_TO_POINTER ((guint) fixture->first));
}

static void
test_a_caller_that_leaves_while_it_starts_leaves_nothing (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *client = service_connect ();
  g_autofree gchar *options = g_strdup_printf ("{'sources': <['heap']>, 'pids': <[uint32 %d, %d]>}",
                                               fixture->first, fixture->second);
  GVariant *dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);

  fake_heap_set_delay (100);
  service_call_async (fixture->service, client, "Start", g_variant_new ("(@a{sv})", dictionary),
                      NULL, NULL);
  g_variant_unref (dictionary);
  service_run_for (50);
  service_disconnect (client);
  service_run_for (300);
  g_assert_cmpuint (fake_heap_count_starts (fixture->first), ==, 1);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 0);
  g_assert_cmpuint (service_count_sessions (fixture->service), ==, 0);
}

static void
test_reports_are_of_all_heaps_or_of_one (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *client = fixture->service->client;
  g_autofree gchar *path = start_both (fixture, "'heap'", NULL);
  g_autofree gchar *one_option = g_strdup_printf ("{'pid': <uint32 %d>}", fixture->first);
  g_autofree gchar *first =
      g_strdup_printf ("leak (%d);main (leak.c:9);leak (leak.c:7) %d\n", fixture->first, 1000);
  g_autofree gchar *second =
      g_strdup_printf ("leak (%d);main (leak.c:9);leak (leak.c:7) %d\n", fixture->second, 2000);
  g_autofree gchar *both = g_strconcat (second, first, NULL);
  g_autofree gchar *text = NULL, *json = NULL, *folded = NULL, *one = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  fake_heap_set_live_bytes (fixture->second, 2000);
  text = report (fixture, client, path, "text", "{}", NULL);
  g_assert_nonnull (strstr (text, "leak (leak.c:7)"));
  json = report (fixture, client, path, "json", "{}", NULL);
  g_assert_nonnull (strstr (json, "\"heaps\":["));
  folded = report (fixture, client, path, "folded", "{}", NULL);
  g_assert_cmpstr (folded, ==, both);
  one = report (fixture, client, path, "folded", one_option, NULL);
  g_assert_cmpstr (one, ==, first);
}

static void
test_last_figures_can_be_read (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *folded = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  stop (fixture, path);
  fake_heap_set_live_bytes (fixture->first, 5000);
  folded = report (fixture, fixture->service->client, path, "folded", "{}", NULL);
  g_assert_true (g_str_has_suffix (folded, " 1000\n"));
}

static void
test_a_report_of_the_kernel_and_heaps_has_both (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *client = fixture->service->client;
  g_autofree gchar *path = start_both (fixture, "'kernel', 'heap'", NULL);
  g_autofree gchar *text = NULL, *json = NULL;

  fake_heap_set_live_bytes (fixture->first, 1000);
  text = report (fixture, client, path, "text", "{}", NULL);
  g_assert_nonnull (strstr (text, "Kernel memory"));
  g_assert_nonnull (strstr (text, "leak (leak.c:7)"));
  json = report (fixture, client, path, "json", "{}", NULL);
  g_assert_nonnull (strstr (json, "\"recording\":"));
  g_assert_nonnull (strstr (json, "\"heaps\":["));
}

static void
test_reports_of_what_is_not_recorded_are_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *heap = start (fixture, fixture->service->client, fixture->first, "", NULL);
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
static gboolean export(Fixture *fixture,
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
export_text (Fixture *fixture, const gchar *path, const gchar *format, const gchar *options)
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
assert_export_refused (Fixture *fixture,
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
test_each_format_is_exported (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = start_both (fixture, "'heap'", NULL);
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
test_bad_exports_are_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = start (fixture, fixture->service->client, fixture->first, "", NULL);
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
assert_limited (const GError *error)
{
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_nonnull (strstr (error->message, "one user can have 1 at a time"));
  g_assert_nonnull (strstr (error->message, "stop a session first"));
}

/* The children of the test are root's: whoever else records them has to be allowed to. */
static void
test_one_user_does_not_get_all_heaps (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = service_connect_as_nobody ();
  g_autofree gchar *first = NULL, *same = NULL, *second = NULL, *of_root = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  fixture->service->configuration->max_heaps_per_caller = 1;
  first = start (fixture, other, fixture->first, "", &error);
  g_assert_no_error (error);
  /* The same heap is not one more. */
  same = start (fixture, other, fixture->first, "", &error);
  g_assert_no_error (error);
  g_assert_null (start (fixture, other, fixture->second, "", &error));
  assert_limited (error);
  g_assert_cmpuint (fake_heap_count_starts (fixture->second), ==, 0);
  g_clear_error (&error);
  /* Nobody else's is less for it, and root has no such limit. */
  of_root = start_both (fixture, "'heap'", &error);
  g_assert_no_error (error);
  stop (fixture, first);
  stop (fixture, same);
  second = start (fixture, other, fixture->second, "", &error);
  g_assert_no_error (error);
  stop (fixture, second);
  stop (fixture, of_root);
  service_disconnect (g_steal_pointer (&other));
  service_polkit_stop ();
}

static void
test_each_heap_has_its_part_of_the_budget (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *options =
      g_strdup_printf ("{'sources': <['heap']>, 'pids': <[uint32 %d, %d]>, 'cpu-budget': <0.25>}",
                       fixture->first, fixture->second);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      service_start (fixture->service, fixture->service->client, options, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (fake_heap_get_options (fixture->first).cpu_budget, ==, 0.125);
  g_assert_cmpfloat (fake_heap_get_options (fixture->second).cpu_budget, ==, 0.125);
  stop (fixture, path);
  g_assert_cmpfloat (fake_heap_get_dropped_budgets (fixture->first), ==, 0.125);
}

static GVariant *
get_property (Fixture *fixture, const gchar *path, const gchar *name)
{
  MemsnoopSession *session = memsnoop_session_registry_find (
      memsnoop_manager_get_sessions (fixture->service->manager), path, NULL);
  g_autoptr (GVariant) properties = g_dbus_interface_skeleton_get_properties (
      G_DBUS_INTERFACE_SKELETON (memsnoop_session_get_interface (session)));

  return g_variant_lookup_value (properties, name, NULL);
}

static void
test_steps_to_keep_the_budget_are_told (Fixture *fixture, gconstpointer data)
{
  const MemsnoopHeapExpense expense = { 0.375, 131072, 0.5, TRUE };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      start (fixture, fixture->service->client, fixture->first, ", 'cpu-budget': <0.25>", &error);
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get (fixture->heaps, fixture->first, NULL);
  g_autoptr (GVariant) budget = get_property (fixture, path, "CpuBudget");
  g_autoptr (GVariant) cost = NULL;
  g_autoptr (GVariant) interval = NULL;
  g_autoptr (GVariant) share = get_property (fixture, path, "RecordedShare");
  g_autoptr (GVariant) missed = NULL;

  g_assert_no_error (error);
  g_assert_cmpfloat (g_variant_get_double (budget), ==, 0.25);
  g_assert_cmpfloat (g_variant_get_double (share), ==, 1);
  fake_heap_set_expense (recording, &expense);
  g_clear_pointer (&share, g_variant_unref);
  cost = get_property (fixture, path, "CpuCost");
  interval = get_property (fixture, path, "SampleInterval");
  share = get_property (fixture, path, "RecordedShare");
  missed = get_property (fixture, path, "FreesMissed");
  g_assert_cmpfloat (g_variant_get_double (cost), ==, 0.375);
  g_assert_cmpuint (g_variant_get_uint64 (interval), ==, 131072);
  g_assert_cmpfloat (g_variant_get_double (share), ==, 0.5);
  g_assert_true (g_variant_get_boolean (missed));
  stop (fixture, path);
}

static void
test_a_session_that_costs_too_much_ends_over_budget (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      start (fixture, fixture->service->client, fixture->first, ", 'cpu-budget': <0.25>", &error);
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get (fixture->heaps, fixture->first, NULL);
  g_autofree gchar *state = NULL, *text = NULL;

  g_assert_no_error (error);
  g_signal_emit_by_name (recording, "over-budget");
  while (fake_heap_count_stops (fixture->first) == 0)
    g_main_context_iteration (NULL, TRUE);
  /* Whoever asks now waits until it has ended. */
  stop (fixture, path);
  state = service_get_state (fixture->service, path);
  g_assert_cmpstr (state, ==, "over-budget");
  text = report (fixture, fixture->service->client, path, "json", "{}", &error);
  g_assert_no_error (error);
}

static void
test_others_need_the_right_to_inspect (Fixture *fixture, gconstpointer data)
{
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autofree gchar *path = start (fixture, fixture->service->client, fixture->first, "", NULL);
  int file = memfd_create ("export", MFD_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_null (report (fixture, nobody, path, "text", "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  g_clear_error (&error);
  g_assert_false (export(fixture, nobody, path, "json", "{}", file, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_clear_error (&error);
  g_assert_null (start (fixture, nobody, fixture->first, "", &error));
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-any");
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  service_polkit_stop ();
  service_polkit_start (POLKIT_ALLOWS);
  text = report (fixture, nobody, path, "text", "{}", NULL);
  g_assert_nonnull (text);
  service_polkit_stop ();
  close (file);
  service_disconnect (nobody);
}

static void
test_the_heap_of_what_became_anothers_is_not_shown (Fixture *fixture, gconstpointer data)
{
  /* In this order: the child would hold the connection open. */
  pid_t own = forked_child_start (forked_child_become_nobody);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL, *text = NULL, *of_root = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  path = start (fixture, nobody, own, "", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-own");
  text = report (fixture, nobody, path, "text", "{}", &error);
  g_assert_no_error (error);
  fake_heap_set_user (own, 0);
  g_assert_null (report (fixture, nobody, path, "text", "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  of_root = report (fixture, fixture->service->client, path, "text", "{}", NULL);
  g_assert_nonnull (of_root);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_wait (has_no_lease, GUINT_TO_POINTER ((guint) own));
  forked_child_end (own);
}

static void
test_lists_have_the_live_bytes_of_heaps (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autoptr (GVariant) options =
      g_variant_parse (G_VARIANT_TYPE_VARDICT,
                       "{'sort': <'heap.current-bytes'>, 'limit': <uint32 1>}", NULL, NULL, NULL);
  g_autoptr (GVariant) reply = NULL, rows = NULL, row = NULL;
  guint64 bytes;
  guint32 pid;

  fake_heap_set_live_bytes (fixture->first, 5000);
  reply = service_call (fixture->service, fixture->service->client, "ListProcesses",
                        g_variant_new ("(@a{sv})", options), NULL);
  rows = g_variant_get_child_value (reply, 0);
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "pid", "u", &pid));
  g_assert_cmpuint (pid, ==, fixture->first);
  g_assert_true (g_variant_lookup (row, "heap.current-bytes", "t", &bytes));
  g_assert_cmpuint (bytes, ==, 5000);
}

static void
test_where_heaps_cannot_be_recorded_the_reason_is_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) reasons = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *reason;

  memsnoop_manager_set_heaps (fixture->service->manager, NULL, "The kernel is too old");
  reasons = service_get_property (fixture->service, "FeatureReasons");
  g_assert_true (g_variant_lookup (reasons, "heap", "&s", &reason));
  g_assert_cmpstr (reason, ==, "The kernel is too old");
  g_assert_null (start (fixture, fixture->service->client, fixture->first, "", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "The kernel is too old"));
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/heap-session/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  ADD_TEST ("a-heap-is-recorded-until-the-session-stops",
            test_a_heap_is_recorded_until_the_session_stops);
  ADD_TEST ("all-leases-are-taken-or-none", test_all_leases_are_taken_or_none);
  ADD_TEST ("the-kernel-and-several-heaps-are-one-session",
            test_the_kernel_and_several_heaps_are_one_session);
  ADD_TEST ("growth-is-recorded-beside-a-heap", test_growth_is_recorded_beside_a_heap);
  ADD_TEST ("where-growth-cannot-be-recorded-the-reason-is-told",
            test_where_growth_cannot_be_recorded_the_reason_is_told);
  ADD_TEST ("sessions-share-the-recording-of-a-heap", test_sessions_share_the_recording_of_a_heap);
  ADD_TEST ("the-recording-ends-with-its-caller", test_the_recording_ends_with_its_caller);
  ADD_TEST ("a-caller-that-leaves-while-it-starts-leaves-nothing",
            test_a_caller_that_leaves_while_it_starts_leaves_nothing);
  ADD_TEST ("reports-are-of-all-heaps-or-of-one", test_reports_are_of_all_heaps_or_of_one);
  ADD_TEST ("last-figures-can-be-read", test_last_figures_can_be_read);
  ADD_TEST ("a-report-of-the-kernel-and-heaps-has-both",
            test_a_report_of_the_kernel_and_heaps_has_both);
  ADD_TEST ("reports-of-what-is-not-recorded-are-refused",
            test_reports_of_what_is_not_recorded_are_refused);
  ADD_TEST ("each-format-is-exported", test_each_format_is_exported);
  ADD_TEST ("bad-exports-are-refused", test_bad_exports_are_refused);
  ADD_TEST ("one-user-does-not-get-all-heaps", test_one_user_does_not_get_all_heaps);
  ADD_TEST ("each-heap-has-its-part-of-the-budget", test_each_heap_has_its_part_of_the_budget);
  ADD_TEST ("steps-to-keep-the-budget-are-told", test_steps_to_keep_the_budget_are_told);
  ADD_TEST ("a-session-that-costs-too-much-ends-over-budget",
            test_a_session_that_costs_too_much_ends_over_budget);
  ADD_TEST ("others-need-the-right-to-inspect", test_others_need_the_right_to_inspect);
  ADD_TEST ("the-heap-of-what-became-anothers-is-not-shown",
            test_the_heap_of_what_became_anothers_is_not_shown);
  ADD_TEST ("lists-have-the-live-bytes-of-heaps", test_lists_have_the_live_bytes_of_heaps);
  ADD_TEST ("where-heaps-cannot-be-recorded-the-reason-is-told",
            test_where_heaps_cannot_be_recorded_the_reason_is_told);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
