/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording.h"

#include "boot-time.h"
#include "error.h"

#include <linux/types.h>

#include "memsnoop-kernel-layout.h"

/* A snapshot is renewed so early that the gathering ends before it is too old. */
#define RENEWAL_SECONDS 3
/* Without requests one is gathered so often all the same, for the tracer tidies its tables then. */
#define TICKS_PER_SNAPSHOT 12
/* Half of the records are kept free for what is forked until more are: some 5,800 at the default
 * size of the tables, so that ten thousand processes in a second find one. */
#define ROOM_MILLISECONDS 500
/* How long after the last request snapshots go on being renewed. */
#define DEMAND_SECONDS 10

typedef enum
{
  PHASE_IDLE,
  PHASE_STARTING,
  PHASE_ACTIVE,
  PHASE_ENDING, /* the last lease is given back, its last figures are being gathered */
  PHASE_STOPPING,
} Phase;

struct _MemsnoopRecording
{
  GObject parent_instance;

  MemsnoopTracer *tracer;
  Phase phase;
  guint leases;
  guint64 map_memory;
  GQueue acquirers; /* GTask: they wait for the recording to begin */

  guint room;
  guint tick;
  guint ticks;
  GHashTable *histories; /* ProcessKey to GArray of MemsnoopHistoryPoint */

  MemsnoopSnapshot *snapshot;
  gboolean gathering;
  GQueue waiting;       /* GTask: for the snapshot that is being gathered */
  GQueue waiting_fresh; /* GTask: for one that is begun after that */
  gint64 last_demand;   /* g_get_monotonic_time() */
  guint renewal;
};

G_DEFINE_TYPE (MemsnoopRecording, memsnoop_recording, G_TYPE_OBJECT)

/* Histories */

typedef struct
{
  guint64 start_time;
  guint32 pid;
} ProcessKey;

static guint
process_key_hash (gconstpointer data)
{
  const ProcessKey *key = data;

  return g_int64_hash (&key->start_time) ^ key->pid;
}

static gboolean
process_key_equal (gconstpointer a, gconstpointer b)
{
  const ProcessKey *left = a, *right = b;

  return left->pid == right->pid && left->start_time == right->start_time;
}

typedef struct
{
  GHashTable *histories;
  guint64 now;
} Sampling;

static void
sample_history (const MemsnoopProcessFigures *figures, gpointer user_data)
{
  Sampling *sampling = user_data;
  ProcessKey key = { figures->start_time, figures->pid };
  GArray *history;

  if (figures->kind > MEMSNOOP_PROCESS_KIND_KERNEL_THREAD)
    return;
  history = g_hash_table_lookup (sampling->histories, &key);
  if (history == NULL)
    {
      history = memsnoop_history_new ();
      g_hash_table_insert (sampling->histories, g_memdup2 (&key, sizeof key), history);
    }
  memsnoop_history_add (history, sampling->now, figures->current_bytes);
}

/* The tracer has given the process's record to another: nobody can ask for it any more. */
static gboolean
is_forgotten (gpointer key, gpointer value, gpointer user_data)
{
  const GArray *history = value;
  const Sampling *sampling = user_data;

  return g_array_index (history, MemsnoopHistoryPoint, history->len - 1).time != sampling->now;
}

static void
sample_histories (MemsnoopRecording *self)
{
  Sampling sampling = { self->histories, memsnoop_boot_time () };

  memsnoop_tracer_foreach (self->tracer, sample_history, &sampling);
  g_hash_table_foreach_remove (self->histories, is_forgotten, &sampling);
}

GArray *
memsnoop_recording_get_history (MemsnoopRecording *self, guint32 pid, guint64 start_time)
{
  ProcessKey key = { start_time, pid };
  GArray *history = g_hash_table_lookup (self->histories, &key);

  return history != NULL ? g_array_copy (history) : memsnoop_history_new ();
}

/* Snapshots */

static void
gather_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopRecording *self = source;

  g_task_return_pointer (task, memsnoop_tracer_gather (self->tracer),
                         (GDestroyNotify) memsnoop_snapshot_unref);
}

static void
answer (GQueue *tasks, MemsnoopSnapshot *snapshot)
{
  GTask *task;

  while ((task = g_queue_pop_head (tasks)) != NULL)
    {
      g_task_return_pointer (task, memsnoop_snapshot_ref (snapshot),
                             (GDestroyNotify) memsnoop_snapshot_unref);
      g_object_unref (task);
    }
}

static gboolean
has_recent_snapshot (MemsnoopRecording *self)
{
  return self->snapshot != NULL &&
         memsnoop_boot_time () - self->snapshot->taken_at <= MEMSNOOP_SNAPSHOT_AGE;
}

