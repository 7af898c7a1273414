/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replays the curves of imagined programs from their start, with a verdict after each block, as the
 * watch does. */
#include "growth-detector.h"
#include "memory-curve.h"
#include "under-valgrind.h"

#include <math.h>

#define MIB (1024 * 1024)
#define PAGE 4096
#define SECOND G_GUINT64_CONSTANT (1000000000)
#define INTERVAL (2 * SECOND)
#define FIRST_TICK 1000000
#define SEEDS 2

static const MemsnoopGrowthThresholds thresholds = { 4 * MIB, 0.02 };

typedef struct
{
  MemsnoopUsageHistory *history;
  MemsnoopGrowthSeries series;
  MemsnoopGrowthVerdict verdict;
} Judge;

/* Whether there was something new to judge. */
static gboolean
add (Judge *judge, guint tick, gdouble bytes)
{
  MemsnoopUsage usage = { .anonymous = bytes > 0 ? (guint32) (bytes / PAGE) : 0 };

  if (!memsnoop_usage_history_add (judge->history, FIRST_TICK + tick, &usage))
    return FALSE;
  memsnoop_growth_series_fill (&judge->series, judge->history, MEMSNOOP_USAGE_PRIVATE, INTERVAL,
                               PAGE, (guint64) usage.anonymous * PAGE);
  memsnoop_growth_detector_judge (&judge->series, &thresholds, &judge->verdict);
  return TRUE;
}

static void
check_verdict (const MemsnoopGrowthVerdict *verdict, guint64 now)
{
  if (verdict->reason != MEMSNOOP_GROWTH_SUSPECTED)
    {
      g_assert_cmpuint (verdict->since | verdict->bytes | verdict->window, ==, 0);
      g_assert_cmpfloat (verdict->rate, ==, 0);
      g_assert_cmpfloat (verdict->confidence, ==, 0);
      return;
    }
  g_assert_cmpfloat (verdict->rate, >, 0);
  g_assert_cmpfloat (verdict->confidence, >, 0.3);
  g_assert_cmpfloat (verdict->confidence, <, 1);
  g_assert_cmpuint (verdict->bytes, >=, thresholds.minimum_bytes);
  g_assert_cmpuint (verdict->since, <, now);
  g_assert_cmpuint (verdict->window, >=, MEMSNOOP_OBSERVATION_TICKS * INTERVAL);
}

static guint
ticks_of (const MemoryCurve *curve)
{
  if (!under_valgrind ())
    return curve->ticks;
  return MIN (curve->ticks, curve->leaks ? curve->found_by + 100 : 4000);
}

/* Returns: the tick of the first alarm; 0 for none. */
static guint
replay_curve (const MemoryCurve *curve, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  MemoryReplay replay = { .curve = curve, .random = random };
  Judge judge = { .history = memsnoop_usage_history_new () };
  guint found = 0;

  /* Wherever the blocks' borders are. */
  for (guint tick = 0; tick < ticks_of (curve); tick++)
    if (add (&judge, tick + seed * 7, curve->bytes (&replay, tick)))
      {
        check_verdict (&judge.verdict, (FIRST_TICK + tick + seed * 7) * INTERVAL);
        if (judge.verdict.reason == MEMSNOOP_GROWTH_SUSPECTED && found == 0)
          found = tick;
      }
  memsnoop_usage_history_free (judge.history);
  return found;
}

static void
test_curve (gconstpointer data)
{
  const MemoryCurve *curve = data;

  for (guint32 seed = 1; seed <= (under_valgrind () ? 1 : SEEDS); seed++)
    {
      guint found = replay_curve (curve, seed);

      if (!curve->leaks)
        {
          g_assert_cmpuint (found, ==, 0);
          continue;
        }
      g_assert_cmpuint (found, >=, MEMSNOOP_OBSERVATION_TICKS);
      g_assert_cmpuint (found, <=, curve->found_by);
    }
}

static void
judge_line (Judge *judge, guint first, guint last, gdouble base, gdouble rate)
{
  for (guint tick = first; tick < last; tick++)
    add (judge, tick, base + rate * (tick - first));
}

static void
test_the_evidence_is_exact_for_a_straight_line (void)
{
  Judge judge = { .history = memsnoop_usage_history_new () };
  const MemsnoopGrowthVerdict *verdict = &judge.verdict;

  judge_line (&judge, 0, 1000, 50 * MIB, 16 * PAGE);
  g_assert_cmpint (verdict->reason, ==, MEMSNOOP_GROWTH_SUSPECTED);
  /* Bytes a second, of an interval of two seconds. */
  g_assert_cmpfloat_with_epsilon (verdict->rate, 16 * PAGE / 2, 1e-6);
  g_assert_cmpuint (verdict->since, >=, FIRST_TICK * INTERVAL);
  g_assert_cmpuint (verdict->since, <=, (FIRST_TICK + 120) * INTERVAL);
  g_assert_cmpuint (verdict->bytes, >=, 13 * MIB * 4);
  memsnoop_usage_history_free (judge.history);
}

