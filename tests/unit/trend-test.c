/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trend.h"

#include <math.h>

static void
test_the_envelope_is_what_was_never_given_back (void)
{
  gdouble values[] = { 3, 1, 4, 1, 5, 9, 2, 6 };
  const gdouble expected[] = { 1, 1, 1, 1, 2, 2, 2, 6 };

  memsnoop_trend_lower_envelope (values, G_N_ELEMENTS (values));
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_assert_cmpfloat (values[i], ==, expected[i]);
}

static void
test_the_envelope_leaves_gaps (void)
{
  gdouble values[] = { NAN, 3, NAN, 2, NAN };

  memsnoop_trend_lower_envelope (values, G_N_ELEMENTS (values));
  g_assert_cmpfloat (values[1], ==, 2);
  g_assert_cmpfloat (values[3], ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (values); i += 2)
    g_assert_true (isnan (values[i]));
  memsnoop_trend_lower_envelope (NULL, 0);
}

static void
test_perfect_order_has_the_known_probability (void)
{
  const gdouble values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
  gdouble tau;

  /* S = 45, variance 10 * 9 * 25 / 18 = 125: z = 44 / sqrt (125) = 3.9355. */
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_test (values, 10, &tau), 4.152e-5, 1e-7);
  g_assert_cmpfloat_with_epsilon (tau, 1, 1e-12);
}

static void
test_falling_values_are_no_rise (void)
{
  const gdouble values[] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
  gdouble tau;

  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_test (values, 10, &tau), 1 - 4.152e-5, 1e-7);
  g_assert_cmpfloat_with_epsilon (tau, -1, 1e-12);
}

static void
test_ties_are_corrected_for (void)
{
  const gdouble values[] = { 1, 2, 2, 3, 3, 3 };
  gdouble tau, z;

  /* 15 pairs of which 1 + 3 are ties: S = 11; variance (6 * 5 * 17 - 2 * 9 - 3 * 2 * 11) / 18. */
  z = 10 / sqrt ((510 - 18 - 66) / 18.0);
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_test (values, 6, &tau),
                                  erfc (z / sqrt (2)) / 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (tau, 11 / sqrt (15 * 11), 1e-12);
}

static void
test_no_order_is_even_chance (void)
{
  const gdouble values[] = { 2, 4, 1, 3 };
  gdouble tau;

  g_assert_cmpfloat (memsnoop_trend_rank_test (values, 4, &tau), ==, 0.5);
  g_assert_cmpfloat (tau, ==, 0);
}

static void
test_too_few_or_equal_values_prove_nothing (void)
{
  const gdouble few[] = { 1, 2, 3 }, gaps[] = { 1, NAN, 2, NAN, 3 }, equal[] = { 7, 7, 7, 7, 7 };
  gdouble tau = 1;

  g_assert_cmpfloat (memsnoop_trend_rank_test (NULL, 0, NULL), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_test (few, 3, NULL), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_test (gaps, 5, NULL), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_test (equal, 5, &tau), ==, 1);
  g_assert_cmpfloat (tau, ==, 0);
}

static void
test_gaps_are_left_out_of_the_ranks (void)
{
  const gdouble whole[] = { 1, 3, 2, 5, 4 }, gaps[] = { NAN, 1, 3, NAN, NAN, 2, 5, 4, NAN };

  g_assert_cmpfloat (memsnoop_trend_rank_test (whole, 5, NULL), ==,
                     memsnoop_trend_rank_test (gaps, 9, NULL));
}

static void
test_the_median_slope_of_a_line_is_its_slope (void)
{
  gdouble values[24];

  for (guint i = 0; i < 24; i++)
    values[i] = 1000 + 2.5 * i;
  g_assert_cmpfloat (memsnoop_trend_median_slope (values, 24), ==, 2.5);
  /* Less than three tenths of wrong values do not matter. */
  values[3] = 1e9;
  values[11] = 0;
  values[20] = -1e9;
  g_assert_cmpfloat (memsnoop_trend_median_slope (values, 24), ==, 2.5);
}

