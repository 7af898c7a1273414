/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording costs, what a pause leaves of its figures, and how it keeps a budget. */
#include "boot-time.h"
#include "heap-budget.h"
#include "libc-probes.h"
#include "target-process.h"
#include "trap-cost.h"

#include <unistd.h>

#define MAP_MEMORY (16 * G_GUINT64_CONSTANT (1048576))
#define BLOCKS 1000

static GArray *probes;

typedef struct
{
  TargetProcess *target;
  MemsnoopHeapTracer *tracer;
} Fixture;

static void
start (Fixture *fixture, const gchar *seconds, MemsnoopUprobeSupport support, guint64 interval)
{
  g_autoptr (GError) error = NULL;

  fixture->target = target_process_start ("heap-blocks", seconds, NULL, NULL);
  fixture->tracer = memsnoop_heap_tracer_start (support, (guint32) fixture->target->pid,
                                                (MemsnoopHeapProbe *) (gpointer) probes->data,
                                                probes->len, interval, MAP_MEMORY, &error);
  g_assert_no_error (error);
}

static void
end (Fixture *fixture)
{
  target_process_end (fixture->target);
  memsnoop_heap_tracer_stop (fixture->tracer);
}

static void
pause_tracer (Fixture *fixture, MemsnoopHeapPause pause)
{
  g_autoptr (GError) error = NULL;

  memsnoop_heap_tracer_pause (fixture->tracer, pause, &error);
  g_assert_no_error (error);
}

static void
assert_totals (Fixture *fixture, guint64 allocs, guint64 frees, guint64 live_bytes)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (fixture->tracer, &totals);
  g_assert_cmpuint (totals.alloc_count, ==, allocs);
  g_assert_cmpuint (totals.free_count, ==, frees);
  g_assert_cmpuint (totals.current_bytes, ==, live_bytes);
}

static void
test_frees_are_seen_while_new_blocks_are_not (gconstpointer data)
{
  MemsnoopUprobeSupport support = GPOINTER_TO_UINT (data);
  Fixture fixture;
  MemsnoopHeapTotals totals;

  if (support > memsnoop_uprobe_support ())
    {
      g_test_skip ("uprobe-multi: the kernel does without such links");
      return;
    }
  start (&fixture, NULL, support, 0);
  target_process_command (fixture.target, "allocate");
  assert_totals (&fixture, BLOCKS, 0, BLOCKS * 100);
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_BEGINNINGS);
  target_process_command (fixture.target, "free");
  target_process_command (fixture.target, "allocate");
  target_process_command (fixture.target, "resize");
  assert_totals (&fixture, BLOCKS, BLOCKS, 0);
  target_process_command (fixture.target, "free");
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_NONE);
  target_process_command (fixture.target, "allocate");
  target_process_command (fixture.target, "resize");
  assert_totals (&fixture, 3 * BLOCKS, 2 * BLOCKS, BLOCKS * 200);
  /* Of a recorded block, what realloc() makes of it in a pause is not recorded. */
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_BEGINNINGS);
  target_process_command (fixture.target, "resize");
  assert_totals (&fixture, 3 * BLOCKS, 3 * BLOCKS, 0);
  memsnoop_heap_tracer_get_totals (fixture.tracer, &totals);
  g_assert_cmpuint (totals.paused, >, 0);
  g_assert_false (totals.frees_missed);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_UNSEEN_FREES], ==, 0);
  end (&fixture);
}

static void
test_a_free_that_was_missed_is_found_when_the_address_is_used_again (void)
{
  Fixture fixture;
  MemsnoopHeapTotals totals;

  start (&fixture, NULL, memsnoop_uprobe_support (), 0);
  target_process_command (fixture.target, "allocate");
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_ALL);
  target_process_command (fixture.target, "free");
  assert_totals (&fixture, BLOCKS, 0, BLOCKS * 100);
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_NONE);
  target_process_command (fixture.target, "allocate");
  /* The C library uses what is free first. */
  assert_totals (&fixture, 2 * BLOCKS, BLOCKS, BLOCKS * 100);
  memsnoop_heap_tracer_get_totals (fixture.tracer, &totals);
  g_assert_true (totals.frees_missed);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_UNSEEN_FREES], ==, BLOCKS);
  end (&fixture);
}

