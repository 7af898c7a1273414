/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-options.h"
#include "command.h"
#include "export-file.h"
#include "output.h"
#include "session-calls.h"
#include "session-choice.h"

#include <string.h>
#include <unistd.h>

typedef struct
{
  gchar *format;
  gchar *output;
  gchar *pid;
  MemsnoopBriefRecording recording;
} ExportOptions;

static void
export_options_clear (ExportOptions *self)
{
  g_free (self->format);
  g_free (self->output);
  g_free (self->pid);
  memsnoop_brief_recording_clear (&self->recording);
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
    MEMSNOOP_BRIEF_RECORDING_ENTRIES (&options->recording),
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
    return memsnoop_brief_recording_check (
        &options->recording, options->pid != NULL ? options->pid : invocation->arguments[0], error);
  return FALSE;
}

/* What Export is told. Floating. */
static GVariant *
build_options (const ExportOptions *options, GError **error)
{
  g_auto (GVariantDict) dictionary = G_VARIANT_DICT_INIT (NULL);

  if (!memsnoop_call_options_add_number (&dictionary, "pid", options->pid, "--pid", 1, error))
    return NULL;
  return g_variant_dict_end (&dictionary);
}

static gboolean
export_session (MemsnoopInvocation *invocation,
                const ExportOptions *options,
                GVariant *call_options,
                GDBusConnection *connection,
                GError **error)
{
  /* First, so that nothing is recorded for a file that cannot be written. */
  g_autoptr (MemsnoopExportFile) file = memsnoop_export_file_open (options->output, error);
  g_autofree gchar *path = file != NULL
                               ? memsnoop_session_find_to_read (connection, &options->recording,
                                                                invocation->arguments[0], error)
                               : NULL;

  return path != NULL &&
         memsnoop_session_export (connection, path, options->format,
                                  memsnoop_export_file_get_descriptor (file), call_options,
                                  error) &&
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
  connection = memsnoop_invocation_connect_to_ask (invocation, error);
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
      "The first is of heaps and growth. A file is replaced when all of it is there.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl export --heap 4711 -d 1m -o leak.pb.gz\n"
      "  memsnoopctl export -o leak.pb.gz && pprof -top leak.pb.gz\n"
      "  memsnoopctl export 3 -f folded | flamegraph.pl >flame.svg\n"
      "  memsnoopctl export -f json -o before.json",
  .run = run_export,
};
