/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include "error.h"
#include "heap-features.h"
#include "kernel-tracer.h"
#include "manager.h"
#include "memsnoop-names.h"
#include "own-session.h"
#include "process-memory.h"
#include "watch-keeper.h"

#include <glib-unix.h>

typedef struct
{
  GMainLoop *loop;
  GDBusConnection *connection;
  MemsnoopHeapRecordings *heaps;
  MemsnoopProcessFamilies *families;
  MemsnoopManager *manager;
  MemsnoopWatch *watch;
  MemsnoopWatchKeeper *keeper;
  const gchar *state_folder;
  guint name;
  gboolean ending;
  GError *error;
} Daemon;

static void
end (Daemon *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_clear_error (&error);
  g_main_loop_quit (self->loop);
}

static void
name_acquired (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  Daemon *self = user_data;

  /* Not before: what is kept belongs to the one service that has the name. */
  if (self->keeper == NULL)
    self->keeper = memsnoop_watch_keeper_new (self->watch, self->state_folder);
  g_message ("Serving %s", name);
}

static gboolean
name_has_owner (GDBusConnection *connection, const gchar *name)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "NameHasOwner", g_variant_new ("(s)", name), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE,
      -1, NULL, NULL);
  gboolean owned = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &owned);
  return owned;
}

static void
name_lost (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  Daemon *self = user_data;

  /* Without a connection, the loss of that is what there is to tell. */
  if (connection == NULL || g_dbus_connection_is_closed (connection))
    return;
  end (self, g_error_new (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                          name_has_owner (connection, name)
                              ? "The name %s on the bus has an owner: a memsnoopd runs already"
                              : "The bus does not let this user own the name %s: see its policy "
                                "in org.memsnoop1.conf",
                          name));
}

static void
connection_closed (GDBusConnection *connection,
                   gboolean remote_peer_vanished,
                   const GError *reason,
                   gpointer user_data)
{
  end (user_data,
       g_error_new (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED, "The connection to the bus is gone: %s",
                    reason != NULL ? reason->message : "it was closed"));
}

static void
shut_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  memsnoop_manager_shut_down_finish (MEMSNOOP_MANAGER (source), result);
  end (user_data, NULL);
}

static gboolean
asked_to_end (gpointer user_data)
{
  Daemon *self = user_data;

  if (self->ending)
    {
      /* Nothing is pinned: the kernel detaches what a process that is gone has left. */
      g_warning ("Ending at once");
      end (self, NULL);
      return G_SOURCE_CONTINUE;
    }
  g_message ("Ending: stopping all sessions first");
  self->ending = TRUE;
  memsnoop_manager_shut_down_async (self->manager, shut_down, self);
  return G_SOURCE_CONTINUE;
}

static gboolean
connect_to_bus (Daemon *self, GError **error)
{
  self->connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  if (self->connection == NULL)
    {
      g_prefix_error (error, "Cannot reach the system bus: ");
      return FALSE;
    }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (connection_closed), self);
  return TRUE;
}

static void
show_features (MemsnoopManager *manager, MemsnoopTracer *tracer)
{
  g_autoptr (GHashTable) features = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) reasons = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autofree gchar *reason = NULL;
  gboolean available = memsnoop_process_memory_iterator_available (&reason);
  GHashTableIter iterator;
  gpointer name;
  gpointer value;

  memsnoop_manager_set_feature (manager, "process-iterator", available, reason);
  memsnoop_kernel_tracer_add_features (tracer, features, reasons);
  g_hash_table_iter_init (&iterator, features);
  while (g_hash_table_iter_next (&iterator, &name, &value))
    memsnoop_manager_set_feature (manager, name, GPOINTER_TO_INT (value),
                                  g_hash_table_lookup (reasons, name));
}

static void
show_iterator (MemsnoopManager *manager, gboolean available, const gchar *reason)
{
  memsnoop_manager_set_feature (manager, "process-iterator", available, reason);
}

static MemsnoopSession *
begin_session (guint32 pid,
               guint64 start_time,
               const MemsnoopHeapOptions *options,
               gpointer manager,
               GError **error)
{
  return memsnoop_own_session_new (manager, pid, start_time, options, error);
}

static void
add_watch (Daemon *self, MemsnoopRecording *recording, const MemsnoopConfiguration *configuration)
{
  g_autoptr (MemsnoopIgnoreList) ignored = memsnoop_ignore_list_new (self->state_folder);

  self->watch = memsnoop_watch_new (recording, ignored, configuration);
  memsnoop_watch_set_heap_recordings (self->watch, self->heaps, begin_session, self->manager);
  memsnoop_manager_set_watch (self->manager, self->watch, ignored);
  g_signal_connect_object (self->watch, "iterator", G_CALLBACK (show_iterator), self->manager,
                           G_CONNECT_SWAPPED);
}

static void
add_heaps (Daemon *self)
{
  g_autoptr (MemsnoopWorker) worker = memsnoop_worker_new (NULL, 0);

  self->heaps = memsnoop_heap_recordings_new (worker);
  self->families = memsnoop_process_families_new ();
  memsnoop_manager_set_families (self->manager, self->families);
  memsnoop_heap_features_show (self->manager, self->heaps);
}

static gboolean
put_on_bus (Daemon *self, const MemsnoopConfiguration *configuration, GError **error)
{
  g_autoptr (MemsnoopTracer) tracer = memsnoop_kernel_tracer_new ();
  g_autoptr (MemsnoopRecording) recording = memsnoop_recording_new (tracer);

  self->manager = memsnoop_manager_new (self->connection, tracer, recording, configuration);
  show_features (self->manager, tracer);
  add_heaps (self);
  add_watch (self, recording, configuration);
  if (!memsnoop_manager_export (self->manager, error))
    return FALSE;
  self->name = g_bus_own_name_on_connection (self->connection, MEMSNOOP_BUS_NAME,
                                             G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, name_acquired,
                                             name_lost, self, NULL);
  return TRUE;
}

static void
serve (Daemon *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGTERM, asked_to_end, self),
    g_unix_signal_add (SIGINT, asked_to_end, self),
  };

  g_main_loop_run (self->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

/* In this order: the last answers leave before the name does. */
static void
leave_bus (Daemon *self)
{
  if (self->connection == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_dbus_connection_flush_sync (self->connection, NULL, NULL);
  /* Whoever gets the name next reads what is kept. */
  g_clear_pointer (&self->keeper, memsnoop_watch_keeper_end);
  g_clear_handle_id (&self->name, g_bus_unown_name);
  g_dbus_connection_flush_sync (self->connection, NULL, NULL);
  g_clear_object (&self->manager);
  g_clear_object (&self->watch);
  g_clear_pointer (&self->heaps, memsnoop_heap_recordings_free);
  g_clear_pointer (&self->families, memsnoop_process_families_free);
  g_clear_object (&self->connection);
}

gboolean
memsnoop_daemon_run (const MemsnoopConfiguration *configuration,
                     const gchar *state_folder,
                     GError **error)
{
  Daemon self = { .loop = g_main_loop_new (NULL, FALSE), .state_folder = state_folder };

  if (connect_to_bus (&self, &self.error) && put_on_bus (&self, configuration, &self.error))
    serve (&self);
  leave_bus (&self);
  g_main_loop_unref (self.loop);
  if (self.error == NULL)
    return TRUE;
  g_propagate_error (error, self.error);
  return FALSE;
}