static void
test_nothing_is_attached_after_the_end (void)
{
  Fixture fixture;

  start (&fixture, NULL, memsnoop_uprobe_support (), 0);
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_ALL);
  memsnoop_heap_tracer_detach (fixture.tracer);
  pause_tracer (&fixture, MEMSNOOP_HEAP_PAUSE_NONE);
  target_process_command (fixture.target, "allocate");
  assert_totals (&fixture, 0, 0, 0);
  end (&fixture);
}

static void
test_single_stepping_costs_more (void)
{
  const MemsnoopTrapCost *cost = memsnoop_trap_cost_get ();

  g_test_message ("emulated %.0f ns, single-stepped %.0f ns, return %.0f ns", cost->emulated,
                  cost->single_stepped, cost->at_return);
  g_assert_cmpfloat (cost->emulated, >, 20);
  g_assert_cmpfloat (cost->single_stepped, >, cost->emulated);
  g_assert_cmpfloat (cost->at_return, >, 20);
  g_assert_cmpfloat (cost->single_stepped, <, 1e6);
}

/* Spinning */

static gpointer
spin_in_thread (gpointer target)
{
  target_process_command (target, "spin");
  return NULL;
}

typedef struct
{
  guint n_changes;
  guint64 first_interval; /* after the first change */
  MemsnoopHeapCost then;  /* after the second */
  guint64 then_at;
  gboolean exhausted;
  MemsnoopHeapTracer *tracer;
} Seen;

static void
on_changed (Seen *seen)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (seen->tracer, &totals);
  g_test_message ("step at %.3f s, paused for %.3f s%s", (gdouble) g_get_monotonic_time () / 1e6,
                  (gdouble) totals.paused / 1e9, totals.frees_missed ? ", frees missed" : "");
  if (seen->n_changes == 2)
    {
      memsnoop_heap_tracer_get_cost (seen->tracer, &seen->then);
      seen->then_at = memsnoop_boot_time ();
    }
  if (seen->n_changes++ == 0)
    seen->first_interval = memsnoop_heap_tracer_get_interval (seen->tracer);
}

static void
on_exhausted (Seen *seen)
{
  seen->exhausted = TRUE;
}

static gboolean
set_true (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_seconds (guint seconds, const gboolean *unless)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add_seconds (seconds, set_true, &over);

  while (!over && (unless == NULL || !*unless))
    g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (timer);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer stopped)
{
  *(gboolean *) stopped = TRUE;
}

/* Has the target spin, and a budget kept for so many seconds. */
static MemsnoopHeapBudget *
spin (Fixture *fixture, gdouble share, guint seconds, Seen *seen)
{
  MemsnoopHeapBudget *budget = memsnoop_heap_budget_new (fixture->tracer);
  g_autoptr (GThread) thread =
      g_thread_ref (g_thread_new ("spin", spin_in_thread, fixture->target));
  gboolean stopped = FALSE;

  *seen = (Seen){ .tracer = fixture->tracer };
  g_signal_connect_swapped (budget, "changed", G_CALLBACK (on_changed), seen);
  g_signal_connect_swapped (budget, "exhausted", G_CALLBACK (on_exhausted), seen);
  memsnoop_heap_budget_set (budget, share);
  wait_seconds (seconds, &seen->exhausted);
  memsnoop_heap_budget_stop_async (budget, keep_result, &stopped);
  while (!stopped)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  return budget;
}

static gdouble
paused_share (Fixture *fixture, guint seconds)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (fixture->tracer, &totals);
  return (gdouble) totals.paused / (gdouble) (seconds * MEMSNOOP_SECOND);
}

static void
test_the_cost_is_that_of_the_time_that_the_program_loses (void)
{
  Fixture fixture;
  Seen seen;
  g_autoptr (MemsnoopHeapBudget) budget = NULL;
  MemsnoopHeapCost before = { 0 }, now;
  gdouble used, lost;

  start (&fixture, "7", memsnoop_uprobe_support (), 0);
  budget = spin (&fixture, 0, 6, &seen);
  memsnoop_heap_tracer_get_cost (fixture.tracer, &now);
  used = (gdouble) target_process_truth (fixture.target, "cpu-milliseconds") * 1e6;
  lost = memsnoop_heap_budget_sum_up (&before, &now, memsnoop_trap_cost_get ());
  g_test_message ("%.3f of the processor time is told, and %.3f of a core", lost / used,
                  memsnoop_heap_budget_get_cost (budget));
  /* All but a hundredth of that is the recording's. */
  g_assert_cmpfloat (lost, >, 0.7 * used);
  g_assert_cmpfloat (lost, <, 1.4 * used);
  g_assert_cmpfloat (memsnoop_heap_budget_get_cost (budget), >, 0.01);
  g_assert_cmpuint (seen.n_changes, ==, 0);
  end (&fixture);
}

