/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top-screen.h"

#include "command-error.h"
#include "connection.h"
#include "quantity.h"
#include "session-list.h"
#include "terminal-keys.h"
#include "terminal-text.h"
#include "terminal.h"
#include "top-frame.h"
#include "top-request.h"

#include <string.h>

typedef struct
{
  const MemsnoopTopOptions *options;
  MemsnoopBusManager *manager;
  GMainLoop *loop;
  MemsnoopTerminal *terminal;
  MemsnoopUserNames *users;
  /* What ListSuspects said last; NULL for nothing. */
  GVariant *suspects;
  GCancellable *cancellable;
  MemsnoopTopView view;
  guint64 refreshes;
  /* Calls that have not returned. */
  gboolean refreshing;
  gboolean switching;
  /* An older service refuses to tell histories. */
  gboolean no_history;
  /* Why the last refresh failed, and the answer to the last key. */
  gchar *failure;
  gchar *answer;
  /* The recording that was started here, which ends with us. */
  gchar *session;
  GError *error;
} Screen;

static void
fail (Screen *screen, GError *error)
{
  if (screen->error == NULL)
    screen->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (screen->loop);
}

static GDBusConnection *
get_connection (Screen *screen)
{
  return g_dbus_proxy_get_connection (G_DBUS_PROXY (screen->manager));
}

/* What an error means, in one line fit for the terminal. */
static gchar *
describe_error (Screen *screen, const gchar *what, const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);
  g_autofree gchar *text = NULL;

  g_dbus_error_strip_remote_error (plain);
  text = g_strdup_printf ("%s: %s", what, plain->message);
  return memsnoop_terminal_text_escape (text, screen->view.unicode);
}

static void
limit_scrolling (Screen *screen, guint lines)
{
  guint count = screen->view.rows != NULL ? screen->view.rows->len : 0;
  guint page = memsnoop_top_frame_page_length (&screen->view, lines);

  screen->view.first = MIN (screen->view.first, count > page ? count - page : 0);
}

static void
draw (Screen *screen)
{
  g_autoptr (GDateTime) time = g_date_time_new_now_local ();
  g_autofree gchar *clock = g_date_time_format (time, "%T");
  g_autoptr (GPtrArray) lines = NULL;
  GError *error = NULL;
  guint columns, screen_lines;

  if (screen->terminal == NULL)
    return;

  memsnoop_terminal_get_size (&columns, &screen_lines);
  limit_scrolling (screen, screen_lines);
  screen->view.clock = clock;
  screen->view.now = memsnoop_quantity_boot_time ();
  screen->view.message = screen->answer != NULL ? screen->answer : screen->failure;
  lines = memsnoop_top_frame_lines (&screen->view, columns, screen_lines);
  if (!memsnoop_terminal_draw (screen->terminal, lines, &error))
    fail (screen, error);
}

static void
forget_figures (Screen *screen)
{
  g_clear_pointer (&screen->view.rows, g_ptr_array_unref);
  g_clear_pointer (&screen->view.sessions, g_ptr_array_unref);
  g_clear_pointer (&screen->suspects, g_variant_unref);
  screen->view.n_suspected = 0;
}

static void
mark_rows (Screen *screen)
{
  screen->view.n_suspected = 0;
  if (screen->suspects != NULL && screen->view.rows != NULL)
    screen->view.n_suspected = memsnoop_top_rows_mark (screen->view.rows, screen->suspects);
}

static void
take_processes (Screen *screen, GVariant *processes)
{
  g_clear_pointer (&screen->view.rows, g_ptr_array_unref);
  screen->view.rows =
      memsnoop_top_rows_from_processes (processes, screen->users, screen->view.unicode);
  memsnoop_top_rows_sort (screen->view.rows, screen->view.sorted, screen->view.reverse);
  mark_rows (screen);
}

static void
take_failure (Screen *screen, const GError *error)
{
  g_clear_pointer (&screen->failure, g_free);
  if (memsnoop_command_error_is_absence (error))
    forget_figures (screen);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    screen->failure = describe_error (screen, "the service does not tell", error);
}

static void
finish_refresh (Screen *screen)
{
  screen->refreshing = FALSE;
  draw (screen);
  if (screen->options->refreshes > 0 && ++screen->refreshes >= screen->options->refreshes)
    g_main_loop_quit (screen->loop);
}

static void
on_sessions (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Screen *screen = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sessions =
      memsnoop_session_list_load_finish (G_DBUS_CONNECTION (source), result, &error);

  if (sessions == NULL)
    take_failure (screen, error);
  else
    {
      g_clear_pointer (&screen->view.sessions, g_ptr_array_unref);
      screen->view.sessions = g_steal_pointer (&sessions);
    }
  finish_refresh (screen);
}

