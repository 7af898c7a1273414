/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-onset.h"

#include "trend.h"

#include <math.h>

/* The thresholds' sources are in docs/detection.md. */
#define LULL_SPEED_MAXIMUM 0.35
#define LULL_PROBABILITY_MAXIMUM 0.001
#define EARLIER_LULL_SPEED_MAXIMUM 0.5
#define ROOT_EXPONENT 0.7
#define ROOT_RATIO_MAXIMUM 0.92
#define ROOT_STANDARD_ERRORS 4

/* Returns: how many steps there are. */
static guint
fill_steps (const MemsnoopGrowthCurve *curve, guint first, gdouble *steps)
{
  guint n_steps = 0;

  for (guint i = first; i + 1 < curve->n_values; i++)
    steps[n_steps++] = curve->envelope[i + 1] - curve->envelope[i];
  return n_steps;
}

static gdouble
mean (const gdouble *values, guint n_values)
{
  gdouble sum = 0;

  for (guint i = 0; i < n_values; i++)
    sum += values[i];
  return sum / n_values;
}

/* Of the mean, squared. */
static gdouble
standard_error_squared (const gdouble *values, guint n_values)
{
  gdouble center = mean (values, n_values), sum = 0;

  for (guint i = 0; i < n_values; i++)
    sum += (values[i] - center) * (values[i] - center);
  return sum / (n_values - 1.0) / n_values;
}

static gdouble
block_end (const MemsnoopGrowthCurve *curve, guint index)
{
  return curve->end - (curve->n_values - 1.0 - index) * curve->spacing;
}

/* Whether memory of the curve grew as fast as @rate (bytes a nanosecond) before @time, and after a
 * lull. */
static gboolean
has_resumed_before (const MemsnoopGrowthCurve *curve, gdouble time, gdouble rate)
{
  gboolean lull = FALSE;

  for (guint i = 0; i + 1 < curve->n_values && block_end (curve, i + 1) <= time; i++)
    {
      gdouble before = (curve->envelope[i + 1] - curve->envelope[i]) / curve->spacing;

      if (lull && before >= rate)
        return TRUE;
      lull |= before <= EARLIER_LULL_SPEED_MAXIMUM * rate;
    }
  return FALSE;
}

/* A point at which the growth of a curve may have begun anew: its step @onset is the first. */
typedef struct
{
  const MemsnoopGrowthCurve *curve;
  guint onset;
  gdouble steps[MEMSNOOP_USAGE_BLOCKS];
  guint n_steps;
  gdouble speed;
} Onset;

/* Whether the growth from there on slows by itself. The first step may lie on both sides. */
static gboolean
slows (const Onset *self)
{
  MemsnoopGrowthWindow window = { self->curve, self->onset },
                       later = { self->curve, self->onset + 1 };

  return memsnoop_growth_window_is_slowing (&window) || memsnoop_growth_window_is_slowing (&later);
}

/* Whether the steps before it, beginning with step @first, are a lull. */
static gboolean
is_lull (const Onset *self, guint first)
{
  guint n_lull = self->onset - first;

  return mean (self->steps + first, n_lull) <= LULL_SPEED_MAXIMUM * self->speed &&
         memsnoop_trend_rank_sum_test (self->steps + first, n_lull, self->steps + self->onset,
                                       self->n_steps - self->onset) <= LULL_PROBABILITY_MAXIMUM;
}

/* The last step with which a lull before it can begin, so that it is beyond chance; @onset when
 * there is none. */
static guint
find_first_step (const Onset *self)
{
  const gdouble *values = self->curve->values;

  if (isnan (values[self->onset]))
    return self->onset;
  for (guint first = self->onset; first-- > 0 && !isnan (values[first]);)
    if (is_lull (self, first))
      return first;
  return self->onset;
}

static gdouble
find_lull_before (Onset *self, const MemsnoopGrowthCurve *end)
{
  const MemsnoopGrowthCurve *curve = self->curve;
  guint first;

  self->speed = mean (self->steps + self->onset, self->n_steps - self->onset);
  first = find_first_step (self);
  if (first == self->onset || slows (self))
    return -INFINITY;
  for (const MemsnoopGrowthCurve *other = curve; other < end; other++)
    if (has_resumed_before (other, block_end (curve, first), self->speed / curve->spacing))
      return -INFINITY;
  return block_end (curve, first) - curve->spacing;
}

gdouble
memsnoop_growth_onset_find_lull (const MemsnoopGrowthCurve *curves,
                                 guint n_curves,
                                 gdouble observation)
{
  gdouble latest = -INFINITY;

  for (guint i = 0; i < n_curves; i++)
    {
      Onset onset = { .curve = &curves[i] };

      onset.n_steps = fill_steps (onset.curve, 0, onset.steps);
      for (onset.onset = 1; onset.onset < onset.n_steps &&
                            (onset.n_steps - onset.onset) * curves[i].spacing >= observation;
           onset.onset++)
        latest = MAX (latest, find_lull_before (&onset, curves + n_curves));
    }
  return latest;
}

/* How fast the newer half of @steps steps up to @end grows, by the older, when it is the root of
 * the time. */
static gdouble
root_ratio (gdouble end, gdouble steps)
{
  gdouble start = MAX (end - steps, 0), half = floor (steps / 2);

  return (pow (end, ROOT_EXPONENT) - pow (end - half, ROOT_EXPONENT)) /
         (pow (start + half, ROOT_EXPONENT) - pow (start, ROOT_EXPONENT));
}

gboolean
memsnoop_growth_onset_excludes_roots (const MemsnoopGrowthWindow *window, gdouble beginning)
{
  const MemsnoopGrowthCurve *curve = window->curve;
  gdouble steps[MEMSNOOP_USAGE_BLOCKS];
  guint n_steps = fill_steps (curve, window->first, steps), half = n_steps / 2;
  const gdouble *newer = steps + n_steps - half;
  gdouble expected, ratio, error;

  if (half < 2 || !isfinite (beginning) || mean (steps, half) <= 0 || mean (newer, half) <= 0)
    return FALSE;
  /* The least of a block that grows is what it begins with. */
  expected = root_ratio ((curve->end - beginning) / curve->spacing - 1, n_steps);
  ratio = mean (newer, half) / mean (steps, half);
  error = ratio * sqrt (standard_error_squared (steps, half) / pow (mean (steps, half), 2) +
                        standard_error_squared (newer, half) / pow (mean (newer, half), 2));
  return expected <= ROOT_RATIO_MAXIMUM && ratio - ROOT_STANDARD_ERRORS * error > expected;
}
