/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorded-heap.h"

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

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

void
recorded_heap_set_up_alone (RecordedHeap *heap, gconstpointer unused)
{
  heap->worker = memsnoop_worker_new (g_getenv ("MEMSNOOP_SYMBOLIZER"), 0);
  heap->recordings = memsnoop_heap_recordings_new (heap->worker);
}

void
recorded_heap_choose (RecordedHeap *heap, guint32 pid)
{
  g_autoptr (GError) error = NULL;

  heap->recording = memsnoop_heap_recordings_get (heap->recordings, pid, &error);
  g_assert_no_error (error);
}

void
recorded_heap_set_up (RecordedHeap *heap, gconstpointer target)
{
  recorded_heap_set_up_alone (heap, NULL);
  heap->target = target_process_start (target, NULL, NULL, NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
}

void
recorded_heap_set_up_growth (RecordedHeap *heap, gconstpointer target)
{
  g_autoptr (GError) error = NULL;

  recorded_heap_set_up_alone (heap, NULL);
  heap->target = target_process_start (target, NULL, NULL, NULL);
  heap->recording =
      memsnoop_heap_recordings_get_growth (heap->recordings, (guint32) heap->target->pid, &error);
  g_assert_no_error (error);
}

void
recorded_heap_drop (RecordedHeap *heap)
{
  if (heap->recorded)
    memsnoop_heap_snapshot_unref (recorded_heap_end (heap));
  g_object_add_weak_pointer (G_OBJECT (heap->recording), (gpointer *) &heap->recording);
  g_object_unref (heap->recording);
  /* A thread that has just ended its work may still hold it. */
  while (heap->recording != NULL)
    g_main_context_iteration (NULL, FALSE);
}

void
recorded_heap_tear_down (RecordedHeap *heap, gconstpointer unused)
{
  if (heap->recording != NULL)
    recorded_heap_drop (heap);
  g_clear_pointer (&heap->target, target_process_end);
  memsnoop_heap_recordings_free (heap->recordings);
  g_object_unref (heap->worker);
}

void
recorded_heap_request (RecordedHeap *heap)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY, .stack_depth = 64 };

  memsnoop_heap_recording_acquire_async (heap->recording, &options, keep_result, &heap->requested);
}

gboolean
recorded_heap_await (RecordedHeap *heap, GError **error)
{
  g_autoptr (GAsyncResult) result = wait_for (&heap->requested);

  heap->requested = NULL;
  heap->recorded = memsnoop_heap_recording_acquire_finish (heap->recording, result, error);
  return heap->recorded;
}

gboolean
recorded_heap_try (RecordedHeap *heap, GError **error)
{
  recorded_heap_request (heap);
  return recorded_heap_await (heap, error);
}

void
recorded_heap_begin (RecordedHeap *heap)
{
  g_autoptr (GError) error = NULL;

  recorded_heap_try (heap, &error);
  g_assert_no_error (error);
}

MemsnoopHeapSnapshot *
recorded_heap_take (RecordedHeap *heap)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  MemsnoopHeapSnapshot *snapshot;

  memsnoop_heap_recording_snapshot_async (heap->recording, TRUE, keep_result, &result);
  snapshot = memsnoop_heap_recording_snapshot_finish (heap->recording, wait_for (&result), &error);
  g_assert_no_error (error);
  return snapshot;
}

void
recorded_heap_request_end (RecordedHeap *heap)
{
  heap->recorded = FALSE;
  memsnoop_heap_recording_release_async (heap->recording, keep_result, &heap->requested);
}

MemsnoopHeapSnapshot *
recorded_heap_await_end (RecordedHeap *heap)
{
  g_autoptr (GAsyncResult) result = wait_for (&heap->requested);

  heap->requested = NULL;
  return memsnoop_heap_recording_release_finish (heap->recording, result);
}

MemsnoopHeapSnapshot *
recorded_heap_end (RecordedHeap *heap)
{
  recorded_heap_request_end (heap);
  return recorded_heap_await_end (heap);
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

guint64
recorded_heap_live_bytes (const MemsnoopHeapSnapshot *snapshot, const gchar *function)
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
