/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-heaps.h"

#include "boot-time.h"
#include "configuration.h"

struct _MemsnoopSuspectHeaps
{
  grefcount references;
  MemsnoopHeapRecordings *recordings;
  guint64 interval;
  gboolean record;
  /* NULL once it was stopped. */
  MemsnoopSuspectHeapsFunc func;
  gpointer user_data;
  /* Of its own, if any; for which suspicion, and until when. */
  MemsnoopHeapRecording *own;
  guint64 own_id;
  gboolean leased;
  guint timer;
};

/* Whoever waits for something holds it. */
typedef struct
{
  MemsnoopSuspectHeaps *heaps;
  guint64 id;
} Request;

static void
unref (MemsnoopSuspectHeaps *self)
{
  if (g_ref_count_dec (&self->references))
    g_free (self);
}

static Request *
request_new (MemsnoopSuspectHeaps *self, guint64 id)
{
  Request *request = g_new (Request, 1);

  g_ref_count_inc (&self->references);
  *request = (Request){ self, id };
  return request;
}

/* Frees the request. */
static void
answer (Request *request, const MemsnoopHeapSnapshot *snapshot)
{
  MemsnoopSuspectHeaps *self = request->heaps;

  if (snapshot != NULL && self->func != NULL)
    self->func (request->id, snapshot, self->user_data);
  unref (self);
  g_free (request);
}

/* Recordings of its own */

static void
on_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot =
      memsnoop_heap_recording_release_finish (MEMSNOOP_HEAP_RECORDING (source), result);

  answer (user_data, snapshot);
}

/* The last figures are the result. One that has not begun yet is given back when it has. */
static void
end_own (MemsnoopSuspectHeaps *self)
{
  g_autoptr (MemsnoopHeapRecording) own = g_steal_pointer (&self->own);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->leased)
    memsnoop_heap_recording_release_async (own, on_released, request_new (self, self->own_id));
  self->leased = FALSE;
}

static gboolean
on_own_over (gpointer user_data)
{
  MemsnoopSuspectHeaps *self = user_data;

  self->timer = 0;
  end_own (self);
  return G_SOURCE_REMOVE;
}

static guint
own_milliseconds (MemsnoopSuspectHeaps *self)
{
  guint64 time = MEMSNOOP_SUSPECT_HEAPS_FOLLOW_TICKS * self->interval;

  time = MIN (time, MEMSNOOP_SUSPECT_HEAPS_SECONDS_MAX * MEMSNOOP_SECOND);
  return (guint) (time / (MEMSNOOP_SECOND / 1000));
}

static void
on_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *recording = MEMSNOOP_HEAP_RECORDING (source);
  Request *request = user_data;
  MemsnoopSuspectHeaps *self = request->heaps;
  g_autoptr (GError) error = NULL;

  if (!memsnoop_heap_recording_acquire_finish (recording, result, &error))
    {
      g_message ("The heap of the suspected process %u is not recorded: %s",
                 memsnoop_heap_recording_get_pid (recording), error->message);
      g_clear_object (&self->own);
    }
  else if (self->own == NULL)
    memsnoop_heap_recording_release_async (recording, on_released, request_new (self, request->id));
  else
    {
      self->leased = TRUE;
      self->timer = g_timeout_add (own_milliseconds (self), on_own_over, self);
    }
  answer (request, NULL);
}

static void
begin_own (MemsnoopSuspectHeaps *self, MemsnoopSuspicion *suspicion)
{
  MemsnoopHeapOptions options = { .map_memory = MEMSNOOP_MAP_MEMORY_DEFAULT,
                                  .sample_interval = MEMSNOOP_SUSPECT_HEAPS_SAMPLE_INTERVAL,
                                  .stack_depth = MEMSNOOP_STACK_DEPTH_DEFAULT };
  g_autoptr (GError) error = NULL;

  suspicion->recorded = TRUE;
  self->own = memsnoop_heap_recordings_get (self->recordings, suspicion->pid, &error);
  if (self->own == NULL)
    {
      g_message ("The heap of the suspected process %u is not recorded: %s", suspicion->pid,
                 error->message);
      return;
    }
  if (memsnoop_heap_recording_get_start_time (self->own) !=
      memsnoop_round_start_time (suspicion->start_time))
    {
      /* Its pid means another process by now: the next reading withdraws the suspicion. */
      g_clear_object (&self->own);
      return;
    }
  self->own_id = suspicion->id;
  memsnoop_heap_recording_acquire_async (self->own, &options, on_acquired,
                                         request_new (self, suspicion->id));
}

/* Looking into recordings */

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot =
      memsnoop_heap_recording_snapshot_finish (MEMSNOOP_HEAP_RECORDING (source), result, NULL);

  answer (user_data, snapshot);
}

static gboolean
is_due (MemsnoopSuspectHeaps *self, const MemsnoopSuspicion *suspicion, guint64 now)
{
  guint64 ticks = suspicion->level == MEMSNOOP_SUSPICION_PROBABLE
                      ? MEMSNOOP_SUSPECT_HEAPS_FOLLOW_TICKS
                      : MEMSNOOP_SUSPECT_HEAPS_SEARCH_TICKS;

  return suspicion->explained_at == 0 || now >= suspicion->explained_at + ticks * self->interval;
}

void
memsnoop_suspect_heaps_look (MemsnoopSuspectHeaps *self, MemsnoopSuspicion *suspicion, guint64 now)
{
  MemsnoopHeapRecording *recording;

  if (suspicion->kind != MEMSNOOP_SUSPICION_RSS && suspicion->kind != MEMSNOOP_SUSPICION_HEAP)
    return;
  if (self->leased && self->own_id == suspicion->id &&
      suspicion->level == MEMSNOOP_SUSPICION_PROBABLE)
    end_own (self);
  recording =
      memsnoop_heap_recordings_lookup (self->recordings, suspicion->pid, suspicion->start_time);
  if (recording == NULL)
    {
      if (self->record && self->own == NULL && !suspicion->recorded)
        begin_own (self, suspicion);
      return;
    }
  if (!is_due (self, suspicion, now))
    return;
  suspicion->explained_at = now;
  memsnoop_heap_recording_snapshot_async (recording, TRUE, on_snapshot,
                                          request_new (self, suspicion->id));
}

MemsnoopSuspectHeaps *
memsnoop_suspect_heaps_new (MemsnoopHeapRecordings *recordings,
                            guint64 interval,
                            gboolean record,
                            MemsnoopSuspectHeapsFunc func,
                            gpointer user_data)
{
  MemsnoopSuspectHeaps *self = g_new0 (MemsnoopSuspectHeaps, 1);

  g_ref_count_init (&self->references);
  self->recordings = recordings;
  self->interval = interval;
  self->record = record;
  self->func = func;
  self->user_data = user_data;
  return self;
}

void
memsnoop_suspect_heaps_free (MemsnoopSuspectHeaps *self)
{
  self->func = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  /* With the last one who holds it, it ends at once. */
  g_clear_object (&self->own);
  self->leased = FALSE;
  unref (self);
}
