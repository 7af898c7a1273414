/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-outlook.h"

#include <math.h>

static const gchar meminfo[] = "MemTotal:       24600000 kB\n"
                               "MemFree:         1000000 kB\n"
                               "MemAvailable:    2000000 kB\n"
                               "SwapCached:            7 kB\n"
                               "Shmem:            20000 kB\n"
                               "ShmemHugePages:       9 kB\n"
                               "SwapTotal:       4000000 kB\n"
                               "SwapFree:        3000000 kB\n";

static MemsnoopMachineMemory
parse (const gchar *text)
{
  MemsnoopMachineMemory memory;

  memsnoop_machine_memory_parse (text, &memory);
  return memory;
}

static guint64
seconds_left (guint64 available, gdouble rate)
{
  MemsnoopMachineMemory memory = { available, 0, 0 };

  return memsnoop_memory_outlook_seconds (&memory, TRUE, rate);
}

static void
test_the_kernels_figures_are_taken_as_they_are (void)
{
  MemsnoopMachineMemory memory = parse (meminfo);

  g_assert_cmpuint (memory.available, ==, 2000000 * 1024ULL);
  g_assert_cmpuint (memory.swap_free, ==, 3000000 * 1024ULL);
  g_assert_cmpuint (memory.shared, ==, 20000 * 1024ULL);
}

static void
test_swap_counts_where_memory_can_be_swapped (void)
{
  MemsnoopMachineMemory memory = parse (meminfo);

  g_assert_cmpuint (memsnoop_memory_outlook_seconds (&memory, FALSE, 1024), ==, 2000000);
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (&memory, TRUE, 1024), ==, 5000000);
  memory.swap_free = MEMSNOOP_MEMORY_UNKNOWN;
  g_assert_cmpuint (memsnoop_memory_outlook_seconds (&memory, TRUE, 1024), ==, 2000000);
}

/* No memory left would be something else. */
static void
test_text_of_another_kind_is_not_known (void)
{
  static const gchar *const texts[] = { "", "MemAvailable: none\n", "MemAvailable:" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      MemsnoopMachineMemory memory = parse (texts[i]);

      g_assert_cmpuint (memory.available, ==, MEMSNOOP_MEMORY_UNKNOWN);
      g_assert_cmpuint (memory.shared, ==, MEMSNOOP_MEMORY_UNKNOWN);
      g_assert_cmpuint (memsnoop_memory_outlook_seconds (&memory, TRUE, 1e12), ==, G_MAXUINT64);
    }
}

static void
test_numbers_that_are_too_large_are_cut (void)
{
  MemsnoopMachineMemory memory = parse ("MemAvailable: 18446744073709551615 kB\n");

  g_assert_cmpuint (memory.available, >, 0);
  g_assert_cmpuint (memory.available, !=, MEMSNOOP_MEMORY_UNKNOWN);
}

static void
test_this_machine_has_memory (void)
{
  MemsnoopMachineMemory memory;

  memsnoop_machine_memory_read (&memory);
  g_assert_cmpuint (memory.available, >, 1024 * 1024);
  g_assert_cmpuint (memory.available, !=, MEMSNOOP_MEMORY_UNKNOWN);
  g_assert_cmpuint (memory.shared, !=, MEMSNOOP_MEMORY_UNKNOWN);
}

static void
test_time_left_is_memory_by_rate (void)
{
  g_assert_cmpuint (seconds_left (1000, 10), ==, 100);
  g_assert_cmpuint (seconds_left (0, 10), ==, 0);
}

static void
test_what_takes_years_or_shrinks_does_not_come (void)
{
  g_assert_cmpuint (seconds_left (1ULL << 40, 1), ==, G_MAXUINT64);
  g_assert_cmpuint (seconds_left (1000, 0), ==, G_MAXUINT64);
  g_assert_cmpuint (seconds_left (1000, -1), ==, G_MAXUINT64);
  g_assert_cmpuint (seconds_left (1000, (gdouble) NAN), ==, G_MAXUINT64);
}

int
main (int count, char **values)
{
  g_test_init (&count, &values, NULL);
  g_test_add_func ("/memory-outlook/swap-counts-where-memory-can-be-swapped",
                   test_swap_counts_where_memory_can_be_swapped);
  g_test_add_func ("/memory-outlook/the-kernels-figures-are-taken-as-they-are",
                   test_the_kernels_figures_are_taken_as_they_are);
  g_test_add_func ("/memory-outlook/text-of-another-kind-is-not-known",
                   test_text_of_another_kind_is_not_known);
  g_test_add_func ("/memory-outlook/numbers-that-are-too-large-are-cut",
                   test_numbers_that_are_too_large_are_cut);
  g_test_add_func ("/memory-outlook/this-machine-has-memory", test_this_machine_has_memory);
  g_test_add_func ("/memory-outlook/time-left-is-memory-by-rate", test_time_left_is_memory_by_rate);
  g_test_add_func ("/memory-outlook/what-takes-years-or-shrinks-does-not-come",
                   test_what_takes_years_or_shrinks_does_not_come);
  return g_test_run ();
}
