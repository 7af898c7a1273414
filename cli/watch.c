/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "dictionary.h"
#include "json-output.h"
#include "memsnoop-names.h"
#include "output.h"
#include "quantity.h"
#include "session-cost.h"
#include "suspect-text.h"
#include "terminal-text.h"
#include "told-suspicions.h"
#include "user-names.h"
#include "watch-event.h"
#include "watch-sentence.h"

#include <glib-unix.h>
#include <string.h>

typedef struct
{
  GMainLoop *loop;
  GDBusConnection *connection;
  GDBusObjectManager *objects;
  MemsnoopUserNames *users;
  MemsnoopToldSuspicions *told;
  /* Paths of sessions of which it was told that they record a part of the time only. */
  GHashTable *thinned;
  GCancellable *cancellable;
  /* Calls that have not returned. */
  guint calls;
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

/* Takes @event. */
static void
emit (Watch *watch, JsonObject *event, const gchar *sentence)
{
  GError *error = NULL;

  if (!memsnoop_watch_event_print (event, sentence, watch->json, &error))
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

/* Calls the service as long as it runs, without starting it. */
static void
call (Watch *watch,
      const gchar *interface,
      const gchar *method,
      GVariant *parameters,
      const gchar *reply_type,
      GAsyncReadyCallback callback)
{
  watch->calls++;
  g_dbus_connection_call (watch->connection, MEMSNOOP_BUS_NAME, MEMSNOOP_OBJECT_PATH, interface,
                          method, parameters, G_VARIANT_TYPE (reply_type),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, watch->cancellable, callback, watch);
}

/* What is suspected already cannot be told. A service that has gone or does not know the call is no
 * failure. */
static void
tell_unlisted (Watch *watch, const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);

  if (memsnoop_command_error_is_absence (error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
    return;
  g_dbus_error_strip_remote_error (plain);
  memsnoop_output_remark ("What is suspected already is not known: %s", plain->message);
}

static void
tell_standing (Watch *watch, GVariant *suspect)
{
  g_autoptr (GVariant) before = memsnoop_told_suspicions_take (watch->told, suspect);
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (suspect, "comm");
  g_autofree gchar *sentence = NULL, *line = NULL;
  guint64 pid = 0;
  JsonObject *event;

  /* It was signalled while the list was on its way. */
  if (before != NULL)
    return;

  memsnoop_dictionary_lookup_number (suspect, "pid", &pid);
  event = memsnoop_watch_event_new ("suspected-already");
  json_object_set_int_member (event, "pid", (gint64) pid);
  json_object_set_string_member (event, "comm", comm != NULL ? comm : "");
  json_object_set_member (event, "evidence", memsnoop_json_output_from_variant (suspect));
  sentence = memsnoop_watch_sentence_standing ((guint32) pid, comm != NULL ? comm : "", suspect,
                                               memsnoop_quantity_boot_time (), watch->unicode);
  line = g_strconcat ("suspected already: ", sentence, NULL);
  emit (watch, event, line);
}

/* Nothing is suspected: that is only told to people, who wonder about silence. */
static void
on_properties (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) properties = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree gchar *absence = NULL;

  watch->calls--;
  if (properties == NULL)
    return;
  absence = memsnoop_suspect_text_why_no_watch (properties, watch->unicode);
  emit (watch, memsnoop_watch_event_new ("nothing-suspected"),
        absence != NULL ? absence : "nothing is suspected at present");
}

static void
on_suspects (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) suspects = NULL;

  watch->calls--;
  if (reply == NULL)
    {
      tell_unlisted (watch, error);
      return;
    }

  suspects = g_variant_get_child_value (reply, 0);
  for (gsize i = 0; i < g_variant_n_children (suspects); i++)
    {
      g_autoptr (GVariant) suspect = g_variant_get_child_value (suspects, i);

      tell_standing (watch, suspect);
    }
  if (g_variant_n_children (suspects) == 0 && !watch->json)
    call (watch, "org.freedesktop.DBus.Properties", "GetAll",
          g_variant_new ("(s)", MEMSNOOP_MANAGER_INTERFACE), "(a{sv})", on_properties);
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
    {
      emit (watch, memsnoop_watch_event_new ("service-appeared"), "the service is running");
      call (watch, MEMSNOOP_MANAGER_INTERFACE, "ListSuspects", NULL, "(aa{sv})", on_suspects);
      return;
    }
  memsnoop_told_suspicions_clear (watch->told);
  emit (watch, memsnoop_watch_event_new ("service-vanished"),
        "the service is not running; waiting for it");
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
  JsonObject *event = memsnoop_watch_event_new (event_name);

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
  event = memsnoop_watch_event_new ("session-vanished");
  json_object_set_string_member (event, "session", path);
  emit (watch, event, sentence);
}

/* What was done to have a session cost less. */
static void
tell_cost (Watch *watch, MemsnoopBusSession *session)
{
  const gchar *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (session));
  const gchar *number = strrchr (path, '/');
  const MemsnoopSessionEntry entry = {
    .number = g_ascii_strtoull (number != NULL ? number + 1 : "", NULL, 10),
    .cpu_budget = memsnoop_bus_session_get_cpu_budget (session),
    .cpu_cost = memsnoop_bus_session_get_cpu_cost (session),
    .sample_interval = memsnoop_bus_session_get_sample_interval (session),
    .recorded_share = memsnoop_bus_session_get_recorded_share (session),
    .frees_missed = memsnoop_bus_session_get_frees_missed (session),
  };
  g_autofree gchar *text = memsnoop_session_cost_text (&entry);
  g_autofree gchar *sentence = g_strdup_printf ("session %s", text != NULL ? text : "");
  JsonObject *event = memsnoop_watch_event_new ("session-cost");

  json_object_set_string_member (event, "session", path);
  json_object_set_double_member (event, "cpu-budget", entry.cpu_budget);
  json_object_set_double_member (event, "cpu-cost", entry.cpu_cost);
  json_object_set_int_member (event, "sample-interval", (gint64) entry.sample_interval);
  json_object_set_double_member (event, "recorded-share", entry.recorded_share);
  json_object_set_boolean_member (event, "frees-missed", entry.frees_missed);
  emit (watch, event, sentence);
}

