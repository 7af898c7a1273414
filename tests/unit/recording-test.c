/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases, snapshots and their order, with a tracer that can be slow. */
#include "fake-tracer.h"

#include "boot-time.h"
#include "error.h"
#include "recording.h"

#define MAP_MEMORY (64 * 1024 * 1024)
/* Slow enough that what follows finds it in the middle. */
#define SLOW (50 * 1000)

typedef struct
{
  MemsnoopFakeTracer *tracer;
  MemsnoopRecording *recording;
  guint acquired;
  guint refused;
  guint released;
  guint snapshots;
  guint failures;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures figures = { .pid = 42, .start_time = 7, .current_bytes = 4096 };

  fixture->tracer = memsnoop_fake_tracer_new ();
  memsnoop_fake_tracer_set_delay (fixture->tracer, SLOW, SLOW, SLOW);
  memsnoop_fake_tracer_set_process (fixture->tracer, &figures);
  fixture->recording = memsnoop_recording_new (MEMSNOOP_TRACER (fixture->tracer));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->recording);
  g_assert_finalize_object (fixture->tracer);
}

static void
on_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (memsnoop_recording_acquire_finish (MEMSNOOP_RECORDING (source), result, NULL))
    fixture->acquired++;
  else
    fixture->refused++;
}

static void
on_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (MemsnoopSnapshot) snapshot =
      memsnoop_recording_release_finish (MEMSNOOP_RECORDING (source), result);

  g_assert_nonnull (memsnoop_snapshot_find_process (snapshot, 42));
  fixture->released++;
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopSnapshot) snapshot =
      memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, &error);

  if (snapshot != NULL)
    fixture->snapshots++;
  else
    {
      g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NOT_RECORDING);
      fixture->failures++;
    }
}

static void
acquire (Fixture *fixture)
{
  memsnoop_recording_acquire_async (fixture->recording, MAP_MEMORY, on_acquired, fixture);
}

static void
release (Fixture *fixture)
{
  memsnoop_recording_release_async (fixture->recording, on_released, fixture);
}

static void
request (Fixture *fixture, gboolean fresh)
{
  memsnoop_recording_snapshot_async (fixture->recording, fresh, on_snapshot, fixture);
}

static void
wait_for (const guint *value, guint expected)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (*value < expected && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (*value, ==, expected);
}

static void
test_the_first_lease_starts_and_the_last_one_stops (Fixture *fixture, gconstpointer data)
{
  acquire (fixture);
  acquire (fixture);
  g_assert_false (memsnoop_recording_is_active (fixture->recording));
  wait_for (&fixture->acquired, 2);
  g_assert_true (memsnoop_recording_is_active (fixture->recording));
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (fixture->tracer), ==, 1);
  g_assert_cmpuint (memsnoop_fake_tracer_get_map_memory (fixture->tracer), ==, MAP_MEMORY);

  release (fixture);
  wait_for (&fixture->released, 1);
  g_assert_true (memsnoop_fake_tracer_is_started (fixture->tracer));
  release (fixture);
  wait_for (&fixture->released, 2);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->tracer));
  g_assert_cmpuint (memsnoop_fake_tracer_count_stops (fixture->tracer), ==, 1);
}

static void
test_two_releases_at_once_stop_once (Fixture *fixture, gconstpointer data)
{
  acquire (fixture);
  acquire (fixture);
  wait_for (&fixture->acquired, 2);
  request (fixture, FALSE);
  release (fixture);
  release (fixture);
  wait_for (&fixture->released, 2);
  g_assert_false (memsnoop_fake_tracer_is_started (fixture->tracer));
  g_assert_cmpuint (memsnoop_fake_tracer_count_stops (fixture->tracer), ==, 1);
  g_assert_cmpuint (fixture->snapshots, ==, 1);
}

