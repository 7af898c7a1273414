/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-stacks [PROGRAM [ARGUMENT...]]: how many allocations and bytes a recording has under the
 * call stack that really made them. Without arguments for some programs of its own; else for one
 * that is built with frame pointers in all its functions.
 */
#include "heap-session.h"
#include "heap-truth.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#define MAP_MEMORY (256 * G_GUINT64_CONSTANT (1048576))
#define SETTLE_SECONDS 30

typedef struct
{
  gdouble count;
  gdouble bytes;
} Amount;

typedef struct
{
  GSubprocess *process;
  int input;
  int output;
  GString *text;
} Program;

typedef struct
{
  GHashTable *truth;     /* stack to Amount */
  GHashTable *recorded;  /* the same */
  GHashTable *contexts;  /* return address and height to the stack first seen there */
  GHashTable *colliding; /* set of those with another stack */
  Amount all;
  gdouble in_libraries; /* share of the allocations that libraries made */
  Amount right;
  gdouble first_bytes; /* of the stacks first seen in their contexts */
  guint64 lost;
} Comparison;

static void
add_amount (GHashTable *amounts, const gchar *stack, gdouble count, gdouble bytes)
{
  Amount *amount = g_hash_table_lookup (amounts, stack);

  if (amount == NULL)
    {
      amount = g_new0 (Amount, 1);
      g_hash_table_insert (amounts, g_strdup (stack), amount);
    }
  amount->count += count;
  amount->bytes += bytes;
}

/* Running the program */

static Program *
start_program (const gchar *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) error = NULL;
  Program *self = g_new0 (Program, 1);
  int input[2], output[2];

  if (!g_unix_open_pipe (input, FD_CLOEXEC, &error) ||
      !g_unix_open_pipe (output, FD_CLOEXEC, &error))
    g_error ("%s", error->message);
  g_subprocess_launcher_setenv (launcher, "LD_PRELOAD", BENCH_TRUTH, TRUE);
  g_subprocess_launcher_take_fd (launcher, input[0], HEAP_TRUTH_INPUT);
  g_subprocess_launcher_take_fd (launcher, output[1], HEAP_TRUTH_OUTPUT);
  self->process = g_subprocess_launcher_spawnv (launcher, arguments, &error);
  if (self->process == NULL)
    g_error ("%s", error->message);
  self->input = input[1];
  self->output = output[0];
  self->text = g_string_new (NULL);
  g_unix_set_fd_nonblocking (self->output, TRUE, NULL);
  return self;
}

/* Meanwhile the recording goes on. */
static void
await_line (Program *self, const gchar *line)
{
  gchar buffer[65536];

  while (!g_str_has_suffix (self->text->str, line))
    {
      gssize length = read (self->output, buffer, sizeof buffer);

      if (length == 0)
        g_error ("The program has ended before it said \"%.*s\"", (int) strlen (line) - 1, line);
      if (length > 0)
        g_string_append_len (self->text, buffer, length);
      else if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (500);
    }
}

static void
go_on (Program *self)
{
  if (write (self->input, "\n", 1) != 1)
    g_error ("The program has ended");
}

static void
end_program (Program *self)
{
  go_on (self);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  close (self->input);
  close (self->output);
  g_string_free (self->text, TRUE);
  g_free (self);
}

/* The truth */

static void
take_truth_line (Comparison *self, const gchar *line)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 4);
  gdouble count = g_ascii_strtod (parts[1], NULL), bytes = g_ascii_strtod (parts[2], NULL);
  g_autofree gchar *context = NULL;
  const gchar *first;

  context = g_strdup_printf ("%s %.*s", parts[0], (int) strcspn (parts[3], " "), parts[3]);
  first = g_hash_table_lookup (self->contexts, context);
  if (first == NULL)
    {
      g_hash_table_insert (self->contexts, g_strdup (context), g_strdup (parts[3]));
      self->first_bytes += bytes;
    }
  else
    g_hash_table_add (self->colliding, g_steal_pointer (&context));
  add_amount (self->truth, parts[3], count, bytes);
  self->all.count += count;
  self->all.bytes += bytes;
}

static void
take_truth (Comparison *self, const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 1; g_strcmp0 (lines[i], "end") != 0; i++)
    take_truth_line (self, lines[i]);
}

/* The recording */

