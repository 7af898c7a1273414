/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "history-text.h"
#include "output.h"
#include "quantity.h"
#include "terminal-text.h"
#include "terminal.h"

#include <string.h>
#include <unistd.h>

/* As given on the command line. */
typedef struct
{
  gchar *kind;
  gchar *since;
  gboolean from_zero;
  gboolean ascii;
} HistoryArguments;

static void
history_arguments_clear (HistoryArguments *self)
{
  g_free (self->kind);
  g_free (self->since);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HistoryArguments, history_arguments_clear)

static gboolean
parse_arguments (MemsnoopInvocation *invocation, HistoryArguments *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "kind", 'k', 0, G_OPTION_ARG_STRING, &arguments->kind,
      "private (the default), anonymous, file, shared, swap or all", "KIND" },
    { "since", 's', 0, G_OPTION_ARG_STRING, &arguments->since,
      "Only the last 10m, 2h, 1d, ... (default: all that is known)", "DURATION" },
    { "from-zero", 'z', 0, G_OPTION_ARG_NONE, &arguments->from_zero, "Begin the axis of sizes at 0",
      NULL },
    { "ascii", 'a', 0, G_OPTION_ARG_NONE, &arguments->ascii, "Draw with ASCII characters", NULL },
    G_OPTION_ENTRY_NULL,
  };

  return memsnoop_invocation_parse (invocation, entries, 1, 1, error);
}

/* Rows have all kinds unless one is named; a picture has the one that tells most. */
static gboolean
read_kinds (const gchar *kind, gboolean chart, MemsnoopHistoryPage *page, GError **error)
{
  page->n_kinds = 1;
  if (kind != NULL && strcmp (kind, "all") != 0)
    return memsnoop_memory_kind_from_name (kind, &page->kinds[0], error);
  if (kind == NULL && chart)
    return TRUE;

  /* Private memory is the sum of two of the others. */
  page->n_kinds = 0;
  for (guint i = MEMSNOOP_MEMORY_PRIVATE + 1; i < MEMSNOOP_MEMORY_N_KINDS; i++)
    page->kinds[page->n_kinds++] = i;
  return TRUE;
}

static gboolean
read_page (const HistoryArguments *arguments,
           gboolean chart,
           MemsnoopHistoryPage *page,
           GError **error)
{
  guint32 span = 0;

  if (!read_kinds (arguments->kind, chart, page, error) ||
      (arguments->since != NULL &&
       !memsnoop_quantity_parse_duration (arguments->since, "--since", &span, error)))
    return FALSE;
  if (arguments->since != NULL && span == 0)
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "--since is at least one second, not '%s'", arguments->since);
      return FALSE;
    }
  page->span = span;
  page->from_zero = arguments->from_zero;
  page->unicode =
      memsnoop_terminal_text_is_unicode () && memsnoop_terminal_has_braille () && !arguments->ascii;
  memsnoop_terminal_get_size (&page->columns, &page->lines);
  return TRUE;
}

static gboolean
check_history (GVariant *stats, guint64 pid, GError **error)
{
  g_autoptr (GArray) history = memsnoop_memory_history_read (stats);

  if (history->len > 0)
    return TRUE;
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "there is no history of process %" G_GUINT64_FORMAT
               ": the service does not watch it, or not yet; 'memsnoopctl status' tells whether it "
               "watches at all",
               pid);
  return FALSE;
}

static gboolean
print_page (const MemsnoopHistoryPage *page, gboolean chart, gboolean json, GError **error)
{
  g_autoptr (MemsnoopUserNames) users = NULL;
  g_autoptr (GDateTime) wall_now = NULL;
  g_autofree gchar *text = NULL;

  if (json)
    {
      g_autoptr (JsonNode) node = memsnoop_history_json (page);

      return memsnoop_output_write_json (node, error);
    }
  if (chart)
    {
      users = memsnoop_user_names_new ();
      text = memsnoop_history_text_charts (page, users);
      return memsnoop_output_write (text, error);
    }
  wall_now = g_date_time_new_now_local ();
  text = memsnoop_history_text_rows (page, wall_now);
  return memsnoop_output_write (text, error);
}

static gboolean
run_history (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (HistoryArguments) arguments = { NULL };
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (MemsnoopBusManager) manager = NULL;
  g_autoptr (GVariant) stats = NULL;
  MemsnoopHistoryPage page = { NULL };
  gboolean chart = isatty (STDOUT_FILENO);
  guint64 pid;

  if (!parse_arguments (invocation, &arguments, error) ||
      !read_page (&arguments, chart, &page, error) ||
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
  page.stats = stats;
  page.now = memsnoop_quantity_boot_time ();
  return check_history (stats, pid, error) && print_page (&page, chart, invocation->json, error);
}

const MemsnoopCommand memsnoop_history_command = {
  .name = "history",
  .operands = "PID",
  .summary = "Draw the course of a process's memory",
  .description =
      "Draws how much memory the process had over time, as far back as the service has\n"
      "watched it: the last half minute sample by sample, older times in blocks that\n"
      "become longer, of each of which the least is kept. What a garbage collector or\n"
      "a short job takes and gives back therefore does not show in older times; what\n"
      "stays does. Below it stands how fast private memory grows at present.\n"
      "\n"
      "private is anonymous and swapped memory together, what the program allocated for\n"
      "itself. all draws anonymous, file, shared and swapped memory below each other.\n"
      "The axis of sizes does not begin at 0 when that would flatten the curve, unless\n"
      "-z is given.\n"
      "\n"
      "When the output is no terminal it prints a row for each point: time and bytes,\n"
      "of all kinds unless --kind names one.\n"
      "\n"
      "Your own processes need no authorisation, those of others an administrator's.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl history 4711\n"
      "  memsnoopctl history 4711 --since 10m --kind all\n"
      "  memsnoopctl history 4711 | tail -n +2 >course.txt     to plot elsewhere\n"
      "  memsnoopctl history 4711 --json | jq '.\"growth-rate\"'",
  .run = run_history,
};
