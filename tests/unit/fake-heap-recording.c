/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake-heap-recording.h"

#include "error.h"

/* What is known of a process by its pid. */
typedef struct
{
  gchar *failure;
  guint64 live_bytes;
  gboolean has_user;
  guint32 uid;
  guint n_leases;
  guint n_starts;
  guint n_stops;
  MemsnoopHeapOptions options;
  gdouble dropped_budgets;
  MemsnoopHeapExpense expense;
} Known;

static GHashTable *known_processes;
static guint delay;

struct _MemsnoopHeapRecording
{
  GObject parent_instance;

  MemsnoopProcessIdentity *identity;
  MemsnoopStackSource source;
};

G_DEFINE_FINAL_TYPE (MemsnoopHeapRecording, memsnoop_heap_recording, G_TYPE_OBJECT)

/* Pid to MemsnoopHeapRecording, as long as somebody holds it. */
struct _MemsnoopHeapRecordings
{
  GHashTable *recordings;
  GHashTable *growths;
};

static void
known_free (gpointer data)
{
  Known *known = data;

  g_free (known->failure);
  g_free (known);
}

static Known *
get_known (guint32 pid)
{
  Known *known;

  if (known_processes == NULL)
    known_processes = g_hash_table_new_full (NULL, NULL, NULL, known_free);
  known = g_hash_table_lookup (known_processes, GUINT_TO_POINTER (pid));
  if (known == NULL)
    {
      known = g_new0 (Known, 1);
      known->expense.recorded_share = 1;
      g_hash_table_insert (known_processes, GUINT_TO_POINTER (pid), known);
    }
  return known;
}

void
fake_heap_set_failure (guint32 pid, const gchar *message)
{
  Known *known = get_known (pid);

  g_free (known->failure);
  known->failure = g_strdup (message);
}

void
fake_heap_set_delay (guint milliseconds)
{
  delay = milliseconds;
}

void
fake_heap_set_live_bytes (guint32 pid, guint64 bytes)
{
  get_known (pid)->live_bytes = bytes;
}

void
fake_heap_set_user (guint32 pid, guint32 uid)
{
  Known *known = get_known (pid);

  known->has_user = TRUE;
  known->uid = uid;
}

guint
fake_heap_count_leases (guint32 pid)
{
  return get_known (pid)->n_leases;
}

guint
fake_heap_count_starts (guint32 pid)
{
  return get_known (pid)->n_starts;
}

guint
fake_heap_count_stops (guint32 pid)
{
  return get_known (pid)->n_stops;
}

MemsnoopHeapOptions
fake_heap_get_options (guint32 pid)
{
  return get_known (pid)->options;
}

gdouble
fake_heap_get_dropped_budgets (guint32 pid)
{
  return get_known (pid)->dropped_budgets;
}

void
fake_heap_set_expense (MemsnoopHeapRecording *recording, const MemsnoopHeapExpense *expense)
{
  get_known (recording->identity->pid)->expense = *expense;
  g_signal_emit_by_name (recording, "cost-changed");
}

void
fake_heap_reset (void)
{
  g_clear_pointer (&known_processes, g_hash_table_unref);
  delay = 0;
}

static void
memsnoop_heap_recording_finalize (GObject *object)
{
  memsnoop_process_identity_free (MEMSNOOP_HEAP_RECORDING (object)->identity);
  G_OBJECT_CLASS (memsnoop_heap_recording_parent_class)->finalize (object);
}

