/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reported-memory.h"

#include "command-error.h"
#include "json-reading.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#define REPORT_VERSION 1

guint64
memsnoop_reported_sum (guint64 a, guint64 b)
{
  return MIN (a, MEMSNOOP_REPORTED_MAXIMUM) >=
                 MEMSNOOP_REPORTED_MAXIMUM - MIN (b, MEMSNOOP_REPORTED_MAXIMUM)
             ? MEMSNOOP_REPORTED_MAXIMUM
             : a + b;
}

static void
stack_free (gpointer data)
{
  MemsnoopReportedStack *stack = data;

  g_free (stack->frames);
  g_free (stack);
}

static void
memory_free (gpointer data)
{
  MemsnoopReportedMemory *memory = data;

  g_free (memory->comm);
  g_free (memory->executable);
  g_ptr_array_unref (memory->stacks);
  g_string_chunk_free (memory->texts);
  g_clear_pointer (&memory->json, json_node_unref);
  g_free (memory);
}

static MemsnoopReportedMemory *
memory_new (void)
{
  MemsnoopReportedMemory *memory = g_new0 (MemsnoopReportedMemory, 1);

  memory->stacks = g_ptr_array_new_with_free_func (stack_free);
  memory->texts = g_string_chunk_new (4096);
  return memory;
}

static guint64
get_number (JsonObject *object, const gchar *name)
{
  return MIN (memsnoop_json_get_number (object, name), MEMSNOOP_REPORTED_MAXIMUM);
}

static const gchar *
describe_source (MemsnoopReportedMemory *memory, JsonObject *place)
{
  const gchar *file = memsnoop_json_get_text (place, "file");
  const gchar *module = memsnoop_json_get_text (place, "module");
  guint64 line = get_number (place, "line");
  g_autofree gchar *source = NULL;

  if (*file != '\0' && line > 0)
    source = g_strdup_printf ("%s:%" G_GUINT64_FORMAT, file, line);
  else if (*file != '\0')
    source = g_strdup (file);
  else
    source = g_strdup_printf ("%s%s0x%" G_GINT64_MODIFIER "x", module, *module != '\0' ? "+" : "",
                              get_number (place, "offset"));
  return g_string_chunk_insert_const (memory->texts, source);
}

/* @text: of the report, or of @memory's texts. @place: (nullable): what else the report tells of
 * it. */
static MemsnoopReportedFrame
read_frame (MemsnoopReportedMemory *memory, const gchar *text, JsonObject *place)
{
  MemsnoopReportedFrame frame = { .text = text, .source = "", .module = "" };

  frame.function = frame.text;
  if (place == NULL)
    return frame;
  if (*memsnoop_json_get_text (place, "function") != '\0')
    frame.function = memsnoop_json_get_text (place, "function");
  frame.source = describe_source (memory, place);
  frame.module = memsnoop_json_get_text (place, "module");
  return frame;
}

/* @places: (nullable): the table of places, and @numbers the rows of the stack's frames in it. */
static void
read_frames (MemsnoopReportedMemory *memory,
             MemsnoopReportedStack *stack,
             guint first,
             JsonArray *texts,
             JsonArray *numbers,
             JsonArray *places)
{
  guint n = texts != NULL ? json_array_get_length (texts) : 0;

  stack->frames = g_new0 (MemsnoopReportedFrame, first + n);
  stack->n_frames = first + n;
  for (guint i = 0; i < n; i++)
    {
      guint64 number = memsnoop_json_element_number (numbers, i, G_MAXUINT64);
      JsonObject *place = memsnoop_json_element_object (places, number);

      stack->frames[first + i] = read_frame (memory, memsnoop_json_element_text (texts, i), place);
    }
}

static MemsnoopReportedStack *
read_stack (MemsnoopReportedMemory *memory, JsonObject *site, JsonArray *places)
{
  MemsnoopReportedStack *stack = g_new0 (MemsnoopReportedStack, 1);
  const gchar *cache = memsnoop_json_get_text (site, "cache");

  stack->bytes = get_number (site, "bytes");
  stack->count = get_number (site, "count");
  stack->alloc_bytes = get_number (site, "alloc-bytes");
  stack->alloc_count = get_number (site, "alloc-count");
  stack->standard_error = memsnoop_json_get_decimal (site, "standard-error");
  stack->is_mapping = memsnoop_json_get_boolean (site, "mapping", FALSE);
  stack->complete = memsnoop_json_get_boolean (site, "complete", memory->is_kernel);
  /* A slab cache is the innermost place of kernel memory. */
  read_frames (memory, stack, *cache != '\0', memsnoop_json_get_array (site, "frames"),
               memsnoop_json_get_array (site, "places"), places);
  if (*cache != '\0')
    {
      g_autofree gchar *text = g_strdup_printf ("slab cache %s", cache);

      stack->frames[0] =
          read_frame (memory, g_string_chunk_insert_const (memory->texts, text), NULL);
    }
  return stack;
}

static void
read_stacks (MemsnoopReportedMemory *memory, JsonObject *object)
{
  JsonArray *sites = memsnoop_json_get_array (object, "sites");
  JsonArray *places = memsnoop_json_get_array (object, "places");
  JsonObject *left_out = memsnoop_json_get_object (object, "left-out");

  for (guint i = 0; sites != NULL && i < json_array_get_length (sites); i++)
    {
      JsonObject *site = memsnoop_json_element_object (sites, i);

      if (site != NULL)
        g_ptr_array_add (memory->stacks, read_stack (memory, site, places));
    }
  if (left_out != NULL)
    memory->left_out = get_number (left_out, "sites");
}

