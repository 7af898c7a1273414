/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-detector.h"

#include "growth-onset.h"
#include "growth-window.h"
#include "trend.h"

#include <math.h>

/* The thresholds' sources are in docs/detection.md. */
#define WINDOW_MINIMUM 10
#define LONGER_WINDOW_MINIMUM 7
#define BEND_MAXIMUM 0.12
#define CYCLE_BLOCKS_IN_WINDOW 16
#define CYCLE_HEIGHT 0.25
#define CYCLE_TIME 0.5

#define STOPPED_WINDOW_SHARE (1 / 3.0)
#define STOPPED_OBSERVATION_SHARE 0.5
#define STOPPED_RATE_SHARE 0.1
#define STOPPED_GIVEN_BACK 0.5

typedef struct
{
  guint n_curves;
  MemsnoopGrowthCurve curves[MEMSNOOP_USAGE_LEVELS];
  /* Bytes; growth that is less is of no interest. */
  gdouble needed;
  /* Nanoseconds; growth that is shorter is none. */
  gdouble observation;
  /* Of the history; -INFINITY when older blocks were forgotten. */
  gdouble beginning;
  /* When the last lull began: looked for when it matters. */
  gboolean lull_known;
  gdouble lull;
} Judgement;

static gdouble
observation_time (const MemsnoopGrowthSeries *series)
{
  return (gdouble) series->levels[0].spacing * MEMSNOOP_OBSERVATION_TICKS /
         MEMSNOOP_USAGE_BLOCK_TICKS;
}

static guint
count_levels (const MemsnoopGrowthSeries *series)
{
  guint n_levels = MIN (series->n_levels, MEMSNOOP_USAGE_LEVELS);

  for (guint i = 0; i < n_levels; i++)
    if (series->levels[i].spacing == 0)
      return i;
  return n_levels;
}

/* The least of all values that end after @end in levels finer than @level, and of what is there
 * now. */
static gdouble
least_since (const MemsnoopGrowthSeries *series, guint level)
{
  guint64 least = series->current;
  guint64 end = series->levels[level].end;

  for (guint i = 0; i < level; i++)
    {
      const MemsnoopGrowthLevel *finer = &series->levels[i];
      guint64 newer = finer->end > end ? (finer->end - end) / finer->spacing : 0;
      guint n_values = MIN (finer->n_values, MEMSNOOP_USAGE_BLOCKS);

      for (guint j = n_values - (guint) MIN (newer, n_values); j < n_values; j++)
        if (finer->values[j] != MEMSNOOP_USAGE_GAP)
          least = MIN (least, finer->values[j]);
    }
  return (gdouble) least;
}

/* Of the first block, which may have been seen in part. */
static gdouble
find_history_beginning (const MemsnoopGrowthSeries *series)
{
  gdouble beginning = INFINITY;

  for (guint i = 0; i < count_levels (series); i++)
    {
      const MemsnoopGrowthLevel *level = &series->levels[i];

      if (i + 1 == MEMSNOOP_USAGE_LEVELS && level->n_values >= MEMSNOOP_USAGE_BLOCKS)
        return -INFINITY;
      if (level->n_values > 0)
        beginning =
            MIN (beginning, (gdouble) level->end - level->n_values * (gdouble) level->spacing);
    }
  return beginning;
}

static void
judgement_fill (Judgement *self,
                const MemsnoopGrowthSeries *series,
                const MemsnoopGrowthThresholds *thresholds)
{
  self->needed =
      MAX ((gdouble) thresholds->minimum_bytes, thresholds->minimum_share * series->current);
  self->observation = observation_time (series);
  self->beginning = find_history_beginning (series);
  self->lull_known = FALSE;
  self->n_curves = count_levels (series);
  for (guint i = 0; i < self->n_curves; i++)
    memsnoop_growth_curve_fill (&self->curves[i], &series->levels[i], least_since (series, i));
}

