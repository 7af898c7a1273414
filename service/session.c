/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include "boot-time.h"
#include "error.h"

#include <unistd.h>

struct _MemsnoopSession
{
  GObject parent_instance;

  gchar *path;
  MemsnoopLeaseSet *leases;
  /* NULL when it records no heaps, or has ended. */
  MemsnoopFamilyRecorder *family;
  MemsnoopStartOptions *options;
  MemsnoopScope *scope;
  guint32 owner;
  /* NULL when the session outlives its caller. */
  MemsnoopCaller *caller;
  MemsnoopBusSession *interface;

  MemsnoopSessionPhase phase;
  /* Of the beginning and of the end: how many of leases and family are under way. */
  guint n_waiting;
  gboolean has_leases;
  GError *start_error;
  /* Asked to stop while it was starting. */
  gboolean abandoned;
  /* It is about to end, or has ended, because it would cost more than it may. */
  gboolean over_budget;
  GTask *start_task;
  GPtrArray *stop_tasks;
  MemsnoopSessionFigures *last_figures;
  /* The end of the duration while it records, of the keeping afterwards. */
  guint timer;
};

G_DEFINE_FINAL_TYPE (MemsnoopSession, memsnoop_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_PHASE_CHANGED,
  SIGNAL_EXPIRED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const gchar *const state_names[] = {
  [MEMSNOOP_SESSION_PHASE_STARTING] = "starting",
  [MEMSNOOP_SESSION_PHASE_RECORDING] = "recording",
  /* Not yet to be told from recording by clients: the figures may still grow. */
  [MEMSNOOP_SESSION_PHASE_STOPPING] = "recording",
  [MEMSNOOP_SESSION_PHASE_STOPPED] = "stopped",
  [MEMSNOOP_SESSION_PHASE_FAILED] = "failed",
};

static void caller_vanished (MemsnoopSession *self);
static void cost_changed (MemsnoopSession *self);
static void budget_exhausted (MemsnoopSession *self);
static void show_processes (MemsnoopSession *self);

static void
forget_caller (MemsnoopSession *self)
{
  if (self->caller != NULL)
    g_signal_handlers_disconnect_by_func (self->caller, caller_vanished, self);
  g_clear_object (&self->caller);
}

static void
memsnoop_session_dispose (GObject *object)
{
  MemsnoopSession *self = MEMSNOOP_SESSION (object);

  forget_caller (self);
  if (self->leases != NULL)
    g_signal_handlers_disconnect_by_data (self->leases, self);
  if (self->family != NULL)
    g_signal_handlers_disconnect_by_data (self->family, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  G_OBJECT_CLASS (memsnoop_session_parent_class)->dispose (object);
}

static void
memsnoop_session_finalize (GObject *object)
{
  MemsnoopSession *self = MEMSNOOP_SESSION (object);

  /* Whoever holds leases holds the session, through their callbacks. */
  g_assert (self->start_task == NULL);
  g_free (self->path);
  g_clear_object (&self->family);
  g_clear_error (&self->start_error);
  g_clear_object (&self->leases);
  memsnoop_start_options_free (self->options);
  memsnoop_scope_free (self->scope);
  g_object_unref (self->interface);
  g_ptr_array_unref (self->stop_tasks);
  g_clear_pointer (&self->last_figures, memsnoop_session_figures_unref);
  G_OBJECT_CLASS (memsnoop_session_parent_class)->finalize (object);
}

static void
memsnoop_session_class_init (MemsnoopSessionClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = memsnoop_session_dispose;
  object_class->finalize = memsnoop_session_finalize;

  signals[SIGNAL_PHASE_CHANGED] =
      g_signal_new ("phase-changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_EXPIRED] = g_signal_new ("expired", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_session_init (MemsnoopSession *self)
{
  self->interface = memsnoop_bus_session_skeleton_new ();
  self->stop_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
show_sources (MemsnoopSession *self)
{
  const gchar *sources[4] = { NULL };
  guint n = 0;

  if (self->options->kernel)
    sources[n++] = "kernel";
  if (self->options->heap)
    sources[n++] = "heap";
  if (self->options->growth)
    sources[n++] = "growth";
  memsnoop_bus_session_set_sources (self->interface, sources);
}

static void
describe_on_bus (MemsnoopSession *self)
{
  const GArray *pids = self->options->pids;

  show_sources (self);
  memsnoop_bus_session_set_pids (
      self->interface,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids->data, pids->len, sizeof (guint32)));
  memsnoop_bus_session_set_owner (self->interface, self->owner);
  memsnoop_bus_session_set_cpu_budget (self->interface, self->options->cpu_budget);
  memsnoop_bus_session_set_recorded_share (self->interface, 1);
  memsnoop_bus_session_set_started_at (self->interface, memsnoop_boot_time ());
  memsnoop_bus_session_set_state (self->interface, state_names[self->phase]);
}

/* With the children that are recorded, and those that were and whose figures are kept. */
static void
show_processes (MemsnoopSession *self)
{
  g_autoptr (GArray) pids = g_array_copy (self->options->pids);
  g_autoptr (GArray) recorded = memsnoop_lease_set_get_heap_pids (self->leases);

  for (guint i = 0; i < recorded->len; i++)
    {
      guint32 pid = g_array_index (recorded, guint32, i);
      gboolean known = FALSE;

      for (guint j = 0; j < pids->len && !known; j++)
        known = g_array_index (pids, guint32, j) == pid;
      if (!known)
        g_array_append_val (pids, pid);
    }
  memsnoop_bus_session_set_pids (
      self->interface,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids->data, pids->len, sizeof (guint32)));
}

static void
show_children (MemsnoopSession *self)
{
  MemsnoopChildCounts counts;

  memsnoop_family_recorder_get_counts (self->family, &counts);
  memsnoop_bus_session_set_children_recorded (self->interface, counts.recorded);
  memsnoop_bus_session_set_children_not_recorded (self->interface,
                                                  memsnoop_child_counts_sum_lost (&counts));
  show_processes (self);
}

void
memsnoop_session_set_family (MemsnoopSession *self, MemsnoopFamilyRecorder *family)
{
  self->family = g_object_ref (family);
  g_signal_connect_swapped (family, "changed", G_CALLBACK (show_children), self);
}

MemsnoopSession *
memsnoop_session_new (const gchar *path,
                      MemsnoopLeaseSet *leases,
                      MemsnoopCaller *caller,
                      MemsnoopStartOptions *options,
                      MemsnoopScope *scope)
{
  MemsnoopSession *self = g_object_new (MEMSNOOP_TYPE_SESSION, NULL);

  self->path = g_strdup (path);
  self->leases = g_object_ref (leases);
  g_signal_connect_swapped (leases, "cost-changed", G_CALLBACK (cost_changed), self);
  g_signal_connect_swapped (leases, "over-budget", G_CALLBACK (budget_exhausted), self);
  self->options = options;
  self->scope = scope;
  self->owner = caller != NULL ? memsnoop_caller_get_uid (caller) : getuid ();
  if (!options->linger && caller != NULL)
    {
      self->caller = g_object_ref (caller);
      g_signal_connect_swapped (caller, "vanished", G_CALLBACK (caller_vanished), self);
    }
  describe_on_bus (self);
  return self;
}

static const gchar *
name_state (const MemsnoopSession *self)
{
  if (self->phase == MEMSNOOP_SESSION_PHASE_STOPPED && self->over_budget)
    return "over-budget";
  return state_names[self->phase];
}

static void
set_phase (MemsnoopSession *self, MemsnoopSessionPhase phase)
{
  self->phase = phase;
  memsnoop_bus_session_set_state (self->interface, name_state (self));
  /* So that whoever is answered now has been told of the change before. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->interface));
  g_signal_emit (self, signals[SIGNAL_PHASE_CHANGED], 0);
}

static void
answer_stop_tasks (MemsnoopSession *self)
{
  for (guint i = 0; i < self->stop_tasks->len; i++)
    g_task_return_boolean (self->stop_tasks->pdata[i], TRUE);
  g_ptr_array_set_size (self->stop_tasks, 0);
}

static gboolean
keep_time_over (gpointer user_data)
{
  MemsnoopSession *self = user_data;

  self->timer = 0;
  g_signal_emit (self, signals[SIGNAL_EXPIRED], 0);
  return G_SOURCE_REMOVE;
}

static void
become_failed (MemsnoopSession *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start_task);

  forget_caller (self);
  g_signal_handlers_disconnect_by_data (self->leases, self);
  g_clear_object (&self->leases);
  set_phase (self, MEMSNOOP_SESSION_PHASE_FAILED);
  g_task_return_error (task, error);
  answer_stop_tasks (self);
}

static void
show_totals (MemsnoopSession *self, const MemsnoopTracerTotals *totals)
{
  memsnoop_bus_session_set_events_seen (self->interface, totals->events_seen);
  memsnoop_bus_session_set_events_lost (self->interface, totals->events_lost);
  memsnoop_bus_session_set_live_entries (self->interface, totals->live_entries);
  memsnoop_bus_session_set_memory_used (self->interface, totals->map_bytes);
}

static void
show_expense (MemsnoopSession *self, const MemsnoopHeapExpense *expense)
{
  memsnoop_bus_session_set_cpu_cost (self->interface, expense->cpu_cost);
  memsnoop_bus_session_set_sample_interval (self->interface, expense->sample_interval);
  memsnoop_bus_session_set_recorded_share (self->interface, expense->recorded_share);
  memsnoop_bus_session_set_frees_missed (self->interface, expense->frees_missed);
  memsnoop_bus_session_set_probes (self->interface, expense->n_probes);
  memsnoop_bus_session_set_fast_probes (self->interface, expense->n_fast_probes);
}

/* A step was taken: whoever waits for it is told at once. */
static void
cost_changed (MemsnoopSession *self)
{
  if (self->phase == MEMSNOOP_SESSION_PHASE_RECORDING)
    memsnoop_session_update (self);
}

static void
become_stopped (MemsnoopSession *self)
{
  MemsnoopTracerTotals totals;
  MemsnoopHeapExpense expense;

  forget_caller (self);
  show_processes (self);
  memsnoop_session_figures_sum_up (self->last_figures, &totals);
  show_totals (self, &totals);
  memsnoop_session_figures_sum_up_expense (self->last_figures, &expense);
  show_expense (self, &expense);
  g_signal_handlers_disconnect_by_data (self->leases, self);
  /* Recordings hold processes and what belongs to them open. */
  g_clear_object (&self->leases);
  self->timer = g_timeout_add_seconds (self->options->keep, keep_time_over, self);
  set_phase (self, MEMSNOOP_SESSION_PHASE_STOPPED);
  answer_stop_tasks (self);
}

static GError *
take_start_error (MemsnoopSession *self)
{
  if (self->start_error != NULL)
    return g_steal_pointer (&self->start_error);
  return g_error_new_literal (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                              "The session was stopped before it recorded");
}

/* Leases and family are given up at the same time, as each takes its time. */
static void
end_step (MemsnoopSession *self)
{
  if (--self->n_waiting > 0)
    return;
  g_clear_object (&self->family);
  if (self->start_error != NULL || self->abandoned)
    become_failed (self, take_start_error (self));
  else
    become_stopped (self);
}

static void
leases_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSession) self = user_data;

  self->last_figures = memsnoop_lease_set_release_finish (MEMSNOOP_LEASE_SET (source), result);
  end_step (self);
}

static void
family_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSession) self = user_data;

  memsnoop_family_recorder_leave_finish (MEMSNOOP_FAMILY_RECORDER (source), result);
  end_step (self);
}

