/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notification-server.h"

#define SERVER_NAME "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define DESKTOP_ENTRY "org.memsnoop1.Viewer"
/* The server decides how long it is shown. */
#define DEFAULT_TIMEOUT (-1)
/* NotificationClosed: dismissed by the user. */
#define REASON_DISMISSED 2

struct _MemsnoopNotificationServer
{
  GObject parent_instance;

  GDBusConnection *bus;
  GCancellable *cancellable;
  guint watch;
  guint actions;
  guint closings;
  gboolean appeared;
  gboolean has_actions;
  gboolean has_markup;
};

G_DEFINE_FINAL_TYPE (MemsnoopNotificationServer, memsnoop_notification_server, G_TYPE_OBJECT)

static guint shown_signal;
static guint action_signal;
static guint closed_signal;
static guint restarted_signal;

static void
on_capabilities (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopNotificationServer) self = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autofree const gchar **capabilities = NULL;

  if (reply == NULL)
    return;
  g_variant_get (reply, "(^a&s)", &capabilities);
  self->has_actions = g_strv_contains (capabilities, "actions");
  self->has_markup = g_strv_contains (capabilities, "body-markup");
}

static void
on_appeared (GDBusConnection *bus, const gchar *name, const gchar *owner, gpointer user_data)
{
  MemsnoopNotificationServer *self = user_data;

  g_dbus_connection_call (bus, SERVER_NAME, SERVER_PATH, SERVER_NAME, "GetCapabilities", NULL,
                          G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                          on_capabilities, g_object_ref (self));
  if (self->appeared)
    g_signal_emit (self, restarted_signal, 0);
  self->appeared = TRUE;
}

static void
on_action (GDBusConnection *bus,
           const gchar *sender,
           const gchar *path,
           const gchar *interface,
           const gchar *signal,
           GVariant *arguments,
           gpointer user_data)
{
  const gchar *action;
  guint id;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(us)")))
    return;
  g_variant_get (arguments, "(u&s)", &id, &action);
  g_signal_emit (user_data, action_signal, 0, id, action);
}

static void
on_closed (GDBusConnection *bus,
           const gchar *sender,
           const gchar *path,
           const gchar *interface,
           const gchar *signal,
           GVariant *arguments,
           gpointer user_data)
{
  guint id, reason;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(uu)")))
    return;
  g_variant_get (arguments, "(uu)", &id, &reason);
  g_signal_emit (user_data, closed_signal, 0, id, reason == REASON_DISMISSED);
}

static void
memsnoop_notification_server_dispose (GObject *object)
{
  MemsnoopNotificationServer *self = MEMSNOOP_NOTIFICATION_SERVER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  if (self->bus != NULL)
    {
      g_dbus_connection_signal_unsubscribe (self->bus, self->actions);
      g_dbus_connection_signal_unsubscribe (self->bus, self->closings);
    }
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (memsnoop_notification_server_parent_class)->dispose (object);
}

static void
memsnoop_notification_server_finalize (GObject *object)
{
  g_object_unref (MEMSNOOP_NOTIFICATION_SERVER (object)->cancellable);
  G_OBJECT_CLASS (memsnoop_notification_server_parent_class)->finalize (object);
}

static void
memsnoop_notification_server_class_init (MemsnoopNotificationServerClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_notification_server_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_notification_server_finalize;
  shown_signal = g_signal_new ("shown", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                               2, G_TYPE_UINT64, G_TYPE_UINT);
  action_signal = g_signal_new ("action", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_UINT, G_TYPE_STRING);
  closed_signal = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_UINT, G_TYPE_BOOLEAN);
  restarted_signal =
      g_signal_new ("restarted", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_notification_server_init (MemsnoopNotificationServer *self)
{
  self->cancellable = g_cancellable_new ();
  /* Until it says otherwise: most can do both. */
  self->has_actions = TRUE;
  self->has_markup = TRUE;
}

static guint
subscribe (MemsnoopNotificationServer *self, const gchar *signal, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->bus, SERVER_NAME, SERVER_NAME, signal,
                                             SERVER_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, callback,
                                             self, NULL);
}

MemsnoopNotificationServer *
memsnoop_notification_server_new (GDBusConnection *bus)
{
  MemsnoopNotificationServer *self = g_object_new (MEMSNOOP_TYPE_NOTIFICATION_SERVER, NULL);

  self->bus = g_object_ref (bus);
  self->actions = subscribe (self, "ActionInvoked", on_action);
  self->closings = subscribe (self, "NotificationClosed", on_closed);
  self->watch = g_bus_watch_name_on_connection (
      bus, SERVER_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START, on_appeared, NULL, self, NULL);
  return self;
}

/* Showing */

typedef struct
{
  MemsnoopNotificationServer *server;
  guint64 key;
} Showing;

static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Showing *showing = user_data;
  g_autoptr (MemsnoopNotificationServer) server = showing->server;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint id;

  if (reply == NULL)
    {
      g_warning ("A notification cannot be shown: %s", error->message);
      return;
    }
  g_variant_get (reply, "(u)", &id);
  g_signal_emit (server, shown_signal, 0, showing->key, id);
}

static GVariant *
describe_hints (const MemsnoopNotification *notification)
{
  GVariantDict hints;

  g_variant_dict_init (&hints, NULL);
  g_variant_dict_insert_value (&hints, "urgency",
                               g_variant_new_byte ((guchar) notification->urgency));
  g_variant_dict_insert (&hints, "desktop-entry", "s", DESKTOP_ENTRY);
  return g_variant_dict_end (&hints);
}

void
memsnoop_notification_server_show (MemsnoopNotificationServer *self,
                                   guint64 key,
                                   guint replaces,
                                   const MemsnoopNotification *notification,
                                   const gchar *const *actions,
                                   const gchar *icon)
{
  static const gchar *const none[] = { NULL };
  g_autofree gchar *escaped = g_markup_escape_text (notification->body, -1);
  Showing *showing = g_new0 (Showing, 1);

  showing->server = g_object_ref (self);
  showing->key = key;
  g_dbus_connection_call (
      self->bus, SERVER_NAME, SERVER_PATH, SERVER_NAME, "Notify",
      g_variant_new ("(susss^as@a{sv}i)", "Memsnoop", replaces, icon, notification->summary,
                     self->has_markup ? escaped : notification->body,
                     actions != NULL && self->has_actions ? actions : none,
                     describe_hints (notification), DEFAULT_TIMEOUT),
      G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_shown, showing);
}

void
memsnoop_notification_server_close (MemsnoopNotificationServer *self, guint id)
{
  g_dbus_connection_call (self->bus, SERVER_NAME, SERVER_PATH, SERVER_NAME, "CloseNotification",
                          g_variant_new ("(u)", id), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL,
                          NULL);
}
