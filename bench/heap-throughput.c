/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-throughput [SECONDS]: what a recording of a heap counts, loses and takes while every CPU
 * allocates as fast as it can with a million live blocks; how long it takes to start and to stop
 * with 200 threads; and how long a report takes on a million blocks in ten thousand contexts.
 */
#include "heap-report.h"
#include "heap-session.h"
#include "series.h"
#include "target-process.h"

#include <locale.h>
#include <stdlib.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define BLOCKS "1000000"
#define THREADS "200"
#define ROUNDS 9
/* Contexts that are seen meanwhile wait for the worker. */
#define SETTLE_SECONDS 90
#define REPORT_BYTES (64 * 1024 * 1024)

static const MemsnoopHeapOptions exact = { .map_memory = MAP_MEMORY, .stack_depth = 128 };

static void
print_count (const gchar *name, gint64 truth, guint64 counted)
{
  g_print ("| %s | %" G_GINT64_FORMAT " | %" G_GUINT64_FORMAT " | %+" G_GINT64_FORMAT " |\n", name,
           truth, counted, (gint64) counted - truth);
}

static void
print_loss (const MemsnoopHeapSnapshot *heap)
{
  guint64 blocks = memsnoop_heap_snapshot_get_live_count (heap);

  g_print ("\n| what is lost, and what it takes | |\n| --- | ---: |\n");
  g_print ("| lost: live table full, contexts full, other | %" G_GUINT64_FORMAT " |\n",
           heap->loss.table_full + heap->loss.contexts_full + heap->loss.other);
  g_print ("| lost: recursion misses, as the kernel counts them | %" G_GUINT64_FORMAT " |\n",
           heap->loss.recursion_misses);
  g_print ("| live blocks | %" G_GUINT64_FORMAT " |\n", blocks);
  g_print ("| kernel memory of all tables | %.1f MiB |\n", (gdouble) heap->map_bytes / 1048576);
  g_print ("| the same for each live block | %.1f bytes |\n\n",
           (gdouble) heap->map_bytes / (gdouble) MAX (blocks, 1));
}

static void
measure_load (const gchar *seconds)
{
  TargetProcess *target = target_process_start ("heap-load", BLOCKS, seconds, NULL);
  BenchHeapSession *session = bench_heap_session_start ((guint32) target->pid, &exact);
  g_autoptr (MemsnoopHeapSnapshot) heap = NULL;
  gdouble time;
  gint64 filled;

  target_process_command (target, "fill");
  filled = target_process_truth (target, "allocs");
  time = bench_milliseconds ();
  target_process_command (target, "go");
  time = (bench_milliseconds () - time) / 1000;
  heap = bench_heap_session_end (session);
  g_print ("%" G_GINT64_FORMAT
           " threads, %s live blocks, %.0f s: %.2f million pairs in a second.\n\n",
           target_process_truth (target, "threads"), BLOCKS, time,
           (gdouble) (target_process_truth (target, "allocs") - filled) / time / 1e6);
  g_print ("| | the truth | counted | difference |\n| --- | ---: | ---: | ---: |\n");
  print_count ("allocations", target_process_truth (target, "allocs"), heap->alloc_count);
  print_count ("bytes allocated", target_process_truth (target, "alloc-bytes"), heap->alloc_bytes);
  print_count ("frees", target_process_truth (target, "frees"), heap->free_count);
  print_count ("bytes freed", target_process_truth (target, "free-bytes"), heap->free_bytes);
  print_loss (heap);
  target_process_end (target);
}

static void
take_time (GArray *series, gdouble begin)
{
  bench_series_add (series, bench_milliseconds () - begin);
}

static void
print_times (const gchar *name, GArray *series)
{
  g_autofree gchar *text = bench_summary_format (bench_series_summarize (series), 1);

  g_print ("| %s | %s |\n", name, text);
}

