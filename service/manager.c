/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manager.h"

#include "boot-time.h"
#include "bus-call.h"
#include "error.h"
#include "memsnoop-names.h"
#include "printable-text.h"
#include "process-methods.h"
#include "report-methods.h"
#include "session-methods.h"
#include "suspect-methods.h"

struct _MemsnoopManager
{
  GObject parent_instance;

  GDBusConnection *connection;
  MemsnoopTracer *tracer;
  const MemsnoopConfiguration *configuration;
  MemsnoopRecording *recording;
  MemsnoopHeapRecordings *heaps;
  MemsnoopProcessFamilies *families;
  MemsnoopHeapRecordings *growth;
  MemsnoopWatch *watch;
  MemsnoopIgnoreList *ignored;
  MemsnoopBusManager *interface;
  GDBusObjectManagerServer *objects;
  MemsnoopSessionRegistry *sessions;
  MemsnoopCallerCache *callers;
  MemsnoopAuthority *authority;
  /* Feature to the reason why it is missing, "" when it is there. */
  GHashTable *features;
  gboolean shutting_down;
};

G_DEFINE_FINAL_TYPE (MemsnoopManager, memsnoop_manager, G_TYPE_OBJECT)

/* Every method that exists, each with the check that decides who may call it. */
static const MemsnoopBusRule rules[] = {
  { MEMSNOOP_MANAGER_INTERFACE, "Start", memsnoop_start_prepare, memsnoop_start_run },
  { MEMSNOOP_MANAGER_INTERFACE, "Stop", memsnoop_stop_prepare, memsnoop_stop_run },
  { MEMSNOOP_MANAGER_INTERFACE, "GetReport", memsnoop_get_report_prepare, memsnoop_get_report_run },
  { MEMSNOOP_MANAGER_INTERFACE, "Export", memsnoop_export_prepare, memsnoop_export_run },
  { MEMSNOOP_MANAGER_INTERFACE, "GetProcessStats", memsnoop_get_process_stats_prepare,
    memsnoop_get_process_stats_run },
  { MEMSNOOP_MANAGER_INTERFACE, "ListProcesses", memsnoop_list_processes_prepare,
    memsnoop_list_processes_run },
  { MEMSNOOP_MANAGER_INTERFACE, "ListProcessColumns", memsnoop_list_process_columns_prepare,
    memsnoop_list_processes_run },
  { MEMSNOOP_MANAGER_INTERFACE, "ListSuspects", memsnoop_list_suspects_prepare,
    memsnoop_list_suspects_run },
  { MEMSNOOP_MANAGER_INTERFACE, "GetSuspect", memsnoop_get_suspect_prepare,
    memsnoop_get_suspect_run },
  { MEMSNOOP_MANAGER_INTERFACE, "Ignore", memsnoop_ignore_prepare, memsnoop_ignore_run },
  { MEMSNOOP_MANAGER_INTERFACE, "Unignore", memsnoop_unignore_prepare, memsnoop_unignore_run },
  { MEMSNOOP_MANAGER_INTERFACE, "ListIgnored", memsnoop_list_ignored_prepare,
    memsnoop_list_ignored_run },
  { MEMSNOOP_SESSION_INTERFACE, "Stop", memsnoop_session_stop_prepare, memsnoop_stop_run },
};

static void
memsnoop_manager_dispose (GObject *object)
{
  MemsnoopManager *self = MEMSNOOP_MANAGER (object);

  if (self->interface != NULL)
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->interface));
  if (self->objects != NULL)
    g_dbus_object_manager_server_set_connection (self->objects, NULL);
  g_clear_object (&self->sessions);
  g_clear_object (&self->interface);
  g_clear_object (&self->objects);
  g_clear_object (&self->callers);
  g_clear_object (&self->authority);
  g_clear_object (&self->watch);
  g_clear_object (&self->ignored);
  g_clear_object (&self->recording);
  g_clear_object (&self->tracer);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (memsnoop_manager_parent_class)->dispose (object);
}

