/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-recording.h"

#include "boot-time.h"
#include "heap-recording-private.h"
#include "heap-summary.h"

#include <math.h>

/* Seconds that the last figures wait for stacks that are not unwound yet. */
#define SETTLING_SECONDS 5

G_DEFINE_FINAL_TYPE (MemsnoopHeapRecording, memsnoop_heap_recording, G_TYPE_OBJECT)

enum
{
  SIGNAL_COST_CHANGED,
  SIGNAL_OVER_BUDGET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Modules that are loaded later */

static void detach_when_idle (MemsnoopHeapRecording *self);

static void
on_extended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapRecording) self = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = memsnoop_heap_setup_extend_finish (result, &error);

  g_clear_object (&self->extending);
  /* It may be gone, or the recording about to end. */
  if (n < 0)
    g_debug ("What process %u has loaded cannot be probed: %s", self->identity->pid,
             error->message);
  /* What these have allocated until now is not known, or nothing that they ever will. */
  if (n > 0 || !self->setup->complete)
    memsnoop_heap_gatherer_set_incomplete (self->gatherer);
  detach_when_idle (self);
}

void
memsnoop_heap_recording_look_for_modules (MemsnoopHeapRecording *self)
{
  if (self->extending != NULL || self->phase != MEMSNOOP_HEAP_PHASE_ACTIVE ||
      self->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    return;
  self->extending = g_cancellable_new ();
  memsnoop_heap_setup_extend_async (self->setup, self->worker, self->identity, self->tracer,
                                    self->extending, on_extended, g_object_ref (self));
}

void
memsnoop_heap_recording_note_fork (MemsnoopHeapRecording *self)
{
  if (self->phase != MEMSNOOP_HEAP_PHASE_ACTIVE)
    return;
  memsnoop_heap_attachment_note_fork (memsnoop_heap_tracer_get_maps (self->tracer)->attachment);
  memsnoop_heap_recording_look_for_modules (self);
}

static void
measure_growth_cost (MemsnoopHeapRecording *self)
{
  MemsnoopRunCost cost;

  if (self->source != MEMSNOOP_STACK_SOURCE_GROWTH)
    return;
  memsnoop_heap_tracer_get_run_cost (self->tracer, &cost);
  memsnoop_run_meter_update (&self->meter, &cost, memsnoop_boot_time ());
}

static gboolean
on_tick (gpointer user_data)
{
  MemsnoopHeapRecording *self = user_data;

  memsnoop_heap_tracer_advance_epoch (self->tracer);
  measure_growth_cost (self);
  memsnoop_heap_recording_look_for_modules (self);
  return G_SOURCE_CONTINUE;
}

/* Cost */

/* Nobody's figures are worse for another's lease: one without a budget has the recording go on as
 * it is, and of several budgets the largest counts. */
static void
apply_budgets (MemsnoopHeapRecording *self)
{
  gdouble largest = 0;

  for (guint i = 0; i < self->budgets->len && self->budgets->len == self->leases; i++)
    largest = MAX (largest, g_array_index (self->budgets, gdouble, i));
  if (self->budget != NULL)
    memsnoop_heap_budget_set (self->budget, largest);
}

static void
add_budget (MemsnoopHeapRecording *self, gdouble budget)
{
  if (budget > 0)
    g_array_append_val (self->budgets, budget);
}

void
memsnoop_heap_recording_drop_budget (MemsnoopHeapRecording *self, gdouble budget)
{
  for (guint i = 0; i < self->budgets->len && budget > 0; i++)
    if (fabs (g_array_index (self->budgets, gdouble, i) - budget) < 1e-9)
      {
        g_array_remove_index_fast (self->budgets, i);
        return;
      }
}

static void
on_cost_changed (MemsnoopHeapRecording *self)
{
  g_signal_emit (self, signals[SIGNAL_COST_CHANGED], 0);
}

static void
on_budget_exhausted (MemsnoopHeapRecording *self)
{
  g_message ("Recording the heap of process %u costs too much for its budget", self->identity->pid);
  g_signal_emit (self, signals[SIGNAL_OVER_BUDGET], 0);
}

static void
watch_cost (MemsnoopHeapRecording *self)
{
  self->budget = memsnoop_heap_budget_new (self->tracer);
  g_signal_connect_swapped (self->budget, "changed", G_CALLBACK (on_cost_changed), self);
  g_signal_connect_swapped (self->budget, "exhausted", G_CALLBACK (on_budget_exhausted), self);
}

static void
on_budget_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapRecording) self = user_data;

  memsnoop_heap_recording_note_cost (self);
  g_signal_handlers_disconnect_by_data (self->budget, self);
  g_clear_object (&self->budget);
  detach_when_idle (self);
}

