/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "json-output.h"
#include "output.h"
#include "quantity.h"
#include "terminal-text.h"
#include "terminal.h"
#include "top-request.h"
#include "top-screen.h"

#define SHORTEST_DELAY 0.1
#define LONGEST_DELAY 3600.0

/* As given on the command line. */
typedef struct
{
  gdouble delay;
  gchar *refreshes;
  gchar *limit;
  gchar *sort;
  gboolean reverse;
} TopArguments;

static void
top_arguments_clear (TopArguments *self)
{
  g_free (self->refreshes);
  g_free (self->limit);
  g_free (self->sort);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TopArguments, top_arguments_clear)

static gboolean
parse_arguments (MemsnoopInvocation *invocation, TopArguments *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "delay", 'd', 0, G_OPTION_ARG_DOUBLE, &arguments->delay,
      "Seconds between refreshes, 0.1 to 3600 (default: 2)", "SECONDS" },
    { "iterations", 'n', 0, G_OPTION_ARG_STRING, &arguments->refreshes,
      "End after so many refreshes; 0 for never (default: 0 on a terminal, else 1)", "NUMBER" },
    { "sort", 's', 0, G_OPTION_ARG_STRING, &arguments->sort, "What to sort by (default: rss-anon)",
      "KEY" },
    { "reverse", 'r', 0, G_OPTION_ARG_NONE, &arguments->reverse, "Sort the other way round", NULL },
    { "limit", 'l', 0, G_OPTION_ARG_STRING, &arguments->limit,
      "Rows to print when it is not a live table; 0 for all (default: 0)", "ROWS" },
    G_OPTION_ENTRY_NULL,
  };

  return memsnoop_invocation_parse (invocation, entries, 0, 0, error);
}

static gboolean
read_options (const TopArguments *arguments,
              gboolean live,
              MemsnoopTopOptions *options,
              GError **error)
{
  guint64 limit = 0;

  *options = (MemsnoopTopOptions){ .delay = arguments->delay,
                                   .refreshes = live ? 0 : 1,
                                   .sorted = MEMSNOOP_TOP_ANONYMOUS,
                                   .reverse = arguments->reverse };
  if (!(options->delay >= SHORTEST_DELAY && options->delay <= LONGEST_DELAY))
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "--delay is from 0.1 to 3600 seconds, not %g", options->delay);
      return FALSE;
    }
  if (arguments->refreshes != NULL &&
      !memsnoop_quantity_parse_number (arguments->refreshes, "--iterations", 0, G_MAXUINT64,
                                       &options->refreshes, error))
    return FALSE;
  if (arguments->limit != NULL &&
      !memsnoop_quantity_parse_number (arguments->limit, "--limit", 0, G_MAXUINT32, &limit, error))
    return FALSE;

  options->limit = (guint) limit;
  return arguments->sort == NULL ||
         memsnoop_top_column_from_sort_key (arguments->sort, &options->sorted, error);
}

static gboolean
print_text (MemsnoopBusManager *manager,
            GVariant *processes,
            const MemsnoopTopOptions *options,
            gboolean first,
            GError **error)
{
  g_autoptr (GVariant) suspects = memsnoop_top_request_suspects (manager, error);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GPtrArray) rows =
      memsnoop_top_rows_from_processes (processes, users, memsnoop_terminal_text_is_unicode ());
  g_autofree gchar *text = NULL;
  g_autofree gchar *separated = NULL;

  if (suspects == NULL)
    return FALSE;
  memsnoop_top_rows_mark (rows, suspects);
  memsnoop_top_rows_sort (rows, options->sorted, options->reverse);
  text = memsnoop_top_plain_text (rows, options->limit);
  separated = g_strconcat (first ? "" : "\n", text, NULL);
  return memsnoop_output_write (separated, error);
}

/* The rows as the service has them, in the order and number asked for. */
static gboolean
print_json (GVariant *processes, const MemsnoopTopOptions *options, GError **error)
{
  g_autoptr (GVariant) sorted =
      memsnoop_top_sort_processes (processes, options->sorted, options->reverse, options->limit);
  g_autoptr (JsonNode) node = memsnoop_json_output_from_variant (sorted);

  return options->refreshes == 1 ? memsnoop_output_write_json (node, error)
                                 : memsnoop_output_write_json_line (node, error);
}

