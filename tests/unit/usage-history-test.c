/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage-history.h"

#include <string.h>

#define PAGE G_GUINT64_CONSTANT (4096)
/* The longest block, and some more than the longest memory. */
#define LONGEST_BLOCK (MEMSNOOP_USAGE_BLOCK_TICKS << (2 * (MEMSNOOP_USAGE_LEVELS - 1)))
#define ALL_TICKS ((MEMSNOOP_USAGE_BLOCKS + 2) * LONGEST_BLOCK)

static guint32
block_ticks (guint level)
{
  return (guint32) MEMSNOOP_USAGE_BLOCK_TICKS << (2 * level);
}

static MemsnoopUsage
usage_of (guint32 anonymous, guint32 file, guint32 shared, guint32 swap)
{
  return (MemsnoopUsage){ anonymous, file, shared, swap };
}

static gboolean
add (MemsnoopUsageHistory *history, guint32 tick, guint32 anonymous)
{
  MemsnoopUsage usage = usage_of (anonymous, 1, 2, 3);

  return memsnoop_usage_history_add (history, tick, &usage);
}

/* What a history has to tell, found by looking at all samples there were. */
typedef struct
{
  guint32 n_ticks;
  gboolean *seen;
  MemsnoopUsage *samples;
  guint64 *kernel;
  guint32 newest;
} Truth;

static Truth
truth_new (guint32 n_ticks)
{
  Truth truth = { .n_ticks = n_ticks,
                  .seen = g_new0 (gboolean, n_ticks),
                  .samples = g_new0 (MemsnoopUsage, n_ticks),
                  .kernel = g_new0 (guint64, n_ticks) };

  return truth;
}

static void
truth_clear (Truth *truth)
{
  g_free (truth->seen);
  g_free (truth->samples);
  g_free (truth->kernel);
}

static guint64
least_between (const Truth *truth, MemsnoopUsageKind kind, guint32 begin, guint32 end)
{
  guint64 least = MEMSNOOP_USAGE_GAP;

  for (guint32 tick = begin; tick < end; tick++)
    {
      const MemsnoopUsage *usage = &truth->samples[tick];
      guint64 value = kind == MEMSNOOP_USAGE_KERNEL   ? truth->kernel[tick] / 64 * 64
                      : kind == MEMSNOOP_USAGE_SHARED ? usage->shared * PAGE
                                                      : (usage->anonymous + usage->swap) * PAGE;

      if (truth->seen[tick] && (kind != MEMSNOOP_USAGE_KERNEL || truth->kernel[tick] != 0))
        least = MIN (least, value);
    }
  return least;
}

static void
assert_blocks (const Truth *truth,
               const MemsnoopUsageHistory *history,
               MemsnoopUsageKind kind,
               guint level)
{
  guint64 values[MEMSNOOP_USAGE_BLOCKS], expected[MEMSNOOP_USAGE_BLOCKS];
  guint n_values = memsnoop_usage_history_get_blocks (history, kind, level, PAGE, values);
  guint32 length = block_ticks (level), end = truth->newest / length;
  guint n_expected = 0;

  for (guint32 block = end - MIN (end, MEMSNOOP_USAGE_BLOCKS); block < end; block++)
    {
      guint64 least = least_between (truth, kind, block * length, (block + 1) * length);

      if (n_expected > 0 || least != MEMSNOOP_USAGE_GAP)
        expected[n_expected++] = least;
    }
  g_assert_cmpmem (values, n_values * sizeof *values, expected, n_expected * sizeof *expected);
  if (kind == MEMSNOOP_USAGE_PRIVATE)
    g_assert_cmpuint (memsnoop_usage_history_get_end (history, level), ==,
                      n_expected > 0 ? end * length : 0);
}

static void
assert_true_history (const Truth *truth, const MemsnoopUsageHistory *history)
{
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    for (guint kind = 0; kind < MEMSNOOP_USAGE_N_KINDS; kind++)
      assert_blocks (truth, history, kind, level);
}

