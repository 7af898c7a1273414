/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-methods.h"

#include "error.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "process-identity.h"
#include "report.h"

/* What Start keeps while the caller's right is checked. */
typedef struct
{
  MemsnoopStartOptions *options;
  /* guint64, one for each of the options' pids. */
  GArray *start_times;
} StartRequest;

static void
start_request_free (gpointer data)
{
  StartRequest *request = data;

  g_clear_pointer (&request->options, memsnoop_start_options_free);
  g_array_unref (request->start_times);
  g_free (request);
}

/* Checks the processes of @options and notes when they started. @all_own: whether they are all the
 * caller's. */
static gboolean
check_processes (MemsnoopBusCall *call, StartRequest *request, gboolean *all_own, GError **error)
{
  const GArray *pids = request->options->pids;
  guint32 uid = memsnoop_caller_get_uid (call->caller);

  *all_own = pids->len > 0;
  for (guint i = 0; i < pids->len; i++)
    {
      guint32 pid = g_array_index (pids, guint32, i);
      g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, error);

      if (identity == NULL)
        return FALSE;
      if (identity->kernel_thread)
        {
          g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                       "The process %u of the option “pids” is a kernel thread; only programs can "
                       "be reported on alone",
                       pid);
          return FALSE;
        }
      g_array_append_val (request->start_times, identity->start_time);
      *all_own = *all_own && memsnoop_process_identity_is_own (identity, uid);
    }
  return TRUE;
}

gboolean
memsnoop_start_prepare (MemsnoopBusCall *call, GError **error)
{
  MemsnoopManager *manager = call->context;
  g_autoptr (GVariant) given = g_variant_get_child_value (call->parameters, 0);
  StartRequest *request = g_new0 (StartRequest, 1);
  gboolean all_own;

  request->start_times = g_array_new (FALSE, FALSE, sizeof (guint64));
  memsnoop_bus_call_set_data (call, request, start_request_free);
  request->options = memsnoop_start_options_parse (given, error);
  if (request->options == NULL || !memsnoop_manager_can_record (manager, error) ||
      !check_processes (call, request, &all_own, error) ||
      !memsnoop_session_registry_check_room (memsnoop_manager_get_sessions (manager),
                                             memsnoop_caller_get_uid (call->caller), error))
    return FALSE;

  call->action = all_own ? MEMSNOOP_ACTION_RECORD_OWN : MEMSNOOP_ACTION_RECORD_ANY;
  return TRUE;
}

/* Whether the processes still are what was checked before the user was asked. */
static gboolean
check_processes_again (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  const GArray *pids = request->options->pids;
  gboolean must_be_own = g_str_equal (call->action, MEMSNOOP_ACTION_RECORD_OWN);

  for (guint i = 0; i < pids->len; i++)
    {
      guint32 pid = g_array_index (pids, guint32, i);
      g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open_again (
          pid, g_array_index (request->start_times, guint64, i), error);

      if (identity == NULL)
        return FALSE;
      if (must_be_own &&
          !memsnoop_process_identity_is_own (identity, memsnoop_caller_get_uid (call->caller)))
        {
          g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                       "The process %u has changed its user meanwhile", pid);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_caller_waits (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  if (request->options->linger || !memsnoop_caller_has_vanished (call->caller))
    return TRUE;
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                       "The caller has left the bus, and its session with it");
  return FALSE;
}

static void
session_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  MemsnoopSession *session = MEMSNOOP_SESSION (source);
  GError *error = NULL;

  if (memsnoop_session_start_finish (session, result, &error))
    memsnoop_bus_call_return_value (call,
                                    g_variant_new ("(o)", memsnoop_session_get_path (session)));
  else
    memsnoop_bus_call_return_error (call, error);
}

static MemsnoopSession *
add_session (MemsnoopBusCall *call, StartRequest *request)
{
  MemsnoopManager *manager = call->context;
  const GArray *pids = request->options->pids;
  MemsnoopScope *scope = memsnoop_scope_new (
      (const guint32 *) pids->data, (const guint64 *) (gconstpointer) request->start_times->data,
      pids->len, request->options->follow);
  MemsnoopSession *session;

  /* The right to record one's own processes does not reach to what their children become. */
  if (g_str_equal (call->action, MEMSNOOP_ACTION_RECORD_OWN) &&
      memsnoop_caller_get_uid (call->caller) != 0)
    memsnoop_scope_limit_to_user (scope, memsnoop_caller_get_uid (call->caller));
  session = memsnoop_session_registry_add (memsnoop_manager_get_sessions (manager), call->caller,
                                           g_steal_pointer (&request->options), scope);
  memsnoop_manager_adopt_session (manager, session);
  return session;
}

void
memsnoop_start_run (MemsnoopBusCall *call)
{
  MemsnoopManager *manager = call->context;
  StartRequest *request = call->data;
  GError *error = NULL;

  /* Everything that may have changed while polkit was asked. From the count of the sessions to the
   * new one nothing else can come in between. */
  if (!check_caller_waits (call, request, &error) ||
      !memsnoop_manager_can_record (manager, &error) ||
      (call->waited && !check_processes_again (call, request, &error)) ||
      !memsnoop_session_registry_check_room (memsnoop_manager_get_sessions (manager),
                                             memsnoop_caller_get_uid (call->caller), &error))
    memsnoop_bus_call_return_error (call, error);
  else
    memsnoop_session_start_async (add_session (call, request), session_started, call);
}

