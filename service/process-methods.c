/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-methods.h"

#include "boot-time.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "process-identity.h"
#include "process-list.h"
#include "process-stats.h"

static MemsnoopRecording *
get_recording (MemsnoopBusCall *call)
{
  return memsnoop_manager_get_recording (call->context);
}

typedef struct
{
  MemsnoopProcessStats *stats;
  gboolean exited;
  /* Of what is asked for in parallel: not there yet. */
  guint n_waiting;
  GError *memory_error;
} StatsRequest;

static void
stats_request_free (gpointer data)
{
  StatsRequest *request = data;

  memsnoop_process_stats_free (request->stats);
  g_clear_error (&request->memory_error);
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
answer_stats (MemsnoopBusCall *call)
{
  StatsRequest *request = call->data;

  if (--request->n_waiting > 0)
    return;
  /* It exited meanwhile, and nothing else is known of it. */
  if (request->memory_error != NULL && !request->stats->has_kernel)
    {
      memsnoop_bus_call_return_error (call, g_steal_pointer (&request->memory_error));
      return;
    }
  request->stats->now = memsnoop_boot_time ();
  memsnoop_bus_call_return_value (
      call, g_variant_new ("(@a{sv})", memsnoop_process_stats_write (request->stats)));
}

static void
read_memory (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopProcessStats *stats = task_data;
  GError *error = NULL;

  if (memsnoop_process_memory_read_details (stats->pid, stats->start_time, &stats->memory, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
memory_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  StatsRequest *request = call->data;

  request->stats->has_memory = g_task_propagate_boolean (G_TASK (result), &request->memory_error);
  answer_stats (call);
}

/* The statistics belong to the call, which outlives the task. */
static void
begin_memory (MemsnoopBusCall *call, MemsnoopProcessStats *stats)
{
  g_autoptr (GTask) task = g_task_new (call->context, NULL, memory_read, call);

  g_task_set_source_tag (task, begin_memory);
  g_task_set_task_data (task, stats, NULL);
  g_task_run_in_thread (task, read_memory);
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
  answer_stats (call);
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
  if (request->exited && !recorded)
    {
      memsnoop_bus_call_return_error (
          call, g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                             "The process %u has exited, and the recording that knew it has ended",
                             stats->pid));
      return;
    }
  request->n_waiting = (request->exited ? 0 : 1) + (recorded ? 1 : 0);
  if (!request->exited)
    begin_memory (call, stats);
  if (recorded)
    memsnoop_recording_snapshot_async (get_recording (call), FALSE, snapshot_taken, call);
}

typedef struct
{
  MemsnoopProcessListOptions options;
  /* MemsnoopRecordedProcess. */
  GArray *recorded;
  gboolean own_only;
  guint32 uid;
} ListRequest;

static void
list_request_free (gpointer data)
{
  ListRequest *request = data;

  g_array_unref (request->recorded);
  g_free (request);
}

gboolean
memsnoop_list_processes_prepare (MemsnoopBusCall *call, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (call->parameters, 0);
  ListRequest *request = g_new0 (ListRequest, 1);

  request->recorded = g_array_new (FALSE, FALSE, sizeof (MemsnoopRecordedProcess));
  memsnoop_bus_call_set_data (call, request, list_request_free);
  if (!memsnoop_process_list_options_parse (options, &request->options, error))
    return FALSE;
  call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  call->optional = TRUE;
  return TRUE;
}

static void
list_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const ListRequest *request = task_data;
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
  list = memsnoop_process_list_build (memory, request->recorded, &request->options);
  g_task_return_pointer (task, g_variant_ref_sink (list), (GDestroyNotify) g_variant_unref);
}

static void
listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GVariant) list = g_task_propagate_pointer (G_TASK (result), &error);

  if (list != NULL)
    memsnoop_bus_call_return_value (user_data, g_variant_new ("(@aa{sv})", list));
  else
    memsnoop_bus_call_return_error (user_data, error);
}

void
memsnoop_list_processes_run (MemsnoopBusCall *call)
{
  ListRequest *request = call->data;
  g_autoptr (GTask) task = g_task_new (call->context, NULL, listed, call);

  request->own_only = !call->authorized;
  request->uid = memsnoop_caller_get_uid (call->caller);
  if (memsnoop_recording_is_active (get_recording (call)))
    memsnoop_recording_foreach (get_recording (call), memsnoop_process_list_add_recorded,
                                request->recorded);
  g_task_set_source_tag (task, memsnoop_list_processes_run);
  g_task_set_task_data (task, request, NULL);
  g_task_run_in_thread (task, list_in_thread);
}