static void
take_site (Comparison *self, const MemsnoopHeapSnapshot *heap, const MemsnoopHeapSite *site)
{
  g_autoptr (GString) stack = g_string_new (NULL);

  for (guint i = 0; i < MIN (site->n_frames, HEAP_TRUTH_DEPTH); i++)
    {
      if (g_strcmp0 (site->frames[i]->module, heap->executable) != 0)
        break;
      g_string_append_printf (stack, "%s%" G_GINT64_MODIFIER "x", i > 0 ? " " : "",
                              site->frames[i]->offset);
    }
  if (stack->len > 0 && !site->is_mapping)
    add_amount (self->recorded, stack->str, (gdouble) site->alloc_count,
                (gdouble) site->alloc_bytes);
}

static void
take_recording (Comparison *self, const MemsnoopHeapSnapshot *heap)
{
  for (guint i = 0; i < heap->sites->len; i++)
    take_site (self, heap, &g_array_index (heap->sites, MemsnoopHeapSite, i));
  self->lost = heap->loss.table_full + heap->loss.contexts_full + heap->loss.recursion_misses +
               heap->loss.other + heap->loss.stacks_not_unwound;
  self->in_libraries = 1 - self->all.count / (gdouble) heap->alloc_count;
}

static void
compare_stacks (Comparison *self)
{
  GHashTableIter iterator;
  gpointer stack, truth;

  g_hash_table_iter_init (&iterator, self->truth);
  while (g_hash_table_iter_next (&iterator, &stack, &truth))
    {
      const Amount *made = truth, *found = g_hash_table_lookup (self->recorded, stack);

      if (found == NULL)
        continue;
      self->right.count += MIN (made->count, found->count);
      self->right.bytes += MIN (made->bytes, found->bytes);
    }
}

static void
print_row (const Comparison *self, const gchar *name)
{
  g_print ("| %s | %.0f | %.1f | %u | %u | %.2f %% | **%.2f %%** | %u | %.2f %% | %.2f %% | "
           "%" G_GUINT64_FORMAT " |\n",
           name, self->all.count, self->all.bytes / 1048576, g_hash_table_size (self->truth),
           g_hash_table_size (self->contexts), 100 * self->right.count / self->all.count,
           100 * self->right.bytes / self->all.bytes, g_hash_table_size (self->colliding),
           100 * self->first_bytes / self->all.bytes, 100 * self->in_libraries, self->lost);
}

static GHashTable *
amounts_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
compare_program (const gchar *const *arguments)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY, .stack_depth = 128 };
  g_autoptr (GHashTable) truth = amounts_new (), recorded = amounts_new (),
                         contexts = amounts_new (),
                         colliding = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Comparison self = {
    .truth = truth, .recorded = recorded, .contexts = contexts, .colliding = colliding
  };
  Program *program = start_program (arguments);
  g_autoptr (MemsnoopHeapSnapshot) heap = NULL;
  g_autofree gchar *name = g_path_get_basename (arguments[0]);
  BenchHeapSession *session;

  await_line (program, "ready\n");
  session = bench_heap_session_start (
      (guint32) g_ascii_strtoull (g_subprocess_get_identifier (program->process), NULL, 10),
      &options);
  go_on (program);
  await_line (program, "\nend\n");
  bench_heap_session_settle (session, SETTLE_SECONDS);
  heap = bench_heap_session_end (session);
  take_truth (&self, program->text->str);
  take_recording (&self, heap);
  compare_stacks (&self);
  print_row (&self, name);
  end_program (program);
}

int
main (int argc, char **argv)
{
  static const gchar *const programs[][2] = { { BENCH_FOLDER "/heap-documents" },
                                              { BENCH_FOLDER "/heap-interpreter" },
                                              { BENCH_FOLDER "/heap-words" } };

  setlocale (LC_ALL, "");
  g_print (
      "| program | allocations | MiB | stacks | contexts | allocations under the right stack | "
      "bytes under the right stack | colliding contexts | bytes, were none told apart | calls of "
      "libraries, not compared | lost, or not unwound |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  if (argc > 1)
    compare_program ((const gchar *const *) &argv[1]);
  for (guint i = 0; argc == 1 && i < G_N_ELEMENTS (programs); i++)
    if (g_file_test (programs[i][0], G_FILE_TEST_IS_EXECUTABLE))
      compare_program (programs[i]);
  return 0;
}