static gboolean
prepare_stop_of (MemsnoopBusCall *call, const gchar *path, GError **error)
{
  MemsnoopManager *manager = call->context;
  MemsnoopSession *session =
      memsnoop_session_registry_find (memsnoop_manager_get_sessions (manager), path, error);

  if (session == NULL)
    return FALSE;
  memsnoop_bus_call_set_data (call, g_object_ref (session), g_object_unref);
  if (memsnoop_session_get_owner (session) != memsnoop_caller_get_uid (call->caller))
    call->action = MEMSNOOP_ACTION_STOP_ANY;
  return TRUE;
}

gboolean
memsnoop_stop_prepare (MemsnoopBusCall *call, GError **error)
{
  const gchar *path;

  g_variant_get (call->parameters, "(&o)", &path);
  return prepare_stop_of (call, path, error);
}

gboolean
memsnoop_session_stop_prepare (MemsnoopBusCall *call, GError **error)
{
  return prepare_stop_of (call, g_dbus_method_invocation_get_object_path (call->invocation), error);
}

static void
session_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  memsnoop_session_stop_finish (MEMSNOOP_SESSION (source), result);
  memsnoop_bus_call_return_value (user_data, NULL);
}

void
memsnoop_stop_run (MemsnoopBusCall *call)
{
  memsnoop_session_stop_async (call->data, session_stopped, call);
}

typedef struct
{
  MemsnoopSession *session;
  MemsnoopReportOptions options;
  MemsnoopSnapshot *snapshot;
} ReportRequest;

static void
report_request_free (gpointer data)
{
  ReportRequest *request = data;

  g_clear_object (&request->session);
  g_clear_pointer (&request->snapshot, memsnoop_snapshot_unref);
  g_free (request);
}

gboolean
memsnoop_get_report_prepare (MemsnoopBusCall *call, GError **error)
{
  MemsnoopManager *manager = call->context;
  ReportRequest *request = g_new0 (ReportRequest, 1);
  g_autoptr (GVariant) options = NULL;
  const gchar *path;
  const gchar *format;
  MemsnoopSession *session;

  memsnoop_bus_call_set_data (call, request, report_request_free);
  g_variant_get (call->parameters, "(&o&s@a{sv})", &path, &format, &options);
  session = memsnoop_session_registry_find (memsnoop_manager_get_sessions (manager), path, error);
  if (session == NULL || !memsnoop_report_options_parse (format, options, &request->options, error))
    return FALSE;

  request->session = g_object_ref (session);
  /* The owner was authorised for what the session reports on when it was started. */
  if (memsnoop_session_get_owner (session) != memsnoop_caller_get_uid (call->caller))
    call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return TRUE;
}

static void
write_report (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const ReportRequest *request = task_data;
  GError *error = NULL;
  gchar *report =
      memsnoop_report_write (request->snapshot, NULL, memsnoop_session_get_scope (request->session),
                             &request->options, &error);

  if (report != NULL)
    g_task_return_pointer (task, report, g_free);
  else
    g_task_return_error (task, error);
}

static void
report_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gchar *report = g_task_propagate_pointer (G_TASK (result), &error);

  if (report != NULL)
    memsnoop_bus_call_return_value (user_data,
                                    g_variant_new ("(@s)", g_variant_new_take_string (report)));
  else
    memsnoop_bus_call_return_error (user_data, error);
}

/* The request outlives the task: both belong to the call, which is answered by the task. */
static void
report_on_snapshot (MemsnoopBusCall *call, MemsnoopSnapshot *snapshot)
{
  ReportRequest *request = call->data;
  g_autoptr (GTask) task = g_task_new (call->context, NULL, report_written, call);

  request->snapshot = snapshot;
  g_task_set_source_tag (task, report_on_snapshot);
  g_task_set_task_data (task, request, NULL);
  g_task_run_in_thread (task, write_report);
}

static void
session_has_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  MemsnoopSnapshot *last = memsnoop_session_get_last_figures (MEMSNOOP_SESSION (source));

  memsnoop_session_stop_finish (MEMSNOOP_SESSION (source), result);
  if (last != NULL)
    report_on_snapshot (call, memsnoop_snapshot_ref (last));
  else
    memsnoop_bus_call_return_error (
        call, g_error_new_literal (MEMSNOOP_ERROR, MEMSNOOP_ERROR_NO_SUCH_SESSION,
                                   "The session has ended without figures"));
}

static void
snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  GError *error = NULL;
  MemsnoopSnapshot *snapshot =
      memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, &error);

  if (snapshot != NULL)
    report_on_snapshot (call, snapshot);
  else
    memsnoop_bus_call_return_error (call, error);
}

void
memsnoop_get_report_run (MemsnoopBusCall *call)
{
  MemsnoopManager *manager = call->context;
  const ReportRequest *request = call->data;
  MemsnoopSessionPhase phase = memsnoop_session_get_phase (request->session);

  if (phase == MEMSNOOP_SESSION_PHASE_STARTING)
    memsnoop_bus_call_return_error (
        call, g_error_new_literal (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                                   "The session is starting; there is nothing to report yet"));
  else if (phase == MEMSNOOP_SESSION_PHASE_RECORDING)
    memsnoop_recording_snapshot_async (memsnoop_manager_get_recording (manager), FALSE,
                                       snapshot_taken, call);
  else
    /* Its last figures, which may be on their way. */
    memsnoop_session_stop_async (request->session, session_has_ended, call);
}
