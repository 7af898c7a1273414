/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report-methods.h"

#include "descriptor-writer.h"
#include "error.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "option-dictionary.h"
#include "process-identity.h"
#include "report.h"
#include "session-export.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

/*
 * Both methods read the session's figures and then write.
 * @write: goes on with them; takes over the call.
 * @uid: the caller's.
 * @form, @descriptor: of an export; -1 when it is given away.
 */
typedef struct
{
  MemsnoopSession *session;
  MemsnoopSessionFigures *figures;
  void (*write) (MemsnoopBusCall *call);
  MemsnoopReportOptions report;
  MemsnoopHeapExportForm form;
  guint32 uid;
  int descriptor;
} Request;

/* What an export of kernel memory is made of, in another thread. */
typedef struct
{
  MemsnoopSession *session;
  MemsnoopSessionFigures *figures;
  MemsnoopHeapExportForm form;
  MemsnoopReportOptions options;
} WholeExport;

static void
request_free (gpointer data)
{
  Request *request = data;

  if (request->descriptor >= 0)
    close (request->descriptor);
  g_clear_object (&request->session);
  g_clear_pointer (&request->figures, memsnoop_session_figures_unref);
  g_free (request);
}

static void
whole_export_free (gpointer data)
{
  WholeExport *export = data;

  g_object_unref (export->session);
  memsnoop_session_figures_unref (export->figures);
  g_free (export);
}

static Request *
prepare_request (MemsnoopBusCall *call, void (*write) (MemsnoopBusCall *))
{
  Request *request = g_new0 (Request, 1);

  request->write = write;
  request->uid = memsnoop_caller_get_uid (call->caller);
  request->descriptor = -1;
  memsnoop_bus_call_set_data (call, request, request_free);
  return request;
}

static gboolean
prepare_session (MemsnoopBusCall *call, const gchar *path, GError **error)
{
  Request *request = call->data;
  MemsnoopSession *session =
      memsnoop_session_registry_find (memsnoop_manager_get_sessions (call->context), path, error);

  if (session == NULL)
    return FALSE;
  request->session = g_object_ref (session);
  /* The owner was authorised for what the session reports on when it was started. */
  if (memsnoop_session_get_owner (session) != request->uid)
    call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return TRUE;
}

/* Whether the process whose heap this is became someone else's meanwhile, as by executing a program
 * that changes its user: the right to record one's own processes does not reach to that. */
static gboolean
is_foreign (const MemsnoopSessionFigures *figures, const MemsnoopHeapSnapshot *heap, guint32 uid)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open_again (heap->pid, heap->start_time, NULL);

  for (guint i = 0; i < figures->foreign->len; i++)
    if (g_array_index (figures->foreign, guint32, i) == heap->pid)
      return TRUE;
  return heap->uid != uid ||
         (identity != NULL && !memsnoop_process_identity_is_own (identity, uid));
}

static gboolean
is_named (const MemsnoopScope *scope, guint32 pid)
{
  gsize n;
  const guint32 *pids = memsnoop_scope_get_pids (scope, &n);

  for (gsize i = 0; i < n; i++)
    if (pids[i] == pid)
      return TRUE;
  return FALSE;
}

/* Children that are someone else's are nobody's business who asks for his own; that a process which
 * was asked for by its pid is, is told. */
static gboolean
check_heaps_own (Request *request, GError **error)
{
  const MemsnoopScope *scope = memsnoop_session_get_scope (request->session);
  g_autoptr (MemsnoopSessionFigures) figures = request->figures;
  g_autoptr (GArray) children = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GPtrArray) all = NULL;
  guint32 uid;

  request->figures = NULL;
  if (!memsnoop_scope_get_user (scope, &uid) ||
      memsnoop_session_get_owner (request->session) != request->uid)
    {
      request->figures = g_steal_pointer (&figures);
      return TRUE;
    }
  all = memsnoop_session_figures_get_stacked (figures);
  for (guint i = 0; i < all->len; i++)
    {
      const MemsnoopHeapSnapshot *heap = g_ptr_array_index (all, i);

      if (!is_foreign (figures, heap, uid))
        continue;
      if (!is_named (scope, heap->pid))
        {
          g_array_append_val (children, heap->pid);
          continue;
        }
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                   "The process %u is not entirely the user's any more who started the session; "
                   "to see its memory takes a session that is authorised for others' processes",
                   heap->pid);
      return FALSE;
    }
  request->figures = memsnoop_session_figures_leave_out (
      figures, (const guint32 *) (gconstpointer) children->data, children->len);
  return TRUE;
}

