/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of blocks, on the running kernel: the clock of their ages is stepped here. */
#include "heap-tracer.h"
#include "history.h"
#include "libc-probes.h"
#include "snapshot.h"
#include "target-process.h"

#include <unistd.h>

#define MAP_MEMORY (16 * G_GUINT64_CONSTANT (1048576))
#define LARGE (256 * G_GUINT64_CONSTANT (1024))

static GArray *probes;

typedef struct
{
  TargetProcess *target;
  MemsnoopHeapTracer *tracer;
} Lives;

static void
set_up (Lives *lives, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  lives->target = target_process_start ("heap-lives", NULL, NULL, NULL);
  lives->tracer = memsnoop_heap_tracer_start (
      memsnoop_uprobe_support (), (guint32) lives->target->pid,
      (MemsnoopHeapProbe *) (gpointer) probes->data, probes->len, 0, MAP_MEMORY, &error);
  g_assert_no_error (error);
}

static void
tear_down (Lives *lives, gconstpointer unused)
{
  memsnoop_heap_tracer_stop (lives->tracer);
  target_process_end (lives->target);
}

static void
step (Lives *lives, guint steps)
{
  for (guint i = 0; i < steps; i++)
    memsnoop_heap_tracer_advance_epoch (lives->tracer);
}

/* The one with so many allocations. */
static MemsnoopHeapContext
find_context (Lives *lives, guint64 allocations)
{
  g_autoptr (GArray) contexts = memsnoop_heap_tracer_get_contexts (lives->tracer, TRUE);

  for (guint i = 0; i < contexts->len; i++)
    if (g_array_index (contexts, MemsnoopHeapContext, i).alloc_count == allocations)
      return g_array_index (contexts, MemsnoopHeapContext, i);
  g_assert_not_reached ();
}

static void
test_lifetimes_are_counted_in_steps_of_the_clock (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapSurvival survival;

  target_process_command (lives->target, "hold");
  step (lives, 20);
  g_assert_cmpfloat (find_context (lives, 100).count_by_age[2], ==, 100);
  target_process_command (lives->target, "release");
  survival = find_context (lives, 100).survival;
  g_assert_cmpuint (survival.freed_by_lifetime[2], ==, 100);
  g_assert_cmpuint (memsnoop_heap_survival_ended (&survival), ==, 100);
  g_assert_cmpuint (memsnoop_heap_survival_mean_lifetime (&survival), ==, 20 * MEMSNOOP_AGE_UNIT);
}

static void
test_the_shortest_lifetimes_are_the_rest (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapSurvival survival;

  target_process_command (lives->target, "hold");
  step (lives, 3);
  target_process_command (lives->target, "release");
  survival = find_context (lives, 100).survival;
  g_assert_cmpuint (survival.freed_by_lifetime[0], ==, 100);
  g_assert_cmpuint (memsnoop_heap_survival_mean_lifetime (&survival), ==, 3 * MEMSNOOP_AGE_UNIT);
  target_process_command (lives->target, "waste");
  survival = find_context (lives, 42).survival;
  g_assert_cmpuint (survival.freed_by_lifetime[0], ==, 42);
  g_assert_cmpuint (memsnoop_heap_survival_mean_lifetime (&survival), ==, 0);
}

static void
test_what_is_leaked_at_peaks_survives_them (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapSurvival survival;

  target_process_command (lives->target, "leak");
  survival = find_context (lives, 41).survival;
  /* Each is more than a percent of those before. */
  g_assert_cmpuint (survival.peak_samples, ==, 41);
  g_assert_cmpuint (survival.peak_samples_freed, ==, 0);
  g_assert_cmpfloat (memsnoop_heap_survival_of_peaks (&survival), >=, MEMSNOOP_HEAP_SURVIVAL_LEAK);
}