static void
test_confidence_rises_with_the_time_observed (void)
{
  Judge judge = { .history = memsnoop_usage_history_new () };
  gdouble confidence = 0;

  for (guint tick = 0; tick < 20000; tick++)
    if (add (&judge, tick, 50.0 * MIB + tick * 16.0 * PAGE) && tick > 345)
      {
        /* The blocks of the coarser levels end some time ago. */
        g_assert_cmpfloat (judge.verdict.confidence, >=, confidence - 0.05);
        confidence = MAX (confidence, judge.verdict.confidence);
      }
  g_assert_cmpfloat (confidence, >, 0.9);
  memsnoop_usage_history_free (judge.history);
}

static void
test_a_sleep_of_hours_is_no_slope (void)
{
  Judge judge = { .history = memsnoop_usage_history_new () };

  judge_line (&judge, 0, 600, 50 * MIB, 0);
  /* After the sleep there is more; and again. */
  for (guint i = 1; i <= 20; i++)
    for (guint tick = 0; tick < 100; tick++)
      if (add (&judge, i * 8000 + tick, (50.0 + 10 * i) * MIB))
        g_assert_cmpint (judge.verdict.reason, !=, MEMSNOOP_GROWTH_SUSPECTED);
  memsnoop_usage_history_free (judge.history);
}

static void
test_a_leak_is_found_again_after_a_sleep (void)
{
  Judge judge = { .history = memsnoop_usage_history_new () };

  judge_line (&judge, 0, 200, 50 * MIB, 16 * PAGE);
  g_assert_cmpint (judge.verdict.reason, !=, MEMSNOOP_GROWTH_SUSPECTED);
  judge_line (&judge, 20000, 20200, 63 * MIB, 16 * PAGE);
  g_assert_cmpint (judge.verdict.reason, !=, MEMSNOOP_GROWTH_SUSPECTED);
  judge_line (&judge, 20200, 20360, 76 * MIB, 16 * PAGE);
  g_assert_cmpint (judge.verdict.reason, ==, MEMSNOOP_GROWTH_SUSPECTED);
  memsnoop_usage_history_free (judge.history);
}

static gboolean
stopped_after (gdouble base, gdouble rate, guint ticks)
{
  Judge judge = { .history = memsnoop_usage_history_new () };
  MemsnoopGrowthVerdict last;
  guint64 judged_at, judged_bytes;
  gboolean stopped;

  judge_line (&judge, 0, 361, 50 * MIB, 16 * PAGE);
  g_assert_cmpint (judge.verdict.reason, ==, MEMSNOOP_GROWTH_SUSPECTED);
  last = judge.verdict;
  judged_at = (FIRST_TICK + 360) * INTERVAL;
  judged_bytes = judge.series.current;
  judge_line (&judge, 361, 361 + ticks, base, rate);
  stopped = memsnoop_growth_detector_has_stopped (&judge.series, &last, judged_at, judged_bytes);
  memsnoop_usage_history_free (judge.history);
  return stopped;
}

static void
test_growth_that_goes_on_has_not_stopped (void)
{
  g_assert_false (stopped_after (73 * MIB, 16 * PAGE, 60));
  g_assert_false (stopped_after (73 * MIB, 16 * PAGE, 400));
  g_assert_false (stopped_after (73 * MIB, 16 * PAGE, 5000));
}

static void
test_a_pause_is_no_end_and_a_long_one_is (void)
{
  g_assert_false (stopped_after (73 * MIB, 0, 60));
  g_assert_true (stopped_after (73 * MIB, 0, 200));
  g_assert_true (stopped_after (73 * MIB, 0, 5000));
}

static void
test_what_was_given_back_ends_it (void)
{
  g_assert_true (stopped_after (52 * MIB, 16 * PAGE, 30));
  g_assert_false (stopped_after (70 * MIB, 16 * PAGE, 30));
}

static MemsnoopGrowthSeries
make_series (guint64 first, guint64 step)
{
  MemsnoopGrowthSeries series = { .n_levels = MEMSNOOP_USAGE_LEVELS };

  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++)
    {
      series.levels[i].spacing = (15 * INTERVAL) << (2 * i);
      series.levels[i].end = 1000000 * SECOND;
      series.levels[i].n_values = MEMSNOOP_USAGE_BLOCKS;
      for (guint j = 0; j < MEMSNOOP_USAGE_BLOCKS; j++)
        series.levels[i].values[j] = first + step * j;
    }
  series.current = first + step * MEMSNOOP_USAGE_BLOCKS;
  return series;
}

