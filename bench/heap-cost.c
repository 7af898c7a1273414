/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-cost [ROUNDS [SECONDS]]: what a pair of malloc(64) and free() costs a program, untraced,
 * with empty probes at the same places, recorded, and by a bpftrace script. All in turn in each
 * round, and the medians of the rounds.
 */
#include "error.h"
#include "heap-bpftrace.h"
#include "heap-floor.h"
#include "heap-session.h"
#include "uprobe-link.h"
#include "series.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define SETTLE_SECONDS 5
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

static gpointer
attach_empty (guint32 pid)
{
  return bench_heap_floor_attach (pid, FALSE);
}

static gpointer
attach_skipping (guint32 pid)
{
  return bench_heap_floor_attach (pid, TRUE);
}

static gpointer
start_session (guint32 pid, guint64 interval)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY,
                                        .sample_interval = interval,
                                        .stack_depth = MEMSNOOP_STACK_DEPTH_DEFAULT };
  BenchHeapSession *session = bench_heap_session_start (pid, &options);

  bench_heap_session_settle (session, SETTLE_SECONDS);
  return session;
}

static gpointer
attach_exact (guint32 pid)
{
  return start_session (pid, 0);
}

static gpointer
attach_sampled (guint32 pid)
{
  return start_session (pid, SAMPLE_INTERVAL);
}

static void
end_session (gpointer attached)
{
  memsnoop_heap_snapshot_unref (bench_heap_session_end (attached));
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
  SAMPLED,
  EXACT,
};

static const Contestant contestants[] = {
  { "untraced", attach_nothing, detach_nothing, UNTRACED },
  { "empty programs, return skipped", attach_skipping, bench_heap_floor_detach, SAMPLED_FLOOR },
  { "empty programs", attach_empty, bench_heap_floor_detach, EXACT_FLOOR },
  { "sampled at 512 KiB, with call stacks", attach_sampled, end_session, SAMPLED_FLOOR },
  { "exact, with call stacks", attach_exact, end_session, EXACT_FLOOR },
  { "bpftrace, live table with stacks, probes at the entries", bench_heap_bpftrace_attach,
    bench_heap_bpftrace_detach, EXACT_FLOOR },
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

/* By round, so that what slows a whole round does not count. */
static gchar *
format_ratio (GArray *const *series, guint index, guint divisor)
{
  g_autoptr (GArray) ratios = bench_series_new ();

  if (index == divisor)
    return g_strdup ("1");
  for (guint round = 0; round < series[index]->len; round++)
    bench_series_add (ratios, g_array_index (series[index], gdouble, round) /
                                  g_array_index (series[divisor], gdouble, round));
  return bench_summary_format (bench_series_summarize (ratios), 2);
}

static void
print (GArray *const *series)
{
  g_print ("| what is attached | ns per pair | times its floor | times exact |\n"
           "| --- | ---: | ---: | ---: |\n");
  for (guint i = 0; i < G_N_ELEMENTS (contestants); i++)
    {
      g_autofree gchar *to_floor = format_ratio (series, i, contestants[i].floor);
      g_autofree gchar *to_exact = format_ratio (series, i, EXACT);
      g_autoptr (GArray) sorted = g_array_copy (series[i]);
      g_autofree gchar *text = bench_summary_format (bench_series_summarize (sorted), 0);

      g_print ("| %s | %s | %s | %s |\n", contestants[i].name, text, to_floor, to_exact);
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
  return 0;
}
