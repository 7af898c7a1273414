/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-methods.h"

#include "error.h"
#include "executable-path.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "printable-text.h"
#include "process-identity.h"

static MemsnoopWatch *
find_watch (MemsnoopBusCall *call, GError **error)
{
  MemsnoopWatch *watch = memsnoop_manager_get_watch (call->context);

  if (watch == NULL)
    g_set_error_literal (
        error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
        "Processes are not watched here: “memsnoopctl status”, or FeatureReasons, tells why");
  return watch;
}

static MemsnoopIgnoreList *
find_ignored (MemsnoopBusCall *call, GError **error)
{
  MemsnoopIgnoreList *ignored = memsnoop_manager_get_ignored (call->context);

  if (ignored == NULL)
    g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
                         "Nothing can be ignored, as processes are not watched here: “memsnoopctl "
                         "status”, or FeatureReasons, tells why");
  return ignored;
}

/* ListSuspects */

typedef struct
{
  guint32 pid;
  guint64 start_time;
  GVariant *row;
} SuspectRow;

static void
suspect_row_clear (gpointer data)
{
  g_variant_unref (((SuspectRow *) data)->row);
}

gboolean
memsnoop_list_suspects_prepare (MemsnoopBusCall *call, GError **error)
{
  if (find_watch (call, error) == NULL)
    return FALSE;
  call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  call->optional = TRUE;
  return TRUE;
}

/* Those that this caller may see; whether a process is wholly its user's is left for a thread. */
static GArray *
collect_rows (MemsnoopBusCall *call, const GPtrArray *suspicions)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (SuspectRow));

  g_array_set_clear_func (rows, suspect_row_clear);
  for (guint i = 0; i < suspicions->len; i++)
    {
      const MemsnoopSuspicion *suspicion = g_ptr_array_index (suspicions, i);
      SuspectRow row = { .pid = suspicion->pid, .start_time = suspicion->start_time };

      if (!call->authorized && suspicion->uid != memsnoop_caller_get_uid (call->caller))
        continue;
      row.row = g_variant_ref_sink (memsnoop_suspicion_write_row (suspicion, FALSE));
      g_array_append_val (rows, row);
    }
  return rows;
}

static gboolean
is_own (guint32 pid, guint64 start_time, guint32 uid)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open_again (pid, memsnoop_round_start_time (start_time), NULL);

  return identity != NULL && memsnoop_process_identity_is_own (identity, uid);
}

static void
send_rows_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  MemsnoopBusCall *call = task_data;
  const GArray *rows = call->data;
  guint32 uid = memsnoop_caller_get_uid (call->caller);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < rows->len; i++)
    {
      const SuspectRow *row = &g_array_index (rows, SuspectRow, i);

      if (call->authorized || is_own (row->pid, row->start_time, uid))
        g_variant_builder_add_value (&builder, row->row);
    }
  memsnoop_bus_call_send_value (call,
                                g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder)));
  g_task_return_boolean (task, TRUE);
}

static void
rows_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
  memsnoop_bus_call_end (user_data);
}

void
memsnoop_list_suspects_run (MemsnoopBusCall *call)
{
  MemsnoopWatch *watch = memsnoop_manager_get_watch (call->context);
  g_autoptr (GTask) task = g_task_new (call->context, NULL, rows_sent, call);

  memsnoop_bus_call_set_data (call, collect_rows (call, memsnoop_watch_get_suspects (watch)),
                              (GDestroyNotify) g_array_unref);
  g_task_set_source_tag (task, memsnoop_list_suspects_run);
  g_task_set_task_data (task, call, NULL);
  g_task_run_in_thread (task, send_rows_in_thread);
}

/* GetSuspect */

