/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-heaps.h"

#include "boot-time.h"
#include "configuration.h"

struct _MemsnoopSuspectHeaps
{
  grefcount references;
  MemsnoopHeapRecordings *recordings;
  guint64 interval;
  /* NULL when it records nothing itself. */
  MemsnoopSuspectSessionFunc begin;
  gpointer begin_data;
  /* NULL once it was stopped. */
  MemsnoopSuspectHeapsFunc func;
  gpointer user_data;
  /* Of its own, if any; for which suspicion, and until when. */
  MemsnoopSession *own;
  guint64 own_id;
  guint timer;
};

/* Whoever waits for something holds it. */
typedef struct
{
  MemsnoopSuspectHeaps *heaps;
  guint64 id;
  guint32 pid;
} Request;

static void
unref (MemsnoopSuspectHeaps *self)
{
  if (g_ref_count_dec (&self->references))
    g_free (self);
}

static Request *
request_new (MemsnoopSuspectHeaps *self, guint64 id, guint32 pid)
{
  Request *request = g_new (Request, 1);

  g_ref_count_inc (&self->references);
  *request = (Request){ self, id, pid };
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
forget_own (MemsnoopSuspectHeaps *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->own != NULL)
    g_signal_handlers_disconnect_by_data (self->own, self);
  g_clear_object (&self->own);
}

/* However it has ended, its last figures are the result. */
static void
on_phase_changed (MemsnoopSuspectHeaps *self, MemsnoopSession *session)
{
  MemsnoopSessionPhase phase = memsnoop_session_get_phase (session);
  MemsnoopSessionFigures *figures = memsnoop_session_get_last_figures (session);

  if (phase == MEMSNOOP_SESSION_PHASE_STOPPED && figures->heaps->len > 0 && self->func != NULL)
    self->func (self->own_id, figures->heaps->pdata[0], self->user_data);
  if (!memsnoop_session_is_running (session))
    forget_own (self);
}

static void
end_own (MemsnoopSuspectHeaps *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  memsnoop_session_stop_async (self->own, NULL, NULL);
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
tell_failure (guint32 pid, const GError *error)
{
  g_message ("The heap of the suspected process %u is not recorded: %s", pid, error->message);
}

static void
on_own_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  MemsnoopSuspectHeaps *self = request->heaps;
  g_autoptr (GError) error = NULL;

  if (!memsnoop_session_start_finish (MEMSNOOP_SESSION (source), result, &error))
    tell_failure (request->pid, error);
  else if (self->own == MEMSNOOP_SESSION (source))
    self->timer = g_timeout_add (own_milliseconds (self), on_own_over, self);
  answer (request, NULL);
}

static void
begin_own (MemsnoopSuspectHeaps *self, MemsnoopSuspicion *suspicion)
{
  const MemsnoopHeapOptions options = { .map_memory = MEMSNOOP_MAP_MEMORY_DEFAULT,
                                        .sample_interval = MEMSNOOP_SUSPECT_HEAPS_SAMPLE_INTERVAL,
                                        .stack_depth = MEMSNOOP_STACK_DEPTH_DEFAULT,
                                        .cpu_budget = MEMSNOOP_SUSPECT_HEAPS_CPU_BUDGET };
  g_autoptr (GError) error = NULL;

  suspicion->recorded = TRUE;
  self->own =
      self->begin (suspicion->pid, suspicion->start_time, &options, self->begin_data, &error);
  if (self->own == NULL)
    {
      tell_failure (suspicion->pid, error);
      return;
    }
  self->own_id = suspicion->id;
  g_signal_connect_swapped (self->own, "phase-changed", G_CALLBACK (on_phase_changed), self);
  memsnoop_session_start_async (self->own, on_own_started,
                                request_new (self, suspicion->id, suspicion->pid));
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
  if (self->timer != 0 && self->own_id == suspicion->id &&
      suspicion->level == MEMSNOOP_SUSPICION_PROBABLE)
    end_own (self);
  recording =
      memsnoop_heap_recordings_lookup (self->recordings, suspicion->pid, suspicion->start_time);
  if (recording == NULL)
    {
      if (self->begin != NULL && self->own == NULL && !suspicion->recorded)
        begin_own (self, suspicion);
      return;
    }
  if (!is_due (self, suspicion, now))
    return;
  suspicion->explained_at = now;
  memsnoop_heap_recording_snapshot_async (recording, TRUE, on_snapshot,
                                          request_new (self, suspicion->id, suspicion->pid));
}

MemsnoopSuspectHeaps *
memsnoop_suspect_heaps_new (MemsnoopHeapRecordings *recordings,
                            guint64 interval,
                            MemsnoopSuspectSessionFunc begin,
                            gpointer begin_data,
                            MemsnoopSuspectHeapsFunc func,
                            gpointer user_data)
{
  MemsnoopSuspectHeaps *self = g_new0 (MemsnoopSuspectHeaps, 1);

  g_ref_count_init (&self->references);
  self->recordings = recordings;
  self->interval = interval;
  self->begin = begin;
  self->begin_data = begin_data;
  self->func = func;
  self->user_data = user_data;
  return self;
}

void
memsnoop_suspect_heaps_free (MemsnoopSuspectHeaps *self)
{
  self->func = NULL;
  forget_own (self);
  unref (self);
}
