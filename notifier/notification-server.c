/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notification-server.h"

#define SERVER_NAME "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define DESKTOP_ENTRY "org.memsnoop1.Viewer"
/* The server decides how long it is shown. */
#define DEFAULT_TIMEOUT (-1)
/* GNOME Shell signals an action once more for each time that the notification was changed: the same
 * one within this time, in microseconds, is one choice. */
#define ONE_CHOICE (G_USEC_PER_SEC / 2)

struct _MemsnoopNotificationServer
{
  GObject parent_instance;

  GDBusConnection *bus;
  GCancellable *cancellable;
  guint watch;
  guint actions;
  guint closings;
  guint tokens;
  /* What the user acts on next, and the token of that. */
  guint token_of;
  gchar *token;
  guint chosen;
  gchar *chosen_action;
  gint64 chosen_at;
  /* Its name on the bus, which no later server has; NULL while there is none. */
  gchar *owner;
  /* How often one has appeared; which of them the board knows, 0 for none. */
  guint appearances;
  guint told;
  /* Whether it is asked what it can do; whether that is known. */
  gboolean asked;
  gboolean ready;
  gboolean has_actions;
  gboolean has_markup;
  /* Whose ids are not known yet. */
  guint n_showing;
};

G_DEFINE_FINAL_TYPE (MemsnoopNotificationServer, memsnoop_notification_server, G_TYPE_OBJECT)

static guint shown_signal;
static guint action_signal;
static guint closed_signal;
static guint ready_signal;

/* A question to the server that had appeared last. */
typedef struct
{
  MemsnoopNotificationServer *server;
  guint appearance;
} Asking;

static void
read_capabilities (MemsnoopNotificationServer *self, GVariant *reply)
{
  g_autofree const gchar **capabilities = NULL;
  gboolean anew = self->told != 0;

  if (self->owner == NULL)
    return;
  g_variant_get (reply, "(^a&s)", &capabilities);
  self->has_actions = g_strv_contains (capabilities, "actions");
  self->has_markup = g_strv_contains (capabilities, "body-markup");
  self->ready = TRUE;
  self->told = self->appearances;
  g_signal_emit (self, ready_signal, 0, anew);
}

/* The answer to what was asked before a server has appeared, as to start it, says nothing of now:
 * that one has been asked again. */
static void
on_capabilities (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asking *asking = user_data;
  g_autoptr (MemsnoopNotificationServer) self = asking->server;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (asking->appearance != self->appearances)
    return;
  self->asked = FALSE;
  if (reply != NULL)
    read_capabilities (self, reply);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_message ("There is no notification server yet: %s", error->message);
}

/* The call also starts a server that the bus knows. */
static void
ask_capabilities (MemsnoopNotificationServer *self)
{
  Asking *asking;

  if (self->asked)
    return;
  self->asked = TRUE;
  asking = g_new0 (Asking, 1);
  asking->server = g_object_ref (self);
  asking->appearance = self->appearances;
  g_dbus_connection_call (self->bus, SERVER_NAME, SERVER_PATH, SERVER_NAME, "GetCapabilities", NULL,
                          G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                          on_capabilities, asking);
}

static void
on_appeared (GDBusConnection *bus, const gchar *name, const gchar *owner, gpointer user_data)
{
  MemsnoopNotificationServer *self = user_data;

  g_free (self->owner);
  self->owner = g_strdup (owner);
  self->appearances++;
  self->ready = FALSE;
  /* Whoever was asked before is another. */
  self->asked = FALSE;
  ask_capabilities (self);
}

static void
on_vanished (GDBusConnection *bus, const gchar *name, gpointer user_data)
{
  MemsnoopNotificationServer *self = user_data;

  g_clear_pointer (&self->owner, g_free);
  self->ready = FALSE;
}

static void
on_token (GDBusConnection *bus,
          const gchar *sender,
          const gchar *path,
          const gchar *interface,
          const gchar *signal,
          GVariant *arguments,
          gpointer user_data)
{
  MemsnoopNotificationServer *self = user_data;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(us)")))
    return;
  g_clear_pointer (&self->token, g_free);
  g_variant_get (arguments, "(us)", &self->token_of, &self->token);
}

