/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

struct _MemsnoopCaller
{
  GObject parent_instance;

  GDBusConnection *connection;
  gchar *name;
  guint32 uid;
  guint subscription;
  GCancellable *cancellable;
  guint n_calls;
  guint n_checks;
};

G_DEFINE_FINAL_TYPE (MemsnoopCaller, memsnoop_caller, G_TYPE_OBJECT)

enum
{
  SIGNAL_VANISHED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
stop_watching (MemsnoopCaller *self)
{
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  self->subscription = 0;
}

static void
memsnoop_caller_dispose (GObject *object)
{
  stop_watching (MEMSNOOP_CALLER (object));
  G_OBJECT_CLASS (memsnoop_caller_parent_class)->dispose (object);
}

static void
memsnoop_caller_finalize (GObject *object)
{
  MemsnoopCaller *self = MEMSNOOP_CALLER (object);

  g_object_unref (self->connection);
  g_object_unref (self->cancellable);
  g_free (self->name);
  G_OBJECT_CLASS (memsnoop_caller_parent_class)->finalize (object);
}

static void
memsnoop_caller_class_init (MemsnoopCallerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = memsnoop_caller_dispose;
  object_class->finalize = memsnoop_caller_finalize;

  signals[SIGNAL_VANISHED] = g_signal_new ("vanished", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_caller_init (MemsnoopCaller *self)
{
  self->cancellable = g_cancellable_new ();
}

static void
name_owner_changed (GDBusConnection *connection,
                    const gchar *sender,
                    const gchar *path,
                    const gchar *interface,
                    const gchar *signal,
                    GVariant *parameters,
                    gpointer user_data)
{
  MemsnoopCaller *self = user_data;
  const gchar *new_owner;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get_child (parameters, 2, "&s", &new_owner);
  if (*new_owner != '\0' || memsnoop_caller_has_vanished (self))
    return;

  g_object_ref (self);
  stop_watching (self);
  g_cancellable_cancel (self->cancellable);
  g_signal_emit (self, signals[SIGNAL_VANISHED], 0);
  g_object_unref (self);
}

static MemsnoopCaller *
create_caller (GDBusConnection *connection, const gchar *name)
{
  MemsnoopCaller *self = g_object_new (MEMSNOOP_TYPE_CALLER, NULL);

  self->connection = g_object_ref (connection);
  self->name = g_strdup (name);
  self->subscription = g_dbus_connection_signal_subscribe (
      connection, BUS_NAME, BUS_NAME, "NameOwnerChanged", BUS_PATH, name, G_DBUS_SIGNAL_FLAGS_NONE,
      name_owner_changed, self, NULL);
  return self;
}

static void
credentials_received (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) credentials = NULL;
  MemsnoopCaller *self = g_task_get_task_data (task);

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (reply != NULL)
    credentials = g_variant_get_child_value (reply, 0);

  if (reply == NULL || memsnoop_caller_has_vanished (self))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "The bus does not know who %s is: %s", self->name,
                             error != NULL ? error->message : "it has left");
  else if (!g_variant_lookup (credentials, "UnixUserID", "u", &self->uid))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "The bus does not tell the user of %s", self->name);
  else
    g_task_return_pointer (task, g_object_ref (self), g_object_unref);
}

void
memsnoop_caller_identify_async (GDBusConnection *connection,
                                const gchar *name,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (connection, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_caller_identify_async);
  g_task_set_task_data (task, create_caller (connection, name), g_object_unref);
  g_dbus_connection_call (connection, BUS_NAME, BUS_PATH, BUS_NAME, "GetConnectionCredentials",
                          g_variant_new ("(s)", name), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, credentials_received, task);
}

MemsnoopCaller *
memsnoop_caller_identify_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

const gchar *
memsnoop_caller_get_name (MemsnoopCaller *self)
{
  return self->name;
}

guint32
memsnoop_caller_get_uid (MemsnoopCaller *self)
{
  return self->uid;
}

gboolean
memsnoop_caller_has_vanished (MemsnoopCaller *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

GCancellable *
memsnoop_caller_get_cancellable (MemsnoopCaller *self)
{
  return self->cancellable;
}

gboolean
memsnoop_caller_begin_call (MemsnoopCaller *self, GError **error)
{
  if (self->n_calls >= MEMSNOOP_CALLER_CALLS_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   "%u calls of this connection are in progress; at most %d are possible",
                   self->n_calls, MEMSNOOP_CALLER_CALLS_MAX);
      return FALSE;
    }
  self->n_calls++;
  return TRUE;
}

void
memsnoop_caller_end_call (MemsnoopCaller *self)
{
  g_assert (self->n_calls > 0);
  self->n_calls--;
}

gboolean
memsnoop_caller_begin_check (MemsnoopCaller *self, GError **error)
{
  if (self->n_checks >= MEMSNOOP_CALLER_CHECKS_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   "%u authorization checks of this connection are waiting for an answer; at most "
                   "%d are possible",
                   self->n_checks, MEMSNOOP_CALLER_CHECKS_MAX);
      return FALSE;
    }
  self->n_checks++;
  return TRUE;
}

void
memsnoop_caller_end_check (MemsnoopCaller *self)
{
  g_assert (self->n_checks > 0);
  self->n_checks--;
}
