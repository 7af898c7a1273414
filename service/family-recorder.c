/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family-recorder.h"

#include "family.h"
#include "lease-change.h"
#include "memory-outlook.h"
#include "process-identity.h"

/* In which a program that was executed maps its modules. */
#define LOADING_MILLISECONDS 50
/* From a fork to when the child has no probes of its parent's, unless it is recorded; and from then
 * to the next time, because that takes tens of milliseconds. */
#define SWEEP_MILLISECONDS 100
#define SWEEP_PAUSE_MILLISECONDS 2000
/* A child's recording may take this share of the memory that the machine has left. */
#define MEMORY_SHARE 8

struct _MemsnoopFamilyRecorder
{
  GObject parent_instance;

  MemsnoopProcessFamilies *families;
  MemsnoopHeapRecordings *heaps;
  MemsnoopLeaseSet *leases;
  MemsnoopHeapOptions options;
  MemsnoopFamilyRoomFunction has_room;
  gpointer room;
  GDestroyNotify free_room;
  gboolean follow;
  gboolean limited;
  guint32 uid;

  MemsnoopFamilyListener listener;
  MemsnoopFamily *family;
  gboolean listening;
  guint64 unseen_before; /* by other sessions, before this one began */
  guint64 unseen;
  gboolean recording;
  gboolean stopped;
  guint timer;
  guint64 timer_due;
  /* A beginning that took long is followed by as long a pause. */
  guint64 begun_at;
  guint64 rest_until;
  guint n_under_way;
  guint sweep;
  gint64 swept_at;
  GTask *stop;
};

G_DEFINE_FINAL_TYPE (MemsnoopFamilyRecorder, memsnoop_family_recorder, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static guint64
now_nanoseconds (void)
{
  return (guint64) g_get_monotonic_time () * 1000;
}

static void
tell_change (MemsnoopFamilyRecorder *self)
{
  MemsnoopChildCounts counts;

  memsnoop_family_recorder_get_counts (self, &counts);
  memsnoop_lease_set_set_children (self->leases, &counts);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
forget (gpointer pid, gpointer families)
{
  memsnoop_process_families_remove (families, GPOINTER_TO_UINT (pid));
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MemsnoopFamilyRecorder *self = g_task_get_source_object (task);

  memsnoop_process_families_leave_finish (self->families, result);
  g_task_return_boolean (task, TRUE);
}

/* What is begun or given back ends first. */
static void
go_on_stopping (MemsnoopFamilyRecorder *self)
{
  g_autoptr (GTask) stop = NULL;

  if (self->stop == NULL || self->n_under_way > 0)
    return;
  tell_change (self);
  stop = g_steal_pointer (&self->stop);
  g_task_return_boolean (stop, TRUE);
}

static void
end_one (MemsnoopFamilyRecorder *self)
{
  self->n_under_way--;
  tell_change (self);
  go_on_stopping (self);
}

/* Probes that children have inherited */

static void
note_fork (gpointer recording, gpointer user_data)
{
  memsnoop_heap_recording_note_fork (recording);
}

static gboolean
on_sweep (gpointer user_data)
{
  MemsnoopFamilyRecorder *self = user_data;

  self->sweep = 0;
  self->swept_at = g_get_monotonic_time ();
  memsnoop_lease_set_foreach_heap (self->leases, note_fork, NULL);
  return G_SOURCE_REMOVE;
}

/* There is a child that is not recorded. */
static void
sweep_soon (MemsnoopFamilyRecorder *self)
{
  gint64 pause = (g_get_monotonic_time () - self->swept_at) / 1000;
  guint milliseconds = pause < SWEEP_PAUSE_MILLISECONDS ? (guint) (SWEEP_PAUSE_MILLISECONDS - pause)
                                                        : SWEEP_MILLISECONDS;

  if (self->sweep == 0 && !self->stopped)
    self->sweep = g_timeout_add (MAX (milliseconds, SWEEP_MILLISECONDS), on_sweep, self);
}

/* Giving back */

static void
on_given_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopFamilyRecorder) self = user_data;

  memsnoop_lease_leave_finish (MEMSNOOP_LEASE_SET (source), result);
  end_one (self);
}

static void
give_back (MemsnoopFamilyRecorder *self, MemsnoopHeapRecording *recording, gboolean keep)
{
  self->n_under_way++;
  memsnoop_lease_leave_async (self->leases, recording, keep, on_given_back, g_object_ref (self));
}

/* Beginning */

