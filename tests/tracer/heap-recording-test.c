/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording a program's heap with its call stacks, by way of the real worker. */
#include "heap-recordings.h"
#include "target-process.h"

#include <string.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

typedef struct
{
  MemsnoopWorker *worker;
  MemsnoopHeapRecordings *recordings;
  TargetProcess *target;
  MemsnoopHeapRecording *recording;
} Fixture;

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
acquire (Fixture *fixture, GError **error)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY, .stack_depth = 64 };
  g_autoptr (GAsyncResult) result = NULL;

  memsnoop_heap_recording_acquire_async (fixture->recording, &options, keep_result, &result);
  memsnoop_heap_recording_acquire_finish (fixture->recording, wait_for (&result), error);
}

static MemsnoopHeapSnapshot *
release (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  memsnoop_heap_recording_release_async (fixture->recording, keep_result, &result);
  return memsnoop_heap_recording_release_finish (fixture->recording, wait_for (&result));
}

static MemsnoopHeapSnapshot *
take_snapshot (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  MemsnoopHeapSnapshot *snapshot;

  memsnoop_heap_recording_snapshot_async (fixture->recording, TRUE, keep_result, &result);
  snapshot =
      memsnoop_heap_recording_snapshot_finish (fixture->recording, wait_for (&result), &error);
  g_assert_no_error (error);
  return snapshot;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->worker = memsnoop_worker_new (g_getenv ("MEMSNOOP_SYMBOLIZER"), 0);
  fixture->recordings = memsnoop_heap_recordings_new (fixture->worker);
  fixture->target = target_process_start (data, NULL, NULL, NULL);
  fixture->recording =
      memsnoop_heap_recordings_get (fixture->recordings, (guint32) fixture->target->pid, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  target_process_end (fixture->target);
  g_object_add_weak_pointer (G_OBJECT (fixture->recording), (gpointer *) &fixture->recording);
  g_object_unref (fixture->recording);
  /* A thread that has just ended its work may still hold it. */
  while (fixture->recording != NULL)
    g_main_context_iteration (NULL, FALSE);
  memsnoop_heap_recordings_free (fixture->recordings);
  g_object_unref (fixture->worker);
}

static gboolean
has_function (const MemsnoopHeapSite *site, const gchar *name)
{
  for (guint i = 0; i < site->n_frames; i++)
    for (guint j = 0; j < site->frames[i]->n_functions; j++)
      if (g_strcmp0 (site->frames[i]->functions[j].name, name) == 0)
        return TRUE;
  return FALSE;
}

/* Live bytes of all call stacks with this function. */
static guint64
live_bytes_of (const MemsnoopHeapSnapshot *snapshot, const gchar *function)
{
  guint64 sum = 0;

  for (guint i = 0; i < snapshot->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (snapshot->sites, MemsnoopHeapSite, i);

      if (has_function (site, function))
        sum += site->live_bytes;
    }
  return sum;
}

static void
assert_plain (Fixture *fixture, const MemsnoopHeapSnapshot *snapshot)
{
  gint64 allocated = target_process_truth (fixture->target, "alloc-bytes");
  gint64 freed = target_process_truth (fixture->target, "free-bytes");

  g_assert_cmpint ((gint64) snapshot->alloc_count, ==,
                   target_process_truth (fixture->target, "allocs"));
  g_assert_cmpint ((gint64) snapshot->alloc_bytes, ==, allocated);
  g_assert_cmpint ((gint64) snapshot->current_bytes, ==, allocated - freed);
  g_assert_true (snapshot->exact);
  g_assert_cmpint ((gint64) live_bytes_of (snapshot, "plain"), ==, allocated - freed);
  g_assert_cmpuint (snapshot->loss.stacks_not_unwound, ==, 0);
}

static void
test_the_last_figures_name_the_code (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  acquire (fixture, &error);
  g_assert_no_error (error);
  target_process_command (fixture->target, "plain");
  snapshot = release (fixture);
  assert_plain (fixture, snapshot);
  g_assert_false (memsnoop_heap_recording_is_active (fixture->recording));
}

static void
test_figures_during_the_recording_name_the_code_after_a_while (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  g_autoptr (GError) error = NULL;

  acquire (fixture, &error);
  g_assert_no_error (error);
  target_process_command (fixture->target, "plain");
  for (guint i = 0; i < 500; i++)
    {
      g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
      snapshot = take_snapshot (fixture);
      if (live_bytes_of (snapshot, "plain") > 0)
        break;
      g_usleep (10000);
    }
  assert_plain (fixture, snapshot);
  memsnoop_heap_snapshot_unref (release (fixture));
}

static void
test_two_leases_share_one_recording (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) first = NULL, last = NULL;
  g_autoptr (GError) error = NULL;

  acquire (fixture, &error);
  g_assert_no_error (error);
  target_process_command (fixture->target, "plain");
  acquire (fixture, &error);
  g_assert_no_error (error);
  first = release (fixture);
  g_assert_true (memsnoop_heap_recording_is_active (fixture->recording));
  last = release (fixture);
  assert_plain (fixture, last);
  g_assert_cmpuint (first->since, ==, last->since);
}

static void
test_a_recording_begins_anew_after_its_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

      acquire (fixture, &error);
      g_assert_no_error (error);
      target_process_command (fixture->target, "plain");
      snapshot = release (fixture);
      assert_plain (fixture, snapshot);
    }
}

static void
test_what_is_no_target_is_refused (void)
{
  g_autoptr (MemsnoopWorker) worker = memsnoop_worker_new (g_getenv ("MEMSNOOP_SYMBOLIZER"), 0);
  g_autoptr (MemsnoopHeapRecordings) recordings = memsnoop_heap_recordings_new (worker);
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_heap_recordings_get (recordings, (guint32) getpid (), &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  /* kthreadd */
  g_assert_null (memsnoop_heap_recordings_get (recordings, 2, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_null (memsnoop_heap_recordings_get (recordings, 0x7ffffff0, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
}

#define ADD(name)                                                                                  \
  g_test_add ("/heap-recording/" #name, Fixture, "heap-calls", set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (the_last_figures_name_the_code);
  ADD (figures_during_the_recording_name_the_code_after_a_while);
  ADD (two_leases_share_one_recording);
  ADD (a_recording_begins_anew_after_its_end);
  g_test_add_func ("/heap-recording/what_is_no_target_is_refused",
                   test_what_is_no_target_is_refused);
  return g_test_run ();
}
