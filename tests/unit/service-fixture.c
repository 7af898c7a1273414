/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service-fixture.h"

#include "forked-child.h"

#include "memsnoop-names.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long anything may take before a test gives up. Under valgrind libbpf alone takes some
 * 20 seconds to read the types of the kernel. */
#define PATIENCE_SECONDS 180

static gchar *bus_directory;
static gchar *bus_address;
static GSubprocess *bus;

static const gchar bus_configuration[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig>\n"
    "  <type>system</type>\n"
    "  <listen>unix:path=%s/bus</listen>\n"
    "  <policy context=\"default\">\n"
    "    <allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\"/>\n"
    "    <allow send_type=\"signal\"/><allow receive_sender=\"*\"/>\n"
    "  </policy>\n"
    "  <limit name=\"max_replies_per_connection\">10000</limit>\n"
    "</busconfig>\n";

static void
write_bus_configuration (const gchar *path)
{
  g_autofree gchar *text = g_strdup_printf (bus_configuration, bus_directory);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* So that a test that fails leaves no bus behind. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

void
service_bus_start (void)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *socket = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *option = NULL;
  g_autofree gchar *line = NULL;
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GDataInputStream) output = NULL;

  bus_directory = g_dir_make_tmp ("memsnoop-test-XXXXXX", &error);
  g_assert_no_error (error);
  /* For the clients of other users. */
  g_assert_cmpint (g_chmod (bus_directory, 0755), ==, 0);
  path = g_build_filename (bus_directory, "bus.conf", NULL);
  socket = g_build_filename (bus_directory, "bus", NULL);
  bus_address = g_strdup_printf ("unix:path=%s", socket);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", bus_address, TRUE);
  write_bus_configuration (path);
  option = g_strdup_printf ("--config-file=%s", path);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  bus = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", option, "--nofork",
                                     "--nopidfile", "--print-address=1", NULL);
  g_assert_no_error (error);
  /* It prints its address when it listens. */
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (bus));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
}

void
service_bus_stop (void)
{
  g_autofree gchar *path = g_build_filename (bus_directory, "bus.conf", NULL);
  g_autofree gchar *socket = g_build_filename (bus_directory, "bus", NULL);
  g_autoptr (GDBusConnection) shared = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);

  /* The one that polkit's library uses; the end of the bus is not ours then. */
  if (shared != NULL)
    g_dbus_connection_set_exit_on_close (shared, FALSE);
  g_subprocess_send_signal (bus, SIGTERM);
  g_subprocess_wait (bus, NULL, NULL);
  g_clear_object (&bus);
  g_unlink (socket);
  g_unlink (path);
  g_rmdir (bus_directory);
  g_clear_pointer (&bus_directory, g_free);
  g_clear_pointer (&bus_address, g_free);
}

GDBusConnection *
service_connect (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (bus_address,
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

GDBusConnection *
service_connect_as_nobody (void)
{
  GDBusConnection *connection;

  g_assert_cmpint (seteuid (NOBODY), ==, 0);
  connection = service_connect ();
  g_assert_cmpint (seteuid (0), ==, 0);
  return connection;
}

void
service_disconnect (GDBusConnection *client)
{
  g_dbus_connection_close_sync (client, NULL, NULL);
  g_object_unref (client);
}

Service *
service_new (void (*configure) (MemsnoopConfiguration *))
{
  Service *self = g_new0 (Service, 1);
  g_autoptr (MemsnoopRecording) recording = NULL;
  g_autoptr (GError) error = NULL;

  self->configuration = memsnoop_configuration_new ();
  if (configure != NULL)
    configure (self->configuration);
  self->tracer = memsnoop_fake_tracer_new ();
  self->connection = service_connect ();
  recording = memsnoop_recording_new (MEMSNOOP_TRACER (self->tracer));
  self->manager = memsnoop_manager_new (self->connection, MEMSNOOP_TRACER (self->tracer), recording,
                                        self->configuration);
  memsnoop_manager_export (self->manager, &error);
  g_assert_no_error (error);
  self->client = service_connect ();
  return self;
}

static void
shut_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  memsnoop_manager_shut_down_finish (MEMSNOOP_MANAGER (source), result);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *) user_data;
}

void
service_free (Service *self)
{
  gboolean done = FALSE;

  memsnoop_manager_shut_down_async (self->manager, shut_down, &done);
  service_wait (is_true, &done);
  g_assert_false (memsnoop_fake_tracer_is_started (self->tracer));
  g_object_unref (self->manager);
  service_disconnect (self->client);
  service_disconnect (self->connection);
  g_object_unref (self->tracer);
  memsnoop_configuration_free (self->configuration);
  g_free (self);
}