static void
give_all_back (MemsnoopSession *self)
{
  self->n_waiting = 1 + (self->family != NULL && self->has_leases);
  if (self->family != NULL)
    memsnoop_family_recorder_leave_async (self->family, family_left, g_object_ref (self));
  if (self->has_leases)
    memsnoop_lease_set_release_async (self->leases, leases_released, g_object_ref (self));
}

/* From here on nothing joins the leases, or leaves them by itself. */
static void
family_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSession) self = user_data;

  memsnoop_family_recorder_stop_finish (MEMSNOOP_FAMILY_RECORDER (source), result);
  g_signal_handlers_disconnect_by_data (source, self);
  give_all_back (self);
}

static void
release_leases (MemsnoopSession *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  set_phase (self, MEMSNOOP_SESSION_PHASE_STOPPING);
  if (self->family != NULL)
    memsnoop_family_recorder_stop_async (self->family, family_stopped, g_object_ref (self));
  else
    give_all_back (self);
}

static gboolean
duration_over (gpointer user_data)
{
  MemsnoopSession *self = user_data;

  self->timer = 0;
  release_leases (self);
  return G_SOURCE_REMOVE;
}

static void
become_recording (MemsnoopSession *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->start_task);

  if (self->family != NULL)
    memsnoop_family_recorder_record (self->family);
  memsnoop_session_update (self);
  if (self->options->duration != 0)
    self->timer = g_timeout_add_seconds (self->options->duration, duration_over, self);
  set_phase (self, MEMSNOOP_SESSION_PHASE_RECORDING);
  g_task_return_boolean (task, TRUE);
}

