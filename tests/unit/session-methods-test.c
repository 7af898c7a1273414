/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service-fixture.h"

typedef struct
{
  Service *service;
  const gchar *path;
  const gchar *state;
} StateWait;

static gboolean
has_state (gpointer user_data)
{
  const StateWait *wait = user_data;
  g_autofree gchar *state = service_get_state (wait->service, wait->path);

  return g_strcmp0 (state, wait->state) == 0;
}

/* @state: NULL for no object at all. */
static void
wait_for_state (Service *service, const gchar *path, const gchar *state)
{
  StateWait wait = { service, path, state };

  service_wait (has_state, &wait);
}

static gboolean
tracer_has_stopped (gpointer user_data)
{
  return !memsnoop_fake_tracer_is_started (user_data);
}

static void
test_a_session_records_until_it_is_stopped (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = service_start (service, service->client, "{}", &error);
  g_autofree gchar *recording = service_get_state (service, path);
  g_autofree gchar *stopped = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, "/org/memsnoop1/session/1");
  g_assert_cmpstr (recording, ==, "recording");
  g_assert_true (memsnoop_fake_tracer_is_started (service->tracer));
  g_assert_cmpuint (memsnoop_fake_tracer_get_map_memory (service->tracer), ==,
                    service->configuration->map_memory);

  service_stop (service, path);
  stopped = service_get_state (service, path);
  g_assert_cmpstr (stopped, ==, "stopped");
  g_assert_false (memsnoop_fake_tracer_is_started (service->tracer));

  /* Once more: succeeds, and changes nothing. */
  service_stop (service, path);
  g_assert_cmpuint (service_count_sessions (service), ==, 1);
  service_free (service);
}

static void
test_the_map_memory_is_passed_on (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path =
      service_start (service, service->client, "{'map-memory': <uint64 8388608>}", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (memsnoop_fake_tracer_get_map_memory (service->tracer), ==, 8388608);
  service_free (service);
}

static void
test_sessions_share_one_recording (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *first = service_start (service, service->client, "{}", NULL);
  g_autofree gchar *second = service_start (service, service->client, "{}", NULL);

  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (service->tracer), ==, 1);
  service_stop (service, first);
  g_assert_true (memsnoop_fake_tracer_is_started (service->tracer));
  service_stop (service, second);
  g_assert_false (memsnoop_fake_tracer_is_started (service->tracer));
  g_assert_cmpuint (memsnoop_fake_tracer_count_stops (service->tracer), ==, 1);
  service_free (service);
}

static void
test_a_session_ends_after_its_duration (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path =
      service_start (service, service->client, "{'duration': <uint32 1>}", NULL);

  wait_for_state (service, path, "stopped");
  g_assert_false (memsnoop_fake_tracer_is_started (service->tracer));
  service_free (service);
}

static void
test_a_session_goes_when_it_was_kept_long_enough (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path = service_start (service, service->client, "{'keep': <uint32 1>}", NULL);
  g_autofree gchar *at_once =
      service_start (service, service->client, "{'keep': <uint32 0>}", NULL);

  service_stop (service, path);
  service_stop (service, at_once);
  g_assert_null (service_get_state (service, at_once));
  wait_for_state (service, path, NULL);
  service_free (service);
}

static void
keep_two (MemsnoopConfiguration *configuration)
{
  configuration->max_kept_sessions = 2;
}

static void
test_the_oldest_stopped_session_goes_first (void)
{
  Service *service = service_new (keep_two);
  g_autofree gchar *state = NULL;
  gchar *paths[3];

  for (guint i = 0; i < 3; i++)
    paths[i] = service_start (service, service->client, "{}", NULL);
  /* What counts is when they stopped, not when they started. */
  service_stop (service, paths[2]);
  service_stop (service, paths[0]);
  service_stop (service, paths[1]);
  g_assert_null (service_get_state (service, paths[2]));
  state = service_get_state (service, paths[0]);
  g_assert_cmpstr (state, ==, "stopped");
  g_assert_cmpuint (service_count_sessions (service), ==, 2);
  for (guint i = 0; i < 3; i++)
    g_free (paths[i]);
  service_free (service);
}

static void
test_one_users_stopped_sessions_do_not_push_out_anothers (void)
{
  Service *service;
  GDBusConnection *nobody;
  g_autofree gchar *theirs = NULL, *state = NULL;
  gchar *paths[3];

  if (getuid () != 0)
    {
      g_test_skip ("needs root");
      return;
    }
  service = service_new (keep_two);
  service_polkit_start (POLKIT_ALLOWS);
  nobody = service_connect_as_nobody ();
  theirs = service_start (service, nobody, "{}", NULL);
  service_stop (service, theirs);
  for (guint i = 0; i < 3; i++)
    {
      paths[i] = service_start (service, service->client, "{}", NULL);
      service_stop (service, paths[i]);
    }
  state = service_get_state (service, theirs);
  g_assert_cmpstr (state, ==, "stopped");
  g_assert_null (service_get_state (service, paths[0]));
  g_assert_null (service_get_state (service, paths[1]));
  for (guint i = 0; i < 3; i++)
    g_free (paths[i]);
  service_disconnect (nobody);
  service_polkit_stop ();
  service_free (service);
}

