/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run-cost.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)

static void
test_all_runs_take_as_long_as_those_that_were_timed (void)
{
  MemsnoopRunCost before = { 1000, 4, 1000 }, now = { 3000, 8, 1200 };

  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&before, &now), ==, 2000 * 50.0);
}

static void
test_when_none_was_timed_the_earlier_ones_tell (void)
{
  MemsnoopRunCost before = { 1000, 4, 1000 }, now = { 1300, 4, 1000 };

  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&before, &now), ==, 300 * 250.0);
}

static void
test_nothing_is_guessed (void)
{
  MemsnoopRunCost none = { 0 }, untimed = { 100, 0, 0 }, more = { 200, 1, 50 };

  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&none, &none), ==, 0);
  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&none, &untimed), ==, 0);
  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&more, &more), ==, 0);
  /* A count that was read in the middle of a change. */
  g_assert_cmpfloat (memsnoop_run_cost_sum_up (&more, &untimed), ==, 0);
}

static void
test_the_cost_is_a_mean_of_ten_seconds (void)
{
  MemsnoopRunMeter meter = { 0 };
  MemsnoopRunCost cost = { 500, 10, 1000 };

  memsnoop_run_meter_update (&meter, &cost, 7 * SECOND);
  g_assert_cmpfloat (meter.mean.value, ==, 0);
  /* A million runs of 100 ns in 5 seconds. */
  cost = (MemsnoopRunCost){ 1000500, 2010, 201000 };
  memsnoop_run_meter_update (&meter, &cost, 12 * SECOND);
  g_assert_cmpfloat_with_epsilon (meter.mean.value, 0.02, 1e-12);
  /* And then none. */
  memsnoop_run_meter_update (&meter, &cost, 22 * SECOND);
  g_assert_cmpfloat_with_epsilon (meter.mean.value, 0.02 / G_E, 1e-12);
}

static void
test_no_time_is_no_cost (void)
{
  MemsnoopRunMeter meter = { 0 };
  MemsnoopRunCost cost = { 500, 10, 1000 }, later = { 900, 11, 1100 };

  memsnoop_run_meter_update (&meter, &cost, 7 * SECOND);
  memsnoop_run_meter_update (&meter, &later, 7 * SECOND);
  g_assert_false (meter.mean.known);
  g_assert_cmpfloat (meter.mean.value, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run-cost/all-runs-take-as-long-as-those-that-were-timed",
                   test_all_runs_take_as_long_as_those_that_were_timed);
  g_test_add_func ("/run-cost/when-none-was-timed-the-earlier-ones-tell",
                   test_when_none_was_timed_the_earlier_ones_tell);
  g_test_add_func ("/run-cost/nothing-is-guessed", test_nothing_is_guessed);
  g_test_add_func ("/run-cost/the-cost-is-a-mean-of-ten-seconds",
                   test_the_cost_is_a_mean_of_ten_seconds);
  g_test_add_func ("/run-cost/no-time-is-no-cost", test_no_time_is_no_cost);
  return g_test_run ();
}