/* The share changes all the time, once it is not all of the time. */
static gboolean
is_step (Watch *watch, MemsnoopBusSession *session, GVariant *changed)
{
  const gchar *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (session));
  guint64 interval;
  gboolean missed;
  gdouble share;

  if (!(memsnoop_bus_session_get_cpu_budget (session) > 0))
    return FALSE;
  if (g_variant_lookup (changed, "SampleInterval", "t", &interval) ||
      g_variant_lookup (changed, "FreesMissed", "b", &missed))
    return TRUE;
  return g_variant_lookup (changed, "RecordedShare", "d", &share) && share < 1 &&
         g_hash_table_add (watch->thinned, g_strdup (path));
}

static void
on_session_changed (GDBusObjectManagerClient *objects,
                    GDBusObjectProxy *object,
                    GDBusProxy *interface,
                    GVariant *changed,
                    const gchar *const *invalidated,
                    gpointer user_data)
{
  if (!MEMSNOOP_BUS_IS_SESSION (interface))
    return;
  if (g_variant_lookup (changed, "State", "s", NULL))
    tell_session (user_data, MEMSNOOP_BUS_SESSION (interface), "session-changed");
  else if (is_step (user_data, MEMSNOOP_BUS_SESSION (interface), changed))
    tell_cost (user_data, MEMSNOOP_BUS_SESSION (interface));
}

static JsonObject *
signal_event_new (const gchar *name, const gchar *session, guint32 pid, const gchar *comm)
{
  JsonObject *event = memsnoop_watch_event_new (name);

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
  g_autoptr (GVariant) evidence = NULL, before = NULL;
  g_autofree gchar *sentence = NULL;
  const gchar *session, *comm;
  guint32 pid;
  JsonObject *event;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ousa{sv})")))
    return;

  g_variant_get (parameters, "(&ou&s@a{sv})", &session, &pid, &comm, &evidence);
  event = signal_event_new ("leak-suspected", session, pid, comm);
  json_object_set_member (event, "evidence", memsnoop_json_output_from_variant (evidence));
  before = memsnoop_told_suspicions_take (watch->told, evidence);
  sentence = memsnoop_watch_sentence_leak (pid, comm, evidence, before,
                                           memsnoop_quantity_boot_time (), watch->unicode);
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

  /* Answers that are under way are for us. */
  g_cancellable_cancel (watch->cancellable);
  while (watch->calls > 0)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
run_watch (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (MemsnoopToldSuspicions) told = memsnoop_told_suspicions_new ();
  g_autoptr (GHashTable) thinned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
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
                   .told = told,
                   .thinned = thinned,
                   .cancellable = cancellable,
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
  .summary = "Print what the service notices, as it happens",
  .description =
      "Prints a line when a process is suspected of a leak, when something material about\n"
      "that changes and when it is over; when a process uses kernel memory abnormally;\n"
      "when a session appears, changes its state or vanishes, and what is done to keep\n"
      "the --cpu-budget of one. What is suspected already is told first. It stays until\n"
      "Ctrl-C, also when the service is restarted.\n"
      "\n"
      "A suspicion is no proof: it says that a process grew steadily, for how long, how\n"
      "fast and how sure that trend is (the confidence). It is told once, and again\n"
      "when its level or its rate has changed.\n"
      "\n"
      "With --json each line is an object with 'time', 'event' (leak-suspected,\n"
      "suspected-already, anomaly-detected, service-appeared, service-vanished,\n"
      "session-appeared, session-changed, session-cost, session-vanished) and what the\n"
      "signal said.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl watch\n"
      "  memsnoopctl watch --json | jq 'select(.event == \"leak-suspected\")'\n"
      "  memsnoopctl watch --json | jq -r --unbuffered 'select(.evidence.state == \"raised\")\n"
      "    | \"\\(.comm) \\(.pid)\"' | while read -r line; do notify-send \"$line\"; done",
  .run = run_watch,
};