/* A target with that many threads, and begins the table. */
static void
measure_start_and_stop (void)
{
  TargetProcess *target = target_process_start ("heap-threads", THREADS, "1000", NULL);
  g_autoptr (GArray) starts = bench_series_new (), stops = bench_series_new ();

  for (guint i = 0; i < ROUNDS; i++)
    {
      gdouble begin = bench_milliseconds ();
      BenchHeapSession *session = bench_heap_session_start ((guint32) target->pid, &exact);
      g_autoptr (MemsnoopHeapSnapshot) heap = NULL;

      take_time (starts, begin);
      begin = bench_milliseconds ();
      heap = bench_heap_session_end (session);
      take_time (stops, begin);
    }
  print_times ("start, " THREADS " threads; the worker begins, too", starts);
  print_times ("stop, " THREADS " threads, with the last figures", stops);
  target_process_end (target);
}

/* What found the service busy is sent when its context is seen again; what was never seen again
 * remains. */
static void
see_all_contexts (TargetProcess *target, BenchHeapSession *session)
{
  guint64 before = 0, now = G_MAXUINT64;
  gdouble begin = bench_milliseconds ();

  while (now != before && bench_milliseconds () < begin + SETTLE_SECONDS * 1000.0)
    {
      g_autoptr (MemsnoopHeapSnapshot) heap = NULL;

      before = now;
      target_process_command (target, "again");
      bench_heap_session_settle (session, 3);
      heap = bench_heap_session_snapshot (session);
      now = heap->loss.stacks_not_unwound;
    }
}

typedef struct
{
  TargetProcess *target;
  gint done;
} Allocating;

static gpointer
allocate (gpointer data)
{
  Allocating *allocating = data;

  target_process_command (allocating->target, "go");
  g_atomic_int_set (&allocating->done, TRUE);
  return NULL;
}

/* As a service does, the recording learns the ways of call stacks meanwhile. */
static void
allocate_all (TargetProcess *target, BenchHeapSession *session)
{
  Allocating allocating = { target, FALSE };
  GThread *thread = g_thread_new ("allocate", allocate, &allocating);

  while (!g_atomic_int_get (&allocating.done))
    bench_heap_session_go_on (10);
  g_thread_join (thread);
}

static void
measure_reports (void)
{
  TargetProcess *target = target_process_start ("heap-places", BLOCKS, NULL, NULL);
  BenchHeapSession *session = bench_heap_session_start ((guint32) target->pid, &exact);
  g_autoptr (GArray) gathers = bench_series_new (), texts = bench_series_new (),
                     objects = bench_series_new ();
  gdouble begin;

  allocate_all (target, session);
  see_all_contexts (target, session);
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL), object = g_string_new (NULL);
      g_autoptr (MemsnoopHeapSnapshot) heap = NULL;

      begin = bench_milliseconds ();
      heap = bench_heap_session_snapshot (session);
      take_time (gathers, begin);
      memsnoop_heap_report_append_text (text, heap, 0, REPORT_BYTES);
      take_time (texts, begin);
      begin = bench_milliseconds ();
      memsnoop_heap_report_append_json (object, heap, 0, REPORT_BYTES);
      take_time (objects, begin);
      if (i == 0)
        g_printerr ("%u call stacks, %.1f MiB of text, %.1f MiB of JSON, %" G_GUINT64_FORMAT
                    " not unwound\n",
                    heap->sites->len, (gdouble) text->len / 1048576,
                    (gdouble) object->len / 1048576, heap->loss.stacks_not_unwound);
    }
  print_times ("figures of " BLOCKS " blocks in 10,000 contexts", gathers);
  print_times ("the same and a report as text with every call stack", texts);
  print_times ("the report as JSON alone, with every call stack", objects);
  memsnoop_heap_snapshot_unref (bench_heap_session_end (session));
  target_process_end (target);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_setenv ("MEMSNOOP_TARGETS", BENCH_TARGETS, FALSE);
  measure_load (argc > 1 ? argv[1] : "60");
  g_print ("| call | ms |\n| --- | ---: |\n");
  measure_start_and_stop ();
  measure_reports ();
  return 0;
}
