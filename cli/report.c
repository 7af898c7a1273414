/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-options.h"
#include "command.h"
#include "output.h"
#include "report.h"
#include "session-calls.h"
#include "session-choice.h"
#include "terminal-text.h"

#include <string.h>

typedef struct
{
  gchar *format;
  gchar *limit;
  gchar *sort;
  gchar *pid;
  MemsnoopBriefRecording recording;
} ReportOptions;

static void
report_options_clear (ReportOptions *self)
{
  g_free (self->format);
  g_free (self->limit);
  g_free (self->sort);
  g_free (self->pid);
  memsnoop_brief_recording_clear (&self->recording);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReportOptions, report_options_clear)

static gboolean
parse_options (MemsnoopInvocation *invocation, ReportOptions *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options->format,
      "For people, for programs or for flame graphs (default: text)", "text|json|folded" },
    { "limit", 'l', 0, G_OPTION_ARG_STRING, &options->limit,
      "Rows in each table; 0 for as many as fit (default: 20)", "ROWS" },
    { "sort", 's', 0, G_OPTION_ARG_STRING, &options->sort,
      "What to sort by, descending (default: current-bytes)", "KEY" },
    { "pid", 'p', 0, G_OPTION_ARG_STRING, &options->pid,
      "Only this process, with its sizes and call sites", "PID" },
    MEMSNOOP_BRIEF_RECORDING_ENTRIES (&options->recording),
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, 1, error))
    return FALSE;
  if (invocation->json && options->format != NULL && strcmp (options->format, "json") != 0)
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "--json and --format %s contradict each other", options->format);
      return FALSE;
    }
  return memsnoop_brief_recording_check (
      &options->recording, options->pid != NULL ? options->pid : invocation->arguments[0], error);
}

/* What GetReport is told. Floating. */
static GVariant *
build_options (const ReportOptions *options, GError **error)
{
  g_auto (GVariantDict) dictionary = G_VARIANT_DICT_INIT (NULL);

  if (!memsnoop_call_options_add_number (&dictionary, "limit", options->limit, "--limit", 0,
                                         error) ||
      !memsnoop_call_options_add_number (&dictionary, "pid", options->pid, "--pid", 1, error))
    return NULL;

  if (options->sort != NULL)
    g_variant_dict_insert (&dictionary, "sort", "s", options->sort);
  return g_variant_dict_end (&dictionary);
}

gboolean
memsnoop_report_print (const gchar *report, const gchar *format, GError **error)
{
  g_autofree gchar *printable = NULL;
  g_autoptr (GString) text = NULL;

  if (strcmp (format, "json") == 0)
    printable = memsnoop_terminal_text_escape_json (report);
  else
    printable = memsnoop_terminal_text_escape_lines (report, memsnoop_terminal_text_is_unicode ());

  text = g_string_new (printable);
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  return memsnoop_output_write_bytes (text->str, text->len, error);
}

static gboolean
print_report (MemsnoopInvocation *invocation,
              const ReportOptions *options,
              GVariant *call_options,
              GDBusConnection *connection,
              GError **error)
{
  const gchar *fallback = invocation->json ? "json" : "text";
  const gchar *format = options->format != NULL ? options->format : fallback;
  g_autofree gchar *path = memsnoop_session_find_to_read (connection, &options->recording,
                                                          invocation->arguments[0], error);
  g_autofree gchar *report =
      path != NULL ? memsnoop_session_report (connection, path, format, call_options, error) : NULL;

  return report != NULL && memsnoop_report_print (report, format, error);
}

static gboolean
run_report (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = NULL;
  g_auto (ReportOptions) options = { NULL };
  g_autoptr (GVariant) call_options = NULL;

  if (!parse_options (invocation, &options, error))
    return FALSE;
  call_options = build_options (&options, error);
  if (call_options == NULL)
    return FALSE;
  g_variant_ref_sink (call_options);

  connection = memsnoop_invocation_connect_to_ask (invocation, error);
  return connection != NULL && print_report (invocation, &options, call_options, connection, error);
}

const MemsnoopCommand memsnoop_report_command = {
  .name = "report",
  .operands = "[SESSION]",
  .summary = "Print what a recording has found",
  .description =
      "Who holds how much kernel memory, in which slab caches, allocated by which\n"
      "kernel functions; or which call stacks of a program hold how much of its heap,\n"
      "and how fast each grows. SESSION is a session's number or path; without it one\n"
      "of yours is meant before those of others, one that runs before one whose last\n"
      "figures are still kept, and of several the newest. When there was a choice the\n"
      "error output tells which one was taken. With --heap nothing has to be recorded\n"
      "before: the heap of that process is, and the report follows.\n"
      "\n"
      "KEY is current-bytes, peak-bytes, alloc-bytes, alloc-count, churn (the share of\n"
      "the last minute's allocations that were freed within it) or\n"
      "internal-fragmentation (the share of the allocated bytes that nobody asked\n"
      "for); it orders the processes that have kernel memory. The call stacks of heaps\n"
      "are ordered by current-bytes, current-count, alloc-bytes, alloc-count, churn,\n"
      "growth-rate or oldest-age. --json is --format json. The format folded has a line\n"
      "for each call stack, for tools that draw flame graphs.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl report --heap 4711           ten seconds of a running program\n"
      "  memsnoopctl report                       what grew, in your newest session\n"
      "  memsnoopctl report 3 --sort peak-bytes   session 3, highest peaks first\n"
      "  memsnoopctl report --sort growth-rate    the code first that grows fastest\n"
      "  memsnoopctl report --pid 4711            one process, with its call sites\n"
      "  memsnoopctl report --json >before.json   for a program, or to compare later",
  .run = run_report,
};
