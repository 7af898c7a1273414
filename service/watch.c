/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include "anomaly-list.h"
#include "boot-time.h"
#include "process-identity.h"
#include "suspect-list.h"

struct _MemsnoopWatch
{
  GObject parent_instance;

  MemsnoopRecording *recording;
  const MemsnoopConfiguration *configuration;
  MemsnoopProcessTable *table;
  MemsnoopSuspectList *suspects;
  MemsnoopAnomalyList *anomalies;
  gboolean running;
  /* Something was read since the start. */
  gboolean begun;
  /* Until the next reading; 0 while one is under way. */
  guint timer;
  /* Of the kernel recording that was looked at last; 0 when there was none. */
  guint64 recorded_since;
  /* As it was told last. */
  guint left_out;
  gboolean failed;
  /* Whether the last reading was made with the process iterator. */
  gboolean iterating;
};

G_DEFINE_FINAL_TYPE (MemsnoopWatch, memsnoop_watch, G_TYPE_OBJECT)

static guint suspicion_signal;
static guint anomaly_signal;
static guint left_out_signal;
static guint iterator_signal;

static void
on_suspicion (MemsnoopWatch *self, MemsnoopSuspicion *suspicion)
{
  g_signal_emit (self, suspicion_signal, 0, suspicion);
}

static void
on_anomaly (const MemsnoopAnomaly *anomaly, gpointer user_data)
{
  g_signal_emit (user_data, anomaly_signal, 0, anomaly);
}

/* Kernel memory */

typedef struct
{
  MemsnoopWatch *watch;
  guint32 tick;
} KernelRound;

static void
look_at_figures (const MemsnoopProcessFigures *figures, gpointer user_data)
{
  const KernelRound *round = user_data;
  MemsnoopWatchedProcess *process;

  if (figures->kind != MEMSNOOP_PROCESS_KIND_PROGRAM || figures->exited_at != 0)
    return;
  memsnoop_anomaly_list_look (round->watch->anomalies, figures);
  process = memsnoop_process_table_lookup (round->watch->table, figures->pid);
  if (process == NULL || memsnoop_round_start_time (process->start_time) !=
                             memsnoop_round_start_time (figures->start_time))
    return;
  process->kernel_bytes = figures->current_bytes;
  memsnoop_usage_history_add_kernel (process->history, round->tick, figures->current_bytes);
}

static void
forget_kernel_memory (MemsnoopWatchedProcess *process, gpointer user_data)
{
  process->kernel_bytes = 0;
  memsnoop_usage_history_clear_kernel (process->history);
}

/* One recording's figures say nothing about another's: each counts from its own beginning. */
static void
end_recording (MemsnoopWatch *self)
{
  self->recorded_since = 0;
  memsnoop_process_table_foreach (self->table, forget_kernel_memory, NULL);
  memsnoop_suspect_list_end_kind (self->suspects, MEMSNOOP_SUSPICION_KERNEL);
  memsnoop_anomaly_list_clear (self->anomalies);
}

static void
look_at_kernel_memory (MemsnoopWatch *self, guint64 now)
{
  KernelRound round = { self, memsnoop_process_table_tick_of (self->table, now) };
  MemsnoopTracerTotals totals = { 0 };

  if (memsnoop_recording_is_active (self->recording))
    memsnoop_recording_get_totals (self->recording, &totals);
  if (self->recorded_since != 0 && totals.since != self->recorded_since)
    end_recording (self);
  self->recorded_since = totals.since;
  if (totals.since == 0)
    return;
  memsnoop_anomaly_list_begin (self->anomalies, now);
  memsnoop_recording_foreach (self->recording, look_at_figures, &round);
  memsnoop_anomaly_list_end (self->anomalies);
}

/* All memory */

typedef struct
{
  MemsnoopWatch *watch;
  guint64 now;
} JudgingRound;

static void
judge (MemsnoopWatchedProcess *process, gpointer user_data)
{
  const JudgingRound *round = user_data;

  if (process->judge)
    memsnoop_suspect_list_judge (round->watch->suspects, process, round->now);
}

typedef struct
{
  GArray *processes;
  MemsnoopMachineMemory machine;
  guint64 now;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_array_unref (reading->processes);
  g_free (reading);
}

static void
tell_left_out (MemsnoopWatch *self)
{
  guint left_out = memsnoop_suspect_list_count_left_out (self->suspects);

  if (left_out == self->left_out)
    return;
  self->left_out = left_out;
  g_signal_emit (self, left_out_signal, 0, left_out);
}

static void
take_in (MemsnoopWatch *self, const Reading *reading)
{
  JudgingRound round = { self, reading->now };

  memsnoop_process_table_update (self->table, reading->processes, reading->now, NULL, NULL);
  memsnoop_suspect_list_set_machine (self->suspects, &reading->machine, reading->now);
  memsnoop_suspect_list_sweep (self->suspects);
  /* A recording does not last over a restart of the service. */
  if (!self->begun)
    memsnoop_suspect_list_end_kind (self->suspects, MEMSNOOP_SUSPICION_KERNEL);
  self->begun = TRUE;
  look_at_kernel_memory (self, reading->now);
  memsnoop_process_table_foreach (self->table, judge, &round);
  tell_left_out (self);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  GArray *processes = memsnoop_process_memory_read_all (&error);
  Reading *reading;

  if (processes == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reading = g_new (Reading, 1);
  reading->processes = processes;
  memsnoop_machine_memory_read (&reading->machine);
  reading->now = memsnoop_boot_time ();
  g_task_return_pointer (task, reading, reading_free);
}

static void
look_at_iterator (MemsnoopWatch *self)
{
  g_autofree gchar *reason = NULL;
  gboolean iterating = memsnoop_process_memory_iterator_available (&reason);

  if (iterating == self->iterating)
    return;
  self->iterating = iterating;
  g_signal_emit (self, iterator_signal, 0, iterating, reason);
}

static void schedule (MemsnoopWatch *self);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWatch *self = MEMSNOOP_WATCH (source);
  g_autoptr (GError) error = NULL;
  Reading *reading = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->running)
    look_at_iterator (self);
  if (self->running && reading != NULL)
    take_in (self, reading);
  if (error != NULL && !self->failed)
    g_warning ("The watch cannot see the processes: %s", error->message);
  self->failed = error != NULL;
  if (self->running)
    schedule (self);
  g_clear_pointer (&reading, reading_free);
}

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopWatch *self = user_data;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_read, NULL);

  self->timer = 0;
  g_task_set_source_tag (task, on_timer);
  g_task_run_in_thread (task, read_in_thread);
  return G_SOURCE_REMOVE;
}

