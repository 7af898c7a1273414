/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe-cost [ROUNDS [SECONDS]]: what an empty probe adds to a call of malloc() and of free(), at
 * the function's entry and at the place that is chosen for it, in turn in each round. It measures
 * its own allocator: run it with LD_PRELOAD for another one. Prints Markdown; needs root.
 */
#include "allocator-discovery.h"
#include "allocator-functions.h"
#include "series.h"
#include "uprobe-link.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "empty-heap.skel.h"

#define SETTLE_MICROSECONDS (20 * 1000)

typedef struct
{
  volatile guint64 turns;
  volatile gboolean null;
} Progress;

/* Where a probe is, and what the program does meanwhile. */
typedef struct
{
  const gchar *function;
  const gchar *where;
  guint64 offset;
  const gchar *reason;
  gboolean null;
  GArray *added;
} Row;

typedef struct
{
  MemsnoopMappedModules *modules;
  GPtrArray *files;
  MemsnoopAllocatorChoice *choice;
  int module;
  struct empty_heap_bpf *programs;
  Progress *progress;
  pid_t child;
  GArray *rows;
  GArray *untraced;
} Bench;

static void
work_for_ever (Progress *progress)
{
  for (;;)
    {
      void *block = progress->null ? NULL : malloc (64);

      __asm__ volatile("" : "+r"(block) : : "memory");
      free (block);
      progress->turns++;
    }
}

static void
start_work (Bench *bench)
{
  bench->progress =
      mmap (NULL, sizeof (Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  bench->child = fork ();
  if (bench->child == 0)
    work_for_ever (bench->progress);
}

/* The allocator of this program is the child's, too. */
static void
find_allocator (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) self =
      memsnoop_process_identity_open ((guint32) getpid (), &error);
  g_autofree MemsnoopAllocatorAnswer *answers = NULL;

  bench->modules = self != NULL ? memsnoop_mapped_modules_read (self, &error) : NULL;
  if (bench->modules == NULL)
    g_error ("%s", error->message);
  answers = g_new0 (MemsnoopAllocatorAnswer, bench->modules->list->len);
  bench->files = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_allocator_module_free);
  for (guint i = 0; i < bench->modules->list->len; i++)
    {
      int descriptor = memsnoop_mapped_module_open (bench->modules->list->pdata[i], self, &error);

      if (descriptor < 0)
        g_error ("%s", error->message);
      answers[i].module = memsnoop_allocator_functions_find (descriptor, TRUE, &error);
      if (answers[i].module == NULL)
        g_error ("%s", error->message);
      g_ptr_array_add (bench->files, (gpointer) answers[i].module);
      close (descriptor);
    }
  bench->choice = memsnoop_allocator_choose (self->pid, bench->modules, answers, &error);
  if (bench->choice == NULL)
    g_error ("%s", error->message);
  bench->module = memsnoop_mapped_module_open (
      bench->modules->list->pdata[bench->choice->allocator], self, &error);
}

static const MemsnoopAllocatorFunction *
find_function (const Bench *bench, const gchar *name)
{
  for (guint i = 0; i < bench->choice->functions->len; i++)
    {
      const MemsnoopEffectiveFunction *effective =
          &g_array_index (bench->choice->functions, MemsnoopEffectiveFunction, i);

      if (effective->module == bench->choice->allocator &&
          g_strv_contains ((const gchar *const *) effective->function->names, name))
        return effective->function;
    }
  g_error ("The allocator has no %s()", name);
}

static void
add_rows (Bench *bench, const gchar *name, const gchar *call, gboolean null)
{
  const MemsnoopAllocatorFunction *function = find_function (bench, name);
  Row entry = {
    .function = call,
    .where = "entry",
    .offset = function->offset,
    .reason = "",
    .null = null,
    .added = bench_series_new (),
  };
  Row chosen = entry;

  g_array_append_val (bench->rows, entry);
  chosen.where = "chosen place";
  chosen.offset += function->probe.offset;
  chosen.reason = function->probe.reason;
  chosen.added = bench_series_new ();
  g_array_append_val (bench->rows, chosen);
}

static void
load_programs (Bench *bench)
{
  bench->programs = empty_heap_bpf__open ();
  if (bench->programs == NULL)
    g_error ("Cannot open the empty programs: %s", g_strerror (errno));
  bpf_program__set_autoload (bench->programs->progs.call_both, FALSE);
  bpf_program__set_autoload (bench->programs->progs.call_skipping, FALSE);
  memsnoop_uprobe_prepare (bench->programs->progs.free_entry, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_PLACE);
  if (empty_heap_bpf__load (bench->programs) < 0)
    g_error ("Cannot load the empty programs; this needs root");
}

