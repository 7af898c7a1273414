/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ordinary programs, recorded from the first allocation of main() to the last: figures equal to
 * those of a library that stands in the way of all their calls (tests/targets/heap-counter.c), in
 * the same run, and in one without it.
 */
#include "recorded-heap.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

typedef struct
{
  const gchar *name;
  const gchar *arguments[ARGUMENTS_MAX]; /* "@": a file with text */
  /* What it does depends on addresses, and differs from run to run. */
  gboolean varies;
} Program;

static const Program programs[] = {
  { "python",
    { "/usr/bin/python3", "-S", "-s", "-c",
      "import json\n"
      "data = [{'key %d' % i: list(range(i % 50))} for i in range(2000)]\n"
      "assert json.loads(json.dumps(data)) == data" } },
  { "sqlite",
    { "sqlite3", ":memory:",
      "create table t (a integer, b text);"
      "with recursive c (x) as (select 1 union all select x + 1 from c where x < 20000)"
      " insert into t select x, hex (x * 7919 % 20011) from c;"
      "create index i on t (b); select count (*), max (b) from t;" } },
  { "perl",
    { "perl", "-e",
      "my %h; $h{$_ * 7919 % 20011} = 'x' x ($_ % 500) for 1..20000;"
      "delete $h{$_} for 1..10000; print join (' ', sort keys %h);" } },
  { "bash",
    { "bash", "--norc", "-c",
      "for ((i = 0; i < 3000; i++)); do a[i]=\"$i $i\"; b=${a[i]/1/2}; done; unset a; "
      "echo $(echo child); echo \"$b\"" } },
  { "git", { "git", "diff", "--no-index", "--stat", "--patch", "/dev/null", "@" } },
  { "cc1", { "cc1", "-quiet", "-O2", "-ffreestanding", "@", "-o", "/dev/null" }, TRUE },
};

/* What is counted of a run. */
typedef struct
{
  gint64 allocs;
  gint64 frees;
  gint64 alloc_bytes;
  gint64 free_bytes;
  gint64 untracked;
} Counts;

static gchar *folder;

static gchar *
in_folder (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

/* A compiler's own program is in no PATH. */
static gchar *
find_program (const gchar *name)
{
  g_autofree gchar *output = NULL;
  gchar *path = g_find_program_in_path (name);

  if (path != NULL || !g_str_equal (name, "cc1") ||
      !g_spawn_command_line_sync ("gcc -print-prog-name=cc1", &output, NULL, NULL, NULL))
    return path;
  g_strchomp (output);
  return g_path_is_absolute (output) ? g_steal_pointer (&output) : NULL;
}

static gchar **
make_environment (const gchar *library)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), library, NULL);
  g_autofree gchar *counts = in_folder ("counts");
  gchar **environment = g_environ_setenv (NULL, "LD_PRELOAD", path, TRUE);

  environment = g_environ_setenv (environment, "HEAP_STOPPER", counts, TRUE);
  environment = g_environ_setenv (environment, "PATH", g_getenv ("PATH"), TRUE);
  environment = g_environ_setenv (environment, "HOME", folder, TRUE);
  environment = g_environ_setenv (environment, "PYTHONMALLOC", "malloc", TRUE);
  return g_environ_setenv (environment, "PERL_HASH_SEED", "0", TRUE);
}

static GPid
spawn (const Program *program, const gchar *path, const gchar *library)
{
  g_auto (GStrv) environment = make_environment (library);
  g_autofree gchar *file = in_folder ("file.c");
  const gchar *arguments[ARGUMENTS_MAX + 1] = { path };
  g_autoptr (GError) error = NULL;
  GPid pid;

  for (guint i = 1; i < ARGUMENTS_MAX && program->arguments[i] != NULL; i++)
    arguments[i] = g_str_equal (program->arguments[i], "@") ? file : program->arguments[i];
  g_spawn_async (folder, (gchar **) arguments, environment,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

/* Until it stops by itself, while the recording goes on. */
static void
await_stop (GPid pid)
{
  int status = 0;

  while (waitpid (pid, &status, WUNTRACED | WNOHANG) == 0)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_usleep (2000);
    }
  g_assert_true (WIFSTOPPED (status));
}

static void
read_counts (Counts *counts)
{
  g_autofree gchar *path = in_folder ("counts");
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (text,
                           "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                           " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                           &counts->allocs, &counts->frees, &counts->alloc_bytes,
                           &counts->free_bytes, &counts->untracked),
                   ==, 5);
  unlink (path);
}