static gboolean
look_again (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
out_of_patience (gpointer user_data)
{
  g_error ("What the test waits for did not happen");
  return G_SOURCE_REMOVE;
}

void
service_wait (gboolean (*condition) (gpointer), gpointer user_data)
{
  guint timeout = g_timeout_add_seconds (PATIENCE_SECONDS, out_of_patience, NULL);
  /* What the condition looks at may change without waking this main loop. */
  guint tick = g_timeout_add (10, look_again, NULL);

  while (!condition (user_data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
  g_source_remove (timeout);
}

static gboolean
time_over (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
service_run_for (guint milliseconds)
{
  gboolean over = FALSE;

  g_timeout_add (milliseconds, time_over, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gpointer *) user_data != NULL;
}

static GVariant *
call_object (Service *self,
             GDBusConnection *client,
             const gchar *path,
             const gchar *interface,
             const gchar *method,
             GVariant *parameters,
             GDBusCallFlags flags,
             GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *reply;

  g_dbus_connection_call (client, g_dbus_connection_get_unique_name (self->connection), path,
                          interface, method, parameters, NULL, flags, PATIENCE_SECONDS * 1000, NULL,
                          keep_result, &result);
  service_wait (is_set, &result);
  reply = g_dbus_connection_call_finish (client, result, error);
  return reply;
}

GVariant *
service_call (Service *self,
              GDBusConnection *client,
              const gchar *method,
              GVariant *parameters,
              GError **error)
{
  return call_object (self, client, MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, method,
                      parameters, G_DBUS_CALL_FLAGS_NONE, error);
}

GVariant *
service_call_interactively (Service *self,
                            GDBusConnection *client,
                            const gchar *method,
                            GVariant *parameters,
                            GError **error)
{
  return call_object (self, client, MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, method,
                      parameters, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, error);
}

void
service_call_async (Service *self,
                    GDBusConnection *client,
                    const gchar *method,
                    GVariant *parameters,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_dbus_connection_call (client, g_dbus_connection_get_unique_name (self->connection),
                          MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, method, parameters,
                          NULL, G_DBUS_CALL_FLAGS_NONE, PATIENCE_SECONDS * 1000, NULL, callback,
                          user_data);
}

gchar *
service_start (Service *self, GDBusConnection *client, const gchar *options, GError **error)
{
  GVariant *dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  gchar *path = NULL;

  g_assert_nonnull (dictionary);
  reply = service_call (self, client, "Start", g_variant_new ("(@a{sv})", dictionary), error);
  g_variant_unref (dictionary);
  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

void
service_stop (Service *self, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      service_call (self, self->client, "Stop", g_variant_new ("(o)", path), &error);

  g_assert_no_error (error);
}

void
service_ignore_reply (GObject *source, GAsyncResult *result, gpointer unused)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
}

void
service_assert_remote_error (const GError *error, const gchar *name)
{
  g_autofree gchar *found = g_dbus_error_get_remote_error (error);

  g_assert_cmpstr (found, ==, name);
}

static GVariant *
get_property (Service *self, const gchar *path, const gchar *interface, const gchar *name)
{
  GVariant *value = NULL;
  g_autoptr (GVariant) reply =
      call_object (self, self->client, path, "org.freedesktop.DBus.Properties", "Get",
                   g_variant_new ("(ss)", interface, name), G_DBUS_CALL_FLAGS_NONE, NULL);

  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  return value;
}

GVariant *
service_get_property (Service *self, const gchar *name)
{
  return get_property (self, MEMSNOOP_OBJECT_PATH, MEMSNOOP_MANAGER_INTERFACE, name);
}

gchar *
service_get_state (Service *self, const gchar *path)
{
  g_autoptr (GVariant) value = get_property (self, path, MEMSNOOP_SESSION_INTERFACE, "State");

  return value == NULL ? NULL : g_variant_dup_string (value, NULL);
}

guint
service_count_sessions (Service *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) objects = NULL;
  g_autoptr (GVariant) reply =
      call_object (self, self->client, MEMSNOOP_OBJECT_PATH, "org.freedesktop.DBus.ObjectManager",
                   "GetManagedObjects", NULL, G_DBUS_CALL_FLAGS_NONE, &error);

  g_assert_no_error (error);
  objects = g_variant_get_child_value (reply, 0);
  return (guint) g_variant_n_children (objects);
}
