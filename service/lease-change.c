/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lease-change.h"

#include <string.h>

/* A process that goes while its recording begins may be missed anywhere: that it has gone is what
 * there is to tell. */
void
memsnoop_lease_describe_failure (MemsnoopHeapRecording *recording, GError **error)
{
  guint32 pid = memsnoop_heap_recording_get_pid (recording);
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open_again (
      pid, memsnoop_heap_recording_get_start_time (recording), NULL);
  g_autofree gchar *name = g_strdup_printf ("process %u", pid);

  if (identity != NULL && strstr ((*error)->message, name) == NULL)
    g_prefix_error (error, "Process %u: ", pid);
  else if (identity == NULL)
    {
      g_clear_error (error);
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                   "The process %u has exited", pid);
    }
}

static void
heap_joined (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MemsnoopLeaseSet *self = g_task_get_source_object (task);
  MemsnoopHeapRecording *recording = MEMSNOOP_HEAP_RECORDING (source);
  GError *error = NULL;

  if (memsnoop_heap_recording_acquire_finish (recording, result, &error))
    {
      memsnoop_lease_set_add_heap (self, recording, g_task_get_task_data (task));
      g_task_return_boolean (task, TRUE);
      return;
    }
  memsnoop_lease_describe_failure (recording, &error);
  g_task_return_error (task, error);
}

void
memsnoop_lease_join_async (MemsnoopLeaseSet *self,
                           MemsnoopHeapRecording *recording,
                           const MemsnoopHeapOptions *options,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_lease_join_async);
  g_task_set_task_data (task, g_memdup2 (options, sizeof *options), g_free);
  memsnoop_heap_recording_acquire_async (recording, options, heap_joined, task);
}

gboolean
memsnoop_lease_join_finish (MemsnoopLeaseSet *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What is given back before the others, from the figures with which it is shown meanwhile to its
 * last ones. */
typedef struct
{
  MemsnoopHeapRecording *recording;
  MemsnoopHeapSnapshot *shown;
  gboolean keep;
} Leaving;

static void
leaving_free (gpointer data)
{
  Leaving *leaving = data;

  g_object_unref (leaving->recording);
  g_clear_pointer (&leaving->shown, memsnoop_heap_snapshot_unref);
  g_free (leaving);
}

static void
heap_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Leaving *leaving = g_task_get_task_data (task);
  MemsnoopHeapSnapshot *last =
      memsnoop_heap_recording_release_finish (MEMSNOOP_HEAP_RECORDING (source), result);

  if (leaving->keep)
    memsnoop_lease_set_keep_ended (g_task_get_source_object (task), leaving->shown, last);
  else
    memsnoop_heap_snapshot_unref (last);
  g_task_return_boolean (task, TRUE);
}

static void
leave (GTask *task)
{
  Leaving *leaving = g_task_get_task_data (task);

  memsnoop_lease_set_remove_heap (g_task_get_source_object (task), leaving->recording);
  memsnoop_heap_recording_release_async (leaving->recording, heap_left, task);
}

/* From here to its last figures, which may take seconds, these are shown. */
static void
leaving_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Leaving *leaving = g_task_get_task_data (task);

  leaving->shown =
      memsnoop_heap_recording_snapshot_finish (MEMSNOOP_HEAP_RECORDING (source), result, NULL);
  if (leaving->shown != NULL)
    memsnoop_lease_set_keep_ended (g_task_get_source_object (task), NULL,
                                   memsnoop_heap_snapshot_ref (leaving->shown));
  leave (task);
}

void
memsnoop_lease_leave_async (MemsnoopLeaseSet *self,
                            MemsnoopHeapRecording *recording,
                            gboolean keep,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Leaving *leaving = g_new0 (Leaving, 1);

  leaving->recording = g_object_ref (recording);
  leaving->keep = keep;
  g_task_set_source_tag (task, memsnoop_lease_leave_async);
  g_task_set_task_data (task, leaving, leaving_free);
  if (keep)
    memsnoop_heap_recording_snapshot_async (recording, TRUE, leaving_shown, task);
  else
    leave (task);
}

void
memsnoop_lease_leave_finish (MemsnoopLeaseSet *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