static MemsnoopHeapSnapshot *
record_run (RecordedHeap *heap, const Program *program, const gchar *path, const gchar *library)
{
  GPid pid = spawn (program, path, library);
  MemsnoopHeapSnapshot *snapshot;

  await_stop (pid);
  recorded_heap_choose (heap, (guint32) pid);
  recorded_heap_begin (heap);
  kill (pid, SIGCONT);
  await_stop (pid);
  snapshot = recorded_heap_end (heap);
  kill (pid, SIGCONT);
  waitpid (pid, NULL, 0);
  recorded_heap_drop (heap);
  return snapshot;
}

/* A call that the kernel has skipped is missing, and its block's free is one of an unknown block.
 */
static void
assert_equal (const MemsnoopHeapSnapshot *snapshot, const Counts *truth)
{
  gint64 misses = (gint64) snapshot->loss.recursion_misses;

  g_test_message (
      "%" G_GUINT64_FORMAT " allocations of %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT
      " frees, %" G_GUINT64_FORMAT " of unknown blocks; %" G_GINT64_FORMAT " calls skipped; "
      "truth: %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
      snapshot->alloc_count, snapshot->alloc_bytes, snapshot->free_count, snapshot->untracked_frees,
      misses, truth->allocs, truth->alloc_bytes, truth->frees, truth->untracked);
  g_assert_cmpint (truth->allocs, >, 100);
  g_assert_cmpint (ABS (truth->allocs - (gint64) snapshot->alloc_count), <=, misses);
  g_assert_cmpint (ABS (truth->frees - (gint64) snapshot->free_count), <=, misses);
  g_assert_cmpint (ABS (truth->untracked - (gint64) snapshot->untracked_frees), <=, misses);
  g_assert_cmpuint (memsnoop_heap_snapshot_get_lost (snapshot), ==,
                    snapshot->loss.recursion_misses);
  if (misses > 0)
    return;
  g_assert_cmpint ((gint64) snapshot->alloc_bytes, ==, truth->alloc_bytes);
  g_assert_cmpint ((gint64) snapshot->current_bytes, ==, truth->alloc_bytes - truth->free_bytes);
  g_assert_true (snapshot->exact);
}

static void
test_figures_equal_those_of_a_witness (RecordedHeap *heap, gconstpointer data)
{
  const Program *program = data;
  g_autofree gchar *path = find_program (program->arguments[0]);
  g_autoptr (MemsnoopHeapSnapshot) with = NULL, without = NULL;
  Counts truth;

  if (path == NULL)
    {
      g_test_skip ("programs: not all are installed that are recorded for comparison");
      return;
    }
  with = record_run (heap, program, path, "heap-counter.so");
  read_counts (&truth);
  assert_equal (with, &truth);
  if (program->varies)
    return;
  without = record_run (heap, program, path, "heap-stopper.so");
  assert_equal (without, &truth);
}

/* Something to compile, and to compare. */
static void
write_file (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *path = in_folder ("file.c");

  for (guint i = 0; i < 30; i++)
    g_string_append_printf (text,
                            "int function_%u (int a, int b)\n{\n  int sum = %u;\n\n"
                            "  for (int i = a; i < b; i++)\n    sum += i * %u ^ sum >> 3;\n"
                            "  return sum;\n}\n\n",
                            i, i, i + 1);
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
}

static void
remove_folder (void)
{
  g_autofree gchar *path = in_folder ("file.c");

  unlink (path);
  rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("memsnoop-programs-XXXXXX", NULL);
  write_file ();
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree gchar *path = g_strconcat ("/heap-programs/", programs[i].name, NULL);

      g_test_add (path, RecordedHeap, &programs[i], recorded_heap_set_up_alone,
                  test_figures_equal_those_of_a_witness, recorded_heap_tear_down);
    }
  result = g_test_run ();
  remove_folder ();
  return result;
}