/* Whatever it was that lasted so long, and then was not seen for so long. */
static void
add_stretch (Truth *truth, MemsnoopUsageHistory *history, guint32 length, guint32 pause)
{
  for (guint32 i = 0; i < length && truth->newest + 1 < truth->n_ticks; i++)
    {
      guint32 tick = ++truth->newest;

      truth->seen[tick] = TRUE;
      truth->samples[tick] = usage_of ((guint32) g_test_rand_int_range (0, 1000), 7,
                                       (guint32) g_test_rand_int_range (0, 1000),
                                       (guint32) g_test_rand_int_range (0, 50));
      memsnoop_usage_history_add (history, tick, &truth->samples[tick]);
      truth->kernel[tick] = (guint64) g_test_rand_int_range (64, 100000);
      memsnoop_usage_history_add_kernel (history, tick, truth->kernel[tick]);
    }
  truth->newest = MIN (truth->newest + pause, truth->n_ticks - 1);
}

/* Ends with a sample, since what is complete is told by the newest one. */
static void
test_blocks_are_the_least_of_their_time (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  Truth truth = truth_new (ALL_TICKS);

  while (truth.newest + 1 < truth.n_ticks)
    {
      guint32 longest = g_test_rand_int_range (0, 4) == 0 ? LONGEST_BLOCK : 100;

      add_stretch (&truth, history, (guint32) g_test_rand_int_range (1, (gint32) longest),
                   (guint32) g_test_rand_int_range (0, (gint32) longest));
      add_stretch (&truth, history, 1, 0);
      if (truth.seen[truth.newest])
        assert_true_history (&truth, history);
    }
  truth_clear (&truth);
}

static void
test_a_block_keeps_its_least_sample (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  const MemsnoopUsage samples[] = { { 10, 1, 5, 0 }, { 4, 2, 9, 5 }, { 9, 3, 4, 1 } };
  g_autoptr (GArray) points = NULL;
  const MemsnoopUsagePoint *point;

  for (guint32 i = 0; i < G_N_ELEMENTS (samples); i++)
    memsnoop_usage_history_add (history, i, &samples[i]);
  for (guint32 tick = 15; tick < 40; tick++)
    add (history, tick, 100);
  points = memsnoop_usage_history_get_points (history);
  point = &g_array_index (points, MemsnoopUsagePoint, 0);
  g_assert_cmpuint (point->tick, ==, 0);
  g_assert_cmpuint (point->ticks, ==, 15);
  g_assert_cmpuint (point->usage.anonymous, ==, 4);
  g_assert_cmpuint (point->usage.swap, ==, 5);
  g_assert_cmpuint (point->usage.file, ==, 2);
  /* The least of all. */
  g_assert_cmpuint (point->usage.shared, ==, 4);
}

static void
test_adding_tells_when_a_block_is_complete (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();

  for (guint32 tick = 7; tick < 100; tick++)
    g_assert_cmpint (add (history, tick, 1), ==, tick % 15 == 0);
  g_assert_true (add (history, 1000000, 1));
  g_assert_false (add (history, 1000001, 1));
}

static void
test_ticks_that_go_back_are_ignored (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  g_autoptr (GArray) points = NULL;

  add (history, 100, 5);
  g_assert_false (add (history, 100, 6));
  g_assert_false (add (history, 99, 7));
  g_assert_false (add (history, 0, 7));
  memsnoop_usage_history_add_kernel (history, 99, 4096);
  g_assert_cmpuint (memsnoop_usage_history_get_newest (history), ==, 100);
  points = memsnoop_usage_history_get_points (history);
  g_assert_cmpuint (points->len, ==, 1);
  g_assert_cmpuint (g_array_index (points, MemsnoopUsagePoint, 0).usage.anonymous, ==, 5);
}

