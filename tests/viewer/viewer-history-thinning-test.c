/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history-thinning.h"

typedef struct
{
  guint64 time;
  guint64 value;
} Point;

static gdouble
height_of (gconstpointer point)
{
  return (gdouble) ((const Point *) point)->value;
}

static GArray *
make_points (guint n)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (Point));

  for (guint i = 0; i < n; i++)
    {
      Point point = { .time = i, .value = i % 10 };

      g_array_append_val (points, point);
    }
  return points;
}

static void
test_as_many_as_can_be_shown_are_left_alone (void)
{
  g_autoptr (GArray) points = make_points (MEMSNOOP_HISTORY_THINNING_MAX);

  memsnoop_history_thinning_apply (points, height_of);
  g_assert_cmpuint (points->len, ==, MEMSNOOP_HISTORY_THINNING_MAX);
  for (guint i = 0; i < points->len; i++)
    g_assert_cmpuint (g_array_index (points, Point, i).time, ==, i);
}

static void
assert_thinned (guint n)
{
  g_autoptr (GArray) points = make_points (n);
  gboolean peak = FALSE;

  g_array_index (points, Point, n / 3).value = 1000;
  memsnoop_history_thinning_apply (points, height_of);
  g_assert_cmpuint (points->len, <=, MEMSNOOP_HISTORY_THINNING_MAX);
  g_assert_cmpuint (points->len, >, MEMSNOOP_HISTORY_THINNING_MAX / 3);
  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);

      peak = peak || (point->time == n / 3 && point->value == 1000);
      g_assert_true (i == 0 || point->time > point[-1].time);
    }
  g_assert_true (peak);
  g_assert_cmpuint (g_array_index (points, Point, points->len - 1).time, ==, n - 1);
}

static void
test_of_many_points_the_peaks_and_the_last_stay (void)
{
  assert_thinned (MEMSNOOP_HISTORY_THINNING_MAX + 1);
  assert_thinned (2 * MEMSNOOP_HISTORY_THINNING_MAX - 1);
  assert_thinned (1000003);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/viewer/history-thinning/as-many-as-can-be-shown-are-left-alone",
                   test_as_many_as_can_be_shown_are_left_alone);
  g_test_add_func ("/viewer/history-thinning/of-many-points-the-peaks-and-the-last-stay",
                   test_of_many_points_the_peaks_and_the_last_stay);
  return g_test_run ();
}
