/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lease-set.h"

#include "lease-change.h"

/* On one recording, of kernel memory, of a heap or of growth: the others are NULL. */
typedef struct
{
  MemsnoopLeaseSet *set;
  MemsnoopRecording *kernel;
  guint64 map_memory;
  MemsnoopHeapRecording *heap;
  MemsnoopHeapRecording *growth;
  MemsnoopHeapOptions options;
  /* Its process is not entirely its user's any more. */
  gboolean foreign;
} Lease;

struct _MemsnoopLeaseSet
{
  GObject parent_instance;

  /* Lease. */
  GPtrArray *leases;
  MemsnoopEndedHeaps *ended;
  MemsnoopChildCounts children;
};

G_DEFINE_FINAL_TYPE (MemsnoopLeaseSet, memsnoop_lease_set, G_TYPE_OBJECT)

enum
{
  SIGNAL_COST_CHANGED,
  SIGNAL_OVER_BUDGET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

typedef struct _Operation Operation;

/* What is done with one lease. Of the figures that come of it at most one is there. */
typedef struct
{
  Operation *operation;
  const Lease *lease;
  gboolean succeeded;
  MemsnoopSnapshot *kernel;
  MemsnoopHeapSnapshot *stacked;
} Step;

/* What is done with all leases at the same time; it is over when each step is. */
struct _Operation
{
  GTask *task;
  Step *steps;
  guint n_steps;
  guint n_waiting;
  /* Of the step that failed first. */
  GError *error;
  void (*finish) (Operation *operation);
};

static void
lease_free (gpointer data)
{
  Lease *lease = data;

  if (lease->heap != NULL)
    g_signal_handlers_disconnect_by_data (lease->heap, lease);
  g_clear_object (&lease->kernel);
  g_clear_object (&lease->heap);
  g_clear_object (&lease->growth);
  g_free (lease);
}

static void
memsnoop_lease_set_finalize (GObject *object)
{
  MemsnoopLeaseSet *self = MEMSNOOP_LEASE_SET (object);

  g_ptr_array_unref (self->leases);
  memsnoop_ended_heaps_free (self->ended);
  G_OBJECT_CLASS (memsnoop_lease_set_parent_class)->finalize (object);
}

static void
memsnoop_lease_set_class_init (MemsnoopLeaseSetClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_lease_set_finalize;
  signals[SIGNAL_COST_CHANGED] =
      g_signal_new ("cost-changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_OVER_BUDGET] =
      g_signal_new ("over-budget", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
}

static void
tell_cost_changed (Lease *lease)
{
  g_signal_emit (lease->set, signals[SIGNAL_COST_CHANGED], 0);
}

static void
tell_over_budget (Lease *lease)
{
  g_signal_emit (lease->set, signals[SIGNAL_OVER_BUDGET], 0);
}

static void
memsnoop_lease_set_init (MemsnoopLeaseSet *self)
{
  self->leases = g_ptr_array_new_with_free_func (lease_free);
  self->ended = memsnoop_ended_heaps_new ();
}

MemsnoopLeaseSet *
memsnoop_lease_set_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_LEASE_SET, NULL);
}

void
memsnoop_lease_set_add_kernel (MemsnoopLeaseSet *self,
                               MemsnoopRecording *recording,
                               guint64 map_memory)
{
  Lease *lease = g_new0 (Lease, 1);

  lease->kernel = g_object_ref (recording);
  lease->map_memory = map_memory;
  g_ptr_array_add (self->leases, lease);
}

gboolean
memsnoop_lease_set_check_process (MemsnoopHeapRecording *recording,
                                  guint64 start_time,
                                  GError **error)
{
  if (memsnoop_round_start_time (memsnoop_heap_recording_get_start_time (recording)) ==
      memsnoop_round_start_time (start_time))
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
               "The process %u has exited; another one has its pid now",
               memsnoop_heap_recording_get_pid (recording));
  return FALSE;
}