static void
test_a_session_goes_with_its_caller (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *client = service_connect ();
  g_autofree gchar *path = service_start (service, client, "{}", NULL);

  service_disconnect (client);
  wait_for_state (service, path, "stopped");
  g_assert_false (memsnoop_fake_tracer_is_started (service->tracer));
  service_free (service);
}

static void
test_a_lingering_session_outlives_its_caller (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *client = service_connect ();
  g_autofree gchar *path = service_start (service, client, "{'linger': <true>}", NULL);
  g_autofree gchar *state = NULL;

  service_disconnect (client);
  service_run_for (200);
  state = service_get_state (service, path);
  g_assert_cmpstr (state, ==, "recording");
  service_free (service);
}

static gboolean
has_one_session (gpointer user_data)
{
  return service_count_sessions (user_data) == 1;
}

static gboolean
has_no_session (gpointer user_data)
{
  return service_count_sessions (user_data) == 0;
}

static void
test_a_caller_that_leaves_while_it_starts_leaves_nothing (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *client = service_connect ();

  memsnoop_fake_tracer_set_delay (service->tracer, 300000, 0, 0);
  service_call_async (service, client, "Start", g_variant_new ("(a{sv})", NULL),
                      service_ignore_reply, NULL);
  service_wait (has_one_session, service);
  service_disconnect (client);
  service_wait (has_no_session, service);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (service->tracer), ==, 1);
  service_wait (tracer_has_stopped, service->tracer);
  service_free (service);
}

static void
test_a_stop_while_it_starts_ends_the_session (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *state = NULL;

  memsnoop_fake_tracer_set_delay (service->tracer, 300000, 0, 0);
  service_call_async (service, service->client, "Start", g_variant_new ("(a{sv})", NULL),
                      service_ignore_reply, NULL);
  service_wait (has_one_session, service);
  state = service_get_state (service, "/org/memsnoop1/session/1");
  g_assert_cmpstr (state, ==, "starting");
  service_stop (service, "/org/memsnoop1/session/1");
  g_assert_cmpuint (service_count_sessions (service), ==, 0);
  g_assert_false (memsnoop_fake_tracer_is_started (service->tracer));
  service_free (service);
}

static void
test_a_start_that_fails_leaves_nothing (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL;

  memsnoop_fake_tracer_set_failure (service->tracer, "The test says no");
  path = service_start (service, service->client, "{}", &error);
  g_assert_null (path);
  service_assert_remote_error (error, "org.memsnoop1.Error.Failed");
  g_assert_nonnull (strstr (error->message, "The test says no"));
  g_assert_cmpuint (service_count_sessions (service), ==, 0);

  memsnoop_fake_tracer_set_failure (service->tracer, NULL);
  path = service_start (service, service->client, "{}", NULL);
  g_assert_nonnull (path);
  service_free (service);
}

