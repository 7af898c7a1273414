/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-methods.h"

#include "boot-time.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "process-columns.h"
#include "process-identity.h"
#include "process-list.h"
#include "process-stats.h"

static MemsnoopRecording *
get_recording (MemsnoopBusCall *call)
{
  return memsnoop_manager_get_recording (call->context);
}

/* NULL when there is no watch. */
static MemsnoopProcessTable *
get_table (MemsnoopBusCall *call)
{
  MemsnoopWatch *watch = memsnoop_manager_get_watch (call->context);

  return watch != NULL ? memsnoop_watch_get_table (watch) : NULL;
}

typedef struct
{
  MemsnoopProcessStats *stats;
  gboolean exited;
} StatsRequest;

static void
stats_request_free (gpointer data)
{
  StatsRequest *request = data;

  memsnoop_process_stats_free (request->stats);
  g_free (request);
}

static void
describe_running (MemsnoopProcessStats *stats, const MemsnoopProcessIdentity *identity)
{
  stats->pid = identity->pid;
  stats->start_time = identity->start_time;
  stats->uid = identity->real_uid;
  g_free (stats->comm);
  stats->comm = g_strdup (identity->comm);
  g_free (stats->executable);
  stats->executable = memsnoop_process_identity_read_executable (identity);
}

static void
describe_exited (MemsnoopProcessStats *stats, const MemsnoopProcessFigures *figures)
{
  stats->pid = figures->pid;
  stats->start_time = figures->start_time;
  stats->uid = figures->uid;
  stats->comm = g_strdup (figures->comm);
  stats->executable = g_strdup (figures->exe);
}

/* A process that is gone can still be in the recording. */
static gboolean
prepare_exited (MemsnoopBusCall *call, StatsRequest *request, guint32 pid)
{
  MemsnoopProcessFigures figures;

  if (!memsnoop_recording_is_active (get_recording (call)) ||
      !memsnoop_recording_lookup (get_recording (call), pid, &figures))
    return FALSE;
  request->exited = TRUE;
  describe_exited (request->stats, &figures);
  if (figures.several_users || figures.uid != memsnoop_caller_get_uid (call->caller))
    call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return TRUE;
}

gboolean
memsnoop_get_process_stats_prepare (MemsnoopBusCall *call, GError **error)
{
  StatsRequest *request = g_new0 (StatsRequest, 1);
  g_autoptr (MemsnoopProcessIdentity) identity = NULL;
  g_autoptr (GError) open_error = NULL;
  guint32 pid;

  request->stats = memsnoop_process_stats_new ();
  memsnoop_bus_call_set_data (call, request, stats_request_free);
  g_variant_get (call->parameters, "(u)", &pid);
  identity = memsnoop_process_identity_open (pid, &open_error);
  if (identity == NULL)
    {
      if (g_error_matches (open_error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN) &&
          prepare_exited (call, request, pid))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&open_error));
      return FALSE;
    }

  describe_running (request->stats, identity);
  if (!memsnoop_process_identity_is_own (identity, memsnoop_caller_get_uid (call->caller)))
    call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return TRUE;
}

static void
answer_stats_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopBusCall *call = task_data;
  const StatsRequest *request = call->data;
  MemsnoopProcessStats *stats = request->stats;
  GError *error = NULL;

  if (!request->exited)
    stats->has_memory =
        memsnoop_process_memory_read_shares (stats->pid, stats->start_time, &stats->memory, &error);
  /* It exited meanwhile, and nothing else is known of it. */
  if (error != NULL && !stats->has_kernel && stats->heap == NULL && stats->growth == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  stats->now = memsnoop_boot_time ();
  memsnoop_bus_call_send_value (call,
                                g_variant_new ("(@a{sv})", memsnoop_process_stats_write (stats)));
  g_task_return_boolean (task, TRUE);
}

static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    memsnoop_bus_call_end (user_data);
  else
    memsnoop_bus_call_return_error (user_data, error);
}

/* Reading the process's memory takes time, and so does writing the answer. */
static void
answer_call (MemsnoopBusCall *call, GTaskThreadFunc function)
{
  g_autoptr (GTask) task = g_task_new (call->context, NULL, answered, call);

  g_task_set_source_tag (task, answer_call);
  g_task_set_task_data (task, call, NULL);
  g_task_run_in_thread (task, function);
}