/* When leases are had and processes followed, or not. */
static void
start_step (MemsnoopSession *self)
{
  if (--self->n_waiting > 0)
    return;
  if (self->start_error == NULL && !self->abandoned)
    become_recording (self);
  else if (self->has_leases)
    release_leases (self);
  else if (self->family != NULL)
    memsnoop_family_recorder_stop_async (self->family, family_stopped, g_object_ref (self));
  else
    become_failed (self, take_start_error (self));
}

static void
leases_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSession) self = user_data;
  GError *error = NULL;

  self->has_leases =
      memsnoop_lease_set_acquire_finish (MEMSNOOP_LEASE_SET (source), result, &error);
  /* That of a process tells more. */
  if (error != NULL)
    g_clear_error (&self->start_error);
  if (error != NULL)
    self->start_error = error;
  start_step (self);
}

static void
family_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSession) self = user_data;
  GError *error = NULL;

  memsnoop_family_recorder_start_finish (MEMSNOOP_FAMILY_RECORDER (source), result, &error);
  if (self->start_error == NULL)
    self->start_error = error;
  else
    g_clear_error (&error);
  start_step (self);
}

void
memsnoop_session_start_async (MemsnoopSession *self,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_assert (self->start_task == NULL && self->phase == MEMSNOOP_SESSION_PHASE_STARTING);

  self->start_task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->start_task, memsnoop_session_start_async);
  self->n_waiting = 1 + (self->family != NULL);
  if (self->family != NULL)
    memsnoop_family_recorder_start_async (self->family, family_started, g_object_ref (self));
  memsnoop_lease_set_acquire_async (self->leases, leases_acquired, g_object_ref (self));
}