static void
memsnoop_heap_recording_class_init (MemsnoopHeapRecordingClass *class)
{
  static const gchar *const names[] = { "cost-changed", "over-budget" };

  G_OBJECT_CLASS (class)->finalize = memsnoop_heap_recording_finalize;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_new (names[i], G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
memsnoop_heap_recording_init (MemsnoopHeapRecording *self)
{
}

MemsnoopHeapRecording *
memsnoop_heap_recording_new (MemsnoopWorker *worker, MemsnoopProcessIdentity *identity)
{
  MemsnoopHeapRecording *self = g_object_new (MEMSNOOP_TYPE_HEAP_RECORDING, NULL);

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

gboolean
memsnoop_heap_recording_is_active (MemsnoopHeapRecording *self)
{
  return get_known (self->identity->pid)->n_leases > 0;
}

static gboolean
acquire_now (gpointer user_data)
{
  GTask *task = user_data;
  MemsnoopHeapRecording *self = g_task_get_source_object (task);
  const MemsnoopHeapOptions *options = g_task_get_task_data (task);
  Known *known = get_known (self->identity->pid);

  if (known->failure != NULL)
    {
      g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, "%s",
                               known->failure);
      return G_SOURCE_REMOVE;
    }
  if (known->n_leases++ == 0)
    {
      known->n_starts++;
      known->options = *options;
    }
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

void
memsnoop_heap_recording_acquire_async (MemsnoopHeapRecording *self,
                                       const MemsnoopHeapOptions *options,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, g_memdup2 (options, sizeof *options), g_free);
  g_timeout_add_full (G_PRIORITY_DEFAULT, delay, acquire_now, task, g_object_unref);
}

gboolean
memsnoop_heap_recording_acquire_finish (MemsnoopHeapRecording *self,
                                        GAsyncResult *result,
                                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
add_site (MemsnoopHeapSnapshot *snapshot, guint64 bytes)
{
  static const MemsnoopFunction functions[] = { { "leak", "leak.c", 7 }, { "main", "leak.c", 9 } };
  static const MemsnoopFrame places[] = { { "/bin/leak", 0x10, &functions[0], 1 },
                                          { "/bin/leak", 0x20, &functions[1], 1 } };
  static const MemsnoopFrame *const frames[] = { &places[0], &places[1] };
  MemsnoopHeapSite site = { .frames = frames,
                            .n_frames = G_N_ELEMENTS (frames),
                            .complete = TRUE,
                            .live_bytes = bytes,
                            .live_count = 1,
                            .alloc_bytes = bytes,
                            .alloc_count = 1 };

  g_array_append_val (snapshot->sites, site);
}

static MemsnoopHeapSnapshot *
make_snapshot (MemsnoopHeapRecording *self)
{
  const Known *known = get_known (self->identity->pid);
  MemsnoopHeapSnapshot *snapshot = memsnoop_heap_snapshot_new ();

  snapshot->source = self->source;
  snapshot->pid = self->identity->pid;
  snapshot->start_time = self->identity->start_time;
  snapshot->uid = known->has_user ? known->uid : self->identity->real_uid;
  snapshot->comm = g_strdup ("leak");
  snapshot->executable = g_strdup ("/bin/leak");
  snapshot->exact = TRUE;
  snapshot->since = snapshot->taken_at = 1;
  snapshot->map_bytes = 4096;
  if (known->live_bytes == 0)
    return snapshot;
  snapshot->alloc_count = 1;
  snapshot->alloc_bytes = snapshot->current_bytes = snapshot->peak_bytes = known->live_bytes;
  add_site (snapshot, known->live_bytes);
  return snapshot;
}

static gboolean
release_now (gpointer user_data)
{
  GTask *task = user_data;
  MemsnoopHeapRecording *self = g_task_get_source_object (task);
  Known *known = get_known (self->identity->pid);

  g_assert_cmpuint (known->n_leases, >, 0);
  if (--known->n_leases == 0)
    known->n_stops++;
  g_task_return_pointer (task, make_snapshot (self), (GDestroyNotify) memsnoop_heap_snapshot_unref);
  return G_SOURCE_REMOVE;
}

void
memsnoop_heap_recording_release_async (MemsnoopHeapRecording *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, delay, release_now,
                      g_task_new (self, NULL, callback, user_data), g_object_unref);
}

MemsnoopHeapSnapshot *
memsnoop_heap_recording_release_finish (MemsnoopHeapRecording *self, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
memsnoop_heap_recording_snapshot_async (MemsnoopHeapRecording *self,
                                        gboolean fresh,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (memsnoop_heap_recording_is_active (self))
    g_task_return_pointer (task, make_snapshot (self),
                           (GDestroyNotify) memsnoop_heap_snapshot_unref);
  else
    g_task_return_new_error (task, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NOT_RECORDING,
                             "Nothing is recorded");
}

MemsnoopHeapSnapshot *
memsnoop_heap_recording_snapshot_finish (MemsnoopHeapRecording *self,
                                         GAsyncResult *result,
                                         GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

guint64
memsnoop_heap_recording_get_live_bytes (MemsnoopHeapRecording *self)
{
  return memsnoop_heap_recording_is_active (self) ? get_known (self->identity->pid)->live_bytes : 0;
}

void
memsnoop_heap_recording_get_totals (MemsnoopHeapRecording *self, MemsnoopTracerTotals *totals)
{
  *totals = (MemsnoopTracerTotals){ 0 };
  if (!memsnoop_heap_recording_is_active (self))
    return;
  totals->events_seen = totals->live_entries = get_known (self->identity->pid)->live_bytes > 0;
  totals->map_bytes = 4096;
}

void
memsnoop_heap_recording_drop_budget (MemsnoopHeapRecording *self, gdouble budget)
{
  Known *known = get_known (self->identity->pid);

  known->dropped_budgets += budget;
}

void
memsnoop_heap_recording_get_expense (MemsnoopHeapRecording *self, MemsnoopHeapExpense *expense)
{
  *expense = memsnoop_heap_recording_is_active (self)
                 ? get_known (self->identity->pid)->expense
                 : (MemsnoopHeapExpense){ .recorded_share = 1 };
}

MemsnoopHeapRecordings *
memsnoop_heap_recordings_new (MemsnoopWorker *worker)
{
  MemsnoopHeapRecordings *self = g_new0 (MemsnoopHeapRecordings, 1);

  self->recordings = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  self->growths = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  return self;
}

void
memsnoop_heap_recordings_free (MemsnoopHeapRecordings *self)
{
  g_hash_table_unref (self->recordings);
  g_hash_table_unref (self->growths);
  g_free (self);
}

static MemsnoopHeapRecording *
get (GHashTable *recordings,
     guint32 pid,
     MemsnoopHeapRecording *(*make) (MemsnoopWorker *, MemsnoopProcessIdentity *),
     GError **error)
{
  MemsnoopHeapRecording *recording = g_hash_table_lookup (recordings, GUINT_TO_POINTER (pid));
  MemsnoopProcessIdentity *identity;

  if (recording != NULL)
    return g_object_ref (recording);
  identity = memsnoop_process_identity_open (pid, error);
  if (identity == NULL)
    return NULL;
  recording = make (NULL, identity);
  g_hash_table_insert (recordings, GUINT_TO_POINTER (pid), g_object_ref (recording));
  return recording;
}

static MemsnoopHeapRecording *
look_up (GHashTable *recordings, guint32 pid, guint64 start_time)
{
  MemsnoopHeapRecording *recording = g_hash_table_lookup (recordings, GUINT_TO_POINTER (pid));

  return recording != NULL && memsnoop_heap_recording_is_active (recording) &&
                 memsnoop_process_identity_started_at (recording->identity, start_time)
             ? recording
             : NULL;
}

void
memsnoop_heap_recording_look_for_modules (MemsnoopHeapRecording *self)
{
}

void
memsnoop_heap_recording_note_fork (MemsnoopHeapRecording *self)
{
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_get (MemsnoopHeapRecordings *self, guint32 pid, GError **error)
{
  return get (self->recordings, pid, memsnoop_heap_recording_new, error);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_lookup (MemsnoopHeapRecordings *self, guint32 pid, guint64 start_time)
{
  return look_up (self->recordings, pid, start_time);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_get_growth (MemsnoopHeapRecordings *self, guint32 pid, GError **error)
{
  return get (self->growths, pid, memsnoop_heap_recording_new_growth, error);
}

MemsnoopHeapRecording *
memsnoop_heap_recordings_lookup_growth (MemsnoopHeapRecordings *self,
                                        guint32 pid,
                                        guint64 start_time)
{
  return look_up (self->growths, pid, start_time);
}
