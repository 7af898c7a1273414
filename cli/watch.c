/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "json-output.h"
#include "memsnoop-names.h"
#include "output.h"
#include "quantity.h"
#include "terminal-text.h"
#include "user-names.h"
#include "watch-sentence.h"

#include <glib-unix.h>
#include <string.h>

typedef struct
{
  GMainLoop *loop;
  GDBusConnection *connection;
  GDBusObjectManager *objects;
  MemsnoopUserNames *users;
  gboolean json;
  gboolean unicode;
  /* What was told last about the service. */
  gboolean service_told;
  gboolean service_present;
  GError *error;
} Watch;

static void
fail (Watch *watch, GError *error)
{
  if (watch->error == NULL)
    watch->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (watch->loop);
}

static JsonObject *
event_new (const gchar *name)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree gchar *time = g_date_time_format_iso8601 (now);
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "time", time);
  json_object_set_string_member (event, "event", name);
  return event;
}

static gboolean
write_event (Watch *watch, JsonObject *event, const gchar *sentence, GError **error)
{
  g_autoptr (GDateTime) now = NULL;
  g_autofree gchar *time = NULL, *line = NULL;

  if (watch->json)
    {
      g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

      json_node_set_object (node, event);
      return memsnoop_output_write_json_line (node, error);
    }

  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%F %T");
  line = g_strdup_printf ("%s  %s\n", time, sentence);
  return memsnoop_output_write (line, error);
}

/* Takes @event. */
static void
emit (Watch *watch, JsonObject *event, const gchar *sentence)
{
  GError *error = NULL;

  if (!write_event (watch, event, sentence, &error))
    fail (watch, error);
  json_object_unref (event);
}

static gboolean
service_is_there (Watch *watch)
{
  g_autofree gchar *owner =
      g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (watch->objects));

  return owner != NULL;
}

static void
tell_service (Watch *watch)
{
  gboolean present = service_is_there (watch);

  /* The object manager tells of a change more than once. */
  if (watch->service_told && watch->service_present == present)
    return;

  watch->service_told = TRUE;
  watch->service_present = present;
  if (present)
    emit (watch, event_new ("service-appeared"), "the service is running");
  else
    emit (watch, event_new ("service-vanished"), "the service is not running; waiting for it");
}

/* "process 4711", "3 processes", "all processes" */
static gchar *
name_subject (GVariant *pids)
{
  gsize count = pids != NULL ? g_variant_n_children (pids) : 0;
  guint32 pid;

  if (count == 0)
    return g_strdup ("all processes");
  if (count > 1)
    return g_strdup_printf ("%" G_GSIZE_FORMAT " processes", count);
  g_variant_get_child (pids, 0, "u", &pid);
  return g_strdup_printf ("process %u", pid);
}

static void
tell_session (Watch *watch, MemsnoopBusSession *session, const gchar *event_name)
{
  const gchar *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (session));
  g_autoptr (GVariant) pids = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (session), "Pids");
  GVariant *known_pids =
      pids != NULL && g_variant_is_of_type (pids, G_VARIANT_TYPE ("au")) ? pids : NULL;
  const gchar *state = memsnoop_bus_session_get_state (session);
  guint owner = memsnoop_bus_session_get_owner (session);
  g_autofree gchar *subject = name_subject (known_pids);
  g_autofree gchar *sentence = memsnoop_watch_sentence_session (
      path, state != NULL ? state : "unknown", memsnoop_user_names_lookup (watch->users, owner),
      subject, watch->unicode);
  JsonObject *event = event_new (event_name);

  json_object_set_string_member (event, "session", path);
  json_object_set_string_member (event, "state", state);
  json_object_set_int_member (event, "owner", owner);
  if (known_pids != NULL)
    json_object_set_member (event, "pids", memsnoop_json_output_from_variant (known_pids));
  emit (watch, event, sentence);
}

