/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that record heaps, with fake recordings. Needs root for the clients of another user. */
#include "fake-heap-recording.h"
#include "heap-session-fixture.h"

#include <string.h>

#define MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)

static void
test_a_heap_is_recorded_until_the_session_stops (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      heap_session_start (fixture, fixture->service->client, fixture->first,
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
  heap_session_stop (fixture, path);
  state = service_get_state (fixture->service, path);
  g_assert_cmpstr (state, ==, "stopped");
  g_assert_cmpuint (fake_heap_count_stops (fixture->first), ==, 1);
}

static void
test_all_leases_are_taken_or_none (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *pid = g_strdup_printf ("%d", fixture->second);

  fake_heap_set_failure (fixture->second, "It has no allocator");
  g_assert_null (heap_session_start_both (fixture, "'kernel', 'heap'", &error));
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
test_the_kernel_and_several_heaps_are_one_session (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *path = heap_session_start_both (fixture, "'kernel', 'heap'", NULL);

  g_assert_nonnull (path);
  g_assert_true (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 1);
  heap_session_stop (fixture, path);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->service->tracer));
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 0);
}

static void
test_growth_is_recorded_beside_a_heap (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = heap_session_start_both (fixture, "'heap', 'growth'", &error);
  g_autofree gchar *text = NULL, *json = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 2);
  text = heap_session_report (fixture, fixture->service->client, path, "text", "{}", &error);
  g_assert_nonnull (strstr (text, "Heap of leak"));
  g_assert_nonnull (strstr (text, "Growth of leak"));
  json = heap_session_report (fixture, fixture->service->client, path, "json", "{}", &error);
  g_assert_nonnull (strstr (json, "\"heaps\":["));
  g_assert_nonnull (strstr (json, "\"growth\":["));
  heap_session_stop (fixture, path);
}

static void
test_where_growth_cannot_be_recorded_the_reason_is_told (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memsnoop_manager_set_growth (fixture->service->manager, NULL, "The kernel is too old");
  g_assert_null (heap_session_start_both (fixture, "'growth'", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "The kernel is too old"));
}

static void
test_sessions_share_the_recording_of_a_heap (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *one =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
  g_autofree gchar *other = heap_session_start (fixture, fixture->service->client, fixture->first,
                                                ", 'stack-depth': <uint32 9>", NULL);

  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 2);
  g_assert_cmpuint (fake_heap_count_starts (fixture->first), ==, 1);
  heap_session_stop (fixture, one);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  heap_session_stop (fixture, other);
  g_assert_cmpuint (fake_heap_count_stops (fixture->first), ==, 1);
}

static void
test_the_recording_ends_with_its_caller (HeapSessions *fixture, gconstpointer data)
{
  GDBusConnection *client = service_connect ();
  g_autofree gchar *path = heap_session_start (fixture, client, fixture->first, "", NULL);

  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 1);
  service_disconnect (client);
  service_wait (heap_session_has_no_lease, GUINT_TO_POINTER ((guint) fixture->first));
}

static void
test_a_caller_that_leaves_while_it_starts_leaves_nothing (HeapSessions *fixture, gconstpointer data)
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
assert_limited (const GError *error)
{
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_nonnull (strstr (error->message, "one user can have 1 at a time"));
  g_assert_nonnull (strstr (error->message, "stop a session first"));
}

/* The children of the test are root's: whoever else records them has to be allowed to. */
static void
test_one_user_does_not_get_all_heaps (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GDBusConnection) other = service_connect_as_nobody ();
  g_autofree gchar *first = NULL, *same = NULL, *second = NULL, *of_root = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  fixture->service->configuration->max_heaps_per_caller = 1;
  first = heap_session_start (fixture, other, fixture->first, "", &error);
  g_assert_no_error (error);
  /* The same heap is not one more. */
  same = heap_session_start (fixture, other, fixture->first, "", &error);
  g_assert_no_error (error);
  g_assert_null (heap_session_start (fixture, other, fixture->second, "", &error));
  assert_limited (error);
  g_assert_cmpuint (fake_heap_count_starts (fixture->second), ==, 0);
  g_clear_error (&error);
  /* Nobody else's is less for it, and root has no such limit. */
  of_root = heap_session_start_both (fixture, "'heap'", &error);
  g_assert_no_error (error);
  heap_session_stop (fixture, first);
  heap_session_stop (fixture, same);
  second = heap_session_start (fixture, other, fixture->second, "", &error);
  g_assert_no_error (error);
  heap_session_stop (fixture, second);
  heap_session_stop (fixture, of_root);
  service_disconnect (g_steal_pointer (&other));
  service_polkit_stop ();
}