static void
assert_gap_of (guint32 pause)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  guint64 values[MEMSNOOP_USAGE_BLOCKS];
  guint n_gaps = pause / 15, n_values;

  for (guint32 tick = 0; tick < 5 * 15; tick++)
    add (history, tick, 10);
  for (guint32 tick = 5 * 15 + pause; tick <= 8 * 15 + pause; tick++)
    add (history, tick, 20);
  n_values = memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_PRIVATE, 0, PAGE, values);
  /* Five and three, and what is between. */
  if (n_gaps + 3 >= MEMSNOOP_USAGE_BLOCKS)
    g_assert_cmpuint (n_values, ==, 3);
  else
    g_assert_cmpuint (n_values, ==, MIN (8 + n_gaps, MEMSNOOP_USAGE_BLOCKS));
  for (guint i = 1; i <= n_values; i++)
    g_assert_cmpuint (values[n_values - i], ==,
                      i <= 3            ? 23 * PAGE
                      : i <= 3 + n_gaps ? MEMSNOOP_USAGE_GAP
                                        : 13 * PAGE);
}

static void
test_a_pause_leaves_a_gap (void)
{
  for (guint32 n_blocks = 1; n_blocks < 60; n_blocks++)
    assert_gap_of (n_blocks * 15);
  /* A machine that slept for as long as ticks can count costs no more time than any other. */
  assert_gap_of (4000000005);
}

static void
test_after_the_longest_pause_nothing_is_left (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  guint64 values[MEMSNOOP_USAGE_BLOCKS];

  for (guint32 tick = 0; tick < LONGEST_BLOCK * 3; tick++)
    add (history, tick, 10);
  g_assert_true (add (history, G_MAXUINT32, 10));
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    {
      g_assert_cmpuint (
          memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_PRIVATE, level, PAGE, values),
          ==, 0);
      g_assert_cmpuint (memsnoop_usage_history_get_end (history, level), ==, 0);
    }
  g_assert_false (add (history, 0, 10));
}

/* The samples' own ticks, and each tick once. */
static void
assert_curve (const MemsnoopUsageHistory *history, guint32 newest)
{
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (history);
  guint32 expected = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const MemsnoopUsagePoint *point = &g_array_index (points, MemsnoopUsagePoint, i);

      /* What the longest blocks do not have any more. */
      if (i == 0 && newest > LONGEST_BLOCK)
        expected = point->tick;
      g_assert_cmpuint (point->tick, ==, expected);
      g_assert_cmpuint (point->ticks, >, 0);
      /* Each sample has the number of its tick, and they rise. */
      g_assert_cmpuint (point->usage.anonymous, ==, point->tick);
      expected = point->tick + point->ticks;
      if (points->len - i <= MEMSNOOP_USAGE_RECENT)
        g_assert_cmpuint (point->ticks, ==, 1);
    }
  g_assert_cmpuint (expected, ==, newest + 1);
  g_assert_cmpuint (points->len, <=,
                    MEMSNOOP_USAGE_LEVELS * MEMSNOOP_USAGE_BLOCKS + MEMSNOOP_USAGE_RECENT);
}

static void
test_the_curve_has_each_tick_once (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();

  for (guint32 tick = 0; tick < ALL_TICKS; tick++)
    {
      add (history, tick, tick);
      if (tick < 5000 || tick % 1009 == 0)
        assert_curve (history, tick);
    }
}

/* Of what a point stands for its value is the least, unless it goes on as the next one begins. */
static void
assert_no_false_dips (const Truth *truth, const MemsnoopUsageHistory *history)
{
  g_autoptr (GArray) points = memsnoop_usage_history_get_points (history);

  for (guint i = 0; i + 1 < points->len; i++)
    {
      const MemsnoopUsagePoint *point = &g_array_index (points, MemsnoopUsagePoint, i);
      guint32 end = point->tick + point->ticks;
      guint64 private = (point->usage.anonymous + point->usage.swap) * PAGE;
      guint64 shared = point->usage.shared * PAGE;

      if (private != (point[1].usage.anonymous + point[1].usage.swap) * PAGE)
        g_assert_cmpuint (private, ==,
                          least_between (truth, MEMSNOOP_USAGE_PRIVATE, point->tick, end));
      if (shared != point[1].usage.shared * PAGE)
        g_assert_cmpuint (shared, ==,
                          least_between (truth, MEMSNOOP_USAGE_SHARED, point->tick, end));
    }
}

