/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trend.h"

#include <math.h>

/* With fewer values not even a perfect order is rarer than one in twenty. */
#define RANK_TEST_MINIMUM 4

void
memsnoop_trend_lower_envelope (gdouble *values, guint n_values)
{
  gdouble least = INFINITY;

  for (guint i = n_values; i-- > 0;)
    if (!isnan (values[i]))
      values[i] = least = MIN (least, values[i]);
}

typedef struct
{
  guint n;
  /* Pairs in order less pairs out of order. */
  gint64 score;
  guint64 equal_pairs;
  /* Sum of (t - 1)(2t + 5) over all values, t being how many are equal to each: what Kendall sums
   * as t (t - 1)(2t + 5) over the groups of equal values. */
  guint64 ties;
} Ranks;

static void
add_value (Ranks *ranks, const gdouble *values, guint n_values, guint index)
{
  guint64 equal = 0;

  for (guint j = 0; j < n_values; j++)
    {
      equal += values[j] == values[index];
      if (j > index && !isnan (values[j]))
        ranks->score += (values[j] > values[index]) - (values[j] < values[index]);
    }
  ranks->n++;
  ranks->equal_pairs += equal - 1;
  ranks->ties += (equal - 1) * (2 * equal + 5);
}

static Ranks
compare_all (const gdouble *values, guint n_values)
{
  Ranks ranks = { 0 };

  for (guint i = 0; i < n_values; i++)
    if (!isnan (values[i]))
      add_value (&ranks, values, n_values, i);
  /* Each was met from both sides. */
  ranks.equal_pairs /= 2;
  return ranks;
}

/* Kendall's tau-b; time has no ties. */
static gdouble
rank_correlation (const Ranks *ranks)
{
  gdouble pairs = ranks->n / 2.0 * (ranks->n - 1.0);
  gdouble unequal_pairs = pairs - ranks->equal_pairs;

  return ranks->n >= 2 && unequal_pairs > 0 ? ranks->score / sqrt (pairs * unequal_pairs) : 0;
}

gdouble
memsnoop_trend_rank_test (const gdouble *values, guint n_values, gdouble *tau)
{
  Ranks ranks = compare_all (values, n_values);
  gdouble n = ranks.n;
  gdouble variance = (n * (n - 1) * (2 * n + 5) - ranks.ties) / 18;
  gdouble continuous = ranks.score - (ranks.score > 0) + (ranks.score < 0);

  if (tau != NULL)
    *tau = rank_correlation (&ranks);
  if (ranks.n < RANK_TEST_MINIMUM || variance <= 0)
    return 1;
  return erfc (continuous / sqrt (2 * variance)) / 2;
}

/* Sum of t² - 1 over @values, t being how many of both groups are equal to each: what the test sums
 * as t³ - t over the groups of equal values. */
static gdouble
count_ties (const gdouble *values, guint n_values, const gdouble *others, guint n_others)
{
  gdouble sum = 0;

  for (guint i = 0; i < n_values; i++)
    {
      gdouble equal = 0;

      for (guint j = 0; j < n_values; j++)
        equal += values[j] == values[i];
      for (guint j = 0; j < n_others; j++)
        equal += others[j] == values[i];
      sum += equal * equal - 1;
    }
  return sum;
}

gdouble
memsnoop_trend_rank_sum_test (const gdouble *older,
                              guint n_older,
                              const gdouble *newer,
                              guint n_newer)
{
  gdouble n = (gdouble) n_older + n_newer, pairs = (gdouble) n_older * n_newer;
  gdouble ties =
      count_ties (older, n_older, newer, n_newer) + count_ties (newer, n_newer, older, n_older);
  gdouble variance = pairs / 12 * (n + 1 - ties / (n * (n - 1)));
  gdouble score = -pairs / 2;

  for (guint i = 0; i < n_older; i++)
    for (guint j = 0; j < n_newer; j++)
      score += newer[j] > older[i] ? 1 : newer[j] == older[i] ? 0.5 : 0;
  if (pairs == 0 || variance <= 0)
    return 1;
  score -= score > 0 ? 0.5 : score < 0 ? -0.5 : 0;
  return erfc (score / sqrt (2 * variance)) / 2;
}

static void
swap (gdouble *a, gdouble *b)
{
  gdouble value = *a;

  *a = *b;
  *b = value;
}

/* Hoare's selection: puts the value of @rank in its place, none greater before it and none less
 * behind it. */
static gdouble
select_rank (gdouble *values, guint n_values, guint rank)
{
  gint64 first = 0, last = (gint64) n_values - 1;

  while (first < last)
    {
      gdouble pivot = values[rank];
      gint64 i = first, j = last;

      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (pivot < values[j])
            j--;
          if (i <= j)
            swap (&values[i++], &values[j--]);
        }
      if (j < rank)
        first = i;
      if (rank < i)
        last = j;
    }
  return values[rank];
}

static gdouble
median (gdouble *values, guint n_values)
{
  gdouble upper = select_rank (values, n_values, n_values / 2);
  gdouble lower = values[0];

  if (n_values % 2 == 1)
    return upper;
  for (guint i = 1; i < n_values / 2; i++)
    lower = MAX (lower, values[i]);
  return (lower + upper) / 2;
}

gdouble
memsnoop_trend_median_slope (const gdouble *values, guint n_values)
{
  g_autofree gdouble *slopes = NULL;
  guint n_slopes = 0;

  if (n_values < 2)
    return 0;
  slopes = g_new (gdouble, (gsize) n_values * (n_values - 1) / 2);
  for (guint i = 0; i < n_values; i++)
    for (guint j = i + 1; j < n_values; j++)
      if (!isnan (values[i]) && !isnan (values[j]))
        slopes[n_slopes++] = (values[j] - values[i]) / (j - i);
  return n_slopes == 0 ? 0 : median (slopes, n_slopes);
}