static MemsnoopUprobeLink *
attach (const Bench *bench, const Row *row)
{
  MemsnoopUprobePlace place = { .offset = row->offset };
  MemsnoopUprobeLink *link = NULL;
  int result = memsnoop_uprobe_link_new (bench->programs->progs.free_entry,
                                         memsnoop_uprobe_support (), MEMSNOOP_UPROBE_AT_PLACE,
                                         bench->module, (guint32) bench->child, &place, 1, &link);

  if (result < 0)
    g_error ("Cannot probe %s at its %s: %s", row->function, row->where, g_strerror (-result));
  return link;
}

static gdouble
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (gdouble) time.tv_sec * 1e9 + (gdouble) time.tv_nsec;
}

/* Nanoseconds for each turn of the child. */
static gdouble
measure (const Bench *bench, gdouble seconds)
{
  guint64 turns;
  gdouble begin;

  g_usleep (SETTLE_MICROSECONDS);
  turns = bench->progress->turns;
  begin = now ();
  g_usleep ((gulong) (seconds * G_USEC_PER_SEC));
  turns = bench->progress->turns - turns;
  return (now () - begin) / (gdouble) MAX (turns, 1);
}

static void
measure_round (Bench *bench, gdouble seconds)
{
  for (guint i = 0; i < bench->rows->len; i++)
    {
      Row *row = &g_array_index (bench->rows, Row, i);
      MemsnoopUprobeLink *link;
      gdouble untraced, traced;

      bench->progress->null = row->null;
      untraced = measure (bench, seconds);
      link = attach (bench, row);
      traced = measure (bench, seconds);
      memsnoop_uprobe_link_free (link);
      bench_series_add (row->added, traced - untraced);
      if (!row->null)
        bench_series_add (bench->untraced, untraced);
    }
}

static void
print_table (Bench *bench)
{
  const MemsnoopMappedModule *module = bench->modules->list->pdata[bench->choice->allocator];
  g_autofree gchar *untraced = bench_summary_format (bench_series_summarize (bench->untraced), 0);

  g_print ("%s (%s); a pair of malloc(64) and free() takes %s ns without a probe. %u rounds.\n\n",
           module->path, memsnoop_allocator_kind_text (bench->choice->kind), untraced,
           g_array_index (bench->rows, Row, 0).added->len);
  g_print ("| call | probe at its | added ns per call | of the entry's | why there |\n"
           "| --- | --- | ---: | ---: | --- |\n");
  for (guint i = 0; i < bench->rows->len; i++)
    {
      const Row *row = &g_array_index (bench->rows, Row, i);
      const Row *entry = &g_array_index (bench->rows, Row, i - i % 2);
      BenchSummary summary = bench_series_summarize (row->added);
      g_autofree gchar *added = bench_summary_format (summary, 0);

      g_print ("| %s | %s | %s | %.2f | %s |\n", row->function, row->where, added,
               summary.median / bench_series_summarize (entry->added).median, row->reason);
    }
}

static void
clear (Bench *bench)
{
  kill (bench->child, SIGKILL);
  waitpid (bench->child, NULL, 0);
  for (guint i = 0; i < bench->rows->len; i++)
    g_array_unref (g_array_index (bench->rows, Row, i).added);
  g_array_unref (bench->rows);
  g_array_unref (bench->untraced);
  empty_heap_bpf__destroy (bench->programs);
  close (bench->module);
  memsnoop_allocator_choice_free (bench->choice);
  g_ptr_array_unref (bench->files);
  memsnoop_mapped_modules_free (bench->modules);
}

int
main (int argc, char **argv)
{
  gint rounds = argc > 1 ? atoi (argv[1]) : 9;
  gdouble seconds = argc > 2 ? g_ascii_strtod (argv[2], NULL) : 0.3;
  Bench bench = { .module = -1 };

  setlocale (LC_ALL, "");
  if (rounds < 1 || seconds <= 0)
    g_error ("Rounds and seconds must be above 0, but are %d and %g", rounds, seconds);
  bench.rows = g_array_new (FALSE, FALSE, sizeof (Row));
  bench.untraced = bench_series_new ();
  find_allocator (&bench);
  add_rows (&bench, "malloc", "malloc(64)", FALSE);
  add_rows (&bench, "free", "free(block)", FALSE);
  add_rows (&bench, "free", "free(NULL)", TRUE);
  start_work (&bench);
  load_programs (&bench);
  for (gint round = 0; round < rounds; round++)
    measure_round (&bench, seconds);
  print_table (&bench);
  clear (&bench);
  return EXIT_SUCCESS;
}
