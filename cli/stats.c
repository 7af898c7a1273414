/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "json-output.h"
#include "output.h"
#include "quantity.h"
#include "stats-text.h"
#include "terminal-text.h"

static gboolean
print_stats (GVariant *stats, gboolean json, GError **error)
{
  g_autoptr (MemsnoopUserNames) users = NULL;
  g_autofree gchar *text = NULL;

  if (json)
    {
      g_autoptr (JsonNode) node = memsnoop_json_output_from_variant (stats);

      return memsnoop_output_write_json (node, error);
    }

  users = memsnoop_user_names_new ();
  text = memsnoop_stats_text (stats, users, memsnoop_quantity_boot_time (),
                              memsnoop_terminal_text_is_unicode ());
  return memsnoop_output_write (text, error);
}

static gboolean
run_stats (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (MemsnoopBusManager) manager = NULL;
  g_autoptr (GVariant) stats = NULL;
  guint64 pid;

  if (!memsnoop_invocation_parse (invocation, NULL, 1, 1, error) ||
      !memsnoop_quantity_parse_number (invocation->arguments[0], "PID", 1, G_MAXINT32, &pid, error))
    return FALSE;

  connection = memsnoop_invocation_connect_to_ask (invocation, error);
  if (connection == NULL)
    return FALSE;
  manager = memsnoop_connection_get_manager (connection, error);
  if (manager == NULL || !memsnoop_bus_manager_call_get_process_stats_sync (
                             manager, (guint32) pid, memsnoop_connection_get_call_flags (),
                             MEMSNOOP_CONNECTION_CALL_TIMEOUT, &stats, NULL, error))
    return FALSE;
  return print_stats (stats, invocation->json, error);
}

const MemsnoopCommand memsnoop_stats_command = {
  .name = "stats",
  .operands = "PID",
  .summary = "Show everything known about one process",
  .description = "Its memory: anonymous, file-backed and shared pages that are resident, what is\n"
                 "swapped out, its proportional share of what it has (PSS) and what it has alone\n"
                 "(USS). While kernel memory is recorded also that: live bytes and their peak,\n"
                 "what was allocated and freed, how much of it was never asked for (internal\n"
                 "fragmentation) or freed within a minute (churn), the sizes, the course over\n"
                 "time, and which kernel functions allocated what is live. Memory from before the\n"
                 "recording is not in these figures.\n"
                 "\n"
                 "Your own processes need no authorisation, those of others an administrator's.\n"
                 "\n"
                 "Examples:\n"
                 "  memsnoopctl stats 4711\n"
                 "  memsnoopctl stats $$ --json | jq '.kernel.\"current-bytes\"'",
  .run = run_stats,
};