/* @figures: (transfer full) */
static void
write_figures (MemsnoopBusCall *call, MemsnoopSessionFigures *figures)
{
  Request *request = call->data;
  GError *error = NULL;

  request->figures = figures;
  if (check_heaps_own (request, &error))
    request->write (call);
  else
    memsnoop_bus_call_return_error (call, error);
}

static void
session_has_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  MemsnoopSessionFigures *last = memsnoop_session_get_last_figures (MEMSNOOP_SESSION (source));

  memsnoop_session_stop_finish (MEMSNOOP_SESSION (source), result);
  if (last != NULL)
    write_figures (call, memsnoop_session_figures_ref (last));
  else
    memsnoop_bus_call_return_error (
        call, g_error_new_literal (MEMSNOOP_ERROR, MEMSNOOP_ERROR_NO_SUCH_SESSION,
                                   "The session has ended without figures"));
}

static void
snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  Request *request = call->data;
  GError *error = NULL;
  MemsnoopSessionFigures *figures =
      memsnoop_lease_set_snapshot_finish (MEMSNOOP_LEASE_SET (source), result, &error);

  if (figures != NULL)
    write_figures (call, figures);
  else if (g_error_matches (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NOT_RECORDING))
    {
      /* The session has ended while its figures were read: its last ones are on their way. */
      g_error_free (error);
      memsnoop_session_stop_async (request->session, session_has_ended, call);
    }
  else
    memsnoop_bus_call_return_error (call, error);
}

static void
read_figures (MemsnoopBusCall *call)
{
  const Request *request = call->data;
  MemsnoopSessionPhase phase = memsnoop_session_get_phase (request->session);

  if (phase == MEMSNOOP_SESSION_PHASE_STARTING)
    memsnoop_bus_call_return_error (
        call, g_error_new_literal (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                                   "The session is starting; there is nothing to report yet"));
  else if (phase == MEMSNOOP_SESSION_PHASE_RECORDING)
    memsnoop_lease_set_snapshot_async (memsnoop_session_get_leases (request->session), FALSE,
                                       snapshot_taken, call);
  else
    /* Its last figures, which may be on their way. */
    memsnoop_session_stop_async (request->session, session_has_ended, call);
}

static void
write_report_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Request *request = task_data;
  g_autoptr (GPtrArray) all = memsnoop_session_figures_get_stacked (request->figures);
  GError *error = NULL;
  gchar *report = memsnoop_report_write (request->figures->kernel, all,
                                         memsnoop_session_get_scope (request->session),
                                         &request->report, &error);

  if (report != NULL && !request->report.has_pid)
    report =
        memsnoop_child_counts_add (&request->figures->children, report, request->report.format);
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
write_report (MemsnoopBusCall *call)
{
  g_autoptr (GTask) task = g_task_new (call->context, NULL, report_written, call);

  g_task_set_source_tag (task, write_report);
  g_task_set_task_data (task, call->data, NULL);
  g_task_run_in_thread (task, write_report_in_thread);
}

gboolean
memsnoop_get_report_prepare (MemsnoopBusCall *call, GError **error)
{
  Request *request = prepare_request (call, write_report);
  g_autoptr (GVariant) options = NULL;
  const gchar *path;
  const gchar *format;

  g_variant_get (call->parameters, "(&o&s@a{sv})", &path, &format, &options);
  return prepare_session (call, path, error) &&
         memsnoop_report_options_parse (format, options, &request->report, error);
}

void
memsnoop_get_report_run (MemsnoopBusCall *call)
{
  read_figures (call);
}

static void
exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  if (memsnoop_descriptor_write_finish (result, &error))
    memsnoop_bus_call_return_value (user_data, NULL);
  else
    memsnoop_bus_call_return_error (user_data, error);
}

