/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "output.h"
#include "session-list.h"
#include "session-calls.h"

#include <unistd.h>

/* Which sessions are to be stopped; %NULL with an error when that is not clear. */
static GPtrArray *
choose_sessions (MemsnoopInvocation *invocation, GPtrArray *sessions, gboolean all, GError **error)
{
  const MemsnoopSessionEntry *session;
  GPtrArray *chosen;

  if (all)
    return memsnoop_session_list_running_of (sessions, getuid ());

  if (invocation->arguments[0] != NULL)
    session = memsnoop_session_list_find (sessions, invocation->arguments[0], error);
  else
    session = memsnoop_session_list_choose_to_stop (sessions, getuid (), error);
  if (session == NULL)
    return NULL;

  chosen = g_ptr_array_new ();
  g_ptr_array_add (chosen, (gpointer) session);
  return chosen;
}

static gboolean
print_stopped (GPtrArray *chosen, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "stopped");
  json_builder_begin_array (builder);
  for (guint i = 0; i < chosen->len; i++)
    json_builder_add_string_value (builder,
                                   ((const MemsnoopSessionEntry *) chosen->pdata[i])->path);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return memsnoop_output_write_json (root, error);
}

static gboolean
stop_sessions (MemsnoopInvocation *invocation,
               GDBusConnection *connection,
               gboolean all,
               GError **error)
{
  g_autoptr (GPtrArray) sessions = memsnoop_session_list_load (connection, error);
  g_autoptr (GPtrArray) chosen = NULL;

  if (sessions == NULL)
    return FALSE;
  chosen = choose_sessions (invocation, sessions, all, error);
  if (chosen == NULL)
    return FALSE;

  for (guint i = 0; i < chosen->len; i++)
    {
      const MemsnoopSessionEntry *session = chosen->pdata[i];

      if (!memsnoop_session_stop (connection, session->path, error))
        return FALSE;
      memsnoop_output_remark ("Session %" G_GUINT64_FORMAT " has ended. Its last figures stay "
                              "readable for a while: memsnoopctl report %" G_GUINT64_FORMAT,
                              session->number, session->number);
    }
  return !invocation->json || print_stopped (chosen, error);
}

static gboolean
run_stop (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, "Stop all of your own sessions", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, 1, error))
    return FALSE;
  if (all && invocation->arguments[0] != NULL)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "name a session or give --all, not both");
      return FALSE;
    }

  connection = memsnoop_invocation_connect_to_ask (invocation, error);
  return connection != NULL && stop_sessions (invocation, connection, all, error);
}

const MemsnoopCommand memsnoop_stop_command = {
  .name = "stop",
  .operands = "[SESSION]",
  .summary = "End a session",
  .description = "SESSION is the session's number, as 'memsnoopctl status' shows it, or its\n"
                 "object path. Without it the only running session of yours is meant. When the\n"
                 "last session of a recording ends, nothing of Memsnoop's is left in the kernel.\n"
                 "The last figures stay readable for a time: five minutes unless 'start --keep'\n"
                 "said otherwise. To stop the session of another user needs an administrator's\n"
                 "authorisation.\n"
                 "\n"
                 "Examples:\n"
                 "  memsnoopctl stop            end the session that you started\n"
                 "  memsnoopctl stop 3          end session 3\n"
                 "  memsnoopctl stop --all      end all of yours",
  .run = run_stop,
};
