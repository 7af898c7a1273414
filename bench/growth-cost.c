/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * growth-cost [ROUNDS]: how long it takes to touch a new page while the growth of this program, of
 * another one, or nothing is recorded; single pages and huge ones, all in turn in each round. And
 * what it takes to touch pages again that are there: nothing is to be seen of the recording then.
 */
#include "heap-session.h"
#include "series.h"

#include <locale.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE ((gsize) 4096)
#define HUGE ((gsize) 2 << 20)
#define PAGES ((gsize) 65536)
#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define ROUNDS 7

typedef enum
{
  UNTRACED,
  ANOTHER,
  RECORDED,
  WAYS,
} Way;

typedef enum
{
  SINGLE,
  LARGE,
  OLD,
  KINDS,
} Kind;

static const gchar *const way_titles[] = { "nothing", "another program's growth",
                                           "this program's growth, with call stacks" };

static gdouble
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (gdouble) time.tv_sec * 1e9 + (gdouble) time.tv_nsec;
}

static gdouble
touch (volatile gchar *pages, gsize step, gsize n)
{
  gdouble begin = now ();

  for (gsize i = 0; i < n; i++)
    pages[i * step] = 1;
  return (now () - begin) / (gdouble) n;
}

/* Nanoseconds for each page. */
static void
measure (gdouble *times)
{
  gchar *space =
      mmap (NULL, PAGES * PAGE + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  gchar *pages = space + (HUGE - GPOINTER_TO_SIZE (space) % HUGE);

  if (space == MAP_FAILED)
    g_error ("There is no memory");
  madvise (pages, PAGES * PAGE - HUGE, MADV_NOHUGEPAGE);
  times[SINGLE] = touch (pages, PAGE, PAGES - HUGE / PAGE);
  times[OLD] = touch (pages, PAGE, PAGES - HUGE / PAGE);
  madvise (pages, PAGES * PAGE - HUGE, MADV_DONTNEED);
  madvise (pages, PAGES * PAGE - HUGE, MADV_HUGEPAGE);
  times[LARGE] = touch (pages, HUGE, PAGES * PAGE / HUGE - 1);
  munmap (space, PAGES * PAGE + HUGE);
}

/* A program that measures whenever it is asked to. */
typedef struct
{
  pid_t pid;
  gint request[2];
  gint answer[2];
} Workload;

static void
work (const Workload *self)
{
  gdouble times[KINDS];
  gchar request;

  measure (times);
  while (read (self->request[0], &request, 1) == 1)
    {
      measure (times);
      if (write (self->answer[1], times, sizeof times) != sizeof times)
        _exit (1);
    }
  _exit (0);
}

static void
workload_start (Workload *self)
{
  if (pipe (self->request) < 0 || pipe (self->answer) < 0)
    g_error ("There are no pipes");
  self->pid = fork ();
  if (self->pid < 0)
    g_error ("There is no process");
  if (self->pid == 0)
    {
      close (self->request[1]);
      work (self);
    }
}

static void
workload_measure (const Workload *self, gdouble *times)
{
  if (write (self->request[1], "x", 1) != 1 ||
      read (self->answer[0], times, sizeof (gdouble) * KINDS) != sizeof (gdouble) * KINDS)
    g_error ("The workload has ended");
}

static void
workload_end (Workload *self)
{
  close (self->request[1]);
  waitpid (self->pid, NULL, 0);
}

/* @other: a program that does nothing meanwhile. */
static void
measure_way (const Workload *workload, const Workload *other, Way way, gdouble *times)
{
  const MemsnoopHeapOptions options = { .map_memory = MAP_MEMORY, .stack_depth = 128 };
  BenchHeapSession *session = NULL;

  if (way != UNTRACED)
    {
      session = bench_heap_session_start_growth (
          (guint32) (way == RECORDED ? workload->pid : other->pid), &options);
      /* So that the rules for its stacks are known. */
      workload_measure (workload, times);
      bench_heap_session_settle (session, 5);
    }
  workload_measure (workload, times);
  if (session != NULL)
    {
      g_autoptr (MemsnoopHeapSnapshot) snapshot = bench_heap_session_end (session);

      if (!snapshot->exact)
        g_printerr ("Faults were lost\n");
    }
}

static void
print (GArray *series[WAYS][KINDS])
{
  g_print (
      "| what is recorded | ns for a new page | ns for a new huge page | ns for an old page |\n"
      "| --- | --- | --- | --- |\n");
  for (guint way = 0; way < WAYS; way++)
    {
      g_print ("| %s |", way_titles[way]);
      for (guint kind = 0; kind < KINDS; kind++)
        {
          g_autofree gchar *text = bench_summary_format (bench_series_summarize (series[way][kind]),
                                                         kind == OLD ? 1 : 0);

          g_print (" %s |", text);
        }
      g_print ("\n");
    }
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) atoi (argv[1]) : ROUNDS;
  GArray *series[WAYS][KINDS];
  Workload workload, other;

  setlocale (LC_ALL, "");
  workload_start (&workload);
  workload_start (&other);
  for (guint i = 0; i < WAYS * KINDS; i++)
    series[i / KINDS][i % KINDS] = bench_series_new ();
  for (guint round = 0; round < rounds; round++)
    for (guint way = 0; way < WAYS; way++)
      {
        gdouble times[KINDS];

        measure_way (&workload, &other, way, times);
        for (guint kind = 0; kind < KINDS; kind++)
          bench_series_add (series[way][kind], times[kind]);
      }
  print (series);
  workload_end (&workload);
  workload_end (&other);
  return 0;
}
