/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system-bus.h"

/* GDBus makes an object of each value of a message. Here, in its own thread, they become one piece
 * of memory again: the thread that draws would take seconds to read and free a million of them. */
static GDBusMessage *
make_compact (GDBusConnection *connection,
              GDBusMessage *message,
              gboolean incoming,
              gpointer user_data)
{
  GVariant *body = incoming ? g_dbus_message_get_body (message) : NULL;

  if (body != NULL)
    g_variant_get_data (body);
  return message;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_finish (result, &error);

  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_add_filter (connection, make_compact, NULL, NULL);
  g_task_return_pointer (task, connection, g_object_unref);
}

void
memsnoop_system_bus_connect (GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  GError *error = NULL;
  g_autofree gchar *address =
      g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, cancellable, &error);

  g_task_set_source_tag (task, memsnoop_system_bus_connect);
  if (address == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, cancellable, on_connected, task);
}

GDBusConnection *
memsnoop_system_bus_connect_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