static void
test_the_curve_has_no_dip_that_never_was (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  Truth truth = truth_new (ALL_TICKS);

  while (truth.newest + 1 < truth.n_ticks)
    {
      gboolean often = truth.newest < 5000 || g_test_rand_int_range (0, 200) == 0;

      add_stretch (&truth, history, 1, 0);
      if (often)
        assert_no_false_dips (&truth, history);
    }
  truth_clear (&truth);
}

/* As a program that empties its memory for a moment: in the last samples, and seen nowhere else. */
static void
test_a_dip_in_the_last_samples_shows_once (void)
{
  for (guint32 newest = 32; newest < 60; newest++)
    {
      g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
      g_autoptr (GArray) points = NULL;
      guint n_dips = 0;

      for (guint32 tick = 0; tick <= newest; tick++)
        add (history, tick, tick == newest - 8 ? 10 : 1000);
      points = memsnoop_usage_history_get_points (history);
      for (guint i = 0; i < points->len; i++)
        n_dips += g_array_index (points, MemsnoopUsagePoint, i).usage.anonymous == 10;
      g_assert_cmpuint (n_dips, ==, 1);
    }
}

static void
test_the_curve_has_no_points_in_gaps (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  g_autoptr (GArray) points = NULL;

  for (guint32 tick = 0; tick < 45; tick++)
    add (history, tick, 1);
  for (guint32 tick = 50000; tick < 50003; tick++)
    add (history, tick, 1);
  points = memsnoop_usage_history_get_points (history);
  for (guint i = 0; i < points->len; i++)
    {
      guint32 tick = g_array_index (points, MemsnoopUsagePoint, i).tick;

      g_assert_true (tick < 45 || tick >= 50000);
    }
  g_assert_cmpuint (g_array_index (points, MemsnoopUsagePoint, 0).tick, ==, 0);
}

static void
test_the_curve_begins_with_the_first_sample (void)
{
  for (guint32 n_ticks = 1; n_ticks < 3000; n_ticks += 7)
    {
      g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
      g_autoptr (GArray) points = NULL;

      for (guint32 tick = 1000; tick < 1000 + n_ticks; tick++)
        add (history, tick, 1);
      points = memsnoop_usage_history_get_points (history);
      g_assert_cmpuint (g_array_index (points, MemsnoopUsagePoint, 0).tick, ==, 1000);
      g_assert_cmpuint (points->len, <=, n_ticks);
    }
}

static void
test_the_kernel_part_comes_and_goes (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  guint64 values[MEMSNOOP_USAGE_BLOCKS];
  gsize size;

  for (guint32 tick = 0; tick < 30; tick++)
    add (history, tick, 1);
  for (guint32 tick = 30; tick < 60; tick++)
    {
      add (history, tick, 1);
      memsnoop_usage_history_add_kernel (history, tick, 6400 + 64 * tick + 63);
    }
  add (history, 60, 1);
  g_assert_cmpuint (
      memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_KERNEL, 0, PAGE, values), ==, 2);
  g_assert_cmpuint (values[0], ==, 6400 + 64 * 30);
  g_assert_cmpuint (values[1], ==, 6400 + 64 * 45);
  size = memsnoop_usage_history_get_size (history);
  memsnoop_usage_history_clear_kernel (history);
  g_assert_cmpuint (
      memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_KERNEL, 0, PAGE, values), ==, 0);
  g_assert_cmpuint (size - memsnoop_usage_history_get_size (history), ==,
                    MEMSNOOP_USAGE_HISTORY_KERNEL_SIZE);
}

