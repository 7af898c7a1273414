/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps by which a recording is kept within its budget. */
#include "cpu-budget.h"

typedef struct
{
  MemsnoopCpuBudget state;
  gdouble budget;
} Case;

static guint
judge (Case *tested, gdouble cost, gboolean can_raise, MemsnoopCpuBudgetAction expected)
{
  MemsnoopCpuBudgetStep step =
      memsnoop_cpu_budget_judge (&tested->state, tested->budget, cost, can_raise);

  g_assert_cmpint (step.action, ==, expected);
  return step.milliseconds;
}

static void
test_what_keeps_its_budget_is_left_alone (void)
{
  Case tested = { .budget = 0.1 };

  for (guint i = 0; i < 10; i++)
    judge (&tested, 0.1, TRUE, MEMSNOOP_CPU_BUDGET_GO_ON);
}

static void
test_the_interval_is_raised_while_that_helps (void)
{
  Case tested = { .budget = 0.1 };

  judge (&tested, 0.8, TRUE, MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL);
  judge (&tested, 0.5, TRUE, MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL);
  judge (&tested, 0.3, TRUE, MEMSNOOP_CPU_BUDGET_RAISE_INTERVAL);
  /* What is left are the traps. */
  judge (&tested, 0.29, TRUE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
}

static void
test_an_exact_recording_and_one_at_the_highest_interval_pause_at_once (void)
{
  Case tested = { .budget = 0.1 };

  judge (&tested, 0.8, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
}

static void
test_the_mean_over_a_pause_is_the_budget (void)
{
  Case tested = { .budget = 0.25 };
  guint pause;

  /* 1 s at 1.0 and 3 s at nothing. */
  pause = judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
  g_assert_cmpuint (pause, >=, 3000);
  g_assert_cmpuint (pause, <=, 3010);
  /* The frees alone cost 0.1: then it is 1 s at 1.0 and 5 s at that. */
  judge (&tested, 0.1, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  pause = judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
  g_assert_cmpuint (pause, >=, 5000);
  g_assert_cmpuint (pause, <=, 5010);
}

static void
test_frees_that_are_too_dear_are_not_seen_either (void)
{
  Case tested = { .budget = 0.2 };

  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
  judge (&tested, 0.5, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_ALL);
  judge (&tested, 0, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_ALL);
}

static void
test_all_of_the_time_is_recorded_again_when_there_is_less_to_do (void)
{
  Case tested = { .budget = 0.2 };

  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
  judge (&tested, 0.5, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  judge (&tested, 0.1, FALSE, MEMSNOOP_CPU_BUDGET_GO_ON);
  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_BEGINNINGS);
}

static void
test_one_dear_moment_does_not_end_it (void)
{
  Case tested = { .budget = 0.02 };
  guint pause;

  pause = judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_ALL);
  /* A twentieth of the time is the least. */
  g_assert_cmpuint (pause, >=, 19000);
  g_assert_cmpuint (pause, <=, 19010);
  judge (&tested, 0, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  judge (&tested, 0.01, FALSE, MEMSNOOP_CPU_BUDGET_GO_ON);
  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_PAUSE_ALL);
  judge (&tested, 0, FALSE, MEMSNOOP_CPU_BUDGET_RESUME);
  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_GIVE_UP);
}

static void
test_what_is_hopeless_ends_at_once (void)
{
  Case tested = { .budget = 0.001 };

  judge (&tested, 1, FALSE, MEMSNOOP_CPU_BUDGET_GIVE_UP);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cpu-budget/what-keeps-its-budget-is-left-alone",
                   test_what_keeps_its_budget_is_left_alone);
  g_test_add_func ("/cpu-budget/the-interval-is-raised-while-that-helps",
                   test_the_interval_is_raised_while_that_helps);
  g_test_add_func ("/cpu-budget/an-exact-recording-and-one-at-the-highest-interval-pause-at-once",
                   test_an_exact_recording_and_one_at_the_highest_interval_pause_at_once);
  g_test_add_func ("/cpu-budget/the-mean-over-a-pause-is-the-budget",
                   test_the_mean_over_a_pause_is_the_budget);
  g_test_add_func ("/cpu-budget/frees-that-are-too-dear-are-not-seen-either",
                   test_frees_that_are_too_dear_are_not_seen_either);
  g_test_add_func ("/cpu-budget/all-of-the-time-is-recorded-again-when-there-is-less-to-do",
                   test_all_of_the_time_is_recorded_again_when_there_is_less_to_do);
  g_test_add_func ("/cpu-budget/one-dear-moment-does-not-end-it",
                   test_one_dear_moment_does_not_end_it);
  g_test_add_func ("/cpu-budget/what-is-hopeless-ends-at-once", test_what_is_hopeless_ends_at_once);
  return g_test_run ();
}