void
memsnoop_lease_set_add_heap (MemsnoopLeaseSet *self,
                             MemsnoopHeapRecording *recording,
                             const MemsnoopHeapOptions *options)
{
  Lease *lease = g_new0 (Lease, 1);

  lease->set = self;
  lease->heap = g_object_ref (recording);
  lease->options = *options;
  g_signal_connect_swapped (recording, "cost-changed", G_CALLBACK (tell_cost_changed), lease);
  g_signal_connect_swapped (recording, "over-budget", G_CALLBACK (tell_over_budget), lease);
  g_ptr_array_add (self->leases, lease);
}

void
memsnoop_lease_set_add_growth (MemsnoopLeaseSet *self,
                               MemsnoopHeapRecording *recording,
                               const MemsnoopHeapOptions *options)
{
  Lease *lease = g_new0 (Lease, 1);

  lease->growth = g_object_ref (recording);
  lease->options = *options;
  g_ptr_array_add (self->leases, lease);
}

gboolean
memsnoop_lease_set_has_kernel (MemsnoopLeaseSet *self)
{
  for (guint i = 0; i < self->leases->len; i++)
    if (((const Lease *) self->leases->pdata[i])->kernel != NULL)
      return TRUE;
  return FALSE;
}

void
memsnoop_lease_set_foreach_heap (MemsnoopLeaseSet *self, GFunc function, gpointer user_data)
{
  for (guint i = 0; i < self->leases->len; i++)
    {
      Lease *lease = g_ptr_array_index (self->leases, i);

      if (lease->heap != NULL)
        function (lease->heap, user_data);
    }
}

void
memsnoop_lease_set_foreach_growth (MemsnoopLeaseSet *self, GFunc function, gpointer user_data)
{
  for (guint i = 0; i < self->leases->len; i++)
    {
      Lease *lease = g_ptr_array_index (self->leases, i);

      if (lease->growth != NULL)
        function (lease->growth, user_data);
    }
}

/* Of a heap or of growth, which are handled in the same way. */
static MemsnoopHeapRecording *
stacked_recording (const Lease *lease)
{
  return lease->heap != NULL ? lease->heap : lease->growth;
}

static Operation *
operation_new (MemsnoopLeaseSet *self,
               gpointer source_tag,
               void (*finish) (Operation *),
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  Operation *operation = g_new0 (Operation, 1);

  g_assert (self->leases->len > 0);
  operation->task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (operation->task, source_tag);
  operation->n_steps = operation->n_waiting = self->leases->len;
  operation->steps = g_new0 (Step, operation->n_steps);
  operation->finish = finish;
  for (guint i = 0; i < operation->n_steps; i++)
    {
      operation->steps[i].operation = operation;
      operation->steps[i].lease = self->leases->pdata[i];
    }
  return operation;
}

static void
operation_free (Operation *operation)
{
  for (guint i = 0; i < operation->n_steps; i++)
    {
      g_clear_pointer (&operation->steps[i].kernel, memsnoop_snapshot_unref);
      g_clear_pointer (&operation->steps[i].stacked, memsnoop_heap_snapshot_unref);
    }
  g_free (operation->steps);
  g_clear_error (&operation->error);
  g_object_unref (operation->task);
  g_free (operation);
}

/* @error: (transfer full) (nullable) */
static void
step_done (Step *step, GError *error)
{
  Operation *operation = step->operation;

  step->succeeded = error == NULL;
  if (error != NULL && operation->error == NULL)
    operation->error = error;
  else
    g_clear_error (&error);
  if (--operation->n_waiting == 0)
    operation->finish (operation);
}

static void
add_told (MemsnoopLeaseSet *self, MemsnoopSessionFigures *figures)
{
  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];
      guint32 pid =
          lease->foreign ? memsnoop_heap_recording_get_pid (stacked_recording (lease)) : 0;

      if (lease->foreign)
        g_array_append_val (figures->foreign, pid);
    }
  figures->children = self->children;
  memsnoop_ended_heaps_show (self->ended, figures);
}

