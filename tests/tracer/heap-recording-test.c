/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording a program's heap with its call stacks, by way of the real worker. */
#include "recorded-heap.h"

#include <unistd.h>

static void
assert_plain (RecordedHeap *heap, const MemsnoopHeapSnapshot *snapshot)
{
  gint64 allocated = target_process_truth (heap->target, "alloc-bytes");
  gint64 freed = target_process_truth (heap->target, "free-bytes");

  g_assert_cmpint ((gint64) snapshot->alloc_count, ==,
                   target_process_truth (heap->target, "allocs"));
  g_assert_cmpint ((gint64) snapshot->alloc_bytes, ==, allocated);
  g_assert_cmpint ((gint64) snapshot->current_bytes, ==, allocated - freed);
  g_assert_true (snapshot->exact);
  g_assert_cmpint ((gint64) recorded_heap_live_bytes (snapshot, "plain"), ==, allocated - freed);
  g_assert_cmpuint (snapshot->loss.stacks_not_unwound, ==, 0);
}

static void
test_the_last_figures_name_the_code (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  snapshot = recorded_heap_end (heap);
  assert_plain (heap, snapshot);
  g_assert_false (memsnoop_heap_recording_is_active (heap->recording));
}

static void
test_figures_during_the_recording_name_the_code_after_a_while (RecordedHeap *heap,
                                                               gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  for (guint i = 0; i < 500; i++)
    {
      g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
      snapshot = recorded_heap_take (heap);
      if (recorded_heap_live_bytes (snapshot, "plain") > 0)
        break;
      g_usleep (10000);
    }
  assert_plain (heap, snapshot);
  memsnoop_heap_snapshot_unref (recorded_heap_end (heap));
}

static void
test_two_leases_share_one_recording (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) first = NULL, last = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  recorded_heap_begin (heap);
  first = recorded_heap_end (heap);
  g_assert_true (memsnoop_heap_recording_is_active (heap->recording));
  last = recorded_heap_end (heap);
  assert_plain (heap, last);
  g_assert_cmpuint (first->since, ==, last->since);
}

static void
test_a_recording_begins_anew_after_its_end (RecordedHeap *heap, gconstpointer data)
{

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

      recorded_heap_begin (heap);
      target_process_command (heap->target, "plain");
      snapshot = recorded_heap_end (heap);
      assert_plain (heap, snapshot);
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
  g_test_add ("/heap-recording/" #name, RecordedHeap, "heap-calls", recorded_heap_set_up,          \
              test_##name, recorded_heap_tear_down)

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