/* Lists for other programs, or for a terminal that cannot show more. */
static gboolean
print_lists (MemsnoopBusManager *manager,
             GVariant *processes,
             const MemsnoopTopOptions *options,
             gboolean json,
             GError **error)
{
  g_autoptr (GVariant) current = g_variant_ref (processes);

  for (guint64 i = 0;; i++)
    {
      if (!(json ? print_json (current, options, error)
                 : print_text (manager, current, options, i == 0, error)))
        return FALSE;
      if (options->refreshes > 0 && i + 1 >= options->refreshes)
        return TRUE;

      g_usleep ((gulong) (options->delay * G_USEC_PER_SEC));
      g_clear_pointer (&current, g_variant_unref);
      current = memsnoop_top_request_run (manager, FALSE, error);
      if (current == NULL)
        return FALSE;
    }
}

/* Not to be interrupted by the signals of the screen, which other threads leave to this one. */
static GDBusConnection *
connect_for_screen (MemsnoopInvocation *invocation, GError **error)
{
  GDBusConnection *connection;

  memsnoop_terminal_block_signals (TRUE);
  connection = memsnoop_invocation_connect (invocation, error);
  memsnoop_terminal_block_signals (FALSE);
  return connection;
}

static gboolean
run_top (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (TopArguments) arguments = { .delay = 2 };
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (MemsnoopBusManager) manager = NULL;
  g_autoptr (GVariant) processes = NULL;
  MemsnoopTopOptions options;
  gboolean live;

  if (!parse_arguments (invocation, &arguments, error))
    return FALSE;
  live = !invocation->json && memsnoop_terminal_is_usable ();
  if (!read_options (&arguments, live, &options, error))
    return FALSE;

  connection = connect_for_screen (invocation, error);
  if (connection == NULL)
    return FALSE;
  manager = memsnoop_connection_get_manager (connection, error);
  if (manager == NULL)
    return FALSE;
  processes = memsnoop_top_request_run (manager, live, error);
  if (processes == NULL)
    return FALSE;
  return live ? memsnoop_top_screen_run (manager, processes, &options, error)
              : print_lists (manager, processes, &options, invocation->json, error);
}

const MemsnoopCommand memsnoop_top_command = {
  .name = "top",
  .operands = "",
  .summary = "Show who uses how much memory, live",
  .description =
      "On a terminal a table that refreshes itself; press ? for its keys, q to quit.\n"
      "Anonymous memory is what a program allocated for itself, file memory what it\n"
      "mapped from files, shared memory shmem and tmpfs; growth is how fast its\n"
      "anonymous and swapped memory grows, by the trend of the last minutes, whose\n"
      "course is drawn beside it ('-' for none); kernel memory and its peak are there\n"
      "while it is recorded (key k, or 'memsnoopctl start'). While the heap of a process\n"
      "is recorded ('memsnoopctl start --heap PID'), its live bytes are there,\n"
      "and what it retains: resident, but neither live nor mapped by the program itself.\n"
      "The column ! marks what is suspected of a leak: '?' by its growth alone, '!' with\n"
      "evidence of code that does not free it ('memsnoopctl suspects' tells more).\n"
      "Without authorisation you see your own processes only.\n"
      "\n"
      "When the output is no terminal, or with --json, it prints the rows once, or as\n"
      "often as -n says; --json then prints an array for each refresh, each in one\n"
      "line.\n"
      "\n"
      "KEY is pid, user, rss-anon, rss-file, rss-shmem, swap, growth-rate,\n"
      "kernel.current-bytes, kernel.peak-bytes, heap.current-bytes,\n"
      "heap.retained-bytes or comm.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl top\n"
      "  memsnoopctl top --sort growth-rate            what grows fastest\n"
      "  memsnoopctl top -d 0.5 --sort kernel.current-bytes\n"
      "  memsnoopctl top | head -6                     the five largest, once\n"
      "  memsnoopctl top --json -n 0 -d 60 >>log.json  a line a minute",
  .run = run_top,
};