static void schedule (MemsnoopFamilyRecorder *self);

static gboolean
may_record (MemsnoopFamilyRecorder *self, guint32 pid, guint64 start_time, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open_again (pid, memsnoop_round_start_time (start_time), error);

  if (identity == NULL)
    return FALSE;
  if (!self->limited || memsnoop_process_identity_is_own (identity, self->uid))
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
               "The process %u is not entirely the user's who started the session", pid);
  return FALSE;
}

static gboolean
check_memory (MemsnoopFamilyRecorder *self, GError **error)
{
  MemsnoopMachineMemory memory;

  memsnoop_machine_memory_read (&memory);
  if (memory.available == MEMSNOOP_MEMORY_UNKNOWN ||
      self->options.map_memory <= memory.available / MEMORY_SHARE)
    return TRUE;
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                       "The machine has too little memory left");
  return FALSE;
}

static MemsnoopRecordingOutcome
classify (const GError *error)
{
  if (error == NULL)
    return MEMSNOOP_OUTCOME_RECORDED;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    return MEMSNOOP_OUTCOME_NO_ROOM;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    return MEMSNOOP_OUTCOME_NOT_OWN;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED))
    return MEMSNOOP_OUTCOME_NO_HEAP;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    return MEMSNOOP_OUTCOME_GONE;
  return MEMSNOOP_OUTCOME_FAILED;
}

static gboolean
on_loaded (gpointer user_data)
{
  memsnoop_heap_recording_look_for_modules (user_data);
  return G_SOURCE_REMOVE;
}

/* The program that was executed may have another allocator, or its own copy of the same. */
static void
look_for_modules_soon (MemsnoopHeapRecording *recording)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, LOADING_MILLISECONDS, on_loaded, g_object_ref (recording),
                      g_object_unref);
}

/* @error: (transfer full) (nullable): why it did not begin. */
static void
conclude (MemsnoopFamilyRecorder *self, const MemsnoopRelative *child, GError *error)
{
  MemsnoopHeapRecording *recording = memsnoop_lease_set_find_heap (self->leases, child->pid);
  guint64 now = now_nanoseconds ();
  gboolean began = error == NULL, wanted;

  /* Its user may have changed while that took its time. */
  if (began && !may_record (self, child->pid, child->start_time, &error) &&
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    g_clear_error (&error);
  if (error != NULL)
    g_debug ("The child %u is not recorded: %s", child->pid, error->message);
  self->rest_until = now + (now - self->begun_at);
  wanted = memsnoop_family_set_outcome (self->family, child->pid, child->start_time,
                                        classify (error), now);
  if (error != NULL)
    sweep_soon (self);
  if (began && error != NULL)
    give_back (self, recording, FALSE);
  else if (began && !wanted)
    give_back (self, recording, TRUE);
  else if (began && child->executed)
    look_for_modules_soon (recording);
  g_clear_error (&error);
  schedule (self);
}

/* The child whose recording begins, as it was then. */
typedef struct
{
  MemsnoopFamilyRecorder *recorder;
  MemsnoopRelative child;
} Beginning;

static void
on_joined (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Beginning *beginning = user_data;
  g_autoptr (MemsnoopFamilyRecorder) self = beginning->recorder;
  const MemsnoopRelative *relative = memsnoop_family_find (self->family, beginning->child.pid);
  GError *error = NULL;

  memsnoop_lease_join_finish (MEMSNOOP_LEASE_SET (source), result, &error);
  if (relative != NULL)
    beginning->child.executed = relative->executed;
  conclude (self, &beginning->child, error);
  end_one (self);
}

static gboolean
take_recording (MemsnoopFamilyRecorder *self,
                const MemsnoopRelative *child,
                MemsnoopHeapRecording **recording,
                GError **error)
{
  if (!may_record (self, child->pid, child->start_time, error) || !check_memory (self, error))
    return FALSE;
  *recording = memsnoop_heap_recordings_get (self->heaps, child->pid, error);
  if (*recording == NULL)
    return FALSE;
  if (memsnoop_heap_recording_get_start_time (*recording) ==
      memsnoop_round_start_time (child->start_time))
    {
      if (self->has_room == NULL || self->has_room (*recording, self->room, error))
        return TRUE;
      g_clear_object (recording);
      return FALSE;
    }
  g_clear_object (recording);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
               "The process %u has exited", child->pid);
  return FALSE;
}