/* A MemsnoopContentFunction. It may take longer than the call that asked for it. */
static GBytes *
write_kernel_and_heaps (gpointer user_data, GError **error)
{
  const WholeExport *export = user_data;

  return memsnoop_session_export_write (export->figures,
                                        memsnoop_session_get_scope (export->session), export->form,
                                        &export->options, error);
}

static void
export_kernel_and_heaps (MemsnoopBusCall *call)
{
  Request *request = call->data;
  WholeExport *export = g_new0 (WholeExport, 1);

  export->session = g_object_ref (request->session);
  export->figures = memsnoop_session_figures_ref (request->figures);
  export->form = request->form;
  export->options = request->report;
  memsnoop_descriptor_write_async (g_steal_fd (&request->descriptor),
                                   MEMSNOOP_HEAP_EXPORT_MILLISECONDS, write_kernel_and_heaps,
                                   export, whole_export_free, exported, call);
}

/* The heaps that are asked for. */
static GPtrArray *
hold_heaps (const Request *request)
{
  g_autoptr (GPtrArray) all = memsnoop_session_figures_get_stacked (request->figures);
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  for (guint i = 0; i < all->len; i++)
    {
      MemsnoopHeapSnapshot *heap = g_ptr_array_index (all, i);

      if (!request->report.has_pid || heap->pid == request->report.pid)
        g_ptr_array_add (held, memsnoop_heap_snapshot_ref (heap));
    }
  return held;
}

static void
export_heaps (MemsnoopBusCall *call)
{
  Request *request = call->data;
  g_autoptr (GPtrArray) heaps = hold_heaps (request);

  if (heaps->len == 0)
    memsnoop_bus_call_return_error (
        call, g_error_new (
                  G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                  "The session does not record the heap or growth of a process %u; the processes "
                  "that it records are its property Pids",
                  request->report.pid));
  else
    memsnoop_heap_export_async (heaps, request->form, g_steal_fd (&request->descriptor),
                                MEMSNOOP_HEAP_EXPORT_MILLISECONDS, exported, call);
}

static gboolean
has_stacks (const MemsnoopSessionFigures *figures)
{
  return figures->heaps->len > 0 || figures->growths->len > 0;
}

static void
write_export (MemsnoopBusCall *call)
{
  const Request *request = call->data;
  gboolean is_profile = request->form == MEMSNOOP_HEAP_EXPORT_PPROF;

  if (request->figures->kernel == NULL || (is_profile && has_stacks (request->figures)))
    export_heaps (call);
  else
    export_kernel_and_heaps (call);
}

/* The descriptor is the request's then. */
static gboolean
take_descriptor (MemsnoopBusCall *call, gint32 index, GError **error)
{
  Request *request = call->data;
  GUnixFDList *descriptors =
      g_dbus_message_get_unix_fd_list (g_dbus_method_invocation_get_message (call->invocation));
  gint n = descriptors != NULL ? g_unix_fd_list_get_length (descriptors) : 0;

  if (index < 0 || index >= n)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The file descriptor of Export is number %d of those of its message, which has "
                   "%d",
                   index, n);
      return FALSE;
    }
  request->descriptor = g_unix_fd_list_get (descriptors, index, error);
  return request->descriptor >= 0;
}

static gboolean
parse_export_options (Request *request, GVariant *options, GError **error)
{
  static const MemsnoopOption known[] = { { "pid", "u" } };

  if (!memsnoop_option_dictionary_check ("Export", options, known, G_N_ELEMENTS (known), error))
    return FALSE;
  request->report.has_pid = g_variant_lookup (options, "pid", "u", &request->report.pid);
  return TRUE;
}

gboolean
memsnoop_export_prepare (MemsnoopBusCall *call, GError **error)
{
  Request *request = prepare_request (call, write_export);
  g_autoptr (GVariant) options = NULL;
  const gchar *path;
  const gchar *format;
  gint32 index;

  g_variant_get (call->parameters, "(&o&sh@a{sv})", &path, &format, &index, &options);
  return prepare_session (call, path, error) &&
         memsnoop_heap_export_parse_form (format, &request->form, error) &&
         parse_export_options (request, options, error) && take_descriptor (call, index, error);
}

void
memsnoop_export_run (MemsnoopBusCall *call)
{
  read_figures (call);
}