static void
test_large_numbers_are_cut (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  MemsnoopUsage largest = usage_of (G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32);
  guint64 values[MEMSNOOP_USAGE_BLOCKS];

  memsnoop_usage_history_add (history, 0, &largest);
  memsnoop_usage_history_add_kernel (history, 0, G_MAXUINT64);
  add (history, 15, 0);
  g_assert_cmpuint (
      memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_PRIVATE, 0, 65536, values), ==, 1);
  g_assert_cmpuint (values[0], ==, (2 * (guint64) G_MAXUINT32 - 1) * 65536);
  memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_SHARED, 0, PAGE, values);
  g_assert_cmpuint (values[0], ==, G_MAXUINT32 * PAGE);
  memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_KERNEL, 0, PAGE, values);
  g_assert_cmpuint (values[0], ==, (guint64) (G_MAXUINT32 - 1) * 64);
}

static void
test_the_size_is_bounded_and_grows_with_age (void)
{
  g_autoptr (MemsnoopUsageHistory) history = memsnoop_usage_history_new ();
  gsize young;

  g_assert_cmpuint (memsnoop_usage_history_get_size_maximum (), ==,
                    MEMSNOOP_USAGE_HISTORY_SIZE + MEMSNOOP_USAGE_HISTORY_KERNEL_SIZE);
  for (guint32 tick = 0; tick < 15; tick++)
    add (history, tick, 1);
  young = memsnoop_usage_history_get_size (history);
  g_assert_cmpuint (young, <=, MEMSNOOP_USAGE_HISTORY_SIZE / 5);
  for (guint32 tick = 15; tick < 16 * 15; tick++)
    add (history, tick, 1);
  /* Two levels. */
  g_assert_cmpuint (memsnoop_usage_history_get_size (history), ==,
                    young + 2 * (MEMSNOOP_USAGE_HISTORY_SIZE - young) / MEMSNOOP_USAGE_LEVELS);
  for (guint32 tick = 16 * 15; tick < ALL_TICKS; tick++)
    {
      add (history, tick, 1);
      memsnoop_usage_history_add_kernel (history, tick, 1);
    }
  g_assert_cmpuint (memsnoop_usage_history_get_size (history), ==,
                    memsnoop_usage_history_get_size_maximum ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usage-history/blocks-are-the-least-of-their-time",
                   test_blocks_are_the_least_of_their_time);
  g_test_add_func ("/usage-history/a-block-keeps-its-least-sample",
                   test_a_block_keeps_its_least_sample);
  g_test_add_func ("/usage-history/adding-tells-when-a-block-is-complete",
                   test_adding_tells_when_a_block_is_complete);
  g_test_add_func ("/usage-history/ticks-that-go-back-are-ignored",
                   test_ticks_that_go_back_are_ignored);
  g_test_add_func ("/usage-history/a-pause-leaves-a-gap", test_a_pause_leaves_a_gap);
  g_test_add_func ("/usage-history/after-the-longest-pause-nothing-is-left",
                   test_after_the_longest_pause_nothing_is_left);
  g_test_add_func ("/usage-history/the-curve-has-each-tick-once",
                   test_the_curve_has_each_tick_once);
  g_test_add_func ("/usage-history/the-curve-has-no-dip-that-never-was",
                   test_the_curve_has_no_dip_that_never_was);
  g_test_add_func ("/usage-history/a-dip-in-the-last-samples-shows-once",
                   test_a_dip_in_the_last_samples_shows_once);
  g_test_add_func ("/usage-history/the-curve-has-no-points-in-gaps",
                   test_the_curve_has_no_points_in_gaps);
  g_test_add_func ("/usage-history/the-curve-begins-with-the-first-sample",
                   test_the_curve_begins_with_the_first_sample);
  g_test_add_func ("/usage-history/the-kernel-part-comes-and-goes",
                   test_the_kernel_part_comes_and_goes);
  g_test_add_func ("/usage-history/large-numbers-are-cut", test_large_numbers_are_cut);
  g_test_add_func ("/usage-history/the-size-is-bounded-and-grows-with-age",
                   test_the_size_is_bounded_and_grows_with_age);
  return g_test_run ();
}