/* Beginning */

static void begin (MemsnoopHeapRecording *self);
static void go_on_ending (MemsnoopHeapRecording *self);

static void
on_drained (MemsnoopHeapRecording *self)
{
  if (self->phase == MEMSNOOP_HEAP_PHASE_ACTIVE && self->captures == 0)
    memsnoop_heap_recording_watch_captures (self);
}

static void
on_settled (MemsnoopHeapRecording *self)
{
  memsnoop_heap_recording_lose_patience (self);
  go_on_ending (self);
}

static void
become_active (MemsnoopHeapRecording *self, MemsnoopHeapSetup *setup)
{
  self->setup = setup;
  self->phase = MEMSNOOP_HEAP_PHASE_ACTIVE;
  self->tracer = g_steal_pointer (&setup->tracer);
  self->gatherer = memsnoop_heap_gatherer_new (self->identity, self->options.sample_interval,
                                               setup->complete, setup->probes);
  memsnoop_heap_tracer_set_depth (self->tracer, self->options.stack_depth);
  self->stacks = memsnoop_heap_stacks_new (self->worker, self->identity, setup->table,
                                           &memsnoop_heap_tracer_get_maps (self->tracer)->rules,
                                           self->options.stack_depth);
  g_signal_connect_swapped (self->stacks, "drained", G_CALLBACK (on_drained), self);
  g_signal_connect_swapped (self->stacks, "settled", G_CALLBACK (on_settled), self);
  g_signal_connect_swapped (self->stacks, "remapped",
                            G_CALLBACK (memsnoop_heap_recording_look_for_modules), self);
  self->meter = (MemsnoopRunMeter){ 0 };
  measure_growth_cost (self);
  self->tick = g_timeout_add_seconds (MEMSNOOP_AGE_UNIT / MEMSNOOP_SECOND, on_tick, self);
  memsnoop_heap_recording_watch_captures (self);
  if (self->source == MEMSNOOP_STACK_SOURCE_HEAP)
    watch_cost (self);
}

static void
on_set_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapRecording) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopHeapSetup) setup = memsnoop_heap_setup_finish (result, &error);
  GQueue acquirers = self->acquirers;
  GTask *task;

  g_queue_init (&self->acquirers);
  self->phase = MEMSNOOP_HEAP_PHASE_IDLE;
  if (setup != NULL)
    {
      become_active (self, g_steal_pointer (&setup));
      /* Before the first of them is told, for it may give its lease back at once. */
      self->leases = acquirers.length;
      for (const GList *link = acquirers.head; link != NULL; link = link->next)
        add_budget (self, ((MemsnoopHeapOptions *) g_task_get_task_data (link->data))->cpu_budget);
      apply_budgets (self);
    }
  while ((task = g_queue_pop_head (&acquirers)) != NULL)
    {
      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

static void
begin (MemsnoopHeapRecording *self)
{
  self->phase = MEMSNOOP_HEAP_PHASE_STARTING;
  if (self->source == MEMSNOOP_STACK_SOURCE_GROWTH)
    memsnoop_heap_setup_growth_async (self->worker, self->identity, self->options.map_memory,
                                      on_set_up, g_object_ref (self));
  else
    memsnoop_heap_setup_async (self->worker, self->identity, self->options.sample_interval,
                               self->options.map_memory, on_set_up, g_object_ref (self));
}

void
memsnoop_heap_recording_acquire_async (MemsnoopHeapRecording *self,
                                       const MemsnoopHeapOptions *options,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_heap_recording_acquire_async);
  g_task_set_task_data (task, g_memdup2 (options, sizeof *options), g_free);
  if (self->phase == MEMSNOOP_HEAP_PHASE_ACTIVE)
    {
      self->leases++;
      add_budget (self, options->cpu_budget);
      apply_budgets (self);
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  if (g_queue_is_empty (&self->acquirers))
    self->options = *options;
  g_queue_push_tail (&self->acquirers, task);
  if (self->phase == MEMSNOOP_HEAP_PHASE_IDLE)
    begin (self);
}

gboolean
memsnoop_heap_recording_acquire_finish (MemsnoopHeapRecording *self,
                                        GAsyncResult *result,
                                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Ending */

static void
stop_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  memsnoop_heap_tracer_stop (data);
  g_task_return_boolean (task, TRUE);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *self = MEMSNOOP_HEAP_RECORDING (source);
  g_autoptr (GTask) ending = g_steal_pointer (&self->ending);

  self->phase = MEMSNOOP_HEAP_PHASE_IDLE;
  g_task_return_pointer (ending, g_steal_pointer (&self->snapshot),
                         (GDestroyNotify) memsnoop_heap_snapshot_unref);
  if (!g_queue_is_empty (&self->acquirers))
    begin (self);
}

static void
on_last_figures (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *self = MEMSNOOP_HEAP_RECORDING (source);
  g_autoptr (MemsnoopHeapSnapshot) snapshot = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, on_stopped, NULL);

  memsnoop_heap_stacks_stop (self->stacks);
  g_signal_handlers_disconnect_by_data (self->stacks, self);
  g_clear_object (&self->stacks);
  g_clear_pointer (&self->gatherer, memsnoop_heap_gatherer_free);
  g_clear_pointer (&self->setup, memsnoop_heap_setup_free);
  g_task_set_task_data (task, g_steal_pointer (&self->tracer), NULL);
  g_task_run_in_thread (task, stop_in_thread);
}

