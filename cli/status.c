/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "output.h"
#include "quantity.h"
#include "session-list.h"
#include "status-text.h"
#include "terminal-text.h"

static gboolean
print_status (GVariant *properties, GPtrArray *sessions, gboolean json, GError **error)
{
  g_autoptr (MemsnoopUserNames) users = NULL;
  g_autofree gchar *text = NULL;

  if (json)
    {
      g_autoptr (JsonNode) node = memsnoop_status_json (properties, sessions);

      return memsnoop_output_write_json (node, error);
    }

  users = memsnoop_user_names_new ();
  text = memsnoop_status_text (properties, sessions, users, memsnoop_quantity_boot_time (),
                               memsnoop_terminal_text_is_unicode ());
  return memsnoop_output_write (text, error);
}

static gboolean
run_status (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GPtrArray) sessions = NULL;

  if (!memsnoop_invocation_parse (invocation, NULL, 0, 0, error))
    return FALSE;

  connection = memsnoop_invocation_connect (invocation, error);
  if (connection == NULL)
    return FALSE;

  properties = memsnoop_connection_get_properties (connection, error);
  if (properties == NULL)
    return FALSE;

  sessions = memsnoop_session_list_load (connection, error);
  return sessions != NULL && print_status (properties, sessions, invocation->json, error);
}

const MemsnoopCommand memsnoop_status_command = {
  .name = "status",
  .operands = "",
  .summary = "Show what the service can do here and what it records",
  .description =
      "Shows the service's version, whether it watches and what can be recorded here\n"
      "(and why not, where it cannot), and every session: its number, who started it, its state,\n"
      "for how long, how many allocations and frees it has seen, how many were lost,\n"
      "how many live blocks it holds and how much kernel memory its tables take. A\n"
      "session is a lease on a recording: all sessions that record the same thing read\n"
      "the same figures. For recordings of heaps it also shows how much of a core their\n"
      "probes take, and what was left out to keep a --cpu-budget.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl status\n"
      "  memsnoopctl status --json | jq '.sessions[].state'",
  .run = run_status,
};