static void
test_the_median_slope_is_that_of_all_pairs (void)
{
  const gdouble values[] = { 0, 1, 8, 5 };

  /* 1, 8/2, 5/3, 7, 4/2, -3. */
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_median_slope (values, 4), (5 / 3.0 + 2) / 2,
                                  1e-12);
  g_assert_cmpfloat (memsnoop_trend_median_slope (values, 2), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_median_slope (values, 1), ==, 0);
  g_assert_cmpfloat (memsnoop_trend_median_slope (NULL, 0), ==, 0);
}

static void
test_the_median_slope_counts_the_steps_of_gaps (void)
{
  const gdouble values[] = { 1, NAN, NAN, 7 }, gaps[] = { NAN, 1, NAN };

  g_assert_cmpfloat (memsnoop_trend_median_slope (values, 4), ==, 2);
  g_assert_cmpfloat (memsnoop_trend_median_slope (gaps, 3), ==, 0);
}

static void
test_rank_sums_have_the_known_probability (void)
{
  const gdouble low[] = { 3, 1, 4, 2 }, high[] = { 8, 7, 6, 5, 9 };

  /* U = 20, mean 10, variance 4 * 5 * 10 / 12: z = 9.5 / sqrt (16.667) = 2.3270. */
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_sum_test (low, 4, high, 5), 0.0099828, 1e-6);
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_sum_test (high, 5, low, 4), 1 - 0.0099828,
                                  1e-6);
}

static void
test_rank_sums_are_corrected_for_ties (void)
{
  const gdouble low[] = { 0, 0, 0 }, high[] = { 0, 1, 1 };
  gdouble z;

  /* U = 7.5; groups of 4 and 2 equal values: variance 9 / 12 * (7 - (60 + 6) / 30). */
  z = 2.5 / sqrt (0.75 * (7 - 66 / 30.0));
  g_assert_cmpfloat_with_epsilon (memsnoop_trend_rank_sum_test (low, 3, high, 3),
                                  erfc (z / sqrt (2)) / 2, 1e-12);
}

static void
test_rank_sums_of_none_or_equal_values_prove_nothing (void)
{
  const gdouble values[] = { 1, 1, 1 }, others[] = { 2, 0 };

  g_assert_cmpfloat (memsnoop_trend_rank_sum_test (values, 3, values, 3), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_sum_test (values, 3, NULL, 0), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_sum_test (NULL, 0, NULL, 0), ==, 1);
  g_assert_cmpfloat (memsnoop_trend_rank_sum_test (values, 1, others, 2), ==, 0.5);
}

#define ADD(name, function) g_test_add_func ("/trend/" name, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("the-envelope-is-what-was-never-given-back", test_the_envelope_is_what_was_never_given_back);
  ADD ("the-envelope-leaves-gaps", test_the_envelope_leaves_gaps);
  ADD ("perfect-order-has-the-known-probability", test_perfect_order_has_the_known_probability);
  ADD ("falling-values-are-no-rise", test_falling_values_are_no_rise);
  ADD ("ties-are-corrected-for", test_ties_are_corrected_for);
  ADD ("no-order-is-even-chance", test_no_order_is_even_chance);
  ADD ("too-few-or-equal-values-prove-nothing", test_too_few_or_equal_values_prove_nothing);
  ADD ("gaps-are-left-out-of-the-ranks", test_gaps_are_left_out_of_the_ranks);
  ADD ("rank-sums-have-the-known-probability", test_rank_sums_have_the_known_probability);
  ADD ("rank-sums-are-corrected-for-ties", test_rank_sums_are_corrected_for_ties);
  ADD ("rank-sums-of-none-or-equal-values-prove-nothing",
       test_rank_sums_of_none_or_equal_values_prove_nothing);
  ADD ("the-median-slope-of-a-line-is-its-slope", test_the_median_slope_of_a_line_is_its_slope);
  ADD ("the-median-slope-is-that-of-all-pairs", test_the_median_slope_is_that_of_all_pairs);
  ADD ("the-median-slope-counts-the-steps-of-gaps", test_the_median_slope_counts_the_steps_of_gaps);
  return g_test_run ();
}