static void
load_sessions (Screen *screen)
{
  memsnoop_session_list_load_async (get_connection (screen), screen->cancellable, on_sessions,
                                    screen);
}

static void
on_suspects (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Screen *screen = user_data;
  g_autoptr (GVariant) suspects = NULL;
  g_autoptr (GError) error = NULL;

  if (!memsnoop_bus_manager_call_list_suspects_finish (screen->manager, &suspects, result,
                                                       &error) &&
      !memsnoop_top_request_is_no_watch (error))
    take_failure (screen, error);
  g_clear_pointer (&screen->suspects, g_variant_unref);
  screen->suspects = g_steal_pointer (&suspects);
  mark_rows (screen);
  load_sessions (screen);
}

static void
list_suspects (Screen *screen)
{
  memsnoop_bus_manager_call_list_suspects (screen->manager, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                                           screen->cancellable, on_suspects, screen);
}

static void list_processes (Screen *screen);

static void
on_processes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Screen *screen = user_data;
  g_autoptr (GVariant) processes = NULL;
  g_autoptr (GError) error = NULL;

  if (!memsnoop_bus_manager_call_list_processes_finish (screen->manager, &processes, result,
                                                        &error))
    {
      if (!screen->no_history && memsnoop_top_request_is_refused (error))
        {
          screen->no_history = TRUE;
          list_processes (screen);
          return;
        }
      take_failure (screen, error);
      finish_refresh (screen);
      return;
    }

  g_clear_pointer (&screen->failure, g_free);
  take_processes (screen, processes);
  list_suspects (screen);
}

static void
list_processes (Screen *screen)
{
  memsnoop_bus_manager_call_list_processes (
      screen->manager, memsnoop_top_request_options (!screen->no_history),
      G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, screen->cancellable, on_processes, screen);
}

static void
refresh (Screen *screen)
{
  if (screen->refreshing)
    return;

  screen->refreshing = TRUE;
  list_processes (screen);
}