static void
test_what_is_wasted_at_peaks_does_not (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapSurvival survival;

  target_process_command (lives->target, "waste");
  survival = find_context (lives, 42).survival;
  g_assert_cmpuint (survival.peak_samples, ==, 42);
  g_assert_cmpuint (survival.peak_samples_freed, ==, 42);
  g_assert_cmpfloat (memsnoop_heap_survival_of_peaks (&survival), ==, 0);
}

static void
test_without_a_new_peak_nothing_is_sampled (Lives *lives, gconstpointer unused)
{
  target_process_command (lives->target, "waste");
  target_process_command (lives->target, "leak");
  /* 10.25 MiB, where 10.5 were before. */
  g_assert_cmpuint (find_context (lives, 41).survival.peak_samples, ==, 0);
}

static void
test_what_realloc_moves_lives_on (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapContext context;

  step (lives, 5);
  target_process_command (lives->target, "enlarge");
  context = find_context (lives, 43);
  g_assert_cmpuint (context.free_count, ==, 42);
  g_assert_cmpuint (context.survival.moved, ==, 42);
  g_assert_cmpuint (memsnoop_heap_survival_ended (&context.survival), ==, 0);
  g_assert_cmpuint (context.survival.peak_samples, ==, 43);
  g_assert_cmpuint (context.survival.peak_samples_freed, ==, 0);
  g_assert_cmpfloat (context.live_bytes, ==, (gdouble) (43 * LARGE));
  target_process_command (lives->target, "drop");
  context = find_context (lives, 43);
  g_assert_cmpuint (memsnoop_heap_survival_ended (&context.survival), ==, 1);
  g_assert_cmpuint (context.survival.peak_samples_freed, ==, 1);
}

static void
test_the_last_sizes_are_told_in_their_order (Lives *lives, gconstpointer unused)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (lives->tracer, &totals);
  g_assert_cmpuint (totals.n_recent_sizes, ==, 0);
  target_process_command (lives->target, "waste");
  memsnoop_heap_tracer_get_totals (lives->tracer, &totals);
  g_assert_cmpuint (totals.n_recent_sizes, ==, MEMSNOOP_HEAP_RECENT_SIZES);
  for (guint i = 0; i < MEMSNOOP_HEAP_RECENT_SIZES; i++)
    g_assert_cmpuint (totals.recent_sizes[i], ==, (42 - 31 + i) * LARGE);
}

static void
test_live_bytes_have_a_history (Lives *lives, gconstpointer unused)
{
  g_autoptr (GArray) history = NULL;

  target_process_command (lives->target, "hold");
  step (lives, 1);
  target_process_command (lives->target, "release");
  step (lives, 1);
  history = memsnoop_heap_tracer_get_history (lives->tracer);
  g_assert_cmpuint (history->len, ==, 2);
  g_assert_cmpuint (g_array_index (history, MemsnoopHistoryPoint, 0).bytes, ==, 6400);
  g_assert_cmpuint (g_array_index (history, MemsnoopHistoryPoint, 1).bytes, ==, 0);
}

static void
add (const gchar *path, void (*test) (Lives *, gconstpointer))
{
  g_test_add (path, Lives, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  int module, result;

  g_test_init (&argc, &argv, NULL);
  probes = libc_probes_find (&module);
  add ("/heap-survival/lifetimes", test_lifetimes_are_counted_in_steps_of_the_clock);
  add ("/heap-survival/shortest", test_the_shortest_lifetimes_are_the_rest);
  add ("/heap-survival/leaked", test_what_is_leaked_at_peaks_survives_them);
  add ("/heap-survival/wasted", test_what_is_wasted_at_peaks_does_not);
  add ("/heap-survival/no-peak", test_without_a_new_peak_nothing_is_sampled);
  add ("/heap-survival/moved", test_what_realloc_moves_lives_on);
  add ("/heap-survival/recent-sizes", test_the_last_sizes_are_told_in_their_order);
  add ("/heap-survival/history", test_live_bytes_have_a_history);
  result = g_test_run ();
  g_array_unref (probes);
  close (module);
  return result;
}