static void
begin (MemsnoopFamilyRecorder *self, const MemsnoopRelative *child)
{
  g_autoptr (MemsnoopHeapRecording) recording = NULL;
  GError *error = NULL;
  Beginning *beginning;

  self->begun_at = now_nanoseconds ();
  if (!take_recording (self, child, &recording, &error))
    {
      MemsnoopRelative copy = *child;

      conclude (self, &copy, error);
      return;
    }
  beginning = g_new0 (Beginning, 1);
  beginning->recorder = g_object_ref (self);
  beginning->child = *child;
  self->n_under_way++;
  memsnoop_lease_join_async (self->leases, recording, &self->options, on_joined, beginning);
}

static gboolean
on_due (gpointer user_data)
{
  MemsnoopFamilyRecorder *self = user_data;

  self->timer = 0;
  schedule (self);
  return G_SOURCE_REMOVE;
}

static void
wait_until (MemsnoopFamilyRecorder *self, guint64 due, guint64 now)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (due == G_MAXUINT64)
    return;
  self->timer_due = due;
  self->timer =
      g_timeout_add ((guint) ((due - now) / MEMSNOOP_FAMILY_MILLISECOND) + 1, on_due, self);
}

static void
schedule (MemsnoopFamilyRecorder *self)
{
  guint64 now = now_nanoseconds (), due;
  const MemsnoopRelative *child;

  if (!self->recording || self->stopped)
    return;
  if (self->rest_until > now)
    {
      wait_until (self, self->rest_until, now);
      return;
    }
  child = memsnoop_family_next (self->family, now, &due);
  if (child != NULL)
    begin (self, child);
  else
    wait_until (self, due, now);
}

/* Events */

static gboolean
is_foreign (MemsnoopFamilyRecorder *self, const struct memsnoop_family_event *event)
{
  return self->limited &&
         (event->real_uid != self->uid || event->effective_uid != self->uid ||
          event->saved_uid != self->uid || event->dumpable == MEMSNOOP_FAMILY_NOT_DUMPABLE);
}

/* What was its own user's is not any more. */
static void
end_foreign (MemsnoopFamilyRecorder *self,
             const MemsnoopRelative *relative,
             MemsnoopHeapRecording *recording)
{
  gboolean is_named = relative->phase == MEMSNOOP_RELATIVE_NAMED;

  memsnoop_lease_set_mark_foreign (self->leases, relative->pid);
  if (is_named)
    return;
  memsnoop_family_leave_out (self->family, relative->pid);
  give_back (self, recording, FALSE);
}

static void
tell_recording (MemsnoopFamilyRecorder *self,
                const struct memsnoop_family_event *event,
                const MemsnoopRelative *relative)
{
  MemsnoopHeapRecording *recording = memsnoop_lease_set_find_stacked (self->leases, event->pid);
  gboolean is_recorded = relative->phase == MEMSNOOP_RELATIVE_RECORDED;

  if (recording == NULL || (!is_recorded && relative->phase != MEMSNOOP_RELATIVE_NAMED))
    return;
  if (is_foreign (self, event))
    end_foreign (self, relative, recording);
  else if (event->type == MEMSNOOP_FAMILY_EXEC)
    look_for_modules_soon (recording);
  else if (is_recorded)
    give_back (self, recording, TRUE);
}

static gboolean
take_event (const struct memsnoop_family_event *event, gpointer user_data)
{
  MemsnoopFamilyRecorder *self = user_data;
  const MemsnoopRelative *relative =
      memsnoop_family_take_event (self->family, event, now_nanoseconds ());

  if (relative == NULL && event->type == MEMSNOOP_FAMILY_FORK && !event->shares_memory &&
      memsnoop_family_contains (self->family, event->parent_pid))
    sweep_soon (self);
  if (relative == NULL)
    return memsnoop_family_contains (self->family, event->parent_pid);
  if (event->type != MEMSNOOP_FAMILY_FORK && self->recording && !self->stopped)
    tell_recording (self, event, relative);
  if (relative->phase == MEMSNOOP_RELATIVE_WAITING &&
      (self->timer == 0 || relative->due < self->timer_due))
    schedule (self);
  return TRUE;
}

static gboolean
contains (guint32 pid, gpointer user_data)
{
  return memsnoop_family_contains (((MemsnoopFamilyRecorder *) user_data)->family, pid);
}

/* Beginning and end */