/* When the lull began after which the growth of the window is another; -INFINITY when it is not. */
static gdouble
find_lull (Judgement *self, const MemsnoopGrowthWindow *window)
{
  gdouble first_end =
      window->curve->end - memsnoop_growth_window_get_duration (window) + window->curve->spacing;

  if (!self->lull_known)
    self->lull = memsnoop_growth_onset_find_lull (self->curves, self->n_curves, self->observation);
  self->lull_known = TRUE;
  return self->lull <= first_end ? self->lull : -INFINITY;
}

/* Whether it shows that the growth of @window slows, being longer. */
static gboolean
shows_slowing (Judgement *self,
               const MemsnoopGrowthWindow *longer,
               const MemsnoopGrowthWindow *window)
{
  gdouble duration = memsnoop_growth_window_get_duration (longer);

  return duration > memsnoop_growth_window_get_duration (window) &&
         memsnoop_growth_window_is_observed (longer) &&
         memsnoop_growth_window_is_slowing (longer) &&
         longer->curve->end - duration >= find_lull (self, window);
}

/* Whether a window that goes farther back, up to a multiple of this one's time, shows that the
 * growth slows. */
static gboolean
is_slowing (Judgement *self, const MemsnoopGrowthWindow *window)
{
  if (memsnoop_growth_window_is_slowing (window))
    return TRUE;
  for (const MemsnoopGrowthCurve *curve = window->curve; curve < self->curves + self->n_curves;
       curve++)
    for (guint n = LONGER_WINDOW_MINIMUM; n <= curve->n_values; n++)
      if (shows_slowing (self, &(MemsnoopGrowthWindow){ curve, curve->n_values - n }, window))
        return !memsnoop_growth_onset_excludes_roots (
            window, MAX (self->beginning, find_lull (self, window)));
  return FALSE;
}

/* Whether the memory was there before the window for long enough that it shows in blocks comparable
 * to it. */
static gboolean
has_been_there (const Judgement *self, const MemsnoopGrowthWindow *window)
{
  gdouble duration = memsnoop_growth_window_get_duration (window);
  gdouble start = window->curve->end - duration;
  gdouble height = window->curve->envelope[window->first] +
                   CYCLE_HEIGHT * memsnoop_growth_window_get_growth (window);

  for (guint i = 0; i < self->n_curves; i++)
    if (self->curves[i].spacing * CYCLE_BLOCKS_IN_WINDOW >= duration &&
        memsnoop_growth_curve_time_above (&self->curves[i], start, height) >= CYCLE_TIME * duration)
      return TRUE;
  return FALSE;
}

/* A phase of growth as long as the observation time shows as rises in so many steps, wherever the
 * blocks' borders are; what has more lasted longer. */
static guint
rises_needed (const Judgement *self, const MemsnoopGrowthCurve *curve)
{
  return 2 + (guint) ceil (self->observation / curve->spacing);
}

static MemsnoopGrowthReason
judge_window (Judgement *self, const MemsnoopGrowthWindow *window, gdouble *tau)
{
  if (!memsnoop_growth_window_is_observed (window))
    return MEMSNOOP_GROWTH_TOO_SHORT;
  if (memsnoop_growth_window_get_growth (window) < self->needed)
    return MEMSNOOP_GROWTH_TOO_LITTLE;
  if (!memsnoop_growth_window_has_trend (window, tau))
    return MEMSNOOP_GROWTH_NO_TREND;
  if (memsnoop_growth_window_count_rises (window) < rises_needed (self, window->curve) ||
      memsnoop_growth_window_get_bend (window) > BEND_MAXIMUM)
    return MEMSNOOP_GROWTH_NOT_STEADY;
  if (is_slowing (self, window))
    return MEMSNOOP_GROWTH_SLOWING;
  return has_been_there (self, window) ? MEMSNOOP_GROWTH_BEEN_THERE : MEMSNOOP_GROWTH_SUSPECTED;
}

/* The last value of the window that is not above its first. */
static guint
find_beginning (const MemsnoopGrowthWindow *window)
{
  const gdouble *envelope = window->curve->envelope;
  guint i = window->first;

  while (i + 1 < window->curve->n_values && envelope[i + 1] <= envelope[window->first])
    i++;
  return i;
}