static void
test_an_exact_recording_is_recorded_in_part_of_the_time (void)
{
  Fixture fixture;
  Seen seen;
  g_autoptr (MemsnoopHeapBudget) budget = NULL;
  MemsnoopHeapCost now;
  gdouble mean;

  start (&fixture, "17", memsnoop_uprobe_support (), 0);
  budget = spin (&fixture, 0.25, 16, &seen);
  memsnoop_heap_tracer_get_cost (fixture.tracer, &now);
  mean = memsnoop_heap_budget_sum_up (&seen.then, &now, memsnoop_trap_cost_get ()) /
         (gdouble) (memsnoop_boot_time () - seen.then_at);
  g_test_message ("cost %.3f of a core, paused %.3f of the time in %u steps", mean,
                  paused_share (&fixture, 16), seen.n_changes);
  g_assert_false (seen.exhausted);
  g_assert_cmpuint (seen.n_changes, >=, 3);
  g_assert_cmpfloat (paused_share (&fixture, 16), >, 0.05);
  /* With a slice more than there are pauses. */
  g_assert_cmpfloat (mean, <, 0.45);
  end (&fixture);
}

static void
test_the_interval_of_a_sample_is_raised_first (void)
{
  Fixture fixture;
  Seen seen;
  g_autoptr (MemsnoopHeapBudget) budget = NULL;

  start (&fixture, "6", memsnoop_uprobe_support (), 1024);
  budget = spin (&fixture, 0.2, 5, &seen);
  g_assert_cmpuint (seen.first_interval, ==, 2048);
  end (&fixture);
}

static void
test_what_costs_far_too_much_is_given_up (void)
{
  Fixture fixture;
  Seen seen;
  g_autoptr (MemsnoopHeapBudget) budget = NULL;

  start (&fixture, "5", memsnoop_uprobe_support (), 0);
  budget = spin (&fixture, 0.002, 4, &seen);
  g_assert_true (seen.exhausted);
  end (&fixture);
}

int
main (int argc, char **argv)
{
  int module, result;

  g_test_init (&argc, &argv, NULL);
  probes = libc_probes_find (&module);
  g_test_add_data_func ("/heap-budget/frees-are-seen-while-new-blocks-are-not",
                        GUINT_TO_POINTER (MEMSNOOP_UPROBE_SESSION),
                        test_frees_are_seen_while_new_blocks_are_not);
  g_test_add_data_func ("/heap-budget/frees-are-seen-without-session-links",
                        GUINT_TO_POINTER (MEMSNOOP_UPROBE_MULTI),
                        test_frees_are_seen_while_new_blocks_are_not);
  g_test_add_data_func ("/heap-budget/frees-are-seen-with-classic-links",
                        GUINT_TO_POINTER (MEMSNOOP_UPROBE_CLASSIC),
                        test_frees_are_seen_while_new_blocks_are_not);
  g_test_add_func ("/heap-budget/a-free-that-was-missed-is-found-when-the-address-is-used-again",
                   test_a_free_that_was_missed_is_found_when_the_address_is_used_again);
  g_test_add_func ("/heap-budget/nothing-is-attached-after-the-end",
                   test_nothing_is_attached_after_the_end);
  g_test_add_func ("/heap-budget/single-stepping-costs-more", test_single_stepping_costs_more);
  g_test_add_func ("/heap-budget/the-cost-is-that-of-the-time-that-the-program-loses",
                   test_the_cost_is_that_of_the_time_that_the_program_loses);
  g_test_add_func ("/heap-budget/an-exact-recording-is-recorded-in-part-of-the-time",
                   test_an_exact_recording_is_recorded_in_part_of_the_time);
  g_test_add_func ("/heap-budget/the-interval-of-a-sample-is-raised-first",
                   test_the_interval_of_a_sample_is_raised_first);
  g_test_add_func ("/heap-budget/what-costs-far-too-much-is-given-up",
                   test_what_costs_far_too_much_is_given_up);
  result = g_test_run ();
  g_array_unref (probes);
  close (module);
  return result;
}