static void
growth_snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  const StatsRequest *request = call->data;
  g_autoptr (GError) error = NULL;

  /* NULL when that recording has ended meanwhile. */
  request->stats->growth =
      memsnoop_heap_recording_snapshot_finish (MEMSNOOP_HEAP_RECORDING (source), result, &error);
  answer_call (call, answer_stats_in_thread);
}

/* The last that is asked before the answer. */
static void
find_growth (MemsnoopBusCall *call)
{
  const StatsRequest *request = call->data;
  MemsnoopHeapRecordings *growth = memsnoop_manager_get_growth (call->context);
  MemsnoopHeapRecording *recording =
      growth != NULL ? memsnoop_heap_recordings_lookup_growth (growth, request->stats->pid,
                                                               request->stats->start_time)
                     : NULL;

  if (recording != NULL)
    memsnoop_heap_recording_snapshot_async (recording, FALSE, growth_snapshot_taken, call);
  else
    answer_call (call, answer_stats_in_thread);
}

static void
heap_snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  const StatsRequest *request = call->data;
  g_autoptr (GError) error = NULL;

  /* NULL when that recording has ended meanwhile. */
  request->stats->heap =
      memsnoop_heap_recording_snapshot_finish (MEMSNOOP_HEAP_RECORDING (source), result, &error);
  find_growth (call);
}

static void
find_heap (MemsnoopBusCall *call)
{
  const StatsRequest *request = call->data;
  MemsnoopHeapRecordings *heaps = memsnoop_manager_get_heaps (call->context);
  MemsnoopHeapRecording *recording =
      heaps != NULL
          ? memsnoop_heap_recordings_lookup (heaps, request->stats->pid, request->stats->start_time)
          : NULL;

  if (recording != NULL)
    memsnoop_heap_recording_snapshot_async (recording, FALSE, heap_snapshot_taken, call);
  else
    find_growth (call);
}

static void
snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  const StatsRequest *request = call->data;
  g_autoptr (GError) error = NULL;

  request->stats->snapshot =
      memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, &error);
  /* The recording has ended meanwhile: its figures are complete or absent, not half there. */
  request->stats->has_kernel = request->stats->snapshot != NULL;
  find_heap (call);
}

static gboolean
find_kernel_figures (MemsnoopBusCall *call, MemsnoopProcessStats *stats)
{
  MemsnoopRecording *recording = get_recording (call);
  MemsnoopTracerTotals totals = { 0 };

  if (!memsnoop_recording_is_active (recording) ||
      !memsnoop_recording_lookup (recording, stats->pid, &stats->kernel) ||
      memsnoop_round_start_time (stats->kernel.start_time) !=
          memsnoop_round_start_time (stats->start_time))
    return FALSE;
  memsnoop_recording_get_totals (recording, &totals);
  stats->since = totals.since;
  stats->history = memsnoop_recording_get_history (recording, stats->pid, stats->kernel.start_time);
  return TRUE;
}

/* Copies what the watch knows: the table is the main loop's. */
static void
find_usage (MemsnoopBusCall *call, MemsnoopProcessStats *stats)
{
  MemsnoopProcessTable *table = get_table (call);
  const MemsnoopWatchedProcess *process =
      table != NULL ? memsnoop_process_table_lookup (table, stats->pid) : NULL;

  if (process == NULL || memsnoop_round_start_time (process->start_time) !=
                             memsnoop_round_start_time (stats->start_time))
    return;
  stats->usage = memsnoop_usage_history_get_points (process->history);
  stats->interval = memsnoop_process_table_get_interval (table);
  stats->page_size = memsnoop_process_table_get_page_size (table);
  stats->watched_since = process->first_seen;
  stats->growth_rate = process->growth_rate;
}

/* Who the process is may have changed while the user was asked. */
static gboolean
describe_again (MemsnoopProcessStats *stats, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open_again (stats->pid, stats->start_time, error);

  if (identity == NULL)
    return FALSE;
  describe_running (stats, identity);
  return TRUE;
}

