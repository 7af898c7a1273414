/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "application.h"

#include "exporter.h"
#include "process-name.h"
#include "window.h"
#include "wording.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

struct _MemsnoopApplication
{
  AdwApplication parent_instance;

  MemsnoopService *service;
};

G_DEFINE_FINAL_TYPE (MemsnoopApplication, memsnoop_application, ADW_TYPE_APPLICATION)

static MemsnoopWindow *
present_window (MemsnoopApplication *self)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));
  GtkWindow *window;

  /* Its dialogs are windows, too. */
  while (windows != NULL && !MEMSNOOP_IS_WINDOW (windows->data))
    windows = windows->next;
  window = windows != NULL ? windows->data : GTK_WINDOW (memsnoop_window_new (self, self->service));
  gtk_window_present (window);
  return MEMSNOOP_WINDOW (window);
}

static void
memsnoop_application_activate (GApplication *application)
{
  present_window (MEMSNOOP_APPLICATION (application));
}

/* Reads the process that is to be shown; 0 when there is none. */
static gboolean
read_process (GApplicationCommandLine *line,
              GVariantDict *options,
              guint32 *pid,
              guint64 *start_time)
{
  const gchar *text;

  *pid = 0;
  if (!g_variant_dict_lookup (options, "process", "&s", &text) ||
      memsnoop_process_name_read (text, pid, start_time))
    return TRUE;
  g_application_command_line_printerr (
      line,
      _ ("“%s” is not the number of a process: that is from 1 to %d; “:” and its start time may "
         "follow.\n"),
      text, G_MAXINT32);
  return FALSE;
}

static gint
memsnoop_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  MemsnoopWindow *window;
  guint64 start_time;
  guint32 pid;

  if (!read_process (line, options, &pid, &start_time))
    return 2;
  window = present_window (MEMSNOOP_APPLICATION (application));
  if (g_variant_dict_contains (options, "suspects"))
    memsnoop_window_show_suspects (window);
  if (pid != 0)
    memsnoop_window_show_process_since (window, pid, start_time);
  return 0;
}

/* Options that need neither a window nor a display. */
static gint
memsnoop_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;
  g_print ("memsnoop-viewer %s\n", MEMSNOOP_VERSION);
  return 0;
}

/* What helps to tell others what was seen. */
static gchar *
describe_versions (MemsnoopApplication *self)
{
  const gchar *version = memsnoop_service_get_version (self->service);
  g_autofree gchar *shown = memsnoop_wording_name (version, MEMSNOOP_WORDING_NAME_MAX);

  return g_strdup_printf ("memsnoop-viewer %s\nmemsnoopd %s\nGTK %u.%u.%u\nlibadwaita %u.%u.%u\n",
                          MEMSNOOP_VERSION, version != NULL ? shown : "-", gtk_get_major_version (),
                          gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (),
                          adw_get_micro_version ());
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MemsnoopApplication *self = user_data;
  g_autofree gchar *versions = describe_versions (self);

  adw_show_about_window (
      gtk_application_get_active_window (GTK_APPLICATION (self)), "application-name",
      _ ("Memsnoop"), "application-icon", MEMSNOOP_VIEWER_ID, "version", MEMSNOOP_VERSION,
      "developer-name", _ ("The Memsnoop developers"), "license-type", GTK_LICENSE_GPL_2_0,
      "comments", _ ("Shows what holds the memory of programs, and which of them leak it."),
      /* Translators: your names, one a line. */
      "translator-credits", _ ("translator-credits"), "debug-info", versions, "debug-info-filename",
      "memsnoop-versions.txt", NULL);
}

static void
close_windows (MemsnoopApplication *self)
{
  g_autolist (GObject) windows =
      g_list_copy_deep (gtk_application_get_windows (GTK_APPLICATION (self)),
                        (GCopyFunc) (void (*) (void)) g_object_ref, NULL);

  for (GList *window = windows; window != NULL; window = window->next)
    gtk_window_close (window->data);
}

/* As when the windows are closed: what is being written is written first. */
static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  close_windows (user_data);
}

/* Whoever ends the session does not wait: half of a file is not left behind, either. A second
 * signal ends the program at once. */
static gboolean
on_signal (gpointer user_data)
{
  close_windows (user_data);
  memsnoop_exporter_cancel_left ();
  return G_SOURCE_REMOVE;
}

static void
follow_signals (MemsnoopApplication *self)
{
  static const gint signals[] = { SIGINT, SIGTERM };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_unix_signal_add (signals[i], on_signal, self);
}

static void
on_show_process (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const gchar *text = g_variant_get_string (parameter, NULL);
  guint64 start_time;
  guint32 pid;

  if (memsnoop_process_name_read (text, &pid, &start_time))
    memsnoop_window_show_process_since (present_window (user_data), pid, start_time);
  else
    g_message ("“%s” is not the number of a process", text);
}

static void
on_suspects (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  memsnoop_window_show_suspects (present_window (user_data));
}

static void
add_actions (MemsnoopApplication *self)
{
  const GActionEntry actions[] = {
    { .name = "about", .activate = on_about },
    { .name = "quit", .activate = on_quit },
    /* For the desktop and the notifier, on the session bus. */
    { .name = "show-process", .activate = on_show_process, .parameter_type = "s" },
    { .name = "suspects", .activate = on_suspects },
  };
  const struct
  {
    const gchar *action;
    const gchar *keys[2];
  } accelerators[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.search", { "<Control>f" } },
    { "win.list::processes", { "<Alt>1" } },
    { "win.list::suspects", { "<Alt>2" } },
    { "win.list::recordings", { "<Alt>3" } },
    { "win.show-help-overlay", { "<Control>question" } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (gsize i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accelerators[i].action,
                                           accelerators[i].keys);
}

static void
memsnoop_application_startup (GApplication *application)
{
  MemsnoopApplication *self = MEMSNOOP_APPLICATION (application);

  G_APPLICATION_CLASS (memsnoop_application_parent_class)->startup (application);
  /* A window that a person looks at outlives the session bus. */
  if (g_application_get_dbus_connection (application) != NULL)
    g_dbus_connection_set_exit_on_close (g_application_get_dbus_connection (application), FALSE);
  self->service = memsnoop_service_new ();
  add_actions (self);
  follow_signals (self);
  gtk_window_set_default_icon_name (MEMSNOOP_VIEWER_ID);
}

static void
memsnoop_application_dispose (GObject *object)
{
  g_clear_object (&MEMSNOOP_APPLICATION (object)->service);
  G_OBJECT_CLASS (memsnoop_application_parent_class)->dispose (object);
}

static void
memsnoop_application_class_init (MemsnoopApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_application_dispose;
  application_class->activate = memsnoop_application_activate;
  application_class->command_line = memsnoop_application_command_line;
  application_class->handle_local_options = memsnoop_application_handle_local_options;
  application_class->startup = memsnoop_application_startup;
}

static void
memsnoop_application_init (MemsnoopApplication *self)
{
  /* Numbers would be left out when they are 0. */
  const GOptionEntry entries[] = {
    { "process", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_STRING, NULL, N_ ("Show this process"),
      N_ ("PID[:START]") },
    { "suspects", 's', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, NULL,
      N_ ("Show what is suspected of leaking memory"), NULL },
    { "version", '\0', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

MemsnoopApplication *
memsnoop_application_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_APPLICATION, "application-id", MEMSNOOP_VIEWER_ID, "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}