static const MemsnoopSuspicion *
find_suspect (MemsnoopBusCall *call, GError **error)
{
  MemsnoopWatch *watch = find_watch (call, error);
  const MemsnoopSuspicion *suspicion;
  guint64 id;

  if (watch == NULL)
    return NULL;
  g_variant_get (call->parameters, "(t)", &id);
  suspicion = memsnoop_watch_find_suspect (watch, id);
  if (suspicion == NULL)
    g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NO_SUCH_SUSPECT,
                 "There is no suspicion %" G_GUINT64_FORMAT
                 ", or it was withdrawn; “memsnoopctl suspects”, or ListSuspects, tells the ids "
                 "that there are",
                 id);
  return suspicion;
}

gboolean
memsnoop_get_suspect_prepare (MemsnoopBusCall *call, GError **error)
{
  const MemsnoopSuspicion *suspicion = find_suspect (call, error);

  if (suspicion == NULL)
    return FALSE;
  if (!is_own (suspicion->pid, suspicion->start_time, memsnoop_caller_get_uid (call->caller)))
    call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return TRUE;
}

/* It may have been withdrawn while the user was asked. */
void
memsnoop_get_suspect_run (MemsnoopBusCall *call)
{
  GError *error = NULL;
  const MemsnoopSuspicion *suspicion = find_suspect (call, &error);

  if (suspicion == NULL)
    memsnoop_bus_call_return_error (call, error);
  else
    memsnoop_bus_call_return_value (
        call, g_variant_new ("(@a{sv})", memsnoop_suspicion_write_row (suspicion, TRUE)));
}

/* Ignore, Unignore and ListIgnored */

/* Both Ignore and Unignore keep the path as raw bytes for when they run. */
static gboolean
prepare_change (MemsnoopBusCall *call, GError **error)
{
  const gchar *text;
  gchar *path;

  if (find_ignored (call, error) == NULL)
    return FALSE;
  g_variant_get (call->parameters, "(&s)", &text);
  path = memsnoop_executable_path_from_text (text);
  memsnoop_bus_call_set_data (call, path, g_free);
  call->action = MEMSNOOP_ACTION_CONFIGURE;
  return memsnoop_executable_path_check (path, error);
}

static void
answer_change (MemsnoopBusCall *call, gboolean done, GError *error)
{
  if (done)
    memsnoop_bus_call_return_value (call, NULL);
  else
    memsnoop_bus_call_return_error (call, error);
}

gboolean
memsnoop_ignore_prepare (MemsnoopBusCall *call, GError **error)
{
  return prepare_change (call, error);
}

static void
ignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done = memsnoop_ignore_list_add_finish (MEMSNOOP_IGNORE_LIST (source), result, &error);

  answer_change (user_data, done, error);
}

void
memsnoop_ignore_run (MemsnoopBusCall *call)
{
  memsnoop_ignore_list_add_async (memsnoop_manager_get_ignored (call->context), call->data, ignored,
                                  call);
}

gboolean
memsnoop_unignore_prepare (MemsnoopBusCall *call, GError **error)
{
  return prepare_change (call, error);
}

static void
unignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done =
      memsnoop_ignore_list_remove_finish (MEMSNOOP_IGNORE_LIST (source), result, &error);

  answer_change (user_data, done, error);
}

void
memsnoop_unignore_run (MemsnoopBusCall *call)
{
  memsnoop_ignore_list_remove_async (memsnoop_manager_get_ignored (call->context), call->data,
                                     unignored, call);
}

gboolean
memsnoop_list_ignored_prepare (MemsnoopBusCall *call, GError **error)
{
  call->action = MEMSNOOP_ACTION_INSPECT_ANY;
  return find_ignored (call, error) != NULL;
}

void
memsnoop_list_ignored_run (MemsnoopBusCall *call)
{
  g_auto (GStrv) paths = memsnoop_ignore_list_get (memsnoop_manager_get_ignored (call->context));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; paths[i] != NULL; i++)
    g_variant_builder_add_value (&builder,
                                 g_variant_new_take_string (memsnoop_printable_text (paths[i])));
  memsnoop_bus_call_return_value (call, g_variant_new ("(as)", &builder));
}