void
memsnoop_get_process_stats_run (MemsnoopBusCall *call)
{
  StatsRequest *request = call->data;
  MemsnoopProcessStats *stats = request->stats;
  GError *error = NULL;
  gboolean recorded;

  if (call->waited && !request->exited && !describe_again (stats, &error))
    {
      memsnoop_bus_call_return_error (call, error);
      return;
    }
  recorded = find_kernel_figures (call, stats);
  if (!request->exited)
    find_usage (call, stats);
  if (request->exited && !recorded)
    {
      memsnoop_bus_call_return_error (
          call, g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                             "The process %u has exited, and the recording that knew it has ended",
                             stats->pid));
      return;
    }
  if (recorded)
    memsnoop_recording_snapshot_async (get_recording (call), FALSE, snapshot_taken, call);
  else
    find_heap (call);
}

typedef struct
{
  MemsnoopProcessListOptions options;
  /* MemsnoopRecordedProcess. */
  GArray *recorded;
  /* MemsnoopRecordedHeap. */
  GArray *heaps;
  MemsnoopWatchedList *watched;
  gboolean columns;
  gboolean own_only;
  guint32 uid;
} ListRequest;

static void
list_request_free (gpointer data)
{
  ListRequest *request = data;

  g_array_unref (request->recorded);
  g_array_unref (request->heaps);
  g_clear_pointer (&request->watched, memsnoop_watched_list_free);
  g_free (request);
}

gboolean
memsnoop_list_processes_prepare (MemsnoopBusCall *call, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (call->parameters, 0);
  ListRequest *request = g_new0 (ListRequest, 1);

  request->recorded = g_array_new (FALSE, FALSE, sizeof (MemsnoopRecordedProcess));
  request->heaps = g_array_new (FALSE, FALSE, sizeof (MemsnoopRecordedHeap));
  memsnoop_bus_call_set_data (call, request, list_request_free);
  if (!memsnoop_process_list_options_parse (options, &request->options, error))
    return FALSE;
  call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  call->optional = TRUE;
  return TRUE;
}

gboolean
memsnoop_list_process_columns_prepare (MemsnoopBusCall *call, GError **error)
{
  if (!memsnoop_list_processes_prepare (call, error))
    return FALSE;
  ((ListRequest *) call->data)->columns = TRUE;
  return TRUE;
}

static void
answer_list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopBusCall *call = task_data;
  const ListRequest *request = call->data;
  GError *error = NULL;
  g_autoptr (GArray) memory = memsnoop_process_memory_read_all (&error);
  GVariant *list;

  if (memory == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (request->own_only)
    memsnoop_process_list_keep_own (memory, request->uid);
  if (request->columns)
    list = g_variant_new ("(@a{sv})",
                          memsnoop_process_columns_build (memory, request->recorded, request->heaps,
                                                          request->watched, &request->options));
  else
    list = g_variant_new ("(@aa{sv})",
                          memsnoop_process_list_build (memory, request->recorded, request->heaps,
                                                       request->watched, &request->options));
  memsnoop_bus_call_send_value (call, list);
  g_task_return_boolean (task, TRUE);
}

static void
add_heap (gpointer recording, gpointer heaps)
{
  MemsnoopRecordedHeap heap = {
    .pid = memsnoop_heap_recording_get_pid (recording),
    .start_time = memsnoop_heap_recording_get_start_time (recording),
  };

  heap.current_bytes = memsnoop_heap_recording_get_live_bytes (recording, &heap.mapped_bytes);
  if (memsnoop_heap_recording_is_active (recording))
    g_array_append_val ((GArray *) heaps, heap);
}

void
memsnoop_list_processes_run (MemsnoopBusCall *call)
{
  ListRequest *request = call->data;

  request->own_only = !call->authorized;
  request->uid = memsnoop_caller_get_uid (call->caller);
  if (memsnoop_recording_is_active (get_recording (call)))
    memsnoop_recording_foreach (get_recording (call), memsnoop_process_list_add_recorded,
                                request->recorded);
  memsnoop_session_registry_foreach_heap (memsnoop_manager_get_sessions (call->context), add_heap,
                                          request->heaps);
  request->watched =
      memsnoop_process_list_read_watched (get_table (call), request->options.history);
  answer_call (call, answer_list_in_thread);
}