/* As soon as the stacks are known, or have had their time. */
static void
go_on_ending (MemsnoopHeapRecording *self)
{
  if (self->phase != MEMSNOOP_HEAP_PHASE_SETTLING ||
      (self->settling != 0 && !memsnoop_heap_stacks_is_settled (self->stacks)))
    return;
  self->phase = MEMSNOOP_HEAP_PHASE_ENDING;
  g_clear_handle_id (&self->settling, g_source_remove);
  memsnoop_heap_recording_request (self, TRUE, g_task_new (self, NULL, on_last_figures, NULL));
}

static gboolean
on_settling_over (gpointer user_data)
{
  MemsnoopHeapRecording *self = user_data;

  self->settling = 0;
  go_on_ending (self);
  return G_SOURCE_REMOVE;
}

static void
detach_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  memsnoop_heap_tracer_detach (data);
  g_task_return_boolean (task, TRUE);
}

static void
on_detached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapRecording *self = MEMSNOOP_HEAP_RECORDING (source);

  memsnoop_heap_recording_take_captures (self);
  self->phase = MEMSNOOP_HEAP_PHASE_SETTLING;
  self->settling = g_timeout_add_seconds (SETTLING_SECONDS, on_settling_over, self);
  memsnoop_heap_stacks_hurry (self->stacks);
  go_on_ending (self);
}

/* When nothing else attaches or detaches any more. */
static void
detach_when_idle (MemsnoopHeapRecording *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->phase != MEMSNOOP_HEAP_PHASE_DETACHING || self->extending != NULL ||
      self->budget != NULL)
    return;
  task = g_task_new (self, NULL, on_detached, NULL);
  g_task_set_source_tag (task, detach_when_idle);
  g_task_set_task_data (task, self->tracer, NULL);
  g_task_run_in_thread (task, detach_in_thread);
}

static void
end (MemsnoopHeapRecording *self, GTask *release)
{
  self->phase = MEMSNOOP_HEAP_PHASE_DETACHING;
  self->ending = release;
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_handle_id (&self->captures, g_source_remove);
  if (self->extending != NULL)
    g_cancellable_cancel (self->extending);
  if (self->budget != NULL)
    memsnoop_heap_budget_stop_async (self->budget, on_budget_stopped, g_object_ref (self));
  else
    detach_when_idle (self);
}

void
memsnoop_heap_recording_release_async (MemsnoopHeapRecording *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *release = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (self->leases > 0);
  g_task_set_source_tag (release, memsnoop_heap_recording_release_async);
  self->leases--;
  if (self->leases == 0)
    {
      end (self, release);
      return;
    }
  apply_budgets (self);
  memsnoop_heap_recording_request (self, TRUE, release);
}

