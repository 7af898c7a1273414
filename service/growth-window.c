/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-window.h"

#include "trend.h"

#include <math.h>

/* The thresholds' sources are in docs/detection.md. */
/* The first block may not have been observed from its beginning: its value is of later, and would
 * make the growth after it look slow. */
#define PARTIAL_BLOCKS 1
#define GAPS_MAXIMUM 0.1
#define RANK_PROBABILITY_MAXIMUM 0.001
/* Of the older half's steps, so many are left out, the largest: what a start or a phase added. */
#define STEPS_LEFT_OUT (1 / 3.0)
#define NEWER_TO_OLDER_MINIMUM 0.8
/* A lesser loss of speed than that counts only when it goes through the whole window, by ranks. */
#define NEWER_TO_OLDER_TYPICAL 0.95
#define SLOWING_PROBABILITY_MAXIMUM 0.05

static void
fill_gaps (MemsnoopGrowthCurve *self)
{
  for (guint i = 1; i < self->n_values; i++)
    if (isnan (self->envelope[i]))
      self->envelope[i] = self->envelope[i - 1];
}

void
memsnoop_growth_curve_fill (MemsnoopGrowthCurve *self,
                            const MemsnoopGrowthLevel *level,
                            gdouble least_since)
{
  guint n_values = MIN (level->n_values, MEMSNOOP_USAGE_BLOCKS);

  self->n_values = n_values - MIN (n_values, PARTIAL_BLOCKS);
  self->spacing = (gdouble) level->spacing;
  self->end = (gdouble) level->end;
  for (guint i = 0; i < self->n_values; i++)
    {
      guint64 bytes = level->values[i + PARTIAL_BLOCKS];
      gboolean gap = bytes == MEMSNOOP_USAGE_GAP;

      self->values[i] = gap ? NAN : (gdouble) bytes;
      self->envelope[i] = gap ? NAN : MIN (self->values[i], least_since);
    }
  memsnoop_trend_lower_envelope (self->envelope, self->n_values);
  fill_gaps (self);
}

guint
memsnoop_growth_window_get_length (const MemsnoopGrowthWindow *self)
{
  return self->curve->n_values - self->first;
}

gdouble
memsnoop_growth_window_get_duration (const MemsnoopGrowthWindow *self)
{
  return memsnoop_growth_window_get_length (self) * self->curve->spacing;
}

gdouble
memsnoop_growth_window_get_growth (const MemsnoopGrowthWindow *self)
{
  const MemsnoopGrowthCurve *curve = self->curve;

  return curve->envelope[curve->n_values - 1] - curve->envelope[self->first];
}

gboolean
memsnoop_growth_window_is_observed (const MemsnoopGrowthWindow *self)
{
  const MemsnoopGrowthCurve *curve = self->curve;
  guint gaps = 0;

  for (guint i = self->first; i < curve->n_values; i++)
    gaps += isnan (curve->values[i]) != 0;
  return !isnan (curve->values[self->first]) &&
         gaps <= GAPS_MAXIMUM * memsnoop_growth_window_get_length (self);
}

gboolean
memsnoop_growth_window_has_trend (const MemsnoopGrowthWindow *self, gdouble *tau)
{
  return memsnoop_trend_rank_test (self->curve->values + self->first,
                                   memsnoop_growth_window_get_length (self),
                                   tau) <= RANK_PROBABILITY_MAXIMUM;
}

guint
memsnoop_growth_window_count_rises (const MemsnoopGrowthWindow *self)
{
  const gdouble *envelope = self->curve->envelope;
  guint rises = 0;

  for (guint i = self->first + 1; i < self->curve->n_values; i++)
    rises += envelope[i] > envelope[i - 1];
  return rises;
}

gdouble
memsnoop_growth_window_get_bend (const MemsnoopGrowthWindow *self)
{
  const gdouble *envelope = self->curve->envelope + self->first;
  guint n_steps = memsnoop_growth_window_get_length (self) - 1;
  gdouble growth = memsnoop_growth_window_get_growth (self);
  gdouble bend = 0;

  if (growth <= 0)
    return 1;
  for (guint i = 1; i < n_steps; i++)
    bend = MAX (bend, fabs ((envelope[i] - envelope[0]) / growth - (gdouble) i / n_steps));
  return bend;
}

static gint
compare_values (gconstpointer a, gconstpointer b)
{
  gdouble first = *(const gdouble *) a, second = *(const gdouble *) b;

  return (first > second) - (first < second);
}

/* Replaces the largest of the values by NAN and returns the mean of the others. */
static gdouble
leave_out_largest (gdouble *values, guint n_values)
{
  gdouble sorted[MEMSNOOP_USAGE_BLOCKS];
  guint n_left = n_values - (guint) (n_values * STEPS_LEFT_OUT);
  guint n_kept = 0;
  gdouble sum = 0;

  memcpy (sorted, values, n_values * sizeof (gdouble));
  qsort (sorted, n_values, sizeof (gdouble), compare_values);
  for (guint i = 0; i < n_values; i++)
    if (values[i] > sorted[n_left - 1] || n_kept == n_left)
      values[i] = NAN;
    else
      {
        sum += values[i];
        n_kept++;
      }
  return sum / n_left;
}

static gdouble
mean (const gdouble *values, guint n_values)
{
  gdouble sum = 0;

  for (guint i = 0; i < n_values; i++)
    sum += values[i];
  return sum / n_values;
}

/* Whether the steps become smaller, beyond chance. */
static gboolean
steps_fall (gdouble *steps, guint n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    steps[i] = -steps[i];
  return memsnoop_trend_rank_test (steps, n_steps, NULL) <= SLOWING_PROBABILITY_MAXIMUM;
}

gboolean
memsnoop_growth_window_is_slowing (const MemsnoopGrowthWindow *self)
{
  gdouble steps[MEMSNOOP_USAGE_BLOCKS];
  guint n_steps = memsnoop_growth_window_get_length (self) - 1;
  guint half = n_steps / 2;
  gdouble older, newer;

  for (guint i = 0; i < n_steps; i++)
    steps[i] = self->curve->envelope[self->first + i + 1] - self->curve->envelope[self->first + i];
  newer = mean (steps + n_steps - half, half);
  older = leave_out_largest (steps, half);
  if (newer >= NEWER_TO_OLDER_TYPICAL * older)
    return FALSE;
  return newer < NEWER_TO_OLDER_MINIMUM * older || steps_fall (steps, n_steps);
}

gdouble
memsnoop_growth_curve_time_above (const MemsnoopGrowthCurve *self, gdouble time, gdouble bytes)
{
  guint n_above = 0;

  for (guint i = 0; i < self->n_values; i++)
    if (self->end - (self->n_values - 1 - i) * self->spacing <= time)
      n_above += self->values[i] > bytes;
  return n_above * self->spacing;
}