static void on_gathered (GObject *source, GAsyncResult *result, gpointer user_data);

static void
gather (MemsnoopRecording *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->gathering)
    return;
  self->gathering = TRUE;
  /* One that nobody is given any more need not be there beside the next one. */
  if (!has_recent_snapshot (self))
    g_clear_pointer (&self->snapshot, memsnoop_snapshot_unref);
  /* Whoever waits for a fresh one gets this one, which has not looked at anything yet. */
  while (!g_queue_is_empty (&self->waiting_fresh))
    g_queue_push_tail (&self->waiting, g_queue_pop_head (&self->waiting_fresh));
  task = g_task_new (self, NULL, on_gathered, NULL);
  g_task_run_in_thread (task, gather_in_thread);
}

static gboolean
on_renewal (gpointer user_data)
{
  MemsnoopRecording *self = user_data;

  self->renewal = 0;
  if (g_get_monotonic_time () - self->last_demand < DEMAND_SECONDS * G_USEC_PER_SEC)
    gather (self);
  else
    g_clear_pointer (&self->snapshot, memsnoop_snapshot_unref);
  return G_SOURCE_REMOVE;
}

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopRecording *self = MEMSNOOP_RECORDING (source);
  g_autoptr (MemsnoopSnapshot) snapshot = g_task_propagate_pointer (G_TASK (result), NULL);
  /* Those who are answered may ask again, and then wait for the next one. */
  GQueue waiting = self->waiting;

  g_queue_init (&self->waiting);
  g_clear_pointer (&self->snapshot, memsnoop_snapshot_unref);
  self->snapshot = memsnoop_snapshot_ref (snapshot);
  self->gathering = FALSE;
  g_clear_handle_id (&self->renewal, g_source_remove);
  self->renewal = g_timeout_add_seconds (RENEWAL_SECONDS, on_renewal, self);
  answer (&waiting, snapshot);
  if (!g_queue_is_empty (&self->waiting_fresh) && self->phase != PHASE_STOPPING)
    gather (self);
}

static void
request_snapshot (MemsnoopRecording *self, gboolean fresh, GTask *task)
{
  self->last_demand = g_get_monotonic_time ();
  if (!fresh && has_recent_snapshot (self))
    {
      g_task_return_pointer (task, memsnoop_snapshot_ref (self->snapshot),
                             (GDestroyNotify) memsnoop_snapshot_unref);
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (fresh ? &self->waiting_fresh : &self->waiting, task);
  gather (self);
}

void
memsnoop_recording_snapshot_async (MemsnoopRecording *self,
                                   gboolean fresh,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_recording_snapshot_async);
  if (self->phase != PHASE_ACTIVE)
    {
      g_task_return_new_error (task, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NOT_RECORDING,
                               "No kernel memory is being recorded");
      g_object_unref (task);
      return;
    }
  request_snapshot (self, fresh, task);
}