static gboolean
is_same_choice (MemsnoopNotificationServer *self, guint id, const gchar *action)
{
  gint64 now = g_get_monotonic_time ();
  gboolean same = id == self->chosen && g_strcmp0 (action, self->chosen_action) == 0 &&
                  now - self->chosen_at < ONE_CHOICE;

  self->chosen = id;
  g_free (self->chosen_action);
  self->chosen_action = g_strdup (action);
  self->chosen_at = now;
  return same;
}

/* Until "ready" has been told the ids are those of a server before. */
static void
on_action (GDBusConnection *bus,
           const gchar *sender,
           const gchar *path,
           const gchar *interface,
           const gchar *signal,
           GVariant *arguments,
           gpointer user_data)
{
  MemsnoopNotificationServer *self = user_data;
  g_autofree gchar *token = g_steal_pointer (&self->token);
  const gchar *action;
  guint id;

  if (!self->ready || !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(us)")))
    return;
  g_variant_get (arguments, "(u&s)", &id, &action);
  if (!is_same_choice (self, id, action))
    g_signal_emit (self, action_signal, 0, id, action, id == self->token_of ? token : NULL);
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
  MemsnoopNotificationServer *self = user_data;
  guint id, reason;

  if (!self->ready || !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(uu)")))
    return;
  g_variant_get (arguments, "(uu)", &id, &reason);
  g_signal_emit (self, closed_signal, 0, id);
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
      g_dbus_connection_signal_unsubscribe (self->bus, self->tokens);
    }
  g_clear_object (&self->bus);
  G_OBJECT_CLASS (memsnoop_notification_server_parent_class)->dispose (object);
}

static void
memsnoop_notification_server_finalize (GObject *object)
{
  MemsnoopNotificationServer *self = MEMSNOOP_NOTIFICATION_SERVER (object);

  g_object_unref (self->cancellable);
  g_free (self->owner);
  g_free (self->token);
  g_free (self->chosen_action);
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
                                3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING);
  closed_signal = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, G_TYPE_UINT);
  ready_signal = g_signal_new ("ready", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                               1, G_TYPE_BOOLEAN);
}

static void
memsnoop_notification_server_init (MemsnoopNotificationServer *self)
{
  self->cancellable = g_cancellable_new ();
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
  self->tokens = subscribe (self, "ActivationToken", on_token);
  self->watch = g_bus_watch_name_on_connection (bus, SERVER_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_appeared, on_vanished, self, NULL);
  return self;
}

gboolean
memsnoop_notification_server_is_ready (MemsnoopNotificationServer *self)
{
  if (!self->ready)
    ask_capabilities (self);
  return self->ready;
}

/* Showing */

/* Who has begun anew gives the same ids to other programs: what has one goes to who gave it, and to
 * nobody when that has ended. */
static const gchar *
find_server (MemsnoopNotificationServer *self, guint id)
{
  return id != 0 && self->owner != NULL ? self->owner : SERVER_NAME;
}

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
  guint id = 0;

  server->n_showing--;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply != NULL)
    g_variant_get (reply, "(u)", &id);
  else
    g_warning ("A notification cannot be shown: %s", error->message);
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
  self->n_showing++;
  g_dbus_connection_call (
      self->bus, find_server (self, replaces), SERVER_PATH, SERVER_NAME, "Notify",
      g_variant_new ("(susss^as@a{sv}i)", "Memsnoop", replaces, icon, notification->summary,
                     self->has_markup ? escaped : notification->body,
                     actions != NULL && self->has_actions ? actions : none,
                     describe_hints (notification), DEFAULT_TIMEOUT),
      G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, on_shown, showing);
}

void
memsnoop_notification_server_close (MemsnoopNotificationServer *self, guint id)
{
  if (!self->ready)
    return;
  g_dbus_connection_call (self->bus, find_server (self, id), SERVER_PATH, SERVER_NAME,
                          "CloseNotification", g_variant_new ("(u)", id), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static gboolean
on_over (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_REMOVE;
}

void
memsnoop_notification_server_settle (MemsnoopNotificationServer *self, guint milliseconds)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add (milliseconds, on_over, &over);

  while (self->n_showing > 0 && !over)
    g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (timer);
}
