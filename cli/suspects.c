/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "json-output.h"
#include "output.h"
#include "quantity.h"
#include "suspect-text.h"
#include "terminal-text.h"

static gboolean
print_json (GVariant *value, GError **error)
{
  g_autoptr (JsonNode) node = memsnoop_json_output_from_variant (value);

  return memsnoop_output_write_json (node, error);
}

/* Nothing is suspected: says how much is looked at, so that this means something. */
static gboolean
print_none (MemsnoopBusManager *manager, GError **error)
{
  g_autoptr (GVariant) processes = NULL, properties = NULL;
  g_autofree gchar *text = NULL;

  properties = memsnoop_connection_get_properties (
      g_dbus_proxy_get_connection (G_DBUS_PROXY (manager)), error);
  if (properties == NULL || !memsnoop_bus_manager_call_list_processes_sync (
                                manager, g_variant_new ("a{sv}", NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                                &processes, NULL, error))
    return FALSE;
  text = memsnoop_suspect_text_none (g_variant_n_children (processes), properties,
                                     memsnoop_terminal_text_is_unicode ());
  return memsnoop_output_write (text, error);
}

static gboolean
list_suspects (MemsnoopBusManager *manager, gboolean json, GError **error)
{
  g_autoptr (GVariant) suspects = NULL;
  g_autofree gchar *text = NULL;

  if (!memsnoop_bus_manager_call_list_suspects_sync (manager, G_DBUS_CALL_FLAGS_NONE, -1, &suspects,
                                                     NULL, error))
    return FALSE;
  if (json)
    return print_json (suspects, error);
  if (g_variant_n_children (suspects) == 0)
    return print_none (manager, error);

  text = memsnoop_suspect_text_table (suspects, memsnoop_quantity_boot_time (),
                                      memsnoop_terminal_text_is_unicode ());
  if (!memsnoop_output_write (text, error))
    return FALSE;
  memsnoop_output_remark (
      "Growth alone is no proof of a leak. More about one: memsnoopctl suspects "
      "ID");
  return TRUE;
}

static gboolean
show_suspect (MemsnoopBusManager *manager, guint64 id, gboolean json, GError **error)
{
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GDateTime) wall_now = g_date_time_new_now_local ();
  g_autoptr (GVariant) suspect = NULL;
  g_autofree gchar *text = NULL;
  guint32 pid;

  if (!memsnoop_bus_manager_call_get_suspect_sync (
          manager, id, memsnoop_connection_get_call_flags (), MEMSNOOP_CONNECTION_CALL_TIMEOUT,
          &suspect, NULL, error))
    return FALSE;
  if (json)
    return print_json (suspect, error);

  text = memsnoop_suspect_text_details (suspect, users, memsnoop_quantity_boot_time (), wall_now,
                                        memsnoop_terminal_text_is_unicode ());
  if (!memsnoop_output_write (text, error))
    return FALSE;
  if (g_variant_lookup (suspect, "pid", "u", &pid))
    memsnoop_output_remark ("\nIts course: memsnoopctl history %u. If it may grow: memsnoopctl "
                            "ignore --pid %u",
                            pid, pid);
  return TRUE;
}

static gboolean
run_suspects (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (MemsnoopBusManager) manager = NULL;
  const gchar *name;
  guint64 id = 0;

  if (!memsnoop_invocation_parse (invocation, NULL, 0, 1, error))
    return FALSE;
  name = invocation->arguments[0];
  if (name != NULL && !memsnoop_quantity_parse_number (name, "ID", 0, G_MAXUINT64, &id, error))
    return FALSE;

  connection = name != NULL ? memsnoop_invocation_connect_to_ask (invocation, error)
                            : memsnoop_invocation_connect (invocation, error);
  if (connection == NULL)
    return FALSE;
  manager = memsnoop_connection_get_manager (connection, error);
  if (manager == NULL)
    return FALSE;
  return name != NULL ? show_suspect (manager, id, invocation->json, error)
                      : list_suspects (manager, invocation->json, error);
}

const MemsnoopCommand memsnoop_suspects_command = {
  .name = "suspects",
  .operands = "[ID]",
  .summary = "Show which processes are suspected of a leak",
  .description =
      "Without ID a table of what is suspected now: what grows (private: anonymous and\n"
      "swapped memory, shared, heap or kernel), the level of the suspicion, how much it\n"
      "has grown, how fast, for how long, when memory would be full at this rate, and\n"
      "how sure the trend is. With ID everything known about one suspicion, with the\n"
      "code that allocated what grows where that is known.\n"
      "\n"
      "The level 'growth' says that a process grows steadily, which alone is no proof of\n"
      "a leak: it may be filling a cache that it was meant to have. 'probable' says that\n"
      "code was found that allocates what grows and does not free it.\n"
      "\n"
      "Without authorisation you see your own processes only. The exit status is 0 also\n"
      "when nothing is suspected.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl suspects\n"
      "  memsnoopctl suspects 12\n"
      "  memsnoopctl suspects --json | jq -r '.[] | \"\\(.pid) \\(.comm)\"'",
  .run = run_suspects,
};