static void
memsnoop_manager_finalize (GObject *object)
{
  g_hash_table_unref (MEMSNOOP_MANAGER (object)->features);
  G_OBJECT_CLASS (memsnoop_manager_parent_class)->finalize (object);
}

static void
memsnoop_manager_class_init (MemsnoopManagerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = memsnoop_manager_dispose;
  object_class->finalize = memsnoop_manager_finalize;
}

static void
memsnoop_manager_init (MemsnoopManager *self)
{
  self->features = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->interface = memsnoop_bus_manager_skeleton_new ();
  self->objects = g_dbus_object_manager_server_new (MEMSNOOP_OBJECT_PATH);
  self->authority = memsnoop_authority_new ();
}

/* The handler of every method of every interface. The arguments that the signal has after the
 * invocation are in it too, and left alone here. */
static gboolean
method_called (MemsnoopManager *self, GDBusMethodInvocation *invocation)
{
  memsnoop_bus_call_begin (rules, G_N_ELEMENTS (rules), self, self->callers, self->authority,
                           invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
add_lost (gpointer recording, gpointer user_data)
{
  MemsnoopTracerTotals totals = { 0 };

  memsnoop_heap_recording_get_totals (recording, &totals);
  *(guint64 *) user_data += totals.events_lost;
}

static void
show_events_lost (MemsnoopManager *self)
{
  MemsnoopTracerTotals totals = { 0 };
  guint64 lost;

  if (memsnoop_recording_is_active (self->recording))
    memsnoop_recording_get_totals (self->recording, &totals);
  lost = totals.events_lost;
  memsnoop_session_registry_foreach_heap (self->sessions, add_lost, &lost);
  memsnoop_session_registry_foreach_growth (self->sessions, add_lost, &lost);
  memsnoop_bus_manager_set_events_lost (self->interface, lost);
}

static void
show_features (MemsnoopManager *self)
{
  GVariantBuilder available;
  GVariantBuilder reasons;
  GHashTableIter iterator;
  gpointer name;
  gpointer reason;

  g_variant_builder_init (&available, G_VARIANT_TYPE ("a{sb}"));
  g_variant_builder_init (&reasons, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iterator, self->features);
  while (g_hash_table_iter_next (&iterator, &name, &reason))
    {
      gboolean missing = *(const gchar *) reason != '\0';

      g_variant_builder_add (&available, "{sb}", name, !missing);
      if (missing)
        g_variant_builder_add (&reasons, "{ss}", name, reason);
    }
  memsnoop_bus_manager_set_features (self->interface, g_variant_builder_end (&available));
  memsnoop_bus_manager_set_feature_reasons (self->interface, g_variant_builder_end (&reasons));
}

void
memsnoop_manager_set_feature (MemsnoopManager *self,
                              const gchar *name,
                              gboolean available,
                              const gchar *reason)
{
  const gchar *missing = reason != NULL && *reason != '\0' ? reason : "No reason is known";

  g_hash_table_insert (self->features, g_strdup (name), g_strdup (available ? "" : missing));
  show_features (self);
}

static void
find_features (MemsnoopManager *self)
{
  g_autofree gchar *reason = NULL;
  gboolean available = memsnoop_tracer_probe (self->tracer, &reason);

  memsnoop_manager_set_feature (self, "kernel", available, reason);
  memsnoop_manager_set_feature (self, "heap", FALSE, "The service has not begun to record heaps");
  memsnoop_manager_set_feature (self, "growth", FALSE,
                                "The service has not begun to record growth");
}

static void
connect_methods (MemsnoopManager *self)
{
  static const gchar *const handlers[] = {
    "handle-start",          "handle-stop",
    "handle-get-report",     "handle-get-process-stats",
    "handle-list-processes", "handle-list-suspects",
    "handle-get-suspect",    "handle-ignore",
    "handle-unignore",       "handle-list-ignored",
    "handle-export",         "handle-list-process-columns",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect_object (self->interface, handlers[i], G_CALLBACK (method_called), self,
                             G_CONNECT_SWAPPED);
}

MemsnoopManager *
memsnoop_manager_new (GDBusConnection *connection,
                      MemsnoopTracer *tracer,
                      MemsnoopRecording *recording,
                      const MemsnoopConfiguration *configuration)
{
  MemsnoopManager *self = g_object_new (MEMSNOOP_TYPE_MANAGER, NULL);

  self->connection = g_object_ref (connection);
  self->tracer = g_object_ref (tracer);
  self->recording = g_object_ref (recording);
  self->configuration = configuration;
  self->callers = memsnoop_caller_cache_new (connection);
  self->sessions = memsnoop_session_registry_new (self->objects, configuration);
  g_signal_connect_object (self->sessions, "updated", G_CALLBACK (show_events_lost), self,
                           G_CONNECT_SWAPPED);
  memsnoop_bus_manager_set_version (self->interface, MEMSNOOP_VERSION);
  find_features (self);
  connect_methods (self);
  return self;
}

static void
broadcast_suspicion (MemsnoopManager *self, MemsnoopSuspicion *suspicion)
{
  g_autofree gchar *comm = memsnoop_printable_text (suspicion->comm);
  const gchar *session = NULL;

  if (suspicion->kind == MEMSNOOP_SUSPICION_KERNEL)
    session = memsnoop_session_registry_find_showing (self->sessions, suspicion->pid);
  else if (suspicion->kind == MEMSNOOP_SUSPICION_HEAP)
    session = memsnoop_session_registry_find_showing_heap (self->sessions, suspicion->pid,
                                                           suspicion->start_time);
  g_free (suspicion->session);
  suspicion->session = g_strdup (session != NULL ? session : "/");
  memsnoop_bus_manager_emit_leak_suspected (self->interface, suspicion->session, suspicion->pid,
                                            comm, memsnoop_suspicion_write_evidence (suspicion));
}

static GVariant *
write_anomaly (const MemsnoopAnomaly *anomaly)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "state",
                         g_variant_new_string (anomaly->raised ? "raised" : "cleared"));
  g_variant_builder_add (&builder, "{sv}", "value", g_variant_new_double (anomaly->value));
  g_variant_builder_add (&builder, "{sv}", "threshold", g_variant_new_double (anomaly->threshold));
  return g_variant_builder_end (&builder);
}

static void
broadcast_anomaly (MemsnoopManager *self, const MemsnoopAnomaly *anomaly)
{
  const gchar *session = memsnoop_session_registry_find_showing (self->sessions, anomaly->pid);
  g_autofree gchar *comm = memsnoop_printable_text (anomaly->comm);

  memsnoop_bus_manager_emit_anomaly_detected (
      self->interface, session != NULL ? session : "/", anomaly->pid, comm,
      memsnoop_anomaly_kind_name (anomaly->kind), write_anomaly (anomaly));
}

static void
show_left_out (MemsnoopManager *self, guint left_out)
{
  memsnoop_bus_manager_set_suspects_left_out (self->interface, left_out);
}

void
memsnoop_manager_set_watch (MemsnoopManager *self,
                            MemsnoopWatch *watch,
                            MemsnoopIgnoreList *ignored)
{
  g_return_if_fail (self->watch == NULL);
  self->watch = g_object_ref (watch);
  self->ignored = g_object_ref (ignored);
  g_signal_connect_object (watch, "suspicion", G_CALLBACK (broadcast_suspicion), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (watch, "anomaly", G_CALLBACK (broadcast_anomaly), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (watch, "left-out", G_CALLBACK (show_left_out), self, G_CONNECT_SWAPPED);
  memsnoop_bus_manager_set_watch_interval (
      self->interface,
      (gdouble) memsnoop_process_table_get_interval (memsnoop_watch_get_table (watch)) /
          (gdouble) MEMSNOOP_SECOND);
  memsnoop_manager_set_feature (self, "watch", TRUE, NULL);
}

void
memsnoop_manager_set_heaps (MemsnoopManager *self,
                            MemsnoopHeapRecordings *heaps,
                            const gchar *reason)
{
  self->heaps = heaps;
  memsnoop_manager_set_feature (self, "heap", heaps != NULL, reason);
}

void
memsnoop_manager_set_families (MemsnoopManager *self, MemsnoopProcessFamilies *families)
{
  self->families = families;
}

void
memsnoop_manager_set_growth (MemsnoopManager *self,
                             MemsnoopHeapRecordings *growth,
                             const gchar *reason)
{
  self->growth = growth;
  memsnoop_manager_set_feature (self, "growth", growth != NULL, reason);
}

gboolean
memsnoop_manager_export (MemsnoopManager *self, GError **error)
{
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->interface),
                                         self->connection, MEMSNOOP_OBJECT_PATH, error))
    return FALSE;
  g_dbus_object_manager_server_set_connection (self->objects, self->connection);
  return TRUE;
}