static gboolean
on_timeout (gpointer user_data)
{
  refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_name_owner (Screen *screen)
{
  g_autofree gchar *owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (screen->manager));

  g_clear_pointer (&screen->session, g_free);
  screen->no_history = FALSE;
  if (owner != NULL)
    {
      refresh (screen);
      return;
    }
  forget_figures (screen);
  draw (screen);
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

static void
set_answer (Screen *screen, gchar *answer)
{
  g_free (screen->answer);
  screen->answer = answer;
}

/* Everybody may record their own processes, but not from here. */
static gchar *
describe_refusal (Screen *screen, const GError *error)
{
  if (memsnoop_command_error_exit_status (error) != MEMSNOOP_EXIT_NOT_AUTHORISED)
    return describe_error (screen, "cannot record", error);
  return g_strdup ("an administrator may record all processes; your own: memsnoopctl start -p PID");
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Screen *screen = user_data;
  g_autoptr (GError) error = NULL;

  screen->switching = FALSE;
  set_answer (screen, NULL);
  if (!memsnoop_bus_manager_call_start_finish (screen->manager, &screen->session, result, &error))
    set_answer (screen, describe_refusal (screen, error));
  refresh (screen);
  draw (screen);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Screen *screen = user_data;
  g_autoptr (GError) error = NULL;

  screen->switching = FALSE;
  set_answer (screen, NULL);
  if (memsnoop_bus_manager_call_stop_finish (screen->manager, result, &error))
    g_clear_pointer (&screen->session, g_free);
  else
    set_answer (screen, describe_error (screen, "cannot end the recording", error));
  refresh (screen);
  draw (screen);
}

static void
switch_recording (Screen *screen)
{
  if (screen->switching || screen->view.rows == NULL)
    return;

  screen->switching = TRUE;
  set_answer (screen, g_strdup (screen->session != NULL ? "ending the recording ..."
                                                        : "starting to record ..."));
  if (screen->session != NULL)
    memsnoop_bus_manager_call_stop (
        screen->manager, screen->session, memsnoop_connection_get_call_flags (),
        MEMSNOOP_CONNECTION_CALL_TIMEOUT, screen->cancellable, on_stopped, screen);
  else
    memsnoop_bus_manager_call_start (
        screen->manager, g_variant_new ("a{sv}", NULL), memsnoop_connection_get_call_flags (),
        MEMSNOOP_CONNECTION_CALL_TIMEOUT, screen->cancellable, on_started, screen);
}

static void
sort_by (Screen *screen, MemsnoopTopColumn column, gboolean reverse)
{
  screen->view.sorted = column;
  screen->view.reverse = reverse;
  if (screen->view.rows != NULL)
    memsnoop_top_rows_sort (screen->view.rows, screen->view.sorted, reverse);
}

static void
scroll (Screen *screen, gint lines)
{
  gint64 first = (gint64) screen->view.first + lines;

  screen->view.first = (guint) CLAMP (first, 0, G_MAXINT32);
}

static void
sort_by_key (Screen *screen, guint key)
{
  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    if (memsnoop_top_column_names (i)->key != 0 &&
        (guint) memsnoop_top_column_names (i)->key == key)
      sort_by (screen, i, FALSE);
}

static void
handle_key (Screen *screen, guint key)
{
  guint columns, lines;
  gint page;

  memsnoop_terminal_get_size (&columns, &lines);
  page = (gint) MAX (memsnoop_top_frame_page_length (&screen->view, lines), 1);
  if (!screen->switching)
    set_answer (screen, NULL);

  switch (key)
    {
    case 'q':
    case MEMSNOOP_KEY_CONTROL_C:
      g_main_loop_quit (screen->loop);
      break;
    case 'r':
      sort_by (screen, screen->view.sorted, !screen->view.reverse);
      break;
    case '>':
    case MEMSNOOP_KEY_RIGHT:
      sort_by (screen, memsnoop_top_column_next (screen->view.sorted, TRUE), FALSE);
      break;
    case '<':
    case MEMSNOOP_KEY_LEFT:
      sort_by (screen, memsnoop_top_column_next (screen->view.sorted, FALSE), FALSE);
      break;
    case MEMSNOOP_KEY_UP:
      scroll (screen, -1);
      break;
    case MEMSNOOP_KEY_DOWN:
      scroll (screen, 1);
      break;
    case MEMSNOOP_KEY_PAGE_UP:
      scroll (screen, -page);
      break;
    case ' ':
    case MEMSNOOP_KEY_PAGE_DOWN:
      scroll (screen, page);
      break;
    case MEMSNOOP_KEY_HOME:
      screen->view.first = 0;
      break;
    case MEMSNOOP_KEY_END:
      screen->view.first = G_MAXINT32;
      break;
    case '?':
    case 'h':
      screen->view.help = !screen->view.help;
      break;
    case 'k':
      switch_recording (screen);
      break;
    default:
      sort_by_key (screen, key);
    }
  draw (screen);
}

static void
on_terminal (MemsnoopTerminalEvent event, guint key, gpointer user_data)
{
  Screen *screen = user_data;

  if (event == MEMSNOOP_TERMINAL_KEY)
    handle_key (screen, key);
  else if (event == MEMSNOOP_TERMINAL_REDRAW)
    draw (screen);
  else
    g_main_loop_quit (screen->loop);
}

static void
run_loop (Screen *screen)
{
  guint timer = g_timeout_add ((guint) (screen->options->delay * 1000), on_timeout, screen);

  g_signal_connect_swapped (screen->manager, "notify::g-name-owner", G_CALLBACK (on_name_owner),
                            screen);
  g_signal_connect (get_connection (screen), "closed", G_CALLBACK (on_bus_closed), screen);
  screen->refreshing = TRUE;
  list_suspects (screen);
  draw (screen);
  if (screen->error == NULL)
    g_main_loop_run (screen->loop);

  g_source_remove (timer);
  g_signal_handlers_disconnect_by_data (screen->manager, screen);
  g_signal_handlers_disconnect_by_data (get_connection (screen), screen);
}

static void
screen_clear (Screen *screen)
{
  g_clear_pointer (&screen->terminal, memsnoop_terminal_free);
  /* Answers that are under way are for us. */
  g_cancellable_cancel (screen->cancellable);
  while (screen->refreshing || screen->switching)
    g_main_context_iteration (NULL, TRUE);

  forget_figures (screen);
  g_main_loop_unref (screen->loop);
  g_object_unref (screen->cancellable);
  memsnoop_user_names_free (screen->users);
  g_free (screen->failure);
  g_free (screen->answer);
  g_free (screen->session);
}

gboolean
memsnoop_top_screen_run (MemsnoopBusManager *manager,
                         GVariant *processes,
                         const MemsnoopTopOptions *options,
                         GError **error)
{
  Screen screen = {
    .options = options,
    .manager = manager,
    .loop = g_main_loop_new (NULL, FALSE),
    .users = memsnoop_user_names_new (),
    .cancellable = g_cancellable_new (),
    .view = { .sorted = options->sorted,
              .reverse = options->reverse,
              .unicode = memsnoop_terminal_text_is_unicode () },
  };

  take_processes (&screen, processes);
  screen.terminal = memsnoop_terminal_new (on_terminal, &screen, &screen.error);
  if (screen.terminal != NULL)
    run_loop (&screen);

  screen_clear (&screen);
  if (screen.error != NULL)
    g_propagate_error (error, screen.error);
  return screen.error == NULL;
}
