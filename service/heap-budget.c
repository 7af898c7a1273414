/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-budget.h"

#include "boot-time.h"
#include "cost-mean.h"
#include "cpu-budget.h"
#include "trap-cost.h"

#include <math.h>

/* Between two measurements when there is no budget. */
#define IDLE_MILLISECONDS 5000

struct _MemsnoopHeapBudget
{
  GObject parent_instance;

  MemsnoopHeapTracer *tracer;
  gdouble budget;
  MemsnoopCpuBudget state;
  const MemsnoopTrapCost *trap_cost; /* NULL until it is known */
  GCancellable *measuring;           /* while a thread finds that out */
  /* Since when is measured. */
  MemsnoopHeapCost before;
  guint64 since;
  MemsnoopCostMean mean;
  guint timer;
  /* A thread attaches or detaches. */
  gboolean busy;
  /* The budget has changed meanwhile. */
  gboolean changed_meanwhile;
  GTask *stopping;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (MemsnoopHeapBudget, memsnoop_heap_budget, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_EXHAUSTED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void judge (MemsnoopHeapBudget *self);

static gboolean
on_time (gpointer user_data)
{
  MemsnoopHeapBudget *self = user_data;

  self->timer = 0;
  judge (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for (MemsnoopHeapBudget *self, guint milliseconds)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (!self->stopped)
    self->timer = g_timeout_add (milliseconds, on_time, self);
}

/* What is measured next begins now. */
static void
begin_measuring (MemsnoopHeapBudget *self)
{
  memsnoop_heap_tracer_get_cost (self->tracer, &self->before);
  self->since = memsnoop_boot_time ();
}

gdouble
memsnoop_heap_budget_sum_up (const MemsnoopHeapCost *before,
                             const MemsnoopHeapCost *now,
                             const MemsnoopTrapCost *trap)
{
  guint64 timed = now->timed_runs - before->timed_runs;
  guint64 hits[MEMSNOOP_HEAP_HITS], runs = 0;
  gdouble traps, run = 0;

  for (guint i = 0; i < MEMSNOOP_HEAP_HITS; i++)
    {
      hits[i] = now->hits[i] - before->hits[i];
      runs += hits[i];
    }
  traps = (gdouble) hits[MEMSNOOP_HEAP_HIT_EMULATED] * trap->emulated +
          (gdouble) hits[MEMSNOOP_HEAP_HIT_SINGLE_STEPPED] * trap->single_stepped +
          (gdouble) hits[MEMSNOOP_HEAP_HIT_RETURN] * trap->at_return;
  if (timed > 0)
    run = (gdouble) (now->timed_nanoseconds - before->timed_nanoseconds) / (gdouble) timed;
  return traps + (gdouble) runs * run;
}

/* Share of one core since it was measured last. */
static gdouble
measure (MemsnoopHeapBudget *self)
{
  gdouble seconds = (gdouble) (memsnoop_boot_time () - self->since) / (gdouble) MEMSNOOP_SECOND;
  MemsnoopHeapCost now;
  gdouble cost;

  memsnoop_heap_tracer_get_cost (self->tracer, &now);
  cost = memsnoop_heap_budget_sum_up (&self->before, &now, self->trap_cost) /
         (gdouble) MEMSNOOP_SECOND;
  cost = seconds > 0 ? cost / seconds : 0;
  memsnoop_cost_mean_add (&self->mean, cost, seconds);
  begin_measuring (self);
  return cost;
}

/* Steps that take time */

typedef struct
{
  MemsnoopHeapPause pause;
  guint milliseconds;
} Change;

static void
change_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MemsnoopHeapBudget *self = source;
  const Change *change = data;
  GError *error = NULL;

  if (memsnoop_heap_tracer_pause (self->tracer, change->pause, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void begin_change (MemsnoopHeapBudget *self, MemsnoopHeapPause pause, guint milliseconds);

/* A budget that has changed is judged by what everything costs. */
static void
go_on_after (MemsnoopHeapBudget *self, guint milliseconds)
{
  if (self->changed_meanwhile && self->state.paused)
    {
      self->changed_meanwhile = FALSE;
      self->state.paused = FALSE;
      begin_change (self, MEMSNOOP_HEAP_PAUSE_NONE, MEMSNOOP_CPU_BUDGET_SLICE);
      return;
    }
  self->changed_meanwhile = FALSE;
  /* Attaching and detaching take their time, and that counts, too. */
  if (self->since != 0)
    measure (self);
  begin_measuring (self);
  wait_for (self, milliseconds);
}

/* What was begun in a thread ends first: it has something in the kernel. */
static void
go_on_stopping (MemsnoopHeapBudget *self)
{
  g_autoptr (GTask) stopping = NULL;

  if (self->stopping == NULL || self->busy || self->measuring != NULL)
    return;
  stopping = g_steal_pointer (&self->stopping);
  g_task_return_boolean (stopping, TRUE);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapBudget *self = MEMSNOOP_HEAP_BUDGET (source);
  const Change *change = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  /* The process may be gone. */
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_debug ("A heap's probes stay as they are: %s", error->message);
  self->busy = FALSE;
  go_on_stopping (self);
  if (self->stopped)
    return;
  go_on_after (self, change->milliseconds);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
begin_change (MemsnoopHeapBudget *self, MemsnoopHeapPause pause, guint milliseconds)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_changed, NULL);
  Change change = { pause, milliseconds };

  self->busy = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_task_set_source_tag (task, begin_change);
  g_task_set_task_data (task, g_memdup2 (&change, sizeof change), g_free);
  g_task_run_in_thread (task, change_in_thread);
}

/* Steps */

static gboolean
can_raise (MemsnoopHeapBudget *self)
{
  guint64 interval = memsnoop_heap_tracer_get_interval (self->tracer);

  return interval != 0 && 2 * interval <= MEMSNOOP_HEAP_INTERVAL_MAX;
}

static void
take_step (MemsnoopHeapBudget *self, MemsnoopCpuBudgetStep step)
{
  switch (step.action)
    {
    case MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL:
      memsnoop_heap_tracer_raise_interval (self->tracer);
      wait_for (self, step.milliseconds);
      g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
      break;
    case MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS:
      begin_change (self, MEMSNOOP_HEAP_PAUSE_BEGINNINGS, step.milliseconds);
      break;
    case MEMSNOOP_CPU_BUDGET_PAUSE_ALL:
      begin_change (self, MEMSNOOP_HEAP_PAUSE_ALL, step.milliseconds);
      break;
    case MEMSNOOP_CPU_BUDGET_RESUME:
      begin_change (self, MEMSNOOP_HEAP_PAUSE_NONE, step.milliseconds);
      break;
    case MEMSNOOP_CPU_BUDGET_GIVE_UP:
      g_signal_emit (self, signals[SIGNAL_EXHAUSTED], 0);
      break;
    case MEMSNOOP_CPU_BUDGET_GO_ON:
    default:
      wait_for (self, step.milliseconds);
      break;
    }
}

static void
judge (MemsnoopHeapBudget *self)
{
  gdouble cost = measure (self);

  if (self->budget > 0)
    take_step (self,
               memsnoop_cpu_budget_judge (&self->state, self->budget, cost, can_raise (self)));
  else
    wait_for (self, IDLE_MILLISECONDS);
}

/* Beginning and end */

static void
measure_traps_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, (gpointer) memsnoop_trap_cost_get (cancellable), NULL);
}

static guint
slice_of (const MemsnoopHeapBudget *self)
{
  return self->budget > 0 ? MEMSNOOP_CPU_BUDGET_SLICE : IDLE_MILLISECONDS;
}

static void
on_traps_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapBudget *self = MEMSNOOP_HEAP_BUDGET (source);

  self->trap_cost = g_task_propagate_pointer (G_TASK (result), NULL);
  g_clear_object (&self->measuring);
  go_on_stopping (self);
  if (!self->stopped)
    go_on_after (self, slice_of (self));
}

void
memsnoop_heap_budget_set (MemsnoopHeapBudget *self, gdouble budget)
{
  gboolean paused = self->state.paused;

  if (fabs (budget - self->budget) < 1e-9)
    return;
  self->budget = budget;
  self->state = (MemsnoopCpuBudget){ .paused = paused };
  self->changed_meanwhile = TRUE;
  if (!self->busy && !self->stopped && self->trap_cost != NULL)
    go_on_after (self, slice_of (self));
}

gdouble
memsnoop_heap_budget_get (MemsnoopHeapBudget *self)
{
  return self->budget;
}

gdouble
memsnoop_heap_budget_get_cost (MemsnoopHeapBudget *self)
{
  return self->mean.value;
}

void
memsnoop_heap_budget_stop_async (MemsnoopHeapBudget *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_heap_budget_stop_async);
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->stopping = task;
  if (self->measuring != NULL)
    g_cancellable_cancel (self->measuring);
  go_on_stopping (self);
}

static void
memsnoop_heap_budget_finalize (GObject *object)
{
  MemsnoopHeapBudget *self = MEMSNOOP_HEAP_BUDGET (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->measuring);
  G_OBJECT_CLASS (memsnoop_heap_budget_parent_class)->finalize (object);
}

static void
memsnoop_heap_budget_class_init (MemsnoopHeapBudgetClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_heap_budget_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_EXHAUSTED] = g_signal_new ("exhausted", G_TYPE_FROM_CLASS (class),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_heap_budget_init (MemsnoopHeapBudget *self)
{
}

MemsnoopHeapBudget *
memsnoop_heap_budget_new (MemsnoopHeapTracer *tracer)
{
  MemsnoopHeapBudget *self = g_object_new (MEMSNOOP_TYPE_HEAP_BUDGET, NULL);
  g_autoptr (GTask) task = NULL;

  self->measuring = g_cancellable_new ();
  task = g_task_new (self, self->measuring, on_traps_measured, NULL);
  self->tracer = tracer;
  g_task_set_source_tag (task, memsnoop_heap_budget_new);
  g_task_run_in_thread (task, measure_traps_in_thread);
  return self;
}
