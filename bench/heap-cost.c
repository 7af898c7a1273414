/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-cost [ROUNDS [SECONDS]]: what a pair of malloc(64) and free() costs a program, untraced,
 * with empty probes at the same places, and recorded. All in turn in each round, and the medians of
 * the rounds.
 */
#include "error.h"
#include "heap-tracer.h"
#include "libc-probes.h"
#include "series.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "empty-heap.skel.h"

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
/* Of each stack. */
#define CHECKED_FRAMES 16
#define SAMPLE_INTERVAL (512 * 1024)

typedef struct
{
  volatile guint64 pairs;
} Progress;

typedef struct
{
  const gchar *name;
  gpointer (*attach) (guint32 pid);
  void (*detach) (gpointer attached);
  guint floor; /* the contestant that does nothing at the same places */
} Contestant;

static GArray *probes;
static int module;

static void
allocate_for_ever (Progress *progress)
{
  for (;;)
    {
      void *block = malloc (64);

      __asm__ volatile("" : "+r"(block) : : "memory");
      free (block);
      progress->pairs++;
    }
}

static pid_t
start_workload (Progress *progress)
{
  pid_t child = fork ();

  if (child == 0)
    allocate_for_ever (progress);
  return child;
}

typedef struct
{
  struct empty_heap_bpf *programs;
  MemsnoopUprobeLink *calls;
  MemsnoopUprobeLink *frees;
} Empty;

static MemsnoopUprobeLink *
link_empty (struct bpf_program *program, MemsnoopUprobeKind kind, guint32 pid, gboolean frees)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (MemsnoopUprobePlace));
  MemsnoopUprobeLink *link = NULL;
  int result;

  for (guint i = 0; i < probes->len; i++)
    {
      const MemsnoopHeapProbe *probe = &g_array_index (probes, MemsnoopHeapProbe, i);
      MemsnoopUprobePlace place = { .offset = probe->offset };

      if ((probe->function == MEMSNOOP_HEAP_FREE) == frees)
        g_array_append_val (places, place);
    }
  result = memsnoop_uprobe_link_new (program, memsnoop_uprobe_support (), kind, module, pid,
                                     (MemsnoopUprobePlace *) (gpointer) places->data, places->len,
                                     &link);
  if (result < 0)
    g_error ("Cannot link the empty programs: %s", g_strerror (-result));
  return link;
}

static gpointer
attach_empty_programs (guint32 pid, gboolean skipping)
{
  Empty *empty = g_new0 (Empty, 1);
  struct bpf_program *calls;

  empty->programs = empty_heap_bpf__open ();
  if (empty->programs == NULL)
    g_error ("Cannot open the empty programs: %s", g_strerror (errno));
  calls = skipping ? empty->programs->progs.call_skipping : empty->programs->progs.call_both;
  memsnoop_uprobe_prepare (empty->programs->progs.call_both, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_BOTH);
  memsnoop_uprobe_prepare (empty->programs->progs.call_skipping, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_BOTH);
  memsnoop_uprobe_prepare (empty->programs->progs.free_entry, memsnoop_uprobe_support (),
                           MEMSNOOP_UPROBE_AT_PLACE);
  if (empty_heap_bpf__load (empty->programs) < 0)
    g_error ("Cannot load the empty programs");
  empty->calls = link_empty (calls, MEMSNOOP_UPROBE_AT_BOTH, pid, FALSE);
  empty->frees =
      link_empty (empty->programs->progs.free_entry, MEMSNOOP_UPROBE_AT_PLACE, pid, TRUE);
  return empty;
}

static gpointer
attach_empty (guint32 pid)
{
  return attach_empty_programs (pid, FALSE);
}

static gpointer
attach_skipping (guint32 pid)
{
  return attach_empty_programs (pid, TRUE);
}

static void
detach_empty (gpointer attached)
{
  Empty *empty = attached;

  memsnoop_uprobe_link_free (empty->calls);
  memsnoop_uprobe_link_free (empty->frees);
  empty_heap_bpf__destroy (empty->programs);
  g_free (empty);
}

static gpointer
start_tracer (guint32 pid, guint64 interval)
{
  g_autoptr (GError) error = NULL;
  MemsnoopHeapTracer *tracer;

  tracer = memsnoop_heap_tracer_start (memsnoop_uprobe_support (), pid,
                                       (MemsnoopHeapProbe *) (gpointer) probes->data, probes->len,
                                       interval, MAP_MEMORY, &error);
  if (tracer == NULL)
    g_error ("%s", error->message);
  return tracer;
}

