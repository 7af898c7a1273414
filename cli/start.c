/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "output.h"
#include "report.h"
#include "session-calls.h"
#include "session-wait.h"
#include "start-arguments.h"

#include <string.h>

/* As many as the service takes. */
#define PIDS_MAX 256

static gboolean
parse_arguments (MemsnoopInvocation *invocation, MemsnoopStartArguments *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "heap", 0, 0, G_OPTION_ARG_NONE, &arguments->heap,
      "Record the heaps of these processes, with call stacks", NULL },
    { "growth", 0, 0, G_OPTION_ARG_NONE, &arguments->growth,
      "Record where these processes touch new pages, with call stacks", NULL },
    { "kernel", 0, 0, G_OPTION_ARG_NONE, &arguments->kernel,
      "Record kernel memory (what is done without these two), too", NULL },
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &arguments->pids,
      "Report on this process only; may be given several times", "PID" },
    { "no-follow", 0, 0, G_OPTION_ARG_NONE, &arguments->no_follow,
      "Leave out the children of these processes", NULL },
    { "duration", 'd', 0, G_OPTION_ARG_STRING, &arguments->duration,
      "End by itself after so long; 0, the default, for never", "10s|5m|2h" },
    { "keep", 'k', 0, G_OPTION_ARG_STRING, &arguments->keep,
      "How long the last figures stay readable (default: 5m)", "10s|5m|2h" },
    { "map-memory", 'm', 0, G_OPTION_ARG_STRING, &arguments->map_memory,
      "Kernel memory for the tables of each recording", "64MiB" },
    { "sample-interval", 'i', 0, G_OPTION_ARG_STRING, &arguments->sample_interval,
      "Of the heap only a sample: a block for so many bytes", "512KiB" },
    { "stack-depth", 0, 0, G_OPTION_ARG_STRING, &arguments->stack_depth,
      "Frames of call stacks to keep (default: 128)", "FRAMES" },
    { "cpu-budget", 0, 0, G_OPTION_ARG_STRING, &arguments->cpu_budget,
      "Share of a core that recording heaps may take", "10%" },
    { "foreground", 'f', 0, G_OPTION_ARG_NONE, &arguments->foreground,
      "Stay until Ctrl-C or the session's end, then print the report", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, PIDS_MAX, error))
    return FALSE;
  memsnoop_start_arguments_add_pids (arguments, invocation->arguments);
  return TRUE;
}

/* {"session": …} and, when there is one, the report behind it. */
static gboolean
print_session_json (const gchar *path, const gchar *report, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "session", path);
  if (report != NULL)
    {
      JsonNode *node = json_from_string (report, error);

      if (node == NULL)
        {
          g_prefix_error (error, "the service's report is not JSON: ");
          return FALSE;
        }
      json_object_set_member (object, "report", node);
    }

  json_node_set_object (root, object);
  return memsnoop_output_write_json (root, error);
}

static gboolean
print_started (MemsnoopInvocation *invocation, const gchar *path, GError **error)
{
  const gchar *number = strrchr (path, '/') + 1;
  g_autofree gchar *line = g_strconcat (path, "\n", NULL);

  if (invocation->json)
    return print_session_json (path, NULL, error);
  if (!memsnoop_output_write (line, error))
    return FALSE;

  memsnoop_output_remark ("Session %s records. See what it finds with 'memsnoopctl report %s' or "
                          "'memsnoopctl top',\nend it with 'memsnoopctl stop %s'.",
                          number, number, number);
  return TRUE;
}

static gboolean
stay (MemsnoopInvocation *invocation,
      GDBusConnection *connection,
      const gchar *path,
      GError **error)
{
  const gchar *format = invocation->json ? "json" : "text";
  g_autofree gchar *report = NULL;

  memsnoop_output_remark ("Session %s records; Ctrl-C ends it and prints the report.",
                          strrchr (path, '/') + 1);
  if (!memsnoop_session_wait_to_end (connection, path, error))
    return FALSE;

  report = memsnoop_session_report (connection, path, format, g_variant_new ("a{sv}", NULL), error);
  if (report == NULL)
    return FALSE;
  if (invocation->json)
    return print_session_json (path, report, error);
  return memsnoop_report_print (report, format, error);
}

static gboolean
run_start (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (MemsnoopStartArguments) arguments = { 0 };
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autofree gchar *path = NULL;

  if (!parse_arguments (invocation, &arguments, error))
    return FALSE;
  options = memsnoop_start_arguments_to_options (&arguments, error);
  if (options == NULL)
    return FALSE;
  g_variant_ref_sink (options);

  connection = memsnoop_invocation_connect_to_ask (invocation, error);
  if (connection == NULL)
    return FALSE;
  path = memsnoop_session_start (connection, options, error);
  if (path == NULL)
    return FALSE;
  return arguments.foreground ? stay (invocation, connection, path, error)
                              : print_started (invocation, path, error);
}

const MemsnoopCommand memsnoop_start_command = {
  .name = "start",
  .operands = "[PID...]",
  .summary = "Start to record kernel memory, or the heaps or growth of programs",
  .description =
      "Starts a session and prints its object path. From then on every allocation and\n"
      "every free of kernel (slab) memory is counted for the process that allocated.\n"
      "With --heap it is what the named processes allocate with malloc and its like:\n"
      "which call stacks hold how much live memory, and how fast each grows. They\n"
      "go on running as they are; children that they fork are recorded with them.\n"
      "With --growth it is every page that they touch for the first time, by whatever\n"
      "allocator or language: which call stacks make the process larger. It costs\n"
      "nothing while they do not grow.\n"
      "What cannot be exact is marked, and memory from before is not in the figures.\n"
      "The session outlives this command: it ends after --duration, or with\n"
      "'memsnoopctl stop'. With --foreground it belongs to the command instead: Ctrl-C\n"
      "ends both and prints the report, and if the command is killed the session goes\n"
      "with it.\n"
      "\n"
      "Without PID it reports on every process, which needs an administrator's\n"
      "authorisation; your own processes need none. When the report says that the live\n"
      "table was full, give it more --map-memory. That counts for the session that\n"
      "begins a recording, as --sample-interval does: later ones join it. A recording\n"
      "of heaps with a --cpu-budget leaves out what would cost more, and says so.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl start                       every process, until stopped\n"
      "  memsnoopctl start --foreground -d 30s   half a minute, then the report\n"
      "  memsnoopctl start 4711 -d 2h            one process and its children, for two hours\n"
      "  memsnoopctl start --heap 4711           the heap of a running program\n"
      "  memsnoopctl start --heap -i 512K 4711   the same at a fraction of the cost\n"
      "  memsnoopctl start --growth 4711         what makes a running program larger\n"
      "  session=$(memsnoopctl start)            in a script; then: memsnoopctl stop $session",
  .run = run_start,
};