gboolean
memsnoop_session_start_finish (MemsnoopSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* The one way towards the end, whoever asks for it. */
static void
begin_stop (MemsnoopSession *self)
{
  if (self->phase == MEMSNOOP_SESSION_PHASE_STARTING)
    self->abandoned = TRUE;
  else if (self->phase == MEMSNOOP_SESSION_PHASE_RECORDING)
    release_leases (self);
}

static void
caller_vanished (MemsnoopSession *self)
{
  begin_stop (self);
}

static void
budget_exhausted (MemsnoopSession *self)
{
  if (self->phase != MEMSNOOP_SESSION_PHASE_RECORDING)
    return;
  self->over_budget = TRUE;
  begin_stop (self);
}

void
memsnoop_session_stop_async (MemsnoopSession *self,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_session_stop_async);
  if (!memsnoop_session_is_running (self))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (self->stop_tasks, g_steal_pointer (&task));
  begin_stop (self);
}

void
memsnoop_session_stop_finish (MemsnoopSession *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
memsnoop_session_update (MemsnoopSession *self)
{
  MemsnoopTracerTotals totals;
  MemsnoopHeapExpense expense;

  memsnoop_lease_set_get_totals (self->leases, &totals);
  show_totals (self, &totals);
  memsnoop_lease_set_get_expense (self->leases, &expense);
  show_expense (self, &expense);
  if (self->family != NULL)
    memsnoop_family_recorder_update (self->family);
}

MemsnoopSessionPhase
memsnoop_session_get_phase (MemsnoopSession *self)
{
  return self->phase;
}

gboolean
memsnoop_session_is_running (MemsnoopSession *self)
{
  return self->phase < MEMSNOOP_SESSION_PHASE_STOPPED;
}

const gchar *
memsnoop_session_get_path (MemsnoopSession *self)
{
  return self->path;
}

guint32
memsnoop_session_get_owner (MemsnoopSession *self)
{
  return self->owner;
}

const MemsnoopScope *
memsnoop_session_get_scope (MemsnoopSession *self)
{
  return self->scope;
}

guint
memsnoop_session_get_keep (MemsnoopSession *self)
{
  return self->options->keep;
}

MemsnoopLeaseSet *
memsnoop_session_get_leases (MemsnoopSession *self)
{
  return self->leases;
}

MemsnoopSessionFigures *
memsnoop_session_get_last_figures (MemsnoopSession *self)
{
  return self->last_figures;
}

MemsnoopBusSession *
memsnoop_session_get_interface (MemsnoopSession *self)
{
  return self->interface;
}
