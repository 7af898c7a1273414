/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chart-scale.h"

#define MIB (1024.0 * 1024)

static void
assert_lines (double most, double step, guint lines)
{
  MemsnoopChartScale scale = { 0 };

  memsnoop_chart_scale_set_most (&scale, most);
  g_assert_cmpfloat (scale.step, ==, step);
  g_assert_cmpuint (scale.lines, ==, lines);
  g_assert_cmpfloat (scale.step * scale.lines, >=, most);
}

static void
test_lines_are_at_round_sizes (void)
{
  assert_lines (0, MIB / 4, 4);
  assert_lines (MIB, MIB / 4, 4);
  assert_lines (450 * MIB, 128 * MIB, 4);
  assert_lines (300 * MIB, 128 * MIB, 3);
  assert_lines (512 * MIB, 128 * MIB, 4);
  assert_lines (513 * MIB, 256 * MIB, 3);
  assert_lines (1e19, 4 * 1024 * 1024 * MIB * MIB, 3);
}

static void
test_times_run_as_one_reads (void)
{
  MemsnoopChartScale scale = { .begin = 100, .end = 200, .width = 500 };

  g_assert_cmpfloat (memsnoop_chart_scale_x (&scale, 100), ==, 0);
  g_assert_cmpfloat (memsnoop_chart_scale_x (&scale, 150), ==, 250);
  g_assert_cmpfloat (memsnoop_chart_scale_x (&scale, 50), ==, -250);
  scale.mirrored = TRUE;
  g_assert_cmpfloat (memsnoop_chart_scale_x (&scale, 100), ==, 500);
  g_assert_cmpfloat (memsnoop_chart_scale_x (&scale, 200), ==, 0);
}

static void
test_a_place_has_the_time_that_is_drawn_there (void)
{
  MemsnoopChartScale scale = { .begin = 1000, .end = 3000, .width = 400 };

  for (gint mirrored = 0; mirrored < 2; mirrored++)
    {
      scale.mirrored = mirrored;
      for (guint64 time = 1000; time <= 3000; time += 250)
        g_assert_cmpuint (memsnoop_chart_scale_time (&scale, memsnoop_chart_scale_x (&scale, time)),
                          ==, time);
      g_assert_cmpuint (memsnoop_chart_scale_time (&scale, mirrored ? 999 : -5), ==, 1000);
      g_assert_cmpuint (memsnoop_chart_scale_time (&scale, mirrored ? -5 : 999), ==, 3000);
    }
}

static void
test_sizes_rise_from_the_bottom (void)
{
  MemsnoopChartScale scale = { .height = 200 };

  memsnoop_chart_scale_set_most (&scale, 4 * MIB);
  g_assert_cmpfloat (memsnoop_chart_scale_y (&scale, 0), ==, 200);
  g_assert_cmpfloat (memsnoop_chart_scale_y (&scale, 4 * MIB), ==, 0);
  g_assert_cmpfloat (memsnoop_chart_scale_y (&scale, MIB), ==, 150);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart-scale/lines-are-at-round-sizes", test_lines_are_at_round_sizes);
  g_test_add_func ("/chart-scale/times-run-as-one-reads", test_times_run_as_one_reads);
  g_test_add_func ("/chart-scale/a-place-has-the-time-that-is-drawn-there",
                   test_a_place_has_the_time_that_is_drawn_there);
  g_test_add_func ("/chart-scale/sizes-rise-from-the-bottom", test_sizes_rise_from_the_bottom);
  return g_test_run ();
}
