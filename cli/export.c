/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "connection.h"
#include "export-file.h"
#include "output.h"
#include "quantity.h"
#include "session-choice.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  gchar *format;
  gchar *output;
  gchar *pid;
} ExportOptions;

static void
export_options_clear (ExportOptions *self)
{
  g_free (self->format);
  g_free (self->output);
  g_free (self->pid);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExportOptions, export_options_clear)

static gboolean
goes_to_output (const ExportOptions *options)
{
  return options->output == NULL || strcmp (options->output, "-") == 0;
}

static gboolean
parse_options (MemsnoopInvocation *invocation, ExportOptions *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options->format,
      "For which programs (default: pprof; with --json: json)", "pprof|folded|json" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      "Where to (default: standard output)", "FILE" },
    { "pid", 'p', 0, G_OPTION_ARG_STRING, &options->pid, "Only this process", "PID" },
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, 1, error))
    return FALSE;
  if (options->format == NULL)
    options->format = g_strdup (invocation->json ? "json" : "pprof");
  if (invocation->json && strcmp (options->format, "json") != 0)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                 "--json and --format %s contradict each other", options->format);
  else if (strcmp (options->format, "pprof") == 0 && goes_to_output (options) &&
           isatty (STDOUT_FILENO))
    g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                         "a profile is nothing for a terminal: name a file with --output, or "
                         "another --format");
  else
    return TRUE;
  return FALSE;
}

/* What Export is told. Floating. */
static GVariant *
build_options (const ExportOptions *options, GError **error)
{
  g_auto (GVariantDict) dictionary = G_VARIANT_DICT_INIT (NULL);
  guint64 pid;

  if (options->pid != NULL)
    {
      if (!memsnoop_quantity_parse_number (options->pid, "--pid", 1, G_MAXINT32, &pid, error))
        return NULL;
      g_variant_dict_insert (&dictionary, "pid", "u", (guint32) pid);
    }
  return g_variant_dict_end (&dictionary);
}

static gboolean
call_export (GDBusConnection *connection,
             const gchar *path,
             const ExportOptions *options,
             GVariant *call_options,
             int descriptor,
             GError **error)
{
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (connection, error);
  g_autoptr (GUnixFDList) descriptors = g_unix_fd_list_new ();

  return manager != NULL && g_unix_fd_list_append (descriptors, descriptor, error) >= 0 &&
         memsnoop_bus_manager_call_export_sync (
             manager, path, options->format, g_variant_new_handle (0), call_options,
             memsnoop_connection_get_call_flags (), MEMSNOOP_CONNECTION_CALL_TIMEOUT, descriptors,
             NULL, NULL, error);
}

static gboolean
export_session (MemsnoopInvocation *invocation,
                const ExportOptions *options,
                GVariant *call_options,
                GDBusConnection *connection,
                GError **error)
{
  g_autoptr (GPtrArray) sessions = memsnoop_session_list_load (connection, error);
  g_autoptr (MemsnoopExportFile) file = NULL;
  const MemsnoopSessionEntry *session;

  if (sessions == NULL)
    return FALSE;
  session = memsnoop_session_choose_to_read (sessions, invocation->arguments[0], error);
  if (session == NULL)
    return FALSE;
  file = memsnoop_export_file_open (options->output, error);
  return file != NULL &&
         call_export (connection, session->path, options, call_options,
                      memsnoop_export_file_get_descriptor (file), error) &&
         memsnoop_export_file_commit (file, error);
}

static gboolean
run_export (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_auto (ExportOptions) options = { NULL };
  g_autoptr (GVariant) call_options = NULL;

  if (!parse_options (invocation, &options, error))
    return FALSE;
  call_options = build_options (&options, error);
  if (call_options == NULL)
    return FALSE;
  g_variant_ref_sink (call_options);
  connection = memsnoop_invocation_connect (invocation, error);
  return connection != NULL &&
         export_session (invocation, &options, call_options, connection, error);
}

const MemsnoopCommand memsnoop_export_command = {
  .name = "export",
  .operands = "[SESSION]",
  .summary = "Write what a recording has found to a file, in full",
  .description =
      "For other programs, with every call stack. SESSION is as for 'report'. The\n"
      "formats are\n"
      "\n"
      "  pprof    a compressed profile, which pprof and many viewers open: what is live\n"
      "           and what was allocated, in bytes and blocks\n"
      "  folded   a line for each call stack with its live bytes, for flame graphs\n"
      "  json     all figures; two of these are compared by 'memsnoopctl diff'\n"
      "\n"
      "The first is of heaps. A file is replaced when all of it is there.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl export -o leak.pb.gz && pprof -top leak.pb.gz\n"
      "  memsnoopctl export 3 -f folded | flamegraph.pl >flame.svg\n"
      "  memsnoopctl export -f json -o before.json",
  .run = run_export,
};