static void
on_session_added (GDBusObjectManager *objects, GDBusObject *object, gpointer user_data)
{
  g_autoptr (MemsnoopBusSession) session =
      memsnoop_bus_object_get_session (MEMSNOOP_BUS_OBJECT (object));

  if (session != NULL)
    tell_session (user_data, session, "session-appeared");
}

static void
on_session_removed (GDBusObjectManager *objects, GDBusObject *object, gpointer user_data)
{
  Watch *watch = user_data;
  const gchar *path = g_dbus_object_get_object_path (object);
  g_autofree gchar *sentence = NULL;
  JsonObject *event;

  /* With the service all of them go, and that it went is told anyway. */
  if (!service_is_there (watch))
    return;

  sentence = memsnoop_watch_sentence_session (path, NULL, "", "", watch->unicode);
  event = event_new ("session-vanished");
  json_object_set_string_member (event, "session", path);
  emit (watch, event, sentence);
}

static void
on_session_changed (GDBusObjectManagerClient *objects,
                    GDBusObjectProxy *object,
                    GDBusProxy *interface,
                    GVariant *changed,
                    const gchar *const *invalidated,
                    gpointer user_data)
{
  if (MEMSNOOP_BUS_IS_SESSION (interface) && g_variant_lookup (changed, "State", "s", NULL))
    tell_session (user_data, MEMSNOOP_BUS_SESSION (interface), "session-changed");
}

static JsonObject *
signal_event_new (const gchar *name, const gchar *session, guint32 pid, const gchar *comm)
{
  JsonObject *event = event_new (name);

  json_object_set_string_member (event, "session", session);
  json_object_set_int_member (event, "pid", pid);
  json_object_set_string_member (event, "comm", comm);
  return event;
}

static void
on_leak_suspected (GDBusConnection *connection,
                   const gchar *sender,
                   const gchar *path,
                   const gchar *interface,
                   const gchar *signal,
                   GVariant *parameters,
                   gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GVariant) evidence = NULL;
  g_autofree gchar *sentence = NULL;
  const gchar *session, *comm;
  guint32 pid;
  JsonObject *event;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ousa{sv})")))
    return;

  g_variant_get (parameters, "(&ou&s@a{sv})", &session, &pid, &comm, &evidence);
  event = signal_event_new ("leak-suspected", session, pid, comm);
  json_object_set_member (event, "evidence", memsnoop_json_output_from_variant (evidence));
  sentence = memsnoop_watch_sentence_leak (pid, comm, evidence, memsnoop_quantity_boot_time (),
                                           watch->unicode);
  emit (watch, event, sentence);
}

static void
on_anomaly_detected (GDBusConnection *connection,
                     const gchar *sender,
                     const gchar *path,
                     const gchar *interface,
                     const gchar *signal,
                     GVariant *parameters,
                     gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GVariant) details = NULL;
  g_autofree gchar *sentence = NULL;
  const gchar *session, *comm, *kind;
  guint32 pid;
  JsonObject *event;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(oussa{sv})")))
    return;

  g_variant_get (parameters, "(&ou&s&s@a{sv})", &session, &pid, &comm, &kind, &details);
  event = signal_event_new ("anomaly-detected", session, pid, comm);
  json_object_set_string_member (event, "kind", kind);
  json_object_set_member (event, "details", memsnoop_json_output_from_variant (details));
  sentence = memsnoop_watch_sentence_anomaly (pid, comm, kind, details, watch->unicode);
  emit (watch, event, sentence);
}

static void
on_bus_closed (GDBusConnection *connection,
               gboolean remote_peer_vanished,
               GError *error,
               gpointer user_data)
{
  fail (user_data, g_error_new_literal (MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_BUS,
                                        "the connection to the bus was closed"));
}

static gboolean
on_signal (gpointer user_data)
{
  Watch *watch = user_data;

  g_main_loop_quit (watch->loop);
  return G_SOURCE_CONTINUE;
}