static gboolean
add_named (MemsnoopFamilyRecorder *self, GError **error)
{
  g_autoptr (GArray) pids = memsnoop_lease_set_get_stacked_pids (self->leases);

  for (guint i = 0; i < pids->len; i++)
    {
      guint32 pid = g_array_index (pids, guint32, i);
      MemsnoopHeapRecording *recording = memsnoop_lease_set_find_stacked (self->leases, pid);

      memsnoop_family_add_named (self->family, pid,
                                 memsnoop_heap_recording_get_start_time (recording));
      if (!memsnoop_process_families_add (self->families, pid, self->follow, error))
        return FALSE;
    }
  return TRUE;
}

static void
on_joined_families (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MemsnoopFamilyRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!memsnoop_process_families_join_finish (self->families, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->listening = TRUE;
  self->unseen_before = memsnoop_process_families_count_unseen (self->families);
  if (add_named (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
memsnoop_family_recorder_set_room (MemsnoopFamilyRecorder *self,
                                   MemsnoopFamilyRoomFunction has_room,
                                   gpointer user_data,
                                   GDestroyNotify destroy)
{
  self->has_room = has_room;
  self->room = user_data;
  self->free_room = destroy;
}

void
memsnoop_family_recorder_start_async (MemsnoopFamilyRecorder *self,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_family_recorder_start_async);
  memsnoop_process_families_join_async (self->families, &self->listener, on_joined_families, task);
}

gboolean
memsnoop_family_recorder_start_finish (MemsnoopFamilyRecorder *self,
                                       GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
memsnoop_family_recorder_record (MemsnoopFamilyRecorder *self)
{
  self->recording = TRUE;
  tell_change (self);
  schedule (self);
}

void
memsnoop_family_recorder_stop_async (MemsnoopFamilyRecorder *self,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  self->stop = g_task_new (self, NULL, callback, user_data);
  self->stopped = TRUE;
  g_task_set_source_tag (self->stop, memsnoop_family_recorder_stop_async);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->sweep, g_source_remove);
  go_on_stopping (self);
}

void
memsnoop_family_recorder_stop_finish (MemsnoopFamilyRecorder *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
memsnoop_family_recorder_leave_async (MemsnoopFamilyRecorder *self,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_family_recorder_leave_async);
  self->listening = FALSE;
  memsnoop_process_families_leave_async (self->families, &self->listener, on_left, task);
  memsnoop_family_foreach (self->family, forget, self->families);
}

void
memsnoop_family_recorder_leave_finish (MemsnoopFamilyRecorder *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
memsnoop_family_recorder_update (MemsnoopFamilyRecorder *self)
{
  tell_change (self);
}

void
memsnoop_family_recorder_get_counts (MemsnoopFamilyRecorder *self, MemsnoopChildCounts *counts)
{
  memsnoop_family_get_counts (self->family, counts);
  if (self->follow && self->listening)
    self->unseen = memsnoop_process_families_count_unseen (self->families) - self->unseen_before;
  counts->lost[MEMSNOOP_CHILD_UNSEEN] = self->unseen;
}

static void
memsnoop_family_recorder_finalize (GObject *object)
{
  MemsnoopFamilyRecorder *self = MEMSNOOP_FAMILY_RECORDER (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->sweep, g_source_remove);
  memsnoop_family_free (self->family);
  g_object_unref (self->leases);
  if (self->free_room != NULL)
    self->free_room (self->room);
  G_OBJECT_CLASS (memsnoop_family_recorder_parent_class)->finalize (object);
}

static void
memsnoop_family_recorder_class_init (MemsnoopFamilyRecorderClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_family_recorder_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_family_recorder_init (MemsnoopFamilyRecorder *self)
{
  self->listener = (MemsnoopFamilyListener){ take_event, contains, self };
}

MemsnoopFamilyRecorder *
memsnoop_family_recorder_new (MemsnoopProcessFamilies *families,
                              MemsnoopHeapRecordings *heaps,
                              MemsnoopLeaseSet *leases,
                              const MemsnoopHeapOptions *options,
                              gboolean follow,
                              gboolean limited,
                              guint32 uid)
{
  MemsnoopFamilyRecorder *self = g_object_new (MEMSNOOP_TYPE_FAMILY_RECORDER, NULL);

  self->families = families;
  self->heaps = heaps;
  self->leases = g_object_ref (leases);
  self->options = *options;
  self->follow = follow;
  self->swept_at = -SWEEP_PAUSE_MILLISECONDS * (gint64) 1000;
  self->limited = limited;
  self->uid = uid;
  self->family = memsnoop_family_new (follow);
  return self;
}