static void
test_each_heap_has_its_part_of_the_budget (HeapSessions *fixture, gconstpointer data)
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
  heap_session_stop (fixture, path);
  g_assert_cmpfloat (fake_heap_get_dropped_budgets (fixture->first), ==, 0.125);
}

static GVariant *
get_property (HeapSessions *fixture, const gchar *path, const gchar *name)
{
  MemsnoopSession *session = memsnoop_session_registry_find (
      memsnoop_manager_get_sessions (fixture->service->manager), path, NULL);
  g_autoptr (GVariant) properties = g_dbus_interface_skeleton_get_properties (
      G_DBUS_INTERFACE_SKELETON (memsnoop_session_get_interface (session)));

  return g_variant_lookup_value (properties, name, NULL);
}

static void
test_steps_to_keep_the_budget_are_told (HeapSessions *fixture, gconstpointer data)
{
  const MemsnoopHeapExpense expense = { 0.375, 131072, 0.5, TRUE };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = heap_session_start (fixture, fixture->service->client, fixture->first,
                                               ", 'cpu-budget': <0.25>", &error);
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
  heap_session_stop (fixture, path);
}

static void
test_a_session_that_costs_too_much_ends_over_budget (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = heap_session_start (fixture, fixture->service->client, fixture->first,
                                               ", 'cpu-budget': <0.25>", &error);
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get (fixture->heaps, fixture->first, NULL);
  g_autofree gchar *state = NULL, *text = NULL;

  g_assert_no_error (error);
  g_signal_emit_by_name (recording, "over-budget");
  while (fake_heap_count_stops (fixture->first) == 0)
    g_main_context_iteration (NULL, TRUE);
  /* Whoever asks now waits until it has ended. */
  heap_session_stop (fixture, path);
  state = service_get_state (fixture->service, path);
  g_assert_cmpstr (state, ==, "over-budget");
  text = heap_session_report (fixture, fixture->service->client, path, "json", "{}", &error);
  g_assert_no_error (error);
}

static void
test_lists_have_the_live_bytes_of_heaps (HeapSessions *fixture, gconstpointer data)
{
  g_autofree gchar *path =
      heap_session_start (fixture, fixture->service->client, fixture->first, "", NULL);
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
test_where_heaps_cannot_be_recorded_the_reason_is_told (HeapSessions *fixture, gconstpointer data)
{
  g_autoptr (GVariant) reasons = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *reason;

  memsnoop_manager_set_heaps (fixture->service->manager, NULL, "The kernel is too old");
  reasons = service_get_property (fixture->service, "FeatureReasons");
  g_assert_true (g_variant_lookup (reasons, "heap", "&s", &reason));
  g_assert_cmpstr (reason, ==, "The kernel is too old");
  g_assert_null (
      heap_session_start (fixture, fixture->service->client, fixture->first, "", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "The kernel is too old"));
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/heap-session/" path, HeapSessions, NULL, heap_session_set_up, function,            \
              heap_session_tear_down)

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
  ADD_TEST ("one-user-does-not-get-all-heaps", test_one_user_does_not_get_all_heaps);
  ADD_TEST ("each-heap-has-its-part-of-the-budget", test_each_heap_has_its_part_of_the_budget);
  ADD_TEST ("steps-to-keep-the-budget-are-told", test_steps_to_keep_the_budget_are_told);
  ADD_TEST ("a-session-that-costs-too-much-ends-over-budget",
            test_a_session_that_costs_too_much_ends_over_budget);
  ADD_TEST ("lists-have-the-live-bytes-of-heaps", test_lists_have_the_live_bytes_of_heaps);
  ADD_TEST ("where-heaps-cannot-be-recorded-the-reason-is-told",
            test_where_heaps_cannot_be_recorded_the_reason_is_told);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
