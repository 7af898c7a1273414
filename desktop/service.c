/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include "memsnoop-names.h"
#include "service-error.h"
#include "session-objects.h"
#include "system-bus.h"
#include "wording.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <math.h>

static const MemsnoopServicePatience usual_patience = {
  .retry = 2000,
  .late = 5000,
  .call = 30000,
};

/*
 * Two cancellables: @cancellable for as long as there is this object, @owned while the service's
 * name has one owner. The proxies are those of this owner. They go with it: a
 * GDBusObjectManagerClient that lives on asks the next owner for its objects, and blocks until that
 * has answered.
 */
struct _MemsnoopService
{
  GObject parent_instance;

  MemsnoopServicePatience patience;
  MemsnoopServiceState state;
  gchar *problem;
  GCancellable *cancellable;
  GCancellable *owned;
  guint retry;
  guint unready;
  guint watch;
  guint n_late;
  gchar *owner;
  GDBusConnection *connection;
  MemsnoopBusManager *manager;
  GDBusObjectManager *sessions;
  guint n_sessions;
};

enum
{
  PROPERTY_STATE = 1,
  PROPERTY_LATE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static guint suspicion_signal;
static guint anomaly_signal;

G_DEFINE_FINAL_TYPE (MemsnoopService, memsnoop_service, G_TYPE_OBJECT)

static void
set_state (MemsnoopService *self, MemsnoopServiceState state, const gchar *problem)
{
  gboolean same = self->state == state && g_strcmp0 (self->problem, problem) == 0;

  if (same)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROPERTY_STATE]);
}

/* The service */

static void read_manager (MemsnoopService *self);

static void
forget_proxies (MemsnoopService *self)
{
  g_clear_handle_id (&self->unready, g_source_remove);
  if (self->owned != NULL)
    g_cancellable_cancel (self->owned);
  g_clear_object (&self->owned);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  if (self->sessions != NULL)
    g_signal_handlers_disconnect_by_data (self->sessions, self);
  g_clear_object (&self->sessions);
  g_clear_object (&self->manager);
}

static void
on_leak_suspected (MemsnoopBusManager *manager,
                   const gchar *session,
                   guint pid,
                   const gchar *comm,
                   GVariant *evidence,
                   gpointer user_data)
{
  g_signal_emit (user_data, suspicion_signal, 0, pid, comm, evidence, session);
}

static void
on_anomaly_detected (MemsnoopBusManager *manager,
                     const gchar *session,
                     guint pid,
                     const gchar *comm,
                     const gchar *kind,
                     GVariant *details,
                     gpointer user_data)
{
  g_signal_emit (user_data, anomaly_signal, 0, pid, comm, kind, details);
}

static gboolean
on_ask_again (gpointer user_data)
{
  MemsnoopService *self = user_data;

  self->unready = 0;
  read_manager (self);
  return G_SOURCE_REMOVE;
}

/* It has the name, and is of no use: it is asked again. */
static void
give_up (MemsnoopService *self, const GError *error)
{
  g_autofree gchar *why = memsnoop_service_error_describe (error);
  g_autofree gchar *problem =
      g_strdup_printf (_ ("The service memsnoopd does not answer as it should: %s"), why);

  forget_proxies (self);
  set_state (self, MEMSNOOP_SERVICE_SILENT, problem);
  self->unready = g_timeout_add (self->patience.retry, on_ask_again, self);
}

static gboolean
on_unready (gpointer user_data)
{
  MemsnoopService *self = user_data;

  self->unready = 0;
  set_state (self, MEMSNOOP_SERVICE_SILENT, _ ("The service memsnoopd runs, and does not answer"));
  return G_SOURCE_REMOVE;
}

static void
on_session_added (MemsnoopService *self)
{
  g_autoptr (GError) error = NULL;

  self->n_sessions++;
  if (!memsnoop_session_objects_check (self->n_sessions, &error))
    give_up (self, error);
}

static void
on_session_removed (MemsnoopService *self)
{
  self->n_sessions--;
}

static void
take_sessions (MemsnoopService *self, GDBusObjectManager *sessions)
{
  GList *objects = g_dbus_object_manager_get_objects (sessions);

  self->sessions = g_object_ref (sessions);
  self->n_sessions = g_list_length (objects);
  g_list_free_full (objects, g_object_unref);
  g_signal_connect_swapped (sessions, "object-added", G_CALLBACK (on_session_added), self);
  g_signal_connect_swapped (sessions, "object-removed", G_CALLBACK (on_session_removed), self);
}

static void
on_sessions_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopService) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusObjectManager) sessions = memsnoop_session_objects_read_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (sessions == NULL)
    {
      give_up (self, error);
      return;
    }
  g_clear_handle_id (&self->unready, g_source_remove);
  take_sessions (self, sessions);
  set_state (self, MEMSNOOP_SERVICE_READY, NULL);
}

