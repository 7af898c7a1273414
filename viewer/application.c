/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "application.h"

#include "window.h"

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
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    window = GTK_WINDOW (memsnoop_window_new (self, self->service));
  gtk_window_present (window);
  return MEMSNOOP_WINDOW (window);
}

static void
memsnoop_application_activate (GApplication *application)
{
  present_window (MEMSNOOP_APPLICATION (application));
}

static gint
memsnoop_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  MemsnoopWindow *window = present_window (MEMSNOOP_APPLICATION (application));
  gint pid;

  if (!g_variant_dict_lookup (options, "process", "i", &pid))
    return 0;
  if (pid <= 0)
    {
      g_application_command_line_printerr (
          line, _ ("The number of a process is greater than 0, not %d.\n"), pid);
      return 2;
    }
  memsnoop_window_show_process (window, (guint32) pid);
  return 0;
}

static void
memsnoop_application_startup (GApplication *application)
{
  MemsnoopApplication *self = MEMSNOOP_APPLICATION (application);

  G_APPLICATION_CLASS (memsnoop_application_parent_class)->startup (application);
  self->service = memsnoop_service_new ();
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
  application_class->startup = memsnoop_application_startup;
}

static void
memsnoop_application_init (MemsnoopApplication *self)
{
  const GOptionEntry entries[] = { { "process", 'p', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, NULL,
                                     N_ ("Show this process"), N_ ("PID") },
                                   { NULL } };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

MemsnoopApplication *
memsnoop_application_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_APPLICATION, "application-id", MEMSNOOP_VIEWER_ID, "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}

MemsnoopService *
memsnoop_application_get_service (MemsnoopApplication *self)
{
  return self->service;
}
