/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent of a desktop session: one for each, ends with the session bus. */
#include "agent.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <unistd.h>

/* For ids of notifications that were sent just before the end, and could not be closed without. */
#define SETTLE_MILLISECONDS 1000
#define NOTIFIER_ID "org.memsnoop1.Notifier"
#define UPDATE_SECONDS_MAX 3600

typedef struct
{
  MemsnoopService *service;
  MemsnoopNotificationServer *server;
  MemsnoopBoard *board;
  MemsnoopAgent *agent;
  gint update_seconds;
  int status;
} Parts;

static void
on_startup (GApplication *application, gpointer user_data)
{
  Parts *parts = user_data;

  if (g_application_get_dbus_connection (application) == NULL)
    {
      g_printerr (_ ("%s: there is no session bus, on which notifications would be shown\n"),
                  g_get_prgname ());
      parts->status = 1;
      return;
    }
  parts->service = memsnoop_service_new ();
  parts->server =
      memsnoop_notification_server_new (g_application_get_dbus_connection (application));
  parts->board = memsnoop_board_new (parts->server, (guint) parts->update_seconds);
  parts->agent = memsnoop_agent_new (g_application_get_dbus_connection (application),
                                     parts->service, parts->board, getuid ());
  g_application_hold (application);
}

/* Before the bus is let go. */
static void
on_shutdown (GApplication *application, gpointer user_data)
{
  Parts *parts = user_data;

  if (parts->board != NULL)
    {
      memsnoop_notification_server_settle (parts->server, SETTLE_MILLISECONDS);
      memsnoop_board_withdraw_all (parts->board);
    }
  g_clear_object (&parts->agent);
  g_clear_object (&parts->board);
  g_clear_object (&parts->server);
  g_clear_object (&parts->service);
}

/* It has nothing to show by itself, and a second one ends at once. */
static void
on_activate (GApplication *application, gpointer user_data)
{
}

/* Returns the exit status, or a negative number to go on. */
static int
on_options (GApplication *application, GVariantDict *options, gpointer user_data)
{
  Parts *parts = user_data;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("memsnoop-notifier %s\n", MEMSNOOP_VERSION);
      return 0;
    }
  if (parts->update_seconds >= 1 && parts->update_seconds <= UPDATE_SECONDS_MAX)
    return -1;
  g_printerr (_ ("%s: --update-interval=%d: it has to be 1 to %d seconds\n"), g_get_prgname (),
              parts->update_seconds, UPDATE_SECONDS_MAX);
  return 1;
}

static void
add_options (GApplication *application, Parts *parts)
{
  const GOptionEntry entries[] = {
    { "update-interval", 'u', G_OPTION_FLAG_NONE, G_OPTION_ARG_INT, &parts->update_seconds,
      N_ ("Change a notification once in this many seconds at most (default: 30)"),
      N_ ("SECONDS") },
    { "version", '\0', G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (application, entries);
  g_application_set_option_context_summary (
      application, _ ("Shows a notification when a program's memory grows as if it leaked."));
  g_signal_connect (application, "handle-local-options", G_CALLBACK (on_options), parts);
}

static gboolean
on_signal (gpointer application)
{
  g_application_quit (application);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  Parts parts = { .update_seconds = MEMSNOOP_BOARD_UPDATE_SECONDS };
  g_autoptr (GApplication) application = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MEMSNOOP_LOCALE_DIRECTORY);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  application = g_application_new (NOTIFIER_ID, G_APPLICATION_DEFAULT_FLAGS);
  add_options (application, &parts);
  g_signal_connect (application, "startup", G_CALLBACK (on_startup), &parts);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), NULL);
  g_signal_connect (application, "shutdown", G_CALLBACK (on_shutdown), &parts);
  g_unix_signal_add (SIGTERM, on_signal, application);
  g_unix_signal_add (SIGINT, on_signal, application);
  status = g_application_run (application, argc, argv);
  return status != 0 ? status : parts.status;
}
