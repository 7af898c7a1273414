/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot-time.h"
#include "error.h"
#include "heap-recording-private.h"
#include "recording.h"

#include <glib-unix.h>

/* How long figures wait for the names of stacks that are new. */
#define PATIENCE_MILLISECONDS 1000

static void
gather_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MemsnoopHeapRecording *self = source;

  g_task_return_pointer (task,
                         memsnoop_heap_gatherer_run (self->gatherer, self->tracer, self->stacks),
                         (GDestroyNotify) memsnoop_heap_snapshot_unref);
}

static void
answer (GQueue *tasks, MemsnoopHeapSnapshot *snapshot)
{
  GTask *task;

  while ((task = g_queue_pop_head (tasks)) != NULL)
    {
      g_task_return_pointer (task, memsnoop_heap_snapshot_ref (snapshot),
                             (GDestroyNotify) memsnoop_heap_snapshot_unref);
      g_object_unref (task);
    }
}

static void on_gathered (GObject *source, GAsyncResult *result, gpointer user_data);

void
memsnoop_heap_recording_note_cost (MemsnoopHeapRecording *self)
{
  if (self->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    self->cpu_cost = self->meter.mean.value;
  if (self->budget == NULL)
    return;
  self->cpu_budget = memsnoop_heap_budget_get (self->budget);
  self->cpu_cost = memsnoop_heap_budget_get_cost (self->budget);
}

static void
begin_gathering (MemsnoopHeapRecording *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_gathered, NULL);

  g_clear_handle_id (&self->patience, g_source_remove);
  memsnoop_heap_recording_note_cost (self);
  memsnoop_heap_gatherer_set_cost (self->gatherer, self->cpu_budget, self->cpu_cost);
  /* Whoever waits for a fresh one gets this one, which has not looked at anything yet. */
  while (!g_queue_is_empty (&self->waiting_fresh))
    g_queue_push_tail (&self->waiting, g_queue_pop_head (&self->waiting_fresh));
  g_task_set_source_tag (task, begin_gathering);
  g_task_run_in_thread (task, gather_in_thread);
}

void
memsnoop_heap_recording_lose_patience (MemsnoopHeapRecording *self)
{
  if (self->patience != 0)
    begin_gathering (self);
}

static gboolean
on_patience_over (gpointer user_data)
{
  MemsnoopHeapRecording *self = user_data;

  self->patience = 0;
  begin_gathering (self);
  return G_SOURCE_REMOVE;
}

/* Just after the beginning, or when a program does what it has not done before, many stacks are
 * new. */
static void
gather (MemsnoopHeapRecording *self)
{
  if (self->gathering)
    return;
  self->gathering = TRUE;
  if (self->captures != 0)
    memsnoop_heap_recording_take_captures (self);
  if (self->phase == MEMSNOOP_HEAP_PHASE_ENDING || memsnoop_heap_stacks_is_settled (self->stacks))
    begin_gathering (self);
  else
    {
      self->patience = g_timeout_add (PATIENCE_MILLISECONDS, on_patience_over, self);
      memsnoop_heap_stacks_hurry (self->stacks);
    }
}

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *self = MEMSNOOP_HEAP_RECORDING (source);
  g_autoptr (MemsnoopHeapSnapshot) snapshot = g_task_propagate_pointer (G_TASK (result), NULL);
  /* Those who are answered may ask again, and then wait for the next one. */
  GQueue waiting = self->waiting;

  g_queue_init (&self->waiting);
  g_clear_pointer (&self->snapshot, memsnoop_heap_snapshot_unref);
  self->snapshot = memsnoop_heap_snapshot_ref (snapshot);
  self->gathering = FALSE;
  if (!g_queue_is_empty (&self->waiting_fresh))
    gather (self);
  answer (&waiting, snapshot);
}

void
memsnoop_heap_recording_request (MemsnoopHeapRecording *self, gboolean fresh, GTask *task)
{
  if (!fresh && self->snapshot != NULL &&
      memsnoop_boot_time () - self->snapshot->taken_at <= MEMSNOOP_SNAPSHOT_AGE)
    {
      g_task_return_pointer (task, memsnoop_heap_snapshot_ref (self->snapshot),
                             (GDestroyNotify) memsnoop_heap_snapshot_unref);
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (fresh ? &self->waiting_fresh : &self->waiting, task);
  gather (self);
}

void
memsnoop_heap_recording_snapshot_async (MemsnoopHeapRecording *self,
                                        gboolean fresh,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_heap_recording_snapshot_async);
  if (self->phase != MEMSNOOP_HEAP_PHASE_ACTIVE)
    {
      g_task_return_new_error (task, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NOT_RECORDING,
                               "The %s of process %u is not being recorded",
                               self->source == MEMSNOOP_STACK_SOURCE_GROWTH ? "growth" : "heap",
                               self->identity->pid);
      g_object_unref (task);
      return;
    }
  memsnoop_heap_recording_request (self, fresh, task);
}

MemsnoopHeapSnapshot *
memsnoop_heap_recording_snapshot_finish (MemsnoopHeapRecording *self,
                                         GAsyncResult *result,
                                         GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Captures */

static void
add_capture (const struct memsnoop_heap_capture *capture, gpointer user_data)
{
  memsnoop_heap_stacks_add (user_data, capture);
}

/* All that there are, so no more than the ring buffer holds. */
void
memsnoop_heap_recording_take_captures (MemsnoopHeapRecording *self)
{
  while (memsnoop_heap_tracer_read_captures (self->tracer, add_capture, self->stacks) ==
         MEMSNOOP_HEAP_TRACER_CAPTURES)
    ;
}

/* While many wait they stay in the kernel; when that has no room, its programs try again. */
static gboolean
on_captures (gint descriptor, GIOCondition condition, gpointer user_data)
{
  MemsnoopHeapRecording *self = user_data;

  memsnoop_heap_tracer_read_captures (self->tracer, add_capture, self->stacks);
  if (memsnoop_heap_stacks_get_waiting (self->stacks) < MEMSNOOP_HEAP_STACKS_WAITING_MAX)
    return G_SOURCE_CONTINUE;
  self->captures = 0;
  return G_SOURCE_REMOVE;
}

void
memsnoop_heap_recording_watch_captures (MemsnoopHeapRecording *self)
{
  self->captures = g_unix_fd_add (memsnoop_heap_tracer_get_descriptor (self->tracer), G_IO_IN,
                                  on_captures, self);
}