static MemsnoopSessionFigures *
put_figures_together (Operation *operation)
{
  MemsnoopSessionFigures *figures = memsnoop_session_figures_new ();

  for (guint i = 0; i < operation->n_steps; i++)
    {
      Step *step = &operation->steps[i];

      if (step->kernel != NULL)
        figures->kernel = g_steal_pointer (&step->kernel);
      if (step->stacked != NULL)
        memsnoop_session_figures_take (figures, g_steal_pointer (&step->stacked));
    }
  add_told (g_task_get_source_object (operation->task), figures);
  return figures;
}

static void
return_figures (Operation *operation)
{
  if (operation->error != NULL)
    g_task_return_error (operation->task, g_steal_pointer (&operation->error));
  else
    g_task_return_pointer (operation->task, put_figures_together (operation),
                           (GDestroyNotify) memsnoop_session_figures_unref);
  operation_free (operation);
}

static void
kernel_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;

  step->kernel = memsnoop_recording_release_finish (MEMSNOOP_RECORDING (source), result);
  step_done (step, NULL);
}

static void
stacked_released (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;

  step->stacked = memsnoop_heap_recording_release_finish (MEMSNOOP_HEAP_RECORDING (source), result);
  step_done (step, NULL);
}

static void
release (Step *step)
{
  if (step->lease->kernel != NULL)
    {
      memsnoop_recording_release_async (step->lease->kernel, kernel_released, step);
      return;
    }
  if (step->lease->heap != NULL)
    memsnoop_heap_recording_drop_budget (step->lease->heap, step->lease->options.cpu_budget);
  memsnoop_heap_recording_release_async (stacked_recording (step->lease), stacked_released, step);
}

static void
return_acquired (Operation *operation)
{
  if (operation->error != NULL)
    g_task_return_error (operation->task, g_steal_pointer (&operation->error));
  else
    g_task_return_boolean (operation->task, TRUE);
  operation_free (operation);
}

/* What was had of a set of which something could not be had. */
static void
give_back (Operation *operation)
{
  guint n_held = 0;

  for (guint i = 0; i < operation->n_steps; i++)
    n_held += operation->steps[i].succeeded;
  if (n_held == 0)
    {
      return_acquired (operation);
      return;
    }
  operation->n_waiting = n_held;
  operation->finish = return_acquired;
  /* None of these finishes before all have begun: the callbacks come from the main loop. */
  for (guint i = 0; i < operation->n_steps; i++)
    if (operation->steps[i].succeeded)
      release (&operation->steps[i]);
}

static void
all_acquired (Operation *operation)
{
  if (operation->error != NULL)
    give_back (operation);
  else
    return_acquired (operation);
}

static void
kernel_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  memsnoop_recording_acquire_finish (MEMSNOOP_RECORDING (source), result, &error);
  step_done (user_data, error);
}

static void
stacked_acquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *recording = MEMSNOOP_HEAP_RECORDING (source);
  GError *error = NULL;

  if (!memsnoop_heap_recording_acquire_finish (recording, result, &error))
    memsnoop_lease_describe_failure (recording, &error);
  step_done (user_data, error);
}

void
memsnoop_lease_set_acquire_async (MemsnoopLeaseSet *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  Operation *operation =
      operation_new (self, memsnoop_lease_set_acquire_async, all_acquired, callback, user_data);

  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];

      if (lease->kernel != NULL)
        memsnoop_recording_acquire_async (lease->kernel, lease->map_memory, kernel_acquired,
                                          &operation->steps[i]);
      else
        memsnoop_heap_recording_acquire_async (stacked_recording (lease), &lease->options,
                                               stacked_acquired, &operation->steps[i]);
    }
}