static void
test_a_lease_taken_during_the_stop_starts_anew (Fixture *fixture, gconstpointer data)
{
  acquire (fixture);
  wait_for (&fixture->acquired, 1);
  release (fixture);
  acquire (fixture);
  wait_for (&fixture->acquired, 2);
  g_assert_cmpuint (fixture->released, ==, 1);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (fixture->tracer), ==, 2);
  g_assert_cmpuint (memsnoop_fake_tracer_count_stops (fixture->tracer), ==, 1);
  release (fixture);
  wait_for (&fixture->released, 2);
}

static void
test_a_failed_start_refuses_all_who_wait_and_can_be_repeated (Fixture *fixture, gconstpointer data)
{
  memsnoop_fake_tracer_set_failure (fixture->tracer, "no room");
  acquire (fixture);
  acquire (fixture);
  wait_for (&fixture->refused, 2);
  g_assert_false (memsnoop_recording_is_active (fixture->recording));

  memsnoop_fake_tracer_set_failure (fixture->tracer, NULL);
  acquire (fixture);
  wait_for (&fixture->acquired, 1);
  release (fixture);
  wait_for (&fixture->released, 1);
}

static void
test_requests_share_one_gathering (Fixture *fixture, gconstpointer data)
{
  acquire (fixture);
  wait_for (&fixture->acquired, 1);
  for (int i = 0; i < 100; i++)
    request (fixture, FALSE);
  wait_for (&fixture->snapshots, 100);
  g_assert_cmpuint (memsnoop_fake_tracer_count_gathers (fixture->tracer), ==, 1);

  /* A recent one is at hand; a fresh one is not. */
  request (fixture, FALSE);
  wait_for (&fixture->snapshots, 101);
  g_assert_cmpuint (memsnoop_fake_tracer_count_gathers (fixture->tracer), ==, 1);
  request (fixture, TRUE);
  wait_for (&fixture->snapshots, 102);
  g_assert_cmpuint (memsnoop_fake_tracer_count_gathers (fixture->tracer), ==, 2);
  release (fixture);
  wait_for (&fixture->released, 1);
}

static void
test_without_a_recording_there_are_no_figures (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures figures;
  MemsnoopTracerTotals totals;

  request (fixture, FALSE);
  wait_for (&fixture->failures, 1);
  g_assert_false (memsnoop_recording_lookup (fixture->recording, 42, &figures));
  memsnoop_recording_get_totals (fixture->recording, &totals);
  g_assert_cmpuint (totals.events_seen, ==, 0);
}

static void
test_the_clock_steps_and_histories_grow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) history = NULL;
  gint64 end = g_get_monotonic_time () + 7 * G_USEC_PER_SEC;

  acquire (fixture);
  wait_for (&fixture->acquired, 1);
  while (memsnoop_fake_tracer_count_epochs (fixture->tracer) == 0 && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (memsnoop_fake_tracer_count_epochs (fixture->tracer), ==, 1);
  history = memsnoop_recording_get_history (fixture->recording, 42, 7);
  g_assert_cmpuint (history->len, ==, 1);
  g_assert_cmpuint (g_array_index (history, MemsnoopHistoryPoint, 0).bytes, ==, 4096);
  g_assert_cmpuint (g_array_index (history, MemsnoopHistoryPoint, 0).time, <=,
                    memsnoop_boot_time ());
  release (fixture);
  wait_for (&fixture->released, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/recording/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("the-first-lease-starts-and-the-last-one-stops",
       test_the_first_lease_starts_and_the_last_one_stops);
  ADD ("two-releases-at-once-stop-once", test_two_releases_at_once_stop_once);
  ADD ("a-lease-taken-during-the-stop-starts-anew", test_a_lease_taken_during_the_stop_starts_anew);
  ADD ("a-failed-start-refuses-all-who-wait-and-can-be-repeated",
       test_a_failed_start_refuses_all_who_wait_and_can_be_repeated);
  ADD ("requests-share-one-gathering", test_requests_share_one_gathering);
  ADD ("without-a-recording-there-are-no-figures", test_without_a_recording_there_are_no_figures);
  ADD ("the-clock-steps-and-histories-grow", test_the_clock_steps_and_histories_grow);
  return g_test_run ();
}
