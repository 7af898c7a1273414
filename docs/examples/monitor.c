/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitor PID [SECONDS]: lists processes, records the heap of one, and follows what is suspected
 * meanwhile. gcc monitor.c $(pkg-config --cflags --libs gio-unix-2.0 json-glib-1.0) -o monitor
 */
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "org.memsnoop1"
#define OBJECT "/org/memsnoop1"
#define MANAGER "org.memsnoop1.Manager"
#define SESSION "org.memsnoop1.Session"
#define TIMEOUT 30000
/* A person may be asked for a password. */
#define NO_TIMEOUT G_MAXINT

/* A call with an answer of this type; NULL for an error. */
static GVariant *
call (GDBusConnection *bus,
      const gchar *method,
      GVariant *arguments,
      const gchar *type,
      gboolean ask,
      GError **error)
{
  return g_dbus_connection_call_sync (
      bus, NAME, OBJECT, MANAGER, method, arguments, G_VARIANT_TYPE (type),
      ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE,
      ask ? NO_TIMEOUT : TIMEOUT, NULL, error);
}

/* A name may hold anything. */
static gchar *
printable (const gchar *name)
{
  return g_strescape (name, NULL);
}

static gboolean
list_processes (GDBusConnection *bus, GError **error)
{
  g_autoptr (GVariant) reply =
      call (bus, "ListProcesses", g_variant_new_parsed ("({'limit': <uint32 5>},)"), "(aa{sv})",
            FALSE, error);
  g_autoptr (GVariantIter) rows = NULL;
  GVariant *row;

  if (reply == NULL)
    return FALSE;
  g_print ("The largest processes:\n");
  g_variant_get (reply, "(aa{sv})", &rows);
  while (g_variant_iter_loop (rows, "@a{sv}", &row))
    {
      guint32 pid = 0;
      guint64 resident = 0;
      const gchar *comm = "";
      g_autofree gchar *name = NULL;

      g_variant_lookup (row, "pid", "u", &pid);
      g_variant_lookup (row, "rss-anon", "t", &resident);
      g_variant_lookup (row, "comm", "&s", &comm);
      name = printable (comm);
      g_print ("%10u %14" G_GUINT64_FORMAT " \"%s\"\n", pid, resident, name);
    }
  return TRUE;
}

static void
on_suspicion (GDBusConnection *bus,
              const gchar *sender,
              const gchar *path,
              const gchar *interface,
              const gchar *signal,
              GVariant *arguments,
              gpointer user_data)
{
  g_autoptr (GVariant) evidence = NULL;
  const gchar *session, *comm, *state = "", *kind = "";
  g_autofree gchar *name = NULL;
  gdouble rate = 0;
  guint32 pid;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ousa{sv})")))
    return;
  g_variant_get (arguments, "(&ou&s@a{sv})", &session, &pid, &comm, &evidence);
  g_variant_lookup (evidence, "state", "&s", &state);
  g_variant_lookup (evidence, "kind", "&s", &kind);
  g_variant_lookup (evidence, "rate", "d", &rate);
  name = printable (comm);
  g_print ("\"%s\" (%u) %s: %s, %.0f bytes a second\n", name, pid, state, kind, rate);
}

static gchar *
start (GDBusConnection *bus, guint32 pid, guint seconds, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantDict options;
  gchar *session;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert_value (&options, "sources", g_variant_new_parsed ("['heap']"));
  g_variant_dict_insert_value (&options, "pids", g_variant_new_parsed ("[%u]", pid));
  /* Also when this program hangs. */
  g_variant_dict_insert (&options, "duration", "u", seconds + 60);
  reply = call (bus, "Start", g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(o)",
                TRUE, error);
  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(o)", &session);
  return session;
}

static void
on_changed (GDBusConnection *bus,
            const gchar *sender,
            const gchar *path,
            const gchar *interface,
            const gchar *signal,
            GVariant *arguments,
            gpointer loop)
{
  static const gchar *const ended[] = { "stopped", "failed", "over-budget", NULL };
  g_autoptr (GVariant) changed = NULL;
  const gchar *state;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  changed = g_variant_get_child_value (arguments, 1);
  if (g_variant_lookup (changed, "State", "&s", &state) && g_strv_contains (ended, state))
    g_main_loop_quit (loop);
}