static void
on_manager_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopService) self = user_data;
  g_autoptr (GError) error = NULL;
  MemsnoopBusManager *manager = memsnoop_bus_manager_proxy_new_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (manager == NULL)
    {
      give_up (self, error);
      return;
    }
  self->manager = manager;
  g_signal_connect (manager, "leak-suspected", G_CALLBACK (on_leak_suspected), self);
  g_signal_connect (manager, "anomaly-detected", G_CALLBACK (on_anomaly_detected), self);
  memsnoop_session_objects_read (self->connection, self->owner, self->owned, on_sessions_ready,
                                 g_object_ref (self));
}

static void
read_manager (MemsnoopService *self)
{
  forget_proxies (self);
  self->owned = g_cancellable_new ();
  self->unready = g_timeout_add (self->patience.late, on_unready, self);
  memsnoop_bus_manager_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                  self->owner, MEMSNOOP_OBJECT_PATH, self->owned, on_manager_ready,
                                  g_object_ref (self));
}

static void
on_appeared (GDBusConnection *connection, const gchar *name, const gchar *owner, gpointer user_data)
{
  MemsnoopService *self = user_data;

  g_free (self->owner);
  self->owner = g_strdup (owner);
  set_state (self, MEMSNOOP_SERVICE_CONNECTING, NULL);
  read_manager (self);
}

/* Also told when the connection is closed, which has a state of its own. */
static void
on_vanished (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  MemsnoopService *self = user_data;

  forget_proxies (self);
  g_clear_pointer (&self->owner, g_free);
  if (connection != NULL)
    set_state (self, MEMSNOOP_SERVICE_ABSENT, _ ("The service memsnoopd does not run"));
}

/* The bus */

static void connect_to_bus (MemsnoopService *self);

static void
disconnect (MemsnoopService *self)
{
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  forget_proxies (self);
  g_clear_pointer (&self->owner, g_free);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
}

static gboolean
on_retry (gpointer user_data)
{
  MemsnoopService *self = user_data;

  self->retry = 0;
  connect_to_bus (self);
  return G_SOURCE_REMOVE;
}

static void
lose_bus (MemsnoopService *self, const gchar *why)
{
  g_autofree gchar *shown = memsnoop_wording_name (why, MEMSNOOP_SERVICE_MESSAGE_MAX);
  g_autofree gchar *problem = g_strdup_printf (_ ("The system bus cannot be reached: %s"), shown);

  disconnect (self);
  set_state (self, MEMSNOOP_SERVICE_NO_BUS, problem);
  if (self->retry == 0)
    self->retry = g_timeout_add (self->patience.retry, on_retry, self);
}

static void
on_closed (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           const GError *error,
           gpointer user_data)
{
  lose_bus (user_data, error != NULL ? error->message : _ ("the connection was closed"));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopService) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = memsnoop_system_bus_connect_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL)
    {
      lose_bus (self, error->message);
      return;
    }
  self->connection = connection;
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  /* The bus starts the service if it knows how. */
  self->watch = g_bus_watch_name_on_connection (connection, MEMSNOOP_BUS_NAME,
                                                G_BUS_NAME_WATCHER_FLAGS_AUTO_START, on_appeared,
                                                on_vanished, self, NULL);
}

static void
connect_to_bus (MemsnoopService *self)
{
  memsnoop_system_bus_connect (self->cancellable, on_connected, g_object_ref (self));
}

/* The object */

static void
memsnoop_service_get_property (GObject *object, guint id, GValue *value, GParamSpec *specification)
{
  MemsnoopService *self = MEMSNOOP_SERVICE (object);

  if (id == PROPERTY_STATE)
    g_value_set_uint (value, self->state);
  else
    g_value_set_boolean (value, self->n_late > 0);
}

static void
memsnoop_service_dispose (GObject *object)
{
  MemsnoopService *self = MEMSNOOP_SERVICE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry, g_source_remove);
  disconnect (self);
  G_OBJECT_CLASS (memsnoop_service_parent_class)->dispose (object);
}

static void
memsnoop_service_finalize (GObject *object)
{
  MemsnoopService *self = MEMSNOOP_SERVICE (object);

  g_object_unref (self->cancellable);
  g_free (self->problem);
  G_OBJECT_CLASS (memsnoop_service_parent_class)->finalize (object);
}

