/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include "memsnoop-names.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <math.h>

/* Seconds until the bus is tried again. */
#define RETRY_SECONDS 2
/* A person may be asked for a password in the middle of a call. */
#define ASKING_TIMEOUT G_MAXINT
#define TIMEOUT_MILLISECONDS 30000

struct _MemsnoopService
{
  GObject parent_instance;

  MemsnoopServiceState state;
  gchar *problem;
  GCancellable *cancellable;
  guint retry;
  GDBusConnection *connection;
  MemsnoopBusManager *manager;
  GDBusObjectManager *sessions;
};

enum
{
  PROPERTY_STATE = 1,
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

/* Connecting */

static void connect_to_bus (MemsnoopService *self);

static void
disconnect (MemsnoopService *self)
{
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  if (self->sessions != NULL)
    g_signal_handlers_disconnect_by_data (self->sessions, self);
  g_clear_object (&self->sessions);
  g_clear_object (&self->manager);
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
  g_autofree gchar *problem = g_strdup_printf (_ ("The system bus cannot be reached: %s"), why);

  disconnect (self);
  set_state (self, MEMSNOOP_SERVICE_NO_BUS, problem);
  if (self->retry == 0)
    self->retry = g_timeout_add_seconds (RETRY_SECONDS, on_retry, self);
}

static void
on_closed (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           const GError *error,
           gpointer user_data)
{
  lose_bus (user_data, error != NULL ? error->message : _ ("the connection was closed"));
}

static gboolean
has_owner (gpointer proxy)
{
  g_autofree gchar *owner = g_dbus_proxy_get_name_owner (proxy);

  return owner != NULL;
}

static void
update_state (MemsnoopService *self)
{
  if (self->manager == NULL || self->sessions == NULL)
    return;
  if (has_owner (self->manager))
    set_state (self, MEMSNOOP_SERVICE_READY, NULL);
  else
    set_state (self, MEMSNOOP_SERVICE_ABSENT,
               _ ("The service memsnoopd does not run, or does not answer"));
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

static void
on_sessions_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopService) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusObjectManager *sessions = memsnoop_bus_object_manager_client_new_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (sessions == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      lose_bus (self, error->message);
      return;
    }
  g_clear_object (&self->sessions);
  self->sessions = sessions;
  update_state (self);
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
      g_dbus_error_strip_remote_error (error);
      lose_bus (self, error->message);
      return;
    }
  if (g_dbus_proxy_get_connection (G_DBUS_PROXY (manager)) != self->connection)
    {
      /* The bus was lost meanwhile. */
      g_object_unref (manager);
      return;
    }
  self->manager = manager;
  g_signal_connect_swapped (manager, "notify::g-name-owner", G_CALLBACK (update_state), self);
  g_signal_connect (manager, "leak-suspected", G_CALLBACK (on_leak_suspected), self);
  g_signal_connect (manager, "anomaly-detected", G_CALLBACK (on_anomaly_detected), self);
  memsnoop_bus_object_manager_client_new (
      self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, MEMSNOOP_BUS_NAME,
      MEMSNOOP_OBJECT_PATH, self->cancellable, on_sessions_ready, g_object_ref (self));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopService) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL)
    {
      lose_bus (self, error->message);
      return;
    }
  self->connection = connection;
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  /* The bus starts the service if it knows how. */
  memsnoop_bus_manager_proxy_new (connection, G_DBUS_PROXY_FLAGS_NONE, MEMSNOOP_BUS_NAME,
                                  MEMSNOOP_OBJECT_PATH, self->cancellable, on_manager_ready,
                                  g_object_ref (self));
}

/* Not g_bus_get(): a connection that was closed would be returned again. */
static void
connect_to_bus (MemsnoopService *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *address =
      g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, self->cancellable, &error);

  if (address == NULL)
    {
      lose_bus (self, error->message);
      return;
    }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->cancellable, on_connected, g_object_ref (self));
}

/* The object */

static void
memsnoop_service_get_property (GObject *object, guint id, GValue *value, GParamSpec *specification)
{
  g_assert (id == PROPERTY_STATE);
  g_value_set_uint (value, MEMSNOOP_SERVICE (object)->state);
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
  self->cancellable = g_cancellable_new ();
}

MemsnoopService *
memsnoop_service_new (void)
{
  MemsnoopService *self = g_object_new (MEMSNOOP_TYPE_SERVICE, NULL);

  connect_to_bus (self);
  return self;
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
  gboolean has = TRUE;

  if (features == NULL || !g_variant_lookup (features, feature, "b", &has) || has)
    return TRUE;
  if (reason != NULL && (reasons == NULL || !g_variant_lookup (reasons, feature, "s", reason)))
    *reason = g_strdup (_ ("the service does not say why"));
  return FALSE;
}

gdouble
memsnoop_service_get_watch_interval (MemsnoopService *self)
{
  gdouble interval = is_ready (self) ? memsnoop_bus_manager_get_watch_interval (self->manager) : 0;

  return isfinite (interval) && interval > 0 ? interval : 0;
}

GDBusObjectManager *
memsnoop_service_get_sessions (MemsnoopService *self)
{
  return is_ready (self) ? self->sessions : NULL;
}

/* Calls */

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source),
                                                                     NULL, result, &error);

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
  GError *error = NULL;

  g_task_set_source_tag (task, memsnoop_service_call);
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
  g_dbus_connection_call_with_unix_fd_list (
      self->connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, method,
      taken, reply != NULL ? G_VARIANT_TYPE (reply) : NULL,
      ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE,
      ask ? ASKING_TIMEOUT : TIMEOUT_MILLISECONDS, list, cancellable, on_called,
      g_steal_pointer (&task));
}

GVariant *
memsnoop_service_call_finish (MemsnoopService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* GLib has no code of its own for it. */
static gboolean
is_remote_error (const GError *error, const gchar *name)
{
  g_autofree gchar *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

  return g_strcmp0 (remote, name) == 0;
}

gboolean
memsnoop_service_is_refusal (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_AUTH_FAILED) ||
         is_remote_error (error, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
}
