/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"
#include "export-file.h"
#include "flame-page.h"
#include "flame-source.h"
#include "output.h"
#include "quantity.h"

#include <gio/gunixoutputstream.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  gchar *output;
  gchar *session;
  gchar *value_name;
  MemsnoopFlameValue value;
  MemsnoopBriefRecording recording;
} FlameOptions;

static void
flame_options_clear (FlameOptions *self)
{
  g_free (self->output);
  g_free (self->session);
  g_free (self->value_name);
  memsnoop_brief_recording_clear (&self->recording);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlameOptions, flame_options_clear)

static gboolean
is_standard_output (const FlameOptions *options)
{
  return options->output == NULL || strcmp (options->output, "-") == 0;
}

static gboolean
check_output (MemsnoopInvocation *invocation, const FlameOptions *options, GError **error)
{
  if (invocation->json && is_standard_output (options))
    g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                         "--json tells about the graph that is written with --output FILE, which "
                         "is missing");
  else if (options->output == NULL && isatty (STDOUT_FILENO))
    g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                         "the page is nothing for a terminal: name a file with --output FILE");
  else
    return TRUE;
  return FALSE;
}

static gboolean
parse_options (MemsnoopInvocation *invocation, FlameOptions *options, GError **error)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      "Write the page to this file; - for standard output", "FILE" },
    { "session", 's', 0, G_OPTION_ARG_STRING, &options->session, "What this session has recorded",
      "SESSION" },
    { "value", 'v', 0, G_OPTION_ARG_STRING, &options->value_name,
      "What widths stand for (default: bytes)", "bytes|count|alloc-bytes|alloc-count" },
    MEMSNOOP_BRIEF_RECORDING_ENTRIES (&options->recording),
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, 1, error))
    return FALSE;
  if (!memsnoop_brief_recording_check (
          &options->recording,
          options->session != NULL ? options->session : invocation->arguments[0], error))
    return FALSE;
  if (options->value_name != NULL &&
      !memsnoop_flame_value_parse (options->value_name, &options->value, error))
    return FALSE;
  return check_output (invocation, options, error);
}

static void
append_count (GString *note, guint64 count, const gchar *what)
{
  g_autofree gchar *text = memsnoop_quantity_format_count (count);

  if (count > 0)
    g_string_append_printf (note, " %s %s", text, what);
}

static void
append_recording (GString *note, const MemsnoopReportedMemory *memory)
{
  g_autofree gchar *duration = memsnoop_quantity_format_duration (
      memsnoop_quantity_seconds_between (memory->since, memory->taken_at));

  g_string_append_printf (note, " Recorded for %s.", duration);
}

/* What a reader has to know of the figures. */
static gchar *
describe_reservations (GPtrArray *memories, const MemsnoopFlameTree *tree)
{
  GString *note = g_string_new (NULL);
  guint64 left_out = 0, shown = tree->nodes->len;
  gboolean sampled = FALSE;

  for (guint i = 0; i < memories->len; i++)
    {
      const MemsnoopReportedMemory *memory = memories->pdata[i];

      left_out = memsnoop_reported_sum (left_out, memory->left_out);
      sampled = sampled || memory->sample_interval > 0;
    }
  if (memories->len == 1 && ((MemsnoopReportedMemory *) memories->pdata[0])->since > 0)
    append_recording (note, memories->pdata[0]);
  if (sampled)
    g_string_append (note, " The figures are estimates from samples.");
  append_count (note, left_out, "call stacks are not in the report: they are [left out].");
  if (tree->left_out > 0)
    append_count (note, shown, "places are shown, the widest.");
  g_strchug (note->str);
  return g_string_free (note, FALSE);
}

static gboolean
write_file (MemsnoopExportFile *file, const gchar *page, GError **error)
{
  g_autoptr (GOutputStream) stream =
      g_unix_output_stream_new (memsnoop_export_file_get_descriptor (file), FALSE);

  return g_output_stream_write_all (stream, page, strlen (page), NULL, NULL, error) &&
         memsnoop_export_file_commit (file, error);
}

