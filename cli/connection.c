/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection.h"

#include "command-error.h"
#include "memsnoop-names.h"

static GDBusConnection *
open_bus (const gchar *address, GError **error)
{
  if (address == NULL)
    return g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  return g_dbus_connection_new_for_address_sync (address,
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                 NULL, NULL, error);
}

GDBusConnection *
memsnoop_connection_open (const gchar *address, GError **error)
{
  g_autoptr (GError) bus_error = NULL;
  g_autoptr (GDBusConnection) connection = open_bus (address, &bus_error);

  if (connection == NULL)
    {
      g_dbus_error_strip_remote_error (bus_error);
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_BUS,
                   "cannot reach %s%s: %s", address != NULL ? "the bus " : "the system bus",
                   address != NULL ? address : "", bus_error->message);
      return NULL;
    }

  g_dbus_connection_set_exit_on_close (connection, FALSE);
  return g_steal_pointer (&connection);
}

MemsnoopBusManager *
memsnoop_connection_get_manager (GDBusConnection *connection, GError **error)
{
  return memsnoop_bus_manager_proxy_new_sync (
      connection,
      G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
          G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION,
      MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, NULL, error);
}

static gboolean questions_allowed = TRUE;

void
memsnoop_connection_allow_questions (gboolean allowed)
{
  questions_allowed = allowed;
}

GDBusCallFlags
memsnoop_connection_get_call_flags (void)
{
  return questions_allowed ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                           : G_DBUS_CALL_FLAGS_NONE;
}

GVariant *
memsnoop_connection_get_properties (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, "org.freedesktop.DBus.Properties",
      "GetAll", g_variant_new ("(s)", MEMSNOOP_MANAGER_INTERFACE), G_VARIANT_TYPE ("(a{sv})"),
      G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}
