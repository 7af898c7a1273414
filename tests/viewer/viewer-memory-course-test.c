/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-course.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

static void
add_point (GArray *history, guint64 seconds, guint64 anonymous, guint64 file)
{
  MemsnoopMemoryPoint point = { .time = seconds * SECOND };

  point.bytes[MEMSNOOP_MEMORY_ANONYMOUS] = anonymous * MIB;
  point.bytes[MEMSNOOP_MEMORY_FILE] = file * MIB;
  point.bytes[MEMSNOOP_MEMORY_PRIVATE] = anonymous * MIB;
  g_array_append_val (history, point);
}

static GArray *
sample_history (void)
{
  GArray *history = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));

  add_point (history, 100, 50, 4);
  add_point (history, 160, 10, 4);
  add_point (history, 220, 20, 4);
  return history;
}

static void
test_what_is_shown_is_what_lies_within_the_span (void)
{
  g_autoptr (GArray) history = sample_history ();
  MemsnoopMemoryCourse course = { .history = history, .now = 230 * SECOND };

  g_assert_cmpuint (memsnoop_memory_course_begin (&course), ==, 100 * SECOND);
  g_assert_cmpfloat (memsnoop_memory_course_most (&course), ==, 54.0 * MIB);
  course.span = 20;
  g_assert_cmpuint (memsnoop_memory_course_begin (&course), ==, 210 * SECOND);
  g_assert_cmpfloat (memsnoop_memory_course_most (&course), ==, 24.0 * MIB);
  course.span = 1000;
  g_assert_cmpuint (memsnoop_memory_course_begin (&course), ==, 0);
}

/* What was allocated and never written to is in no layer. */
static void
test_a_heap_above_the_layers_is_within_what_is_shown (void)
{
  g_autoptr (GArray) history = sample_history ();
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (MemsnoopChartPoint));
  MemsnoopChartPoint points[] = { { .time = 140 * SECOND, .value = 900 * MIB },
                                  { .time = 200 * SECOND, .value = 300 * MIB },
                                  { .time = 230 * SECOND, .value = 80 * MIB } };
  MemsnoopMemoryCourse course = { .history = history, .heap = heap, .now = 230 * SECOND };

  g_array_append_vals (heap, points, G_N_ELEMENTS (points));
  g_assert_cmpfloat (memsnoop_memory_course_most (&course), ==, 900.0 * MIB);
  /* The line to the last point begins at the one in front of what is shown. */
  course.span = 20;
  g_assert_cmpfloat (memsnoop_memory_course_most (&course), ==, 300.0 * MIB);
  g_array_set_size (heap, 0);
  g_assert_cmpfloat (memsnoop_memory_course_most (&course), ==, 24.0 * MIB);
}

static void
test_each_kind_and_the_live_heap_are_told_in_words (void)
{
  g_autoptr (GArray) history = sample_history ();
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (MemsnoopChartPoint));
  g_autoptr (GArray) nothing = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  MemsnoopChartPoint points[] = { { .time = 150 * SECOND, .value = 2 * MIB },
                                  { .time = 220 * SECOND, .value = 3 * MIB } };
  MemsnoopMemoryCourse course = { .history = history, .now = 220 * SECOND };
  MemsnoopMemoryCourse empty = { .history = nothing, .heap = heap, .now = 220 * SECOND };
  const gchar *const kinds = "Anonymous: from 50.0\u00a0MiB to 20.0\u00a0MiB\n"
                             "Files: from 4.0\u00a0MiB to 4.0\u00a0MiB\n"
                             "Shared: from 0 bytes to 0 bytes\n"
                             "Swapped: from 0 bytes to 0 bytes";
  g_autofree gchar *without = memsnoop_memory_course_describe_kinds (&course);
  g_autofree gchar *with = NULL, *none = NULL, *expected = NULL;

  g_assert_cmpstr (without, ==, kinds);
  g_array_append_vals (heap, points, G_N_ELEMENTS (points));
  course.heap = heap;
  with = memsnoop_memory_course_describe_kinds (&course);
  expected = g_strconcat (kinds, "\nLive heap: from 2.0\u00a0MiB to 3.0\u00a0MiB",
                          "\nRetained, or older: 17.0\u00a0MiB", NULL);
  g_assert_cmpstr (with, ==, expected);
  none = memsnoop_memory_course_describe_kinds (&empty);
  g_assert_cmpstr (none, ==, "");
}

