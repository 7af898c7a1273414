/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

static void
test_reading_takes_a_tenth_of_the_time_at_most (void)
{
  g_assert_cmpuint (memsnoop_recorder_pause_after (2 * G_TIME_SPAN_SECOND), ==, 20);
  g_assert_cmpuint (memsnoop_recorder_pause_after (700 * G_TIME_SPAN_MILLISECOND), ==, 7);
}

static void
test_there_is_a_pause_that_is_neither_short_nor_for_ever (void)
{
  g_assert_cmpuint (memsnoop_recorder_pause_after (0), ==, 5);
  g_assert_cmpuint (memsnoop_recorder_pause_after (G_TIME_SPAN_MILLISECOND), ==, 5);
  g_assert_cmpuint (memsnoop_recorder_pause_after (G_TIME_SPAN_HOUR), ==, 300);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorder/reading-takes-a-tenth-of-the-time-at-most",
                   test_reading_takes_a_tenth_of_the_time_at_most);
  g_test_add_func ("/recorder/there-is-a-pause-that-is-neither-short-nor-for-ever",
                   test_there_is_a_pause_that_is_neither_short_nor_for_ever);
  return g_test_run ();
}
