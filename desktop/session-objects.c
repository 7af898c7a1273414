/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-objects.h"

#include "memsnoop-bus.h"
#include "memsnoop-names.h"

#include <glib/gi18n.h>

gboolean
memsnoop_session_objects_check (guint n, GError **error)
{
  if (n <= MEMSNOOP_SESSION_LIMIT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("it tells of %u recordings, and can have %u at most"), n, MEMSNOOP_SESSION_LIMIT);
  return FALSE;
}

static GVariant *
get_objects (GDBusConnection *connection,
             const gchar *owner,
             GCancellable *cancellable,
             GError **error)
{
  return g_dbus_connection_call_sync (connection, owner, MEMSNOOP_OBJECT_PATH,
                                      "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                                      NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"),
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable, error);
}

/* Freeing a large answer takes long too. */
static void
count_in_thread (GTask *task, gpointer source, gpointer owner, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GVariant) reply = get_objects (source, owner, cancellable, &error);
  g_autoptr (GVariant) objects = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;

  if (objects == NULL ||
      !memsnoop_session_objects_check ((guint) g_variant_n_children (objects), &error))
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GDBusObjectManager *objects = memsnoop_bus_object_manager_client_new_finish (result, &error);

  if (objects != NULL)
    g_task_return_pointer (task, objects, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  memsnoop_bus_object_manager_client_new (
      G_DBUS_CONNECTION (source), G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
      g_task_get_task_data (task), MEMSNOOP_OBJECT_PATH, g_task_get_cancellable (task), on_made,
      g_object_ref (task));
}

void
memsnoop_session_objects_read (GDBusConnection *connection,
                               const gchar *owner,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (connection, cancellable, callback, user_data);
  g_autoptr (GTask) counting = g_task_new (connection, cancellable, on_counted, task);

  g_task_set_source_tag (task, memsnoop_session_objects_read);
  g_task_set_task_data (task, g_strdup (owner), g_free);
  g_task_set_task_data (counting, g_strdup (owner), g_free);
  g_task_run_in_thread (counting, count_in_thread);
}

GDBusObjectManager *
memsnoop_session_objects_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