static void
check_sane (const MemsnoopGrowthSeries *series)
{
  MemsnoopGrowthVerdict verdict;

  memsnoop_growth_detector_judge (series, &thresholds, &verdict);
  g_assert_true (isfinite (verdict.rate));
  g_assert_cmpfloat (verdict.confidence, >=, 0);
  g_assert_cmpfloat (verdict.confidence, <=, 1);
  verdict.window = G_MAXUINT64;
  verdict.bytes = G_MAXUINT64;
  memsnoop_growth_detector_has_stopped (series, &verdict, G_MAXUINT64, 0);
  memsnoop_growth_detector_has_stopped (series, &verdict, 0, G_MAXUINT64);
}

static void
test_nothing_to_judge_is_too_short (void)
{
  MemsnoopGrowthSeries series = { 0 };
  MemsnoopGrowthVerdict verdict;

  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_TOO_SHORT);
  check_sane (&series);
  series = make_series (0, MIB);
  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++)
    series.levels[i].n_values = i % 2;
  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_TOO_SHORT);
  check_sane (&series);
}

static void
test_gaps_alone_are_too_short (void)
{
  MemsnoopGrowthSeries series = make_series (0, MIB);
  MemsnoopGrowthVerdict verdict;

  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++)
    for (guint j = 0; j < MEMSNOOP_USAGE_BLOCKS; j++)
      series.levels[i].values[j] = MEMSNOOP_USAGE_GAP;
  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_TOO_SHORT);
  check_sane (&series);
}

static void
test_absurd_numbers_do_no_harm (void)
{
  MemsnoopGrowthSeries series = make_series (0, G_MAXUINT64 / 25);

  check_sane (&series);
  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++)
    for (guint j = 0; j < MEMSNOOP_USAGE_BLOCKS; j++)
      series.levels[i].values[j] = j % 3 == 0 ? 0 : G_MAXUINT64 - 1;
  series.current = G_MAXUINT64;
  check_sane (&series);
  series = make_series (0, MIB);
  series.n_levels = 1000;
  series.levels[0].n_values = 1000;
  series.levels[1].spacing = G_MAXUINT64;
  series.levels[2].end = 0;
  check_sane (&series);
  series.levels[0].spacing = 0;
  check_sane (&series);
}

static void
test_counters_that_go_backwards_are_no_growth (void)
{
  MemsnoopGrowthSeries series = make_series (G_MAXUINT32, 0);
  MemsnoopGrowthVerdict verdict;

  for (guint i = 0; i < MEMSNOOP_USAGE_LEVELS; i++)
    for (guint j = 0; j < MEMSNOOP_USAGE_BLOCKS; j++)
      series.levels[i].values[j] = (MEMSNOOP_USAGE_BLOCKS - j) * (guint64) MIB;
  series.current = 0;
  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_TOO_LITTLE);
}

static void
test_what_was_given_back_by_now_is_no_growth (void)
{
  MemsnoopGrowthSeries series = make_series (100 * MIB, MIB);
  MemsnoopGrowthVerdict verdict;

  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_SUSPECTED);
  series.current = 100 * MIB;
  memsnoop_growth_detector_judge (&series, &thresholds, &verdict);
  g_assert_cmpint (verdict.reason, ==, MEMSNOOP_GROWTH_TOO_LITTLE);
}

#define ADD(name, function) g_test_add_func ("/growth-detector/" name, function)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_memory_curves; i++)
    {
      const MemoryCurve *curve = &memory_curves[i];
      g_autofree gchar *path =
          g_strdup_printf ("/growth-detector/%s/%s", curve->leaks ? "leak" : "honest", curve->name);

      g_test_add_data_func (path, curve, test_curve);
    }
  ADD ("the-evidence-is-exact-for-a-straight-line", test_the_evidence_is_exact_for_a_straight_line);
  ADD ("confidence-rises-with-the-time-observed", test_confidence_rises_with_the_time_observed);
  ADD ("a-sleep-of-hours-is-no-slope", test_a_sleep_of_hours_is_no_slope);
  ADD ("a-leak-is-found-again-after-a-sleep", test_a_leak_is_found_again_after_a_sleep);
  ADD ("growth-that-goes-on-has-not-stopped", test_growth_that_goes_on_has_not_stopped);
  ADD ("a-pause-is-no-end-and-a-long-one-is", test_a_pause_is_no_end_and_a_long_one_is);
  ADD ("what-was-given-back-ends-it", test_what_was_given_back_ends_it);
  ADD ("nothing-to-judge-is-too-short", test_nothing_to_judge_is_too_short);
  ADD ("gaps-alone-are-too-short", test_gaps_alone_are_too_short);
  ADD ("absurd-numbers-do-no-harm", test_absurd_numbers_do_no_harm);
  ADD ("counters-that-go-backwards-are-no-growth", test_counters_that_go_backwards_are_no_growth);
  ADD ("what-was-given-back-by-now-is-no-growth", test_what_was_given_back_by_now_is_no_growth);
  return g_test_run ();
}