/* In the middle of the next tick: so a timer that is a little early or late leaves none out. */
static void
schedule (MemsnoopWatch *self)
{
  guint64 interval = memsnoop_process_table_get_interval (self->table);
  guint64 now = memsnoop_boot_time ();
  guint32 next = memsnoop_process_table_tick_of (self->table, now) + 1;
  guint64 due = memsnoop_process_table_time_of (self->table, next) + interval / 2;

  self->timer = g_timeout_add ((guint) ((due - now) / (MEMSNOOP_SECOND / 1000)), on_timer, self);
}

void
memsnoop_watch_set_heap_recordings (MemsnoopWatch *self,
                                    MemsnoopHeapRecordings *recordings,
                                    MemsnoopSuspectSessionFunc begin,
                                    gpointer begin_data)
{
  g_return_if_fail (!self->running);
  memsnoop_suspect_list_set_heap_recordings (
      self->suspects, recordings, self->configuration->record_suspects ? begin : NULL, begin_data);
}

void
memsnoop_watch_start (MemsnoopWatch *self)
{
  g_return_if_fail (!self->running);
  self->running = TRUE;
  on_timer (self);
}

void
memsnoop_watch_stop (MemsnoopWatch *self)
{
  self->running = FALSE;
  g_clear_handle_id (&self->timer, g_source_remove);
}

MemsnoopProcessTable *
memsnoop_watch_get_table (MemsnoopWatch *self)
{
  return self->table;
}

GPtrArray *
memsnoop_watch_get_suspects (MemsnoopWatch *self)
{
  return memsnoop_suspect_list_get (self->suspects);
}

const MemsnoopSuspicion *
memsnoop_watch_find_suspect (MemsnoopWatch *self, guint64 id)
{
  return memsnoop_suspect_list_find (self->suspects, id);
}

void
memsnoop_watch_adopt_suspicion (MemsnoopWatch *self, MemsnoopSuspicion *suspicion)
{
  memsnoop_suspect_list_adopt (self->suspects, suspicion);
}

const MemsnoopUsageHistory *
memsnoop_watch_get_machine_history (MemsnoopWatch *self)
{
  return memsnoop_suspect_list_get_machine_history (self->suspects);
}

void
memsnoop_watch_adopt_machine_history (MemsnoopWatch *self, MemsnoopUsageHistory *history)
{
  memsnoop_suspect_list_adopt_machine_history (self->suspects, history);
}

guint64
memsnoop_watch_get_next_id (MemsnoopWatch *self)
{
  return memsnoop_suspect_list_get_next_id (self->suspects);
}

void
memsnoop_watch_set_next_id (MemsnoopWatch *self, guint64 id)
{
  memsnoop_suspect_list_set_next_id (self->suspects, id);
}

static void
memsnoop_watch_dispose (GObject *object)
{
  MemsnoopWatch *self = MEMSNOOP_WATCH (object);

  memsnoop_watch_stop (self);
  if (self->suspects != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->suspects, self);
      memsnoop_suspect_list_stop (self->suspects);
    }
  g_clear_object (&self->suspects);
  g_clear_pointer (&self->anomalies, memsnoop_anomaly_list_free);
  g_clear_pointer (&self->table, memsnoop_process_table_free);
  g_clear_object (&self->recording);
  G_OBJECT_CLASS (memsnoop_watch_parent_class)->dispose (object);
}

static void
memsnoop_watch_class_init (MemsnoopWatchClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_watch_dispose;
  suspicion_signal = g_signal_new ("suspicion", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  anomaly_signal = g_signal_new ("anomaly", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  left_out_signal = g_signal_new ("left-out", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  iterator_signal = g_signal_new ("iterator", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
memsnoop_watch_init (MemsnoopWatch *self)
{
}

MemsnoopWatch *
memsnoop_watch_new (MemsnoopRecording *recording,
                    MemsnoopIgnoreList *ignored,
                    const MemsnoopConfiguration *configuration)
{
  MemsnoopWatch *self = g_object_new (MEMSNOOP_TYPE_WATCH, NULL);

  self->recording = g_object_ref (recording);
  self->configuration = configuration;
  self->table = memsnoop_process_table_new (
      (guint64) (configuration->watch_interval * (gdouble) MEMSNOOP_SECOND));
  self->suspects =
      memsnoop_suspect_list_new (self->table, recording, ignored, &configuration->growth);
  self->anomalies =
      memsnoop_anomaly_list_new (&configuration->anomalies, ignored, on_anomaly, self);
  g_signal_connect_swapped (self->suspects, "suspicion", G_CALLBACK (on_suspicion), self);
  return self;
}