/* What lies in the stack's last words stands for as many outer return addresses. */
static void
check_stack (const struct memsnoop_heap_capture *capture, gpointer tracer)
{
  const guint64 *words = (const guint64 *) (capture + 1);
  guint n = capture->stack_bytes / sizeof *words;
  struct memsnoop_heap_outer outer = { 0 };

  for (guint i = 0; i < CHECKED_FRAMES && i + CHECKED_FRAMES < n; i++)
    {
      outer.slots[i] = (guint16) (n - CHECKED_FRAMES + i);
      outer.hash = MEMSNOOP_HEAP_OUTER_HASH (outer.hash, words[outer.slots[i]]);
    }
  memsnoop_heap_tracer_check_stacks (tracer, capture->context, &outer);
}

/* As a session does it once the stacks are unwound. */
static gpointer
attach_exact (guint32 pid)
{
  MemsnoopHeapTracer *tracer = start_tracer (pid, 0);

  g_usleep (20 * 1000);
  memsnoop_heap_tracer_read_captures (tracer, check_stack, tracer);
  return tracer;
}

static gpointer
attach_sampled (guint32 pid)
{
  return start_tracer (pid, SAMPLE_INTERVAL);
}

static void
detach_tracer (gpointer attached)
{
  memsnoop_heap_tracer_stop (attached);
}

static gpointer
attach_nothing (guint32 pid)
{
  return NULL;
}

static void
detach_nothing (gpointer attached)
{
}

/* The places in the list below. */
enum
{
  UNTRACED,
  SAMPLED_FLOOR,
  EXACT_FLOOR,
};

static const Contestant contestants[] = {
  { "untraced", attach_nothing, detach_nothing, UNTRACED },
  { "empty programs, return skipped", attach_skipping, detach_empty, SAMPLED_FLOOR },
  { "empty programs", attach_empty, detach_empty, EXACT_FLOOR },
  { "sampled at 512 KiB, with contexts", attach_sampled, detach_tracer, SAMPLED_FLOOR },
  { "exact, with contexts", attach_exact, detach_tracer, EXACT_FLOOR },
};

static gdouble
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (gdouble) time.tv_sec * 1e9 + (gdouble) time.tv_nsec;
}

/* Nanoseconds for each pair. */
static gdouble
measure (const Contestant *contestant, pid_t pid, const Progress *progress, gdouble seconds)
{
  gpointer attached = contestant->attach ((guint32) pid);
  guint64 pairs;
  gdouble begin;

  /* The first calls make the contexts. */
  g_usleep (50 * 1000);
  pairs = progress->pairs;
  begin = now ();
  g_usleep ((gulong) (seconds * G_USEC_PER_SEC));
  pairs = progress->pairs - pairs;
  begin = now () - begin;
  contestant->detach (attached);
  return begin / (gdouble) MAX (pairs, 1);
}

static void
print (GArray *const *series)
{
  g_print ("| what is attached | ns per pair: median (least–most) | of its floor |\n"
           "| --- | --- | --- |\n");
  for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
    {
      gdouble floor = bench_series_summarize (series[contestants[i].floor]).median;
      BenchSummary summary = bench_series_summarize (series[i]);
      g_autofree gchar *text = bench_summary_format (summary, 0);

      g_print ("| %s | %s | %.2f |\n", contestants[i].name, text, summary.median / floor);
    }
}

int
main (int argc, char **argv)
{
  gint rounds = argc > 1 ? atoi (argv[1]) : 7;
  gdouble seconds = argc > 2 ? g_ascii_strtod (argv[2], NULL) : 1;
  Progress *progress =
      mmap (NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  GArray *series[G_N_ELEMENTS (contestants)];
  pid_t child = start_workload (progress);

  setlocale (LC_ALL, "");
  if (memsnoop_uprobe_support () != MEMSNOOP_UPROBE_SESSION)
    g_error ("This needs a kernel with uprobe sessions");
  probes = libc_probes_find (&module);
  for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
    series[i] = bench_series_new ();
  for (gint round = 0; round < rounds; round++)
    for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
      bench_series_add (series[i], measure (&contestants[i], child, progress, seconds));
  print (series);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
    g_array_unref (series[i]);
  g_array_unref (probes);
  return 0;
}
