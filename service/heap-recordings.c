/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-recordings.h"

#include <unistd.h>

struct _MemsnoopHeapRecordings
{
  MemsnoopWorker *worker;
  /* MemsnoopHeapRecording, without a reference: those that somebody holds. */
  GPtrArray *recordings;
};

MemsnoopHeapRecordings *
memsnoop_heap_recordings_new (MemsnoopWorker *worker)
{
  MemsnoopHeapRecordings *self = g_new0 (MemsnoopHeapRecordings, 1);

  self->worker = g_object_ref (worker);
  self->recordings = g_ptr_array_new ();
  return self;
}

static void
on_recording_gone (gpointer data, GObject *recording)
{
  MemsnoopHeapRecordings *self = data;

  g_ptr_array_remove_fast (self->recordings, recording);
}

void
memsnoop_heap_recordings_free (MemsnoopHeapRecordings *self)
{
  for (guint i = 0; i < self->recordings->len; i++)
    g_object_weak_unref (self->recordings->pdata[i], on_recording_gone, self);
  g_ptr_array_unref (self->recordings);
  g_object_unref (self->worker);
  g_free (self);
}

static MemsnoopHeapRecording *
find (MemsnoopHeapRecordings *self, MemsnoopStackSource source, guint32 pid, guint64 start_time)
{
  for (guint i = 0; i < self->recordings->len; i++)
    {
      MemsnoopHeapRecording *recording = self->recordings->pdata[i];

      if (memsnoop_heap_recording_get_source (recording) == source &&
          memsnoop_heap_recording_get_pid (recording) == pid &&
          memsnoop_heap_recording_get_start_time (recording) ==
              memsnoop_round_start_time (start_time))
        return recording;
    }
  return NULL;
}

/* Whether it is a process whose heap can be looked at without looking at ourselves. */
static gboolean
check_process (MemsnoopHeapRecordings *self,
               const MemsnoopProcessIdentity *identity,
               GError **error)
{
  const gchar *reason = NULL;

  if (identity->kernel_thread)
    reason = "is a kernel thread, which has no memory of its own; record the source kernel";
  else if (identity->pid == (guint32) getpid ())
    reason = "is the service itself, which would be recorded while it records";
  else if (identity->pid == memsnoop_worker_get_pid (self->worker))
    reason = "is the service's own worker";
  if (reason == NULL)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, "The process %u %s", identity->pid,
               reason);
  return FALSE;
}

static gboolean
check_room (MemsnoopHeapRecordings *self, GError **error)
{
  if (self->recordings->len < MEMSNOOP_HEAP_RECORDINGS_MAX)
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
               "There are %u recordings of heaps and of growth, and there may not be more; stop a "
               "session first",
               self->recordings->len);
  return FALSE;
}

static MemsnoopHeapRecording *
get (MemsnoopHeapRecordings *self, MemsnoopStackSource source, guint32 pid, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, error);
  MemsnoopHeapRecording *recording;

  if (identity == NULL || !check_process (self, identity, error))
    return NULL;
  recording = find (self, source, pid, identity->start_time);
  if (recording != NULL)
    return g_object_ref (recording);
  if (!check_room (self, error))
    return NULL;
  if (source == MEMSNOOP_STACK_SOURCE_GROWTH)
    recording = memsnoop_heap_recording_new_growth (self->worker, g_steal_pointer (&identity));
  else
    recording = memsnoop_heap_recording_new (self->worker, g_steal_pointer (&identity));
  g_object_weak_ref (G_OBJECT (recording), on_recording_gone, self);
  g_ptr_array_add (self->recordings, recording);
  return recording;
}

static MemsnoopHeapRecording *
look_up (MemsnoopHeapRecordings *self, MemsnoopStackSource source, guint32 pid, guint64 start_time)
{
  MemsnoopHeapRecording *recording = find (self, source, pid, start_time);

  return recording != NULL && memsnoop_heap_recording_is_active (recording) ? recording : NULL;
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_get (MemsnoopHeapRecordings *self, guint32 pid, GError **error)
{
  return get (self, MEMSNOOP_STACK_SOURCE_HEAP, pid, error);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_lookup (MemsnoopHeapRecordings *self, guint32 pid, guint64 start_time)
{
  return look_up (self, MEMSNOOP_STACK_SOURCE_HEAP, pid, start_time);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_get_growth (MemsnoopHeapRecordings *self, guint32 pid, GError **error)
{
  return get (self, MEMSNOOP_STACK_SOURCE_GROWTH, pid, error);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_lookup_growth (MemsnoopHeapRecordings *self,
                                        guint32 pid,
                                        guint64 start_time)
{
  return look_up (self, MEMSNOOP_STACK_SOURCE_GROWTH, pid, start_time);
}