MemsnoopHeapSnapshot *
memsnoop_heap_recording_release_finish (MemsnoopHeapRecording *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* Figures */

gboolean
memsnoop_heap_recording_is_active (MemsnoopHeapRecording *self)
{
  return self->phase == MEMSNOOP_HEAP_PHASE_ACTIVE;
}

MemsnoopStackSource
memsnoop_heap_recording_get_source (MemsnoopHeapRecording *self)
{
  return self->source;
}

guint32
memsnoop_heap_recording_get_pid (MemsnoopHeapRecording *self)
{
  return self->identity->pid;
}

guint64
memsnoop_heap_recording_get_start_time (MemsnoopHeapRecording *self)
{
  return self->identity->start_time;
}

guint64
memsnoop_heap_recording_get_live_bytes (MemsnoopHeapRecording *self, guint64 *mapped)
{
  MemsnoopHeapTotals totals;

  *mapped = 0;
  if (self->phase != MEMSNOOP_HEAP_PHASE_ACTIVE)
    return 0;
  memsnoop_heap_tracer_get_totals (self->tracer, &totals);
  *mapped = totals.map_bytes - MIN (totals.unmap_bytes, totals.map_bytes);
  return totals.current_bytes;
}

void
memsnoop_heap_recording_get_totals (MemsnoopHeapRecording *self, MemsnoopTracerTotals *totals)
{
  memset (totals, 0, sizeof *totals);
  if (self->phase == MEMSNOOP_HEAP_PHASE_ACTIVE)
    memsnoop_heap_summary_read_totals (self->tracer, totals);
}

void
memsnoop_heap_recording_get_expense (MemsnoopHeapRecording *self, MemsnoopHeapExpense *expense)
{
  *expense = (MemsnoopHeapExpense){ .recorded_share = 1 };
  if (self->phase != MEMSNOOP_HEAP_PHASE_ACTIVE)
    return;
  memsnoop_heap_summary_read_expense (self->tracer, expense);
  memsnoop_heap_recording_note_cost (self);
  expense->cpu_cost = self->cpu_cost;
  memsnoop_probe_list_count (self->setup->probes, &expense->n_probes, &expense->n_fast_probes);
}

/* Whoever holds a lease, or waits for one, holds the recording. */
static void
memsnoop_heap_recording_finalize (GObject *object)
{
  MemsnoopHeapRecording *self = MEMSNOOP_HEAP_RECORDING (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_handle_id (&self->captures, g_source_remove);
  g_clear_handle_id (&self->settling, g_source_remove);
  g_clear_handle_id (&self->patience, g_source_remove);
  if (self->stacks != NULL)
    {
      memsnoop_heap_stacks_stop (self->stacks);
      g_signal_handlers_disconnect_by_data (self->stacks, self);
    }
  g_clear_object (&self->stacks);
  g_array_unref (self->budgets);
  g_clear_pointer (&self->tracer, memsnoop_heap_tracer_stop);
  g_clear_pointer (&self->snapshot, memsnoop_heap_snapshot_unref);
  g_clear_pointer (&self->gatherer, memsnoop_heap_gatherer_free);
  g_clear_pointer (&self->setup, memsnoop_heap_setup_free);
  g_object_unref (self->worker);
  memsnoop_process_identity_free (self->identity);
  G_OBJECT_CLASS (memsnoop_heap_recording_parent_class)->finalize (object);
}

static void
memsnoop_heap_recording_class_init (MemsnoopHeapRecordingClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_heap_recording_finalize;
  signals[SIGNAL_COST_CHANGED] =
      g_signal_new ("cost-changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_OVER_BUDGET] =
      g_signal_new ("over-budget", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_heap_recording_init (MemsnoopHeapRecording *self)
{
  self->budgets = g_array_new (FALSE, FALSE, sizeof (gdouble));
}

MemsnoopHeapRecording *
memsnoop_heap_recording_new (MemsnoopWorker *worker, MemsnoopProcessIdentity *identity)
{
  MemsnoopHeapRecording *self = g_object_new (MEMSNOOP_TYPE_HEAP_RECORDING, NULL);

  self->worker = g_object_ref (worker);
  self->identity = identity;
  return self;
}

MemsnoopHeapRecording *
memsnoop_heap_recording_new_growth (MemsnoopWorker *worker, MemsnoopProcessIdentity *identity)
{
  MemsnoopHeapRecording *self = memsnoop_heap_recording_new (worker, identity);

  self->source = MEMSNOOP_STACK_SOURCE_GROWTH;
  return self;
}
