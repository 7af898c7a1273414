/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#define POINT(history, i) g_array_index (history, MemsnoopHistoryPoint, i)

static void
test_a_plateau_takes_two_points (void)
{
  g_autoptr (GArray) history = memsnoop_history_new ();

  for (guint64 time = 1; time <= 1000; time++)
    memsnoop_history_add (history, time, 42);
  g_assert_cmpuint (history->len, ==, 2);
  g_assert_cmpuint (POINT (history, 0).time, ==, 1);
  g_assert_cmpuint (POINT (history, 1).time, ==, 1000);
}

static void
test_old_points_are_thinned_out_and_not_dropped (void)
{
  g_autoptr (GArray) history = memsnoop_history_new ();

  for (guint64 time = 1; time <= 100000; time++)
    memsnoop_history_add (history, time, time * 10);
  g_assert_cmpuint (history->len, <=, MEMSNOOP_HISTORY_POINTS);
  g_assert_cmpuint (history->len, >, MEMSNOOP_HISTORY_POINTS / 2);
  g_assert_cmpuint (POINT (history, 0).time, ==, 1);
  g_assert_cmpuint (POINT (history, history->len - 1).time, ==, 100000);
  for (guint i = 0; i < history->len; i++)
    g_assert_cmpuint (POINT (history, i).bytes, ==, POINT (history, i).time * 10);
  for (guint i = 1; i < history->len; i++)
    g_assert_cmpuint (POINT (history, i).time, >, POINT (history, i - 1).time);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/a-plateau-takes-two-points", test_a_plateau_takes_two_points);
  g_test_add_func ("/history/old-points-are-thinned-out-and-not-dropped",
                   test_old_points_are_thinned_out_and_not_dropped);
  return g_test_run ();
}