static gboolean
on_time (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* Until so many seconds have passed, or the session has ended by itself. */
static void
follow (GDBusConnection *bus, const gchar *session, guint seconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint subscription = g_dbus_connection_signal_subscribe (
      bus, NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", session, SESSION,
      G_DBUS_SIGNAL_FLAGS_NONE, on_changed, loop, NULL);
  GSource *time = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (time, on_time, loop, NULL);
  g_source_attach (time, NULL);
  g_main_loop_run (loop);
  g_source_destroy (time);
  g_source_unref (time);
  g_dbus_connection_signal_unsubscribe (bus, subscription);
}

static void
print_heap (JsonArray *heaps, guint index, JsonNode *node, gpointer user_data)
{
  JsonObject *heap = json_node_get_object (node);
  JsonArray *sites = json_object_get_array_member (heap, "sites");
  gint64 left_out =
      json_object_get_int_member (json_object_get_object_member (heap, "left-out"), "sites");

  g_print ("%" G_GINT64_FORMAT " bytes live in %" G_GINT64_FORMAT ", most of them from\n",
           json_object_get_int_member (heap, "current-bytes"),
           json_object_get_int_member (heap, "pid"));
  for (guint i = 0; i < json_array_get_length (sites); i++)
    {
      JsonObject *site = json_array_get_object_element (sites, i);
      JsonArray *frames = json_object_get_array_member (site, "frames");
      g_autofree gchar *innermost = printable (
          json_array_get_length (frames) > 0 ? json_array_get_string_element (frames, 0) : "?");

      g_print ("%14" G_GINT64_FORMAT " %s\n", json_object_get_int_member (site, "bytes"),
               innermost);
    }
  if (left_out > 0)
    g_print ("%" G_GINT64_FORMAT " call stacks are not in this report\n", left_out);
}

static gboolean
read_report (GDBusConnection *bus, const gchar *session, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GVariant) reply =
      call (bus, "GetReport", g_variant_new_parsed ("(%o, 'json', {'limit': <uint32 3>})", session),
            "(s)", FALSE, error);
  const gchar *text;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s)", &text);
  if (!json_parser_load_from_data (parser, text, -1, error))
    return FALSE;
  json_array_foreach_element (
      json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "heaps"),
      print_heap, NULL);
  return TRUE;
}

/* All call stacks, to the standard output: the service writes to the descriptor. */
static gboolean export(GDBusConnection *bus, const gchar *session, GError **error)
{
  g_autoptr (GUnixFDList) descriptors = g_unix_fd_list_new ();
  gint handle = g_unix_fd_list_append (descriptors, STDOUT_FILENO, error);
  g_autoptr (GVariant) reply = NULL;

  if (handle < 0)
    return FALSE;
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
      bus, NAME, OBJECT, MANAGER, "Export",
      g_variant_new_parsed ("(%o, 'folded', %h, @a{sv} {})", session, handle),
      G_VARIANT_TYPE ("()"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT, descriptors, NULL, NULL, error);
  return reply != NULL;
}

static gboolean
record (GDBusConnection *bus, guint32 pid, guint seconds, GError **error)
{
  g_autofree gchar *session = start (bus, pid, seconds, error);
  g_autoptr (GVariant) stopped = NULL;
  gboolean done;

  if (session == NULL)
    return FALSE;
  g_print ("Recording as %s\n", session);
  follow (bus, session, seconds);
  done = read_report (bus, session, error) && export(bus, session, error);
  stopped = call (bus, "Stop", g_variant_new ("(o)", session), "()", TRUE, done ? error : NULL);
  return done && stopped != NULL;
}

int
main (int argc, char **argv)
{
  guint32 pid = argc > 1 ? (guint32) strtoul (argv[1], NULL, 10) : 0;
  guint seconds = argc > 2 ? (guint) strtoul (argv[2], NULL, 10) : 10;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &error);
  g_autofree gchar *name = NULL;

  if (bus != NULL)
    g_dbus_connection_signal_subscribe (bus, NAME, MANAGER, "LeakSuspected", OBJECT, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, on_suspicion, NULL, NULL);
  if (bus != NULL && list_processes (bus, &error) && record (bus, pid, seconds, &error))
    return EXIT_SUCCESS;
  /* "org.freedesktop.DBus.Error.AccessDenied", and a sentence. */
  name = g_dbus_error_get_remote_error (error);
  g_dbus_error_strip_remote_error (error);
  g_printerr ("%s: %s\n", name != NULL ? name : "failed", error->message);
  return EXIT_FAILURE;
}