gboolean
memsnoop_lease_set_acquire_finish (MemsnoopLeaseSet *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
memsnoop_lease_set_release_async (MemsnoopLeaseSet *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  Operation *operation =
      operation_new (self, memsnoop_lease_set_release_async, return_figures, callback, user_data);

  for (guint i = 0; i < self->leases->len; i++)
    release (&operation->steps[i]);
}

MemsnoopSessionFigures *
memsnoop_lease_set_release_finish (MemsnoopLeaseSet *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

static void
kernel_snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;
  GError *error = NULL;

  step->kernel = memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, &error);
  step_done (step, error);
}

static void
stacked_snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Step *step = user_data;
  GError *error = NULL;

  step->stacked =
      memsnoop_heap_recording_snapshot_finish (MEMSNOOP_HEAP_RECORDING (source), result, &error);
  step_done (step, error);
}

void
memsnoop_lease_set_snapshot_async (MemsnoopLeaseSet *self,
                                   gboolean fresh,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  Operation *operation =
      operation_new (self, memsnoop_lease_set_snapshot_async, return_figures, callback, user_data);

  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];

      if (lease->kernel != NULL)
        memsnoop_recording_snapshot_async (lease->kernel, fresh, kernel_snapshot_taken,
                                           &operation->steps[i]);
      else
        memsnoop_heap_recording_snapshot_async (stacked_recording (lease), fresh,
                                                stacked_snapshot_taken, &operation->steps[i]);
    }
}

MemsnoopSessionFigures *
memsnoop_lease_set_snapshot_finish (MemsnoopLeaseSet *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
add_totals (MemsnoopTracerTotals *sums, const MemsnoopTracerTotals *totals)
{
  sums->events_seen += totals->events_seen;
  sums->events_lost += totals->events_lost;
  sums->live_entries += totals->live_entries;
  sums->map_bytes += totals->map_bytes;
}

void
memsnoop_lease_set_get_expense (MemsnoopLeaseSet *self, MemsnoopHeapExpense *sum)
{
  *sum = (MemsnoopHeapExpense){ .recorded_share = 1 };
  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];
      MemsnoopHeapExpense expense;

      if (lease->kernel != NULL)
        continue;
      memsnoop_heap_recording_get_expense (stacked_recording (lease), &expense);
      memsnoop_heap_expense_add (sum, &expense);
    }
}

void
memsnoop_lease_set_get_totals (MemsnoopLeaseSet *self, MemsnoopTracerTotals *sums)
{
  *sums = (MemsnoopTracerTotals){ 0 };
  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];
      MemsnoopTracerTotals totals = { 0 };

      if (lease->kernel != NULL)
        memsnoop_recording_get_totals (lease->kernel, &totals);
      else
        memsnoop_heap_recording_get_totals (stacked_recording (lease), &totals);
      add_totals (sums, &totals);
    }
}

/* Heaps that come and go while the others are recorded */

static gboolean
is_of (const Lease *lease, guint32 pid)
{
  return lease->kernel == NULL &&
         memsnoop_heap_recording_get_pid (stacked_recording (lease)) == pid;
}

void
memsnoop_lease_set_mark_foreign (MemsnoopLeaseSet *self, guint32 pid)
{
  for (guint i = 0; i < self->leases->len; i++)
    {
      Lease *lease = self->leases->pdata[i];

      lease->foreign |= is_of (lease, pid);
    }
}

void
memsnoop_lease_set_set_children (MemsnoopLeaseSet *self, const MemsnoopChildCounts *children)
{
  self->children = *children;
}

void
memsnoop_lease_set_remove_stacked (MemsnoopLeaseSet *self, MemsnoopHeapRecording *recording)
{
  for (guint i = 0; i < self->leases->len; i++)
    {
      const Lease *lease = self->leases->pdata[i];

      if (lease->kernel != NULL || stacked_recording (lease) != recording)
        continue;
      if (lease->heap != NULL)
        memsnoop_heap_recording_drop_budget (recording, lease->options.cpu_budget);
      g_ptr_array_remove_index (self->leases, i);
      return;
    }
}

MemsnoopEndedHeaps *
memsnoop_lease_set_get_ended (MemsnoopLeaseSet *self)
{
  return self->ended;
}
