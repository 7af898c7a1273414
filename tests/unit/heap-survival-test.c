/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-survival.h"

static void
assert_score (guint64 allocations, guint64 frees, gdouble score)
{
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_score (allocations, frees), score, 1e-9);
}

static void
test_the_score_is_that_of_scalene (void)
{
  assert_score (0, 0, 0.5);
  assert_score (18, 0, 0.95);
  assert_score (17, 0, 1 - 1.0 / 19);
  assert_score (1000, 40, 1 - 41.0 / 962);
  assert_score (1000, 1000, 0);
  assert_score (10, 20, 0);
}

static void
test_the_mean_lifetime_is_of_what_was_freed (void)
{
  MemsnoopHeapSurvival survival = { .freed_by_lifetime = { 6, 0, 4 }, .lifetime = 500 };

  g_assert_cmpuint (memsnoop_heap_survival_ended (&survival), ==, 10);
  g_assert_cmpuint (memsnoop_heap_survival_mean_lifetime (&survival), ==, 50);
  survival = (MemsnoopHeapSurvival){ .moved = 3 };
  g_assert_cmpuint (memsnoop_heap_survival_mean_lifetime (&survival), ==, 0);
}

static void
test_garbage_does_not_count_among_the_old (void)
{
  MemsnoopHeapSurvival survival = { .count_by_age = { 50, 10, 8 },
                                    .freed_by_lifetime = { 1000000 } };

  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_old (&survival, 0), 1 - 1.0 / 20, 1e-9);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_old (&survival, 1), 1 - 1.0 / 10, 1e-9);
}

static void
test_old_blocks_that_are_replaced_do (void)
{
  MemsnoopHeapSurvival survival = { .count_by_age = { 50, 50, 50 },
                                    .freed_by_lifetime = { 0, 0, 30, 0, 0, 9 } };

  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_old (&survival, 0), 1 - 40.0 / 102,
                                  1e-9);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_old (&survival, 2), 0, 1e-9);
  /* The last step of lifetimes has no end. */
  survival.count_by_age[6] = 100;
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_old (&survival, 5), 1 - 10.0 / 102,
                                  1e-9);
}

static void
test_what_was_moved_survives_until_one_is_freed (void)
{
  MemsnoopHeapSurvival survival = { .moved = 17 };

  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_all (&survival, 1), 0.95, 1e-9);
  survival.freed_by_lifetime[0] = 1;
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_all (&survival, 1), 1 - 2.0 / 3, 1e-9);
}

static void
test_two_contexts_of_one_stack_add_up (void)
{
  MemsnoopHeapSurvival sum = { .count_by_age = { 1 },
                               .freed_by_lifetime = { 0, 2 },
                               .lifetime = 3,
                               .moved = 4,
                               .peak_samples = 5,
                               .peak_samples_freed = 1 };
  MemsnoopHeapSurvival part = sum;

  memsnoop_heap_survival_add (&sum, &part);
  g_assert_cmpuint (sum.count_by_age[0], ==, 2);
  g_assert_cmpuint (sum.freed_by_lifetime[1], ==, 4);
  g_assert_cmpfloat (sum.lifetime, ==, 6);
  g_assert_cmpuint (sum.moved, ==, 8);
  g_assert_cmpuint (sum.peak_samples, ==, 10);
  g_assert_cmpuint (sum.peak_samples_freed, ==, 2);
  g_assert_cmpfloat_with_epsilon (memsnoop_heap_survival_of_peaks (&sum), 1 - 3.0 / 10, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-survival/score", test_the_score_is_that_of_scalene);
  g_test_add_func ("/heap-survival/mean-lifetime", test_the_mean_lifetime_is_of_what_was_freed);
  g_test_add_func ("/heap-survival/garbage", test_garbage_does_not_count_among_the_old);
  g_test_add_func ("/heap-survival/replaced", test_old_blocks_that_are_replaced_do);
  g_test_add_func ("/heap-survival/moved", test_what_was_moved_survives_until_one_is_freed);
  g_test_add_func ("/heap-survival/sum", test_two_contexts_of_one_stack_add_up);
  return g_test_run ();
}
