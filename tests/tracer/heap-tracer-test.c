/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recording of heaps on the running kernel: figures equal to what the targets tell. */
#include "heap-tracer.h"
#include "libc-probes.h"
#include "target-process.h"

#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

static GArray *probes;

static MemsnoopHeapTracer *
start_tracer (TargetProcess *target, MemsnoopUprobeSupport support, guint64 map_memory)
{
  g_autoptr (GError) error = NULL;
  MemsnoopHeapTracer *tracer;

  tracer = memsnoop_heap_tracer_start (support, (guint32) target->pid,
                                       (MemsnoopHeapProbe *) (gpointer) probes->data, probes->len,
                                       map_memory, &error);
  g_assert_no_error (error);
  return tracer;
}

static void
assert_truth (TargetProcess *target, MemsnoopHeapTracer *tracer, guint64 other_allocs)
{
  MemsnoopHeapTotals totals;
  gint64 peak = target_process_truth (target, "peak-bytes");
  gint64 untracked = target_process_truth (target, "untracked");

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  for (guint i = 0; i < MEMSNOOP_HEAP_COUNTERS; i++)
    g_test_message ("counter %u: %" G_GUINT64_FORMAT, i, totals.counters[i]);
  g_assert_cmpint ((gint64) totals.alloc_count, ==,
                   target_process_truth (target, "allocs") + (gint64) other_allocs);
  g_assert_cmpint ((gint64) totals.free_count, ==, target_process_truth (target, "frees"));
  g_assert_cmpint ((gint64) totals.free_bytes, ==, target_process_truth (target, "free-bytes"));
  if (other_allocs == 0)
    g_assert_cmpint ((gint64) totals.alloc_bytes, ==, target_process_truth (target, "alloc-bytes"));
  if (untracked >= 0)
    g_assert_cmpint ((gint64) totals.counters[MEMSNOOP_HEAP_UNTRACKED_FREES], ==, untracked);
  g_assert_cmpuint (totals.current_bytes, ==, totals.alloc_bytes - totals.free_bytes);
  if (peak != 0)
    g_assert_cmpint ((gint64) totals.peak_bytes, ==, peak);
  for (guint i = MEMSNOOP_HEAP_TABLE_FULL; i < MEMSNOOP_HEAP_COUNTERS; i++)
    g_assert_cmpuint (totals.counters[i], ==, 0);
  g_assert_cmpuint (totals.recursion_misses, ==, 0);
}

typedef struct
{
  const gchar *command;
  MemsnoopUprobeSupport support;
} Case;

static void
test_figures_equal_the_truth (gconstpointer data)
{
  const Case *tested = data;
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer = NULL;

  if (tested->support > memsnoop_uprobe_support ())
    g_test_skip ("uprobe-links: the kernel has no such links");
  else
    {
      tracer = start_tracer (target, tested->support, MAP_MEMORY);
      target_process_command (target, tested->command);
      assert_truth (target, tracer, 0);
    }
  target_process_end (target);
}

static void
add_cases (const gchar *way, MemsnoopUprobeSupport support)
{
  static const gchar *const commands[] = { "plain",          "large",
                                           "family",         "failures",
                                           "free-of-before", "realloc-to-nothing",
                                           "realloc-mapped", "fork",
                                           "contexts",       "first-in-thread",
                                           "crossing" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/heap-tracer/%s/%s", way, commands[i]);
      Case *added = g_new (Case, 1);

      *added = (Case){ commands[i], support };
      g_test_add_data_func_full (path, added, test_figures_equal_the_truth, g_free);
    }
}

int
main (int argc, char **argv)
{
  int module, result;

  g_test_init (&argc, &argv, NULL);
  probes = libc_probes_find (&module);
  add_cases ("session", MEMSNOOP_UPROBE_SESSION);
  add_cases ("multi", MEMSNOOP_UPROBE_MULTI);
  add_cases ("classic", MEMSNOOP_UPROBE_CLASSIC);
  result = g_test_run ();
  g_array_unref (probes);
  close (module);
  return result;
}