static gboolean
print_json (const FlameOptions *options, const MemsnoopFlameTree *tree, GError **error)
{
  const MemsnoopFlameNode *root = &g_array_index (tree->nodes, MemsnoopFlameNode, 0);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree gchar *path = g_filename_display_name (options->output);

  json_object_set_string_member (object, "file", path);
  json_object_set_string_member (object, "title", root->text);
  json_object_set_int_member (object, "total", (gint64) root->value);
  json_object_set_int_member (object, "shown", tree->nodes->len);
  json_object_set_int_member (object, "left-out", tree->left_out);
  json_node_set_object (node, object);
  return memsnoop_output_write_json (node, error);
}

static gboolean
write_page (MemsnoopInvocation *invocation,
            const FlameOptions *options,
            MemsnoopExportFile *file,
            GPtrArray *memories,
            const MemsnoopFlameTree *tree,
            GError **error)
{
  const MemsnoopFlameNode *root = &g_array_index (tree->nodes, MemsnoopFlameNode, 0);
  g_autofree gchar *note = describe_reservations (memories, tree);
  g_autofree gchar *page = memsnoop_flame_page (tree, options->value, root->text, note);

  if (!write_file (file, page, error))
    return FALSE;
  if (is_standard_output (options))
    return TRUE;
  if (invocation->json)
    return print_json (options, tree, error);
  memsnoop_output_remark ("%s is written: open it in a browser.", options->output);
  return TRUE;
}

/* Of growth alone nothing is known to be live: its figures are of all that was new. */
static MemsnoopFlameValue
find_value (GPtrArray *memories, MemsnoopFlameValue wanted)
{
  for (guint i = 0; i < memories->len; i++)
    if (!((const MemsnoopReportedMemory *) memories->pdata[i])->is_growth)
      return wanted;
  if (wanted == MEMSNOOP_FLAME_BYTES)
    return MEMSNOOP_FLAME_ALLOC_BYTES;
  return wanted == MEMSNOOP_FLAME_COUNT ? MEMSNOOP_FLAME_ALLOC_COUNT : wanted;
}

static gboolean
run_flame (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (FlameOptions) options = { NULL };
  g_autoptr (MemsnoopExportFile) file = NULL;
  g_autoptr (GPtrArray) memories = NULL;
  g_autoptr (MemsnoopFlameTree) tree = NULL;

  if (!parse_options (invocation, &options, error))
    return FALSE;
  /* First, so that nothing is recorded for a file that cannot be written. */
  file = memsnoop_export_file_open (options.output, error);
  if (file == NULL)
    return FALSE;
  memories = memsnoop_flame_source_load (invocation, invocation->arguments[0], options.session,
                                         &options.recording, error);
  if (memories == NULL)
    return FALSE;
  options.value = find_value (memories, options.value);
  tree = memsnoop_flame_tree_new (memories, options.value, MEMSNOOP_FLAME_MAXIMUM_NODES);
  if (g_array_index (tree->nodes, MemsnoopFlameNode, 0).value == 0)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                           "there is nothing to draw: the report has no call stack of that value");
      return FALSE;
    }
  return write_page (invocation, &options, file, memories, tree, error);
}

const MemsnoopCommand memsnoop_flame_command = {
  .name = "flame",
  .operands = "[PID|SESSION|FILE]",
  .summary = "Draw the call stacks that hold memory, as a page for a browser",
  .description =
      "Writes a flame graph: one HTML file that opens in any browser, needs no network\n"
      "and loads nothing. The wider a function, the more memory is live that it or what it\n"
      "called has allocated. Click a function to zoom in, point at it to see its source\n"
      "line and figures, search for functions, files and modules; all of it works with\n"
      "the keyboard, too.\n"
      "\n"
      "PID is a process whose heap is recorded. SESSION is a session's path; one is named\n"
      "by its number with --session. FILE is a report in JSON, - for standard input.\n"
      "Without any of them that session is meant which 'report' would take. With --heap\n"
      "nothing has to be recorded before.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl flame --heap 4711 -d 1m -o heap.html     record for a minute, and draw\n"
      "  memsnoopctl flame 4711 -o heap.html                  the heap of a process\n"
      "  memsnoopctl flame --session 3 -o session.html        all that a session has\n"
      "  memsnoopctl flame heap.json -o heap.html             of a report that was saved\n"
      "  memsnoopctl flame 4711 -v alloc-bytes -o churn.html  who allocates most",
  .run = run_flame,
};