static void
test_a_course_is_told_in_words (void)
{
  g_autoptr (GArray) history = sample_history ();
  g_autoptr (GArray) nothing = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  MemsnoopMemoryCourse course = { .history = history, .now = 230 * SECOND };
  MemsnoopMemoryCourse empty = { .history = nothing, .now = 230 * SECOND };
  g_autofree gchar *text = memsnoop_memory_course_describe (&course);
  g_autofree gchar *none = memsnoop_memory_course_describe (&empty);

  g_assert_cmpstr (text, ==, "Memory over time: from 54.0\u00a0MiB to 24.0\u00a0MiB in 2 minutes");
  g_assert_cmpstr (none, ==, "Memory over time: nothing is known yet");
  g_assert_null (memsnoop_memory_course_find (&empty, 0));
}

static void
test_a_point_tells_every_kind_and_the_live_heap (void)
{
  g_autoptr (GArray) history = sample_history ();
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (MemsnoopChartPoint));
  MemsnoopChartPoint points[] = { { .time = 150 * SECOND, .value = 0 },
                                  { .time = 170 * SECOND, .value = 3 * MIB } };
  MemsnoopMemoryCourse course = { .history = history, .heap = heap, .now = 220 * SECOND };
  g_autofree gchar *text = NULL, *before = NULL;

  g_array_append_vals (heap, points, G_N_ELEMENTS (points));
  text = memsnoop_memory_course_describe_point (
      &course, memsnoop_memory_course_find (&course, 130 * SECOND));
  g_assert_true (g_str_has_prefix (text, "60 seconds ago ("));
  g_assert_nonnull (strstr (text, "\nAnonymous: 10.0\u00a0MiB\nFiles: 4.0\u00a0MiB\n"));
  g_assert_true (
      g_str_has_suffix (text, "\nLive heap: 3.0\u00a0MiB\nRetained, or older: 7.0\u00a0MiB"));
  before =
      memsnoop_memory_course_describe_point (&course, memsnoop_memory_course_point (&course, 0));
  g_assert_null (strstr (before, "Live heap"));
}

static void
test_absurd_times_are_survived (void)
{
  g_autoptr (GArray) history = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  MemsnoopMemoryCourse course = { .history = history, .now = G_MAXUINT64, .span = 60 };
  g_autofree gchar *text = NULL;

  add_point (history, 0, 1, 1);
  text = memsnoop_memory_course_describe_point (&course, memsnoop_memory_course_point (&course, 0));
  g_assert_nonnull (strstr (text, "Anonymous"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-course/what-is-shown-is-what-lies-within-the-span",
                   test_what_is_shown_is_what_lies_within_the_span);
  g_test_add_func ("/memory-course/a-heap-above-the-layers-is-within-what-is-shown",
                   test_a_heap_above_the_layers_is_within_what_is_shown);
  g_test_add_func ("/memory-course/each-kind-and-the-live-heap-are-told-in-words",
                   test_each_kind_and_the_live_heap_are_told_in_words);
  g_test_add_func ("/memory-course/a-course-is-told-in-words", test_a_course_is_told_in_words);
  g_test_add_func ("/memory-course/a-point-tells-every-kind-and-the-live-heap",
                   test_a_point_tells_every_kind_and_the_live_heap);
  g_test_add_func ("/memory-course/absurd-times-are-survived", test_absurd_times_are_survived);
  return g_test_run ();
}