static void
sessions_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  memsnoop_session_registry_stop_all_finish (MEMSNOOP_SESSION_REGISTRY (source), result);
  g_task_return_boolean (task, TRUE);
}

void
memsnoop_manager_shut_down_async (MemsnoopManager *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_manager_shut_down_async);
  self->shutting_down = TRUE;
  memsnoop_session_registry_stop_all_async (self->sessions, sessions_stopped, task);
}

void
memsnoop_manager_shut_down_finish (MemsnoopManager *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

MemsnoopRecording *
memsnoop_manager_get_recording (MemsnoopManager *self)
{
  return self->recording;
}

MemsnoopWatch *
memsnoop_manager_get_watch (MemsnoopManager *self)
{
  return self->watch;
}

MemsnoopIgnoreList *
memsnoop_manager_get_ignored (MemsnoopManager *self)
{
  return self->ignored;
}

MemsnoopSessionRegistry *
memsnoop_manager_get_sessions (MemsnoopManager *self)
{
  return self->sessions;
}

const MemsnoopConfiguration *
memsnoop_manager_get_configuration (MemsnoopManager *self)
{
  return self->configuration;
}

MemsnoopHeapRecordings *
memsnoop_manager_get_heaps (MemsnoopManager *self)
{
  return self->heaps;
}

MemsnoopProcessFamilies *
memsnoop_manager_get_families (MemsnoopManager *self)
{
  return self->families;
}

MemsnoopHeapRecordings *
memsnoop_manager_get_growth (MemsnoopManager *self)
{
  return self->growth;
}

static gboolean
refuse_source (const gchar *source, const gchar *reason, GError **error)
{
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
               "The source “%s” is not supported here: %s", source, reason);
  return FALSE;
}

gboolean
memsnoop_manager_can_record (MemsnoopManager *self,
                             const MemsnoopStartOptions *options,
                             GError **error)
{
  g_autofree gchar *reason = NULL;

  if (self->shutting_down)
    {
      g_set_error_literal (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                           "The service is about to end; no further session can begin");
      return FALSE;
    }
  if (options->kernel && !memsnoop_tracer_probe (self->tracer, &reason))
    return refuse_source ("kernel", reason, error);
  if (options->heap && self->heaps == NULL)
    return refuse_source ("heap", g_hash_table_lookup (self->features, "heap"), error);
  if (options->growth && self->growth == NULL)
    return refuse_source ("growth", g_hash_table_lookup (self->features, "growth"), error);
  return TRUE;
}

void
memsnoop_manager_adopt_session (MemsnoopManager *self, MemsnoopSession *session)
{
  g_signal_connect_object (memsnoop_session_get_interface (session), "handle-stop",
                           G_CALLBACK (method_called), self, G_CONNECT_SWAPPED);
}
