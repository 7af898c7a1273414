/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-session.h"

#include "heap-recordings.h"

struct _BenchHeapSession
{
  MemsnoopWorker *worker;
  MemsnoopHeapRecordings *recordings;
  MemsnoopHeapRecording *recording;
};

gdouble
bench_milliseconds (void)
{
  return (gdouble) g_get_monotonic_time () / 1000;
}

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

static BenchHeapSession *
start (guint32 pid,
       const MemsnoopHeapOptions *options,
       MemsnoopHeapRecording *(*get) (MemsnoopHeapRecordings *, guint32, GError **) )
{
  BenchHeapSession *self = g_new0 (BenchHeapSession, 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->worker = memsnoop_worker_new (BENCH_SYMBOLIZER, 0);
  self->recordings = memsnoop_heap_recordings_new (self->worker);
  self->recording = get (self->recordings, pid, &error);
  if (self->recording == NULL)
    g_error ("%s", error->message);
  memsnoop_heap_recording_acquire_async (self->recording, options, keep_result, &result);
  if (!memsnoop_heap_recording_acquire_finish (self->recording, wait_for (&result), &error))
    g_error ("%s", error->message);
  return self;
}

BenchHeapSession *
bench_heap_session_start (guint32 pid, const MemsnoopHeapOptions *options)
{
  return start (pid, options, memsnoop_heap_recordings_get);
}

BenchHeapSession *
bench_heap_session_start_growth (guint32 pid, const MemsnoopHeapOptions *options)
{
  return start (pid, options, memsnoop_heap_recordings_get_growth);
}

MemsnoopHeapSnapshot *
bench_heap_session_snapshot (BenchHeapSession *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  MemsnoopHeapSnapshot *snapshot;

  memsnoop_heap_recording_snapshot_async (self->recording, TRUE, keep_result, &result);
  snapshot = memsnoop_heap_recording_snapshot_finish (self->recording, wait_for (&result), &error);
  if (snapshot == NULL)
    g_error ("%s", error->message);
  return snapshot;
}

static gboolean
has_all_stacks (const MemsnoopHeapSnapshot *snapshot)
{
  const MemsnoopHeapSite *site;

  if (snapshot->loss.stacks_not_unwound > 0)
    return FALSE;
  for (guint i = 0; i < snapshot->sites->len; i++)
    {
      site = &g_array_index (snapshot->sites, MemsnoopHeapSite, i);
      for (guint j = 0; j < site->n_frames; j++)
        if (site->frames[j]->module != NULL && site->frames[j]->n_functions == 0)
          return FALSE;
    }
  return TRUE;
}

gboolean
bench_heap_session_settle (BenchHeapSession *self, guint seconds)
{
  gdouble end = bench_milliseconds () + seconds * 1000.0;

  while (bench_milliseconds () < end)
    {
      g_autoptr (MemsnoopHeapSnapshot) snapshot = bench_heap_session_snapshot (self);

      if (has_all_stacks (snapshot))
        return TRUE;
      for (guint i = 0; i < 20; i++)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (5000);
        }
    }
  return FALSE;
}

MemsnoopHeapSnapshot *
bench_heap_session_end (BenchHeapSession *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  MemsnoopHeapSnapshot *snapshot;

  memsnoop_heap_recording_release_async (self->recording, keep_result, &result);
  snapshot = memsnoop_heap_recording_release_finish (self->recording, wait_for (&result));
  g_clear_object (&result);
  g_object_add_weak_pointer (G_OBJECT (self->recording), (gpointer *) &self->recording);
  g_object_unref (self->recording);
  /* A thread that has just ended its work may still hold it. */
  while (self->recording != NULL)
    g_main_context_iteration (NULL, FALSE);
  memsnoop_heap_recordings_free (self->recordings);
  g_object_unref (self->worker);
  g_free (self);
  return snapshot;
}