MemsnoopSnapshot *
memsnoop_recording_snapshot_finish (MemsnoopRecording *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
on_room (gpointer user_data)
{
  MemsnoopRecording *self = user_data;

  memsnoop_tracer_make_room (self->tracer);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  MemsnoopRecording *self = user_data;

  memsnoop_tracer_advance_epoch (self->tracer);
  sample_histories (self);
  if (++self->ticks % TICKS_PER_SNAPSHOT == 0)
    gather (self);
  return G_SOURCE_CONTINUE;
}

/* Leases */

static void
start_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopRecording *self = source;
  GError *error = NULL;

  if (memsnoop_tracer_start (self->tracer, self->map_memory, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopRecording *self = MEMSNOOP_RECORDING (source);
  g_autoptr (GError) error = NULL;
  GQueue acquirers = self->acquirers;
  GTask *task;

  g_queue_init (&self->acquirers);
  self->phase = g_task_propagate_boolean (G_TASK (result), &error) ? PHASE_ACTIVE : PHASE_IDLE;
  if (self->phase == PHASE_ACTIVE)
    {
      self->tick = g_timeout_add_seconds (MEMSNOOP_EPOCH_SECONDS, on_tick, self);
      self->room = g_timeout_add (ROOM_MILLISECONDS, on_room, self);
      /* Before the first of them is told, for it may give its lease back at once. */
      self->leases = acquirers.length;
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
begin (MemsnoopRecording *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_started, NULL);

  self->phase = PHASE_STARTING;
  g_task_run_in_thread (task, start_in_thread);
}

void
memsnoop_recording_acquire_async (MemsnoopRecording *self,
                                  guint64 map_memory,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  if (self->phase == PHASE_ACTIVE)
    {
      self->leases++;
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  if (g_queue_is_empty (&self->acquirers))
    self->map_memory = map_memory;
  g_queue_push_tail (&self->acquirers, task);
  if (self->phase == PHASE_IDLE)
    begin (self);
}

gboolean
memsnoop_recording_acquire_finish (MemsnoopRecording *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
stop_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopRecording *self = source;

  memsnoop_tracer_stop (self->tracer);
  g_task_return_boolean (task, TRUE);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopRecording *self = MEMSNOOP_RECORDING (source);
  g_autoptr (GTask) release = user_data;

  self->phase = PHASE_IDLE;
  g_hash_table_remove_all (self->histories);
  g_task_return_pointer (release, g_steal_pointer (&self->snapshot),
                         (GDestroyNotify) memsnoop_snapshot_unref);
  /* Whoever got the last figures may have begun it already. */
  if (self->phase == PHASE_IDLE && !g_queue_is_empty (&self->acquirers))
    begin (self);
}

static void
stop (MemsnoopRecording *self, GTask *release)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_stopped, release);

  self->phase = PHASE_STOPPING;
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_handle_id (&self->room, g_source_remove);
  g_clear_handle_id (&self->renewal, g_source_remove);
  g_task_run_in_thread (task, stop_in_thread);
}

static void
on_last_figures (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopRecording *self = MEMSNOOP_RECORDING (source);
  g_autoptr (GTask) release = user_data;
  g_autoptr (MemsnoopSnapshot) snapshot = g_task_propagate_pointer (G_TASK (result), NULL);

  if (g_task_get_task_data (release) != NULL)
    stop (self, g_steal_pointer (&release));
  else
    g_task_return_pointer (release, g_steal_pointer (&snapshot),
                           (GDestroyNotify) memsnoop_snapshot_unref);
}

void
memsnoop_recording_release_async (MemsnoopRecording *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *release = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (self->leases > 0);
  self->leases--;
  if (self->leases == 0)
    {
      /* From here on no other snapshot is begun, so nothing reads the tables when they go. */
      self->phase = PHASE_ENDING;
      g_task_set_task_data (release, self, NULL);
    }
  request_snapshot (self, TRUE, g_task_new (self, NULL, on_last_figures, release));
}

MemsnoopSnapshot *
memsnoop_recording_release_finish (MemsnoopRecording *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* Figures */

gboolean
memsnoop_recording_is_active (MemsnoopRecording *self)
{
  return self->phase == PHASE_ACTIVE;
}

gboolean
memsnoop_recording_lookup (MemsnoopRecording *self, guint32 pid, MemsnoopProcessFigures *figures)
{
  return self->phase == PHASE_ACTIVE && memsnoop_tracer_lookup (self->tracer, pid, figures);
}

void
memsnoop_recording_foreach (MemsnoopRecording *self,
                            MemsnoopFiguresFunction function,
                            gpointer user_data)
{
  if (self->phase == PHASE_ACTIVE)
    memsnoop_tracer_foreach (self->tracer, function, user_data);
}

void
memsnoop_recording_get_totals (MemsnoopRecording *self, MemsnoopTracerTotals *totals)
{
  if (self->phase == PHASE_ACTIVE)
    memsnoop_tracer_get_totals (self->tracer, totals);
  else
    memset (totals, 0, sizeof *totals);
}

static void
memsnoop_recording_finalize (GObject *object)
{
  MemsnoopRecording *self = MEMSNOOP_RECORDING (object);

  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_handle_id (&self->room, g_source_remove);
  g_clear_handle_id (&self->renewal, g_source_remove);
  if (self->phase == PHASE_ACTIVE)
    memsnoop_tracer_stop (self->tracer);
  g_clear_pointer (&self->snapshot, memsnoop_snapshot_unref);
  g_hash_table_unref (self->histories);
  g_object_unref (self->tracer);
  G_OBJECT_CLASS (memsnoop_recording_parent_class)->finalize (object);
}

static void
memsnoop_recording_class_init (MemsnoopRecordingClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_recording_finalize;
}

static void
memsnoop_recording_init (MemsnoopRecording *self)
{
  self->histories = g_hash_table_new_full (process_key_hash, process_key_equal, g_free,
                                           (GDestroyNotify) g_array_unref);
}

MemsnoopRecording *
memsnoop_recording_new (MemsnoopTracer *tracer)
{
  MemsnoopRecording *self = g_object_new (MEMSNOOP_TYPE_RECORDING, NULL);

  self->tracer = g_object_ref (tracer);
  return self;
}