static void
read_totals (MemsnoopReportedMemory *memory, JsonObject *totals, JsonObject *recording)
{
  memory->since = get_number (recording, "since");
  memory->taken_at = get_number (recording, "taken-at");
  memory->bytes = get_number (totals, "current-bytes");
  memory->count = get_number (totals, "current-count");
}

static MemsnoopReportedMemory *
read_heap (JsonObject *heap)
{
  MemsnoopReportedMemory *memory = memory_new ();

  memory->pid = (guint32) MIN (get_number (heap, "pid"), G_MAXUINT32);
  memory->start_time = get_number (heap, "start-time");
  memory->comm = g_strdup (memsnoop_json_get_text (heap, "comm"));
  memory->executable = g_strdup (memsnoop_json_get_text (heap, "exe"));
  memory->sample_interval = get_number (heap, "sample-interval");
  memory->alloc_bytes = get_number (heap, "alloc-bytes");
  memory->alloc_count = get_number (heap, "alloc-count");
  read_totals (memory, heap, heap);
  read_stacks (memory, heap);
  return memory;
}

/* It has no frees, and tells the same things by names of its own. */
static MemsnoopReportedMemory *
read_growth (JsonObject *growth)
{
  MemsnoopReportedMemory *memory = read_heap (growth);

  memory->is_growth = TRUE;
  memory->bytes = memory->alloc_bytes = get_number (growth, "bytes");
  memory->count = memory->alloc_count = get_number (growth, "faults");
  for (guint i = 0; i < memory->stacks->len; i++)
    {
      MemsnoopReportedStack *stack = memory->stacks->pdata[i];

      stack->alloc_bytes = stack->bytes;
      stack->alloc_count = stack->count;
    }
  return memory;
}

static MemsnoopReportedMemory *
read_kernel (JsonObject *report, JsonObject *totals, JsonObject *recording)
{
  MemsnoopReportedMemory *memory = memory_new ();

  memory->is_kernel = TRUE;
  memory->comm = g_strdup ("");
  memory->executable = g_strdup ("");
  read_totals (memory, totals, recording);
  read_stacks (memory, report);
  return memory;
}

static void
read_all (GPtrArray *memories,
          JsonArray *array,
          MemsnoopReportedMemory *(*read_one) (JsonObject *) )
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *object = memsnoop_json_element_object (array, i);

      if (object != NULL)
        g_ptr_array_add (memories, read_one (object));
    }
}

static GPtrArray *
read_report (JsonNode *root, JsonObject *report)
{
  GPtrArray *memories = g_ptr_array_new_with_free_func (memory_free);
  JsonObject *recording = memsnoop_json_get_object (report, "recording");
  JsonObject *totals = memsnoop_json_get_object (report, "totals");

  if (recording != NULL && totals != NULL)
    g_ptr_array_add (memories, read_kernel (report, totals, recording));
  read_all (memories, memsnoop_json_get_array (report, "heaps"), read_heap);
  read_all (memories, memsnoop_json_get_array (report, "growth"), read_growth);
  for (guint i = 0; i < memories->len; i++)
    ((MemsnoopReportedMemory *) memories->pdata[i])->json = json_node_ref (root);
  return memories;
}

static gboolean
check_version (JsonObject *report, const gchar *name, GError **error)
{
  guint64 version = memsnoop_json_get_number (report, "report-version");

  if (version == REPORT_VERSION)
    return TRUE;
  if (version == 0)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "%s is JSON, but no report of Memsnoop, which would have 'report-version'; "
                 "'memsnoopctl export -f json' writes one",
                 name);
  else
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "%s is a report of version %" G_GUINT64_FORMAT
                 ", of which this memsnoopctl knows nothing: it reads version %d",
                 name, version, REPORT_VERSION);
  return FALSE;
}

GPtrArray *
memsnoop_reported_memory_read (const gchar *text, gsize length, const gchar *name, GError **error)
{
  g_autoptr (JsonNode) root = memsnoop_json_parse (text, length, name, error);
  JsonObject *report = NULL;

  if (root == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (root))
    report = json_node_get_object (root);
  /* The session's path and the report behind it. */
  if (report != NULL && memsnoop_json_get_object (report, "report") != NULL)
    report = memsnoop_json_get_object (report, "report");
  if (report == NULL)
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                   "%s is JSON, but no report of Memsnoop, which would be an object; "
                   "'memsnoopctl export -f json' writes one",
                   name);
      return NULL;
    }
  return check_version (report, name, error) ? read_report (root, report) : NULL;
}

static GBytes *
read_input (GError **error)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  if (g_output_stream_splice (memory, input, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, error) < 0)
    {
      g_prefix_error (error, "cannot read standard input: ");
      return NULL;
    }
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static GBytes *
read_file (const gchar *path, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gchar *text;
  gsize length;

  if (strcmp (path, "-") == 0)
    return read_input (error);
  if (g_file_get_contents (path, &text, &length, &failure))
    return g_bytes_new_take (text, length);
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "cannot read the report: %s", failure->message);
  return NULL;
}

GPtrArray *
memsnoop_reported_memory_read_file (const gchar *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  const gchar *name = strcmp (path, "-") == 0 ? "standard input" : path;
  gconstpointer text;
  gsize length;

  if (bytes == NULL)
    return NULL;
  text = g_bytes_get_data (bytes, &length);
  return memsnoop_reported_memory_read (text != NULL ? text : "", length, name, error);
}

gchar *
memsnoop_reported_memory_title (const MemsnoopReportedMemory *self)
{
  if (self->is_kernel)
    return g_strdup ("Kernel memory");
  return g_strdup_printf ("%s of %s (%u)", self->is_growth ? "Growth" : "Heap", self->comm,
                          self->pid);
}