static guint64
to_unsigned (gdouble value)
{
  return value >= (gdouble) G_MAXUINT64 ? G_MAXUINT64 : value > 0 ? (guint64) value : 0;
}

static void
suspect (const Judgement *self,
         const MemsnoopGrowthWindow *window,
         gdouble tau,
         MemsnoopGrowthVerdict *verdict)
{
  const MemsnoopGrowthCurve *curve = window->curve;
  guint n_values = memsnoop_growth_window_get_length (window);
  guint beginning = find_beginning (window);
  gdouble growing = (curve->n_values - beginning) * curve->spacing;
  gdouble confidence = tau * growing / (growing + self->observation);

  if (confidence <= verdict->confidence)
    return;
  verdict->confidence = confidence;
  verdict->since = to_unsigned (curve->end - growing);
  verdict->bytes = to_unsigned (memsnoop_growth_window_get_growth (window));
  verdict->rate = memsnoop_trend_median_slope (curve->envelope + window->first, n_values) /
                  curve->spacing * 1e9;
  verdict->window = to_unsigned (memsnoop_growth_window_get_duration (window));
}

static guint
window_minimum (const Judgement *self, const MemsnoopGrowthCurve *curve)
{
  return MAX (WINDOW_MINIMUM, rises_needed (self, curve) + 1);
}

static MemsnoopGrowthReason
judge_curve (Judgement *self, const MemsnoopGrowthCurve *curve, MemsnoopGrowthVerdict *verdict)
{
  MemsnoopGrowthReason furthest = MEMSNOOP_GROWTH_TOO_SHORT;
  guint n_minimum = window_minimum (self, curve);
  gboolean suspected = FALSE;

  if (curve->n_values < n_minimum)
    return MEMSNOOP_GROWTH_TOO_SHORT;
  /* No window can have gained more than the whole curve: most processes end here. */
  if (curve->envelope[curve->n_values - 1] - curve->envelope[0] < self->needed)
    return MEMSNOOP_GROWTH_TOO_LITTLE;
  for (guint n = n_minimum; n <= curve->n_values; n++)
    {
      MemsnoopGrowthWindow window = { curve, curve->n_values - n };
      gdouble tau = 0;
      MemsnoopGrowthReason reason = judge_window (self, &window, &tau);

      furthest = MAX (furthest, reason);
      if (reason != MEMSNOOP_GROWTH_SUSPECTED)
        continue;
      suspected = TRUE;
      suspect (self, &window, tau, verdict);
    }
  return suspected ? MEMSNOOP_GROWTH_SUSPECTED : furthest;
}

void
memsnoop_growth_detector_judge (const MemsnoopGrowthSeries *series,
                                const MemsnoopGrowthThresholds *thresholds,
                                MemsnoopGrowthVerdict *verdict)
{
  MemsnoopGrowthReason furthest = MEMSNOOP_GROWTH_TOO_SHORT;
  gboolean suspected = FALSE;
  Judgement judgement;

  *verdict = (MemsnoopGrowthVerdict){ 0 };
  judgement_fill (&judgement, series, thresholds);
  for (guint i = 0; i < judgement.n_curves; i++)
    {
      MemsnoopGrowthReason reason = judge_curve (&judgement, &judgement.curves[i], verdict);

      furthest = MAX (furthest, reason);
      suspected |= reason == MEMSNOOP_GROWTH_SUSPECTED;
    }
  verdict->reason = suspected ? MEMSNOOP_GROWTH_SUSPECTED : furthest;
}

/* The least of the values whose time overlaps that from @start to @end; NAN when there is none. */
static gdouble
least_between (const MemsnoopGrowthLevel *level, gdouble start, gdouble end)
{
  guint n_values = MIN (level->n_values, MEMSNOOP_USAGE_BLOCKS);
  gdouble least = NAN;

  for (guint i = 0; i < n_values; i++)
    {
      gdouble block_end = (gdouble) level->end - (n_values - 1.0 - i) * (gdouble) level->spacing;

      if (level->values[i] != MEMSNOOP_USAGE_GAP && block_end > start &&
          block_end - (gdouble) level->spacing < end)
        least = fmin (least, (gdouble) level->values[i]);
    }
  return least;
}

