/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-calls.h"

#include "connection.h"

#include <gio/gunixfdlist.h>

gchar *
memsnoop_session_start (GDBusConnection *connection, GVariant *options, GError **error)
{
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (connection, error);
  gchar *path = NULL;

  if (manager == NULL || !memsnoop_bus_manager_call_start_sync (
                             manager, options, memsnoop_connection_get_call_flags (),
                             MEMSNOOP_CONNECTION_CALL_TIMEOUT, &path, NULL, error))
    return NULL;
  return path;
}

gboolean
memsnoop_session_stop (GDBusConnection *connection, const gchar *path, GError **error)
{
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (connection, error);

  return manager != NULL &&
         memsnoop_bus_manager_call_stop_sync (manager, path, memsnoop_connection_get_call_flags (),
                                              MEMSNOOP_CONNECTION_CALL_TIMEOUT, NULL, error);
}

gchar *
memsnoop_session_report (GDBusConnection *connection,
                         const gchar *path,
                         const gchar *format,
                         GVariant *options,
                         GError **error)
{
  g_autoptr (GVariant) owned_options = g_variant_ref_sink (options);
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (connection, error);
  gchar *report = NULL;

  if (manager == NULL ||
      !memsnoop_bus_manager_call_get_report_sync (
          manager, path, format, owned_options, memsnoop_connection_get_call_flags (),
          MEMSNOOP_CONNECTION_CALL_TIMEOUT, &report, NULL, error))
    return NULL;
  return report;
}

gboolean
memsnoop_session_export (GDBusConnection *connection,
                         const gchar *path,
                         const gchar *format,
                         int descriptor,
                         GVariant *options,
                         GError **error)
{
  g_autoptr (GVariant) owned_options = g_variant_ref_sink (options);
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (connection, error);
  g_autoptr (GUnixFDList) descriptors = g_unix_fd_list_new ();

  return manager != NULL && g_unix_fd_list_append (descriptors, descriptor, error) >= 0 &&
         memsnoop_bus_manager_call_export_sync (
             manager, path, format, g_variant_new_handle (0), owned_options,
             memsnoop_connection_get_call_flags (), MEMSNOOP_CONNECTION_CALL_TIMEOUT, descriptors,
             NULL, NULL, error);
}
