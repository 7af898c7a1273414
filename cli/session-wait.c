/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-wait.h"

#include "command-error.h"
#include "connection.h"
#include "memsnoop-names.h"
#include "session-calls.h"
#include "session-list.h"

#include <glib-unix.h>
#include <string.h>

typedef struct
{
  GMainLoop *loop;
  MemsnoopBusSession *session;
  MemsnoopSessionWaitResult result;
  GError *error;
} Wait;

static void
finish (Wait *wait, MemsnoopSessionWaitResult result)
{
  wait->result = result;
  g_main_loop_quit (wait->loop);
}

static void
check_session (Wait *wait)
{
  g_autofree gchar *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (wait->session));
  const gchar *state = memsnoop_bus_session_get_state (wait->session);

  if (wait->error != NULL)
    return;
  if (owner == NULL || state == NULL)
    {
      g_set_error_literal (&wait->error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_SERVICE,
                           "the service went away, and the session with it");
      finish (wait, MEMSNOOP_SESSION_WAIT_FAILED);
    }
  else if (strcmp (state, "failed") == 0)
    {
      g_set_error_literal (&wait->error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                           "the session failed; the service's log tells why");
      finish (wait, MEMSNOOP_SESSION_WAIT_FAILED);
    }
  else if (memsnoop_session_state_is_over (state))
    finish (wait, MEMSNOOP_SESSION_WAIT_ENDED);
}

static gboolean
on_signal (gpointer user_data)
{
  finish (user_data, MEMSNOOP_SESSION_WAIT_INTERRUPTED);
  return G_SOURCE_CONTINUE;
}

static void
on_bus_closed (GDBusConnection *connection,
               gboolean remote_peer_vanished,
               GError *error,
               gpointer user_data)
{
  Wait *wait = user_data;

  if (wait->error == NULL)
    g_set_error_literal (&wait->error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_NO_BUS,
                         "the connection to the bus was closed, and the session with it");
  finish (wait, MEMSNOOP_SESSION_WAIT_FAILED);
}

static void
run_loop (Wait *wait)
{
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_signal, wait),
    g_unix_signal_add (SIGTERM, on_signal, wait),
    g_unix_signal_add (SIGHUP, on_signal, wait),
  };

  g_main_loop_run (wait->loop);

  /* From here a second Ctrl-C ends the program at once. */
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

MemsnoopSessionWaitResult
memsnoop_session_wait (GDBusConnection *connection, const gchar *path, GError **error)
{
  g_autoptr (MemsnoopBusSession) session = memsnoop_bus_session_proxy_new_sync (
      connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, MEMSNOOP_BUS_NAME, path, NULL, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Wait wait = { .loop = loop, .session = session, .result = MEMSNOOP_SESSION_WAIT_FAILED };
  gulong closed;

  if (session == NULL)
    return MEMSNOOP_SESSION_WAIT_FAILED;

  g_signal_connect_swapped (session, "notify::state", G_CALLBACK (check_session), &wait);
  g_signal_connect_swapped (session, "notify::g-name-owner", G_CALLBACK (check_session), &wait);
  closed = g_signal_connect (connection, "closed", G_CALLBACK (on_bus_closed), &wait);

  /* It may have ended before we looked; a loop that is not running yet cannot be quit. */
  g_idle_add_once ((GSourceOnceFunc) check_session, &wait);
  run_loop (&wait);

  g_signal_handler_disconnect (connection, closed);
  g_signal_handlers_disconnect_by_data (session, &wait);
  if (wait.error != NULL)
    g_propagate_error (error, wait.error);
  return wait.result;
}

gboolean
memsnoop_session_wait_to_end (GDBusConnection *connection, const gchar *path, GError **error)
{
  switch (memsnoop_session_wait (connection, path, error))
    {
    case MEMSNOOP_SESSION_WAIT_ENDED:
      return TRUE;
    case MEMSNOOP_SESSION_WAIT_INTERRUPTED:
      return memsnoop_session_stop (connection, path, error);
    case MEMSNOOP_SESSION_WAIT_FAILED:
    default:
      return FALSE;
    }
}