/* The finest level that goes back to @start; %NULL when none does. */
static const MemsnoopGrowthLevel *
find_level (const MemsnoopGrowthSeries *series, gdouble start)
{
  guint n_levels = count_levels (series);

  for (guint i = 0; i < n_levels; i++)
    {
      const MemsnoopGrowthLevel *level = &series->levels[i];
      guint n_values = MIN (level->n_values, MEMSNOOP_USAGE_BLOCKS);

      if ((gdouble) level->end - n_values * (gdouble) level->spacing <= start)
        return level;
    }
  return NULL;
}

static gboolean
is_given_back (const MemsnoopGrowthSeries *series,
               const MemsnoopGrowthVerdict *last,
               guint64 judged_at,
               guint64 judged_bytes)
{
  const MemsnoopGrowthLevel *level = find_level (series, (gdouble) last->since);
  gdouble floor = NAN;

  if (level != NULL)
    floor = least_between (level, (gdouble) last->since, (gdouble) judged_at);
  if (isnan (floor))
    floor = (gdouble) judged_bytes - (gdouble) last->bytes;
  return series->current < floor + (1 - STOPPED_GIVEN_BACK) * last->bytes;
}

/* Compares the least of the older half of @period, up to now, with that of the newer half. */
static gboolean
is_flat (const MemsnoopGrowthSeries *series, gdouble period, gdouble rate)
{
  gdouble end = (gdouble) series->levels[0].end;
  const MemsnoopGrowthLevel *level = find_level (series, end - period);
  gdouble older, newer;

  if (level == NULL)
    return FALSE;
  end = (gdouble) level->end;
  older = least_between (level, end - period, end - period / 2);
  newer = least_between (level, end - period / 2, end);
  newer = fmin (newer, least_since (series, (guint) (level - series->levels)));
  return newer - older <= STOPPED_RATE_SHARE * rate * period / 2 / 1e9;
}

gboolean
memsnoop_growth_detector_has_stopped (const MemsnoopGrowthSeries *series,
                                      const MemsnoopGrowthVerdict *last,
                                      guint64 judged_at,
                                      guint64 judged_bytes)
{
  gdouble period;

  if (count_levels (series) == 0)
    return FALSE;
  period = MAX (last->window * STOPPED_WINDOW_SHARE,
                STOPPED_OBSERVATION_SHARE * observation_time (series));
  return is_given_back (series, last, judged_at, judged_bytes) ||
         is_flat (series, period, last->rate);
}

void
memsnoop_growth_series_fill (MemsnoopGrowthSeries *series,
                             const MemsnoopUsageHistory *history,
                             MemsnoopUsageKind kind,
                             guint64 interval,
                             guint64 page_size,
                             guint64 current)
{
  guint64 spacing = MEMSNOOP_USAGE_BLOCK_TICKS * interval;

  series->n_levels = MEMSNOOP_USAGE_LEVELS;
  series->current = current;
  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++, spacing *= 4)
    {
      MemsnoopGrowthLevel *level = &series->levels[i];

      level->spacing = spacing;
      level->end = memsnoop_usage_history_get_end (history, i) * interval;
      level->n_values =
          memsnoop_usage_history_get_blocks (history, kind, i, page_size, level->values);
    }
}

const gchar *
memsnoop_growth_reason_name (MemsnoopGrowthReason reason)
{
  static const gchar *const names[] = {
    [MEMSNOOP_GROWTH_SUSPECTED] = "suspected",   [MEMSNOOP_GROWTH_TOO_SHORT] = "too-short",
    [MEMSNOOP_GROWTH_TOO_LITTLE] = "too-little", [MEMSNOOP_GROWTH_NO_TREND] = "no-trend",
    [MEMSNOOP_GROWTH_NOT_STEADY] = "not-steady", [MEMSNOOP_GROWTH_SLOWING] = "slowing",
    [MEMSNOOP_GROWTH_BEEN_THERE] = "been-there",
  };

  return names[reason];
}