static void
test_what_the_kernel_cannot_is_not_supported (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;

  memsnoop_fake_tracer_set_missing (service->tracer, "The test's kernel has no BTF");
  g_assert_null (service_start (service, service->client, "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "has no BTF"));
  g_assert_cmpuint (service_count_sessions (service), ==, 0);
  service_free (service);
}

static void
allow_few_sessions (MemsnoopConfiguration *configuration)
{
  configuration->max_sessions = 8;
  configuration->max_sessions_per_caller = 4;
}

typedef struct
{
  guint n_started;
  guint n_limited;
} StartCounts;

static void
count_start (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StartCounts *counts = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    counts->n_started++;
  else
    {
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
      counts->n_limited++;
    }
}

static gboolean
hundred_answered (gpointer user_data)
{
  const StartCounts *counts = user_data;

  return counts->n_started + counts->n_limited == 100;
}

static void
test_a_hundred_starts_at_once_do_not_exceed_the_limit (void)
{
  Service *service = service_new (allow_few_sessions);
  StartCounts counts = { 0 };

  memsnoop_fake_tracer_set_delay (service->tracer, 100000, 0, 0);
  for (guint i = 0; i < 100; i++)
    service_call_async (service, service->client, "Start", g_variant_new ("(a{sv})", NULL),
                        count_start, &counts);
  service_wait (hundred_answered, &counts);
  g_assert_cmpuint (counts.n_started, ==, 4);
  g_assert_cmpuint (service_count_sessions (service), ==, 4);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (service->tracer), ==, 1);
  service_free (service);
}

static void
test_a_stopped_session_makes_room (void)
{
  Service *service = service_new (allow_few_sessions);
  g_autoptr (GError) error = NULL;
  gchar *path = NULL;

  for (guint i = 0; i < 4; i++)
    {
      g_free (path);
      path = service_start (service, service->client, "{}", NULL);
      g_assert_nonnull (path);
    }
  g_assert_null (service_start (service, service->client, "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_nonnull (strstr (error->message, "at most 4"));

  service_stop (service, path);
  g_free (path);
  path = service_start (service, service->client, "{}", NULL);
  g_assert_nonnull (path);
  g_free (path);
  service_free (service);
}

static guint64
get_events_lost (Service *service)
{
  g_autoptr (GVariant) value = service_get_property (service, "EventsLost");

  return g_variant_get_uint64 (value);
}

static void
test_losses_are_told_while_something_records (void)
{
  Service *service = service_new (NULL);
  MemsnoopTracerTotals totals = { .events_seen = 100, .events_lost = 7 };
  g_autofree gchar *path = NULL;

  memsnoop_fake_tracer_set_totals (service->tracer, &totals);
  g_assert_cmpuint (get_events_lost (service), ==, 0);
  path = service_start (service, service->client, "{}", NULL);
  g_assert_cmpuint (get_events_lost (service), ==, 7);
  service_stop (service, path);
  g_assert_cmpuint (get_events_lost (service), ==, 0);
  service_free (service);
}

static void
test_missing_features_have_reasons (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GVariant) features = service_get_property (service, "Features");
  g_autoptr (GVariant) reasons = service_get_property (service, "FeatureReasons");
  gboolean available;

  g_assert_true (g_variant_lookup (features, "kernel", "b", &available));
  g_assert_true (available);
  g_assert_false (g_variant_lookup (reasons, "kernel", "s", NULL));
  g_assert_true (g_variant_lookup (features, "heap", "b", &available));
  g_assert_false (available);
  g_assert_true (g_variant_lookup (reasons, "heap", "s", NULL));
  service_free (service);
}

static void
test_pids_that_cannot_be_reported_on_are_refused (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (
      service_start (service, service->client, "{'pids': <[uint32 4294967295]>}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  g_clear_error (&error);
  g_assert_null (service_start (service, service->client, "{'pid': <uint32 1>}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpuint (service_count_sessions (service), ==, 0);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (service->tracer), ==, 0);
  service_free (service);
}

static void
test_no_session_begins_after_the_end (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path = service_start (service, service->client, "{}", NULL);
  g_autoptr (GError) error = NULL;

  memsnoop_manager_shut_down_async (service->manager, NULL, NULL);
  wait_for_state (service, path, "stopped");
  g_assert_null (service_start (service, service->client, "{}", &error));
  service_assert_remote_error (error, "org.memsnoop1.Error.Failed");
  service_free (service);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  g_test_add_func ("/session-methods/a-session-records-until-it-is-stopped",
                   test_a_session_records_until_it_is_stopped);
  g_test_add_func ("/session-methods/the-map-memory-is-passed-on",
                   test_the_map_memory_is_passed_on);
  g_test_add_func ("/session-methods/sessions-share-one-recording",
                   test_sessions_share_one_recording);
  g_test_add_func ("/session-methods/a-session-ends-after-its-duration",
                   test_a_session_ends_after_its_duration);
  g_test_add_func ("/session-methods/one-users-stopped-sessions-do-not-push-out-anothers",
                   test_one_users_stopped_sessions_do_not_push_out_anothers);
  g_test_add_func ("/session-methods/a-session-goes-when-it-was-kept-long-enough",
                   test_a_session_goes_when_it_was_kept_long_enough);
  g_test_add_func ("/session-methods/the-oldest-stopped-session-goes-first",
                   test_the_oldest_stopped_session_goes_first);
  g_test_add_func ("/session-methods/a-session-goes-with-its-caller",
                   test_a_session_goes_with_its_caller);
  g_test_add_func ("/session-methods/a-lingering-session-outlives-its-caller",
                   test_a_lingering_session_outlives_its_caller);
  g_test_add_func ("/session-methods/a-caller-that-leaves-while-it-starts-leaves-nothing",
                   test_a_caller_that_leaves_while_it_starts_leaves_nothing);
  g_test_add_func ("/session-methods/a-stop-while-it-starts-ends-the-session",
                   test_a_stop_while_it_starts_ends_the_session);
  g_test_add_func ("/session-methods/a-start-that-fails-leaves-nothing",
                   test_a_start_that_fails_leaves_nothing);
  g_test_add_func ("/session-methods/what-the-kernel-cannot-is-not-supported",
                   test_what_the_kernel_cannot_is_not_supported);
  g_test_add_func ("/session-methods/a-hundred-starts-at-once-do-not-exceed-the-limit",
                   test_a_hundred_starts_at_once_do_not_exceed_the_limit);
  g_test_add_func ("/session-methods/a-stopped-session-makes-room",
                   test_a_stopped_session_makes_room);
  g_test_add_func ("/session-methods/losses-are-told-while-something-records",
                   test_losses_are_told_while_something_records);
  g_test_add_func ("/session-methods/missing-features-have-reasons",
                   test_missing_features_have_reasons);
  g_test_add_func ("/session-methods/pids-that-cannot-be-reported-on-are-refused",
                   test_pids_that_cannot_be_reported_on_are_refused);
  g_test_add_func ("/session-methods/no-session-begins-after-the-end",
                   test_no_session_begins_after_the_end);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
