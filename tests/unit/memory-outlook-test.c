/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-outlook.h"

#include <math.h>

static const gchar meminfo[] = "MemTotal:       24600000 kB\n"
                               "MemFree:         1000000 kB\n"
                               "MemAvailable:    2000000 kB\n"
                               "SwapCached:            7 kB\n"
                               "SwapTotal:       4000000 kB\n"
                               "SwapFree:        3000000 kB\n";

static void
test_swap_counts_where_memory_can_be_swapped (void)
{
  g_assert_cmpuint (memsnoop_memory_outlook_parse (meminfo, FALSE), ==, 2000000 * 1024ULL);
  g_assert_cmpuint (memsnoop_memory_outlook_parse (meminfo, TRUE), ==, 5000000 * 1024ULL);
}

static void
test_text_of_another_kind_is_no_memory (void)
{
  g_assert_cmpuint (memsnoop_memory_outlook_parse ("", TRUE), ==, 0);
  g_assert_cmpuint (memsnoop_memory_outlook_parse ("MemAvailable: none\n", TRUE), ==, 0);
  g_assert_cmpuint (
      memsnoop_memory_outlook_parse ("MemAvailable: 18446744073709551615 kB\n", FALSE), >, 0);
}

static void
test_this_machine_has_memory (void)
{
  g_assert_cmpuint (memsnoop_memory_outlook_read (TRUE), >, 1024 * 1024);
}

static void
test_time_left_is_memory_by_rate (void)
{
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (1000, 10), ==, 100);
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (0, 10), ==, 0);
}

static void
test_what_takes_years_or_shrinks_does_not_come (void)
{
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (1ULL << 40, 1), ==, G_MAXUINT64);
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (1000, 0), ==, G_MAXUINT64);
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (1000, -1), ==, G_MAXUINT64);
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (1000, (gdouble) NAN), ==, G_MAXUINT64);
}

int
main (int count, char **values)
{
  g_test_init (&count, &values, NULL);
  g_test_add_func ("/memory-outlook/swap-counts-where-memory-can-be-swapped",
                   test_swap_counts_where_memory_can_be_swapped);
  g_test_add_func ("/memory-outlook/text-of-another-kind-is-no-memory",
                   test_text_of_another_kind_is_no_memory);
  g_test_add_func ("/memory-outlook/this-machine-has-memory", test_this_machine_has_memory);
  g_test_add_func ("/memory-outlook/time-left-is-memory-by-rate", test_time_left_is_memory_by_rate);
  g_test_add_func ("/memory-outlook/what-takes-years-or-shrinks-does-not-come",
                   test_what_takes_years_or_shrinks_does_not_come);
  return g_test_run ();
}