static void
memsnoop_service_class_init (MemsnoopServiceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = memsnoop_service_get_property;
  object_class->dispose = memsnoop_service_dispose;
  object_class->finalize = memsnoop_service_finalize;
  properties[PROPERTY_STATE] =
      g_param_spec_uint ("state", NULL, NULL, 0, MEMSNOOP_SERVICE_READY,
                         MEMSNOOP_SERVICE_CONNECTING, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROPERTY_LATE] =
      g_param_spec_boolean ("late", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  suspicion_signal =
      g_signal_new ("suspicion", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 4, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_VARIANT, G_TYPE_STRING);
  anomaly_signal =
      g_signal_new ("anomaly", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 4, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_VARIANT);
}

static void
memsnoop_service_init (MemsnoopService *self)
{
  self->patience = usual_patience;
  self->cancellable = g_cancellable_new ();
}

MemsnoopService *
memsnoop_service_new (void)
{
  MemsnoopService *self = g_object_new (MEMSNOOP_TYPE_SERVICE, NULL);

  connect_to_bus (self);
  return self;
}

void
memsnoop_service_set_patience (MemsnoopService *self, const MemsnoopServicePatience *patience)
{
  self->patience = *patience;
}

MemsnoopServiceState
memsnoop_service_get_state (MemsnoopService *self)
{
  return self->state;
}

const gchar *
memsnoop_service_get_problem (MemsnoopService *self)
{
  return self->problem;
}

static gboolean
is_ready (MemsnoopService *self)
{
  return self->state == MEMSNOOP_SERVICE_READY;
}

const gchar *
memsnoop_service_get_version (MemsnoopService *self)
{
  return is_ready (self) ? memsnoop_bus_manager_get_version (self->manager) : NULL;
}

gboolean
memsnoop_service_has_feature (MemsnoopService *self, const gchar *feature, gchar **reason)
{
  GVariant *features = is_ready (self) ? memsnoop_bus_manager_get_features (self->manager) : NULL;
  GVariant *reasons =
      is_ready (self) ? memsnoop_bus_manager_get_feature_reasons (self->manager) : NULL;
  const gchar *why = NULL;
  gboolean has = TRUE;

  if (features == NULL || !g_variant_lookup (features, feature, "b", &has) || has)
    return TRUE;
  if (reason != NULL && (reasons == NULL || !g_variant_lookup (reasons, feature, "&s", &why)))
    *reason = g_strdup (_ ("the service does not say why"));
  else if (reason != NULL)
    *reason = memsnoop_wording_name (why, MEMSNOOP_SERVICE_MESSAGE_MAX);
  return FALSE;
}

gdouble
memsnoop_service_get_watch_interval (MemsnoopService *self)
{
  gdouble interval = is_ready (self) ? memsnoop_bus_manager_get_watch_interval (self->manager) : 0;

  return isfinite (interval) && interval > 0 ? interval : 0;
}

guint
memsnoop_service_get_suspects_left_out (MemsnoopService *self)
{
  return is_ready (self) ? memsnoop_bus_manager_get_suspects_left_out (self->manager) : 0;
}

GDBusObjectManager *
memsnoop_service_get_sessions (MemsnoopService *self)
{
  return is_ready (self) ? self->sessions : NULL;
}

/* Calls */

/* @timer: 0 when it is late, or may be. */
typedef struct
{
  guint timer;
  gboolean late;
} Call;

static void
count_late (MemsnoopService *self, gint difference)
{
  guint before = self->n_late;

  self->n_late += (guint) difference;
  if ((before > 0) != (self->n_late > 0))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROPERTY_LATE]);
}

static gboolean
on_late (gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);

  call->timer = 0;
  call->late = TRUE;
  count_late (g_task_get_source_object (task), 1);
  return G_SOURCE_REMOVE;
}

static void
end_call (GTask *task)
{
  Call *call = g_task_get_task_data (task);

  g_clear_handle_id (&call->timer, g_source_remove);
  if (call->late)
    count_late (g_task_get_source_object (task), -1);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source),
                                                                     NULL, result, &error);

  end_call (task);
  if (reply != NULL)
    {
      g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
      return;
    }
  g_task_return_error (task, error);
}

static GUnixFDList *
list_descriptor (gint descriptor, GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();

  return g_unix_fd_list_append (list, descriptor, error) >= 0 ? g_steal_pointer (&list) : NULL;
}

void
memsnoop_service_call (MemsnoopService *self,
                       const gchar *method,
                       GVariant *arguments,
                       const gchar *reply,
                       gboolean ask,
                       gint descriptor,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GVariant) taken = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autoptr (GUnixFDList) list = NULL;
  Call *call = g_new0 (Call, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, memsnoop_service_call);
  g_task_set_task_data (task, call, g_free);
  if (!is_ready (self))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "%s",
                               self->problem != NULL ? self->problem : _ ("Not connected yet"));
      return;
    }
  if (descriptor >= 0 && (list = list_descriptor (descriptor, &error)) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  /* A person may take as long as they like, and nobody waits for a service that was stopped. */
  if (!ask)
    call->timer = g_timeout_add (self->patience.late, on_late, task);
  g_dbus_connection_call_with_unix_fd_list (
      self->connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, method,
      taken, reply != NULL ? G_VARIANT_TYPE (reply) : NULL,
      G_DBUS_CALL_FLAGS_NO_AUTO_START |
          (ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE),
      ask ? G_MAXINT : (gint) self->patience.call, list, cancellable, on_called,
      g_steal_pointer (&task));
}

GVariant *
memsnoop_service_call_finish (MemsnoopService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
memsnoop_service_is_late (MemsnoopService *self)
{
  return self->n_late > 0;
}