/* By number, which is the last part of the path: a shorter path has the smaller one. */
static gint
compare_sessions (gconstpointer first, gconstpointer second)
{
  const gchar *a = g_dbus_object_get_object_path (G_DBUS_OBJECT (first));
  const gchar *b = g_dbus_object_get_object_path (G_DBUS_OBJECT (second));
  gsize a_length = strlen (a), b_length = strlen (b);

  return a_length != b_length ? (a_length < b_length ? -1 : 1) : strcmp (a, b);
}

static void
tell_present_state (Watch *watch)
{
  g_autolist (GDBusObject) objects =
      g_list_sort (g_dbus_object_manager_get_objects (watch->objects), compare_sessions);

  tell_service (watch);
  for (GList *link = objects; link != NULL; link = link->next)
    on_session_added (watch->objects, link->data, watch);
}

static guint
subscribe (Watch *watch, const gchar *signal, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (
      watch->connection, MEMSNOOP_BUS_NAME, MEMSNOOP_MANAGER_INTERFACE, signal,
      MEMSNOOP_OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, callback, watch, NULL);
}

static void
run_loop (Watch *watch)
{
  guint subscriptions[] = {
    subscribe (watch, "LeakSuspected", on_leak_suspected),
    subscribe (watch, "AnomalyDetected", on_anomaly_detected),
  };
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_signal, watch),
    g_unix_signal_add (SIGTERM, on_signal, watch),
  };

  g_signal_connect (watch->objects, "object-added", G_CALLBACK (on_session_added), watch);
  g_signal_connect (watch->objects, "object-removed", G_CALLBACK (on_session_removed), watch);
  g_signal_connect (watch->objects, "interface-proxy-properties-changed",
                    G_CALLBACK (on_session_changed), watch);
  g_signal_connect_swapped (watch->objects, "notify::name-owner", G_CALLBACK (tell_service), watch);
  g_signal_connect (watch->connection, "closed", G_CALLBACK (on_bus_closed), watch);

  tell_present_state (watch);
  if (watch->error == NULL)
    g_main_loop_run (watch->loop);

  g_signal_handlers_disconnect_by_data (watch->objects, watch);
  g_signal_handlers_disconnect_by_data (watch->connection, watch);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (subscriptions); i++)
    g_dbus_connection_signal_unsubscribe (watch->connection, subscriptions[i]);
}

static gboolean
run_watch (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  Watch watch;

  if (!memsnoop_invocation_parse (invocation, NULL, 0, 0, error))
    return FALSE;
  connection = memsnoop_invocation_connect (invocation, error);
  if (connection == NULL)
    return FALSE;
  objects = memsnoop_bus_object_manager_client_new_sync (
      connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH,
      NULL, error);
  if (objects == NULL)
    return FALSE;

  watch = (Watch){ .loop = loop,
                   .connection = connection,
                   .objects = objects,
                   .users = users,
                   .json = invocation->json,
                   .unicode = memsnoop_terminal_text_is_unicode () };
  run_loop (&watch);
  if (watch.error != NULL)
    g_propagate_error (error, watch.error);
  return watch.error == NULL;
}

const MemsnoopCommand memsnoop_watch_command = {
  .name = "watch",
  .operands = "",
  .summary = "Print what the service signals, as it happens",
  .description = "Prints a line when a session appears, changes its state or vanishes, when a\n"
                 "process is suspected of a leak or behaves abnormally, and when that is over. It\n"
                 "stays until Ctrl-C, also when the service is restarted.\n"
                 "\n"
                 "With --json each line is an object with 'time', 'event' (service-appeared,\n"
                 "service-vanished, session-appeared, session-changed, session-vanished,\n"
                 "leak-suspected, anomaly-detected) and what the signal said.\n"
                 "\n"
                 "Examples:\n"
                 "  memsnoopctl watch\n"
                 "  memsnoopctl watch --json | jq 'select(.event == \"leak-suspected\")'",
  .run = run_watch,
};
