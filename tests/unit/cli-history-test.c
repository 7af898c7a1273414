/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of memory, drawn, as rows and as JSON. */
#include "chart-scale.h"
#include "history-text.h"
#include "json-output.h"
#include "line-chart.h"
#include "terminal-text.h"
#include "value-text.h"

#include <string.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define NOW G_GUINT64_CONSTANT (100000000000000)

/* Four points, the third of which is out of order. */
#define STATS                                                                                      \
  "{'pid': <uint32 7>, 'comm': <'a\\u001bb'>, 'uid': <uint32 4000000000>, 'memory': <{"            \
  " 'growth-rate': <209664.0>, 'watched-since': <uint64 99400000000000>, 'history': <["            \
  "(uint64 99400000000000, uint64 1048576, uint64 1, uint64 2, uint64 1048576),"                   \
  "(uint64 99700000000000, uint64 3145728, uint64 3, uint64 4, uint64 1048576),"                   \
  "(uint64 99600000000000, uint64 9, uint64 9, uint64 9, uint64 9),"                               \
  "(uint64 100000000000000, uint64 7340032, uint64 5, uint64 6, uint64 1048576)]>}>}"

static void
test_small_charts_do_not_make_much_of_little (void)
{
  const guint64 grows[] = { 100, 200, 300, 400, 500, 600, 700, 800 };
  const guint64 steady[] = { 1000, 1001, 1000, 1001 };
  const guint64 largest[] = { G_MAXUINT64, G_MAXUINT64 };

  assert_text (memsnoop_chart_values (grows, 8, 8, TRUE), "▁▂▃▄▅▆▇█");
  assert_text (memsnoop_chart_values (grows, 8, 4, FALSE), ".-+#");
  assert_text (memsnoop_chart_values (steady, 4, 8, TRUE), "▁▁▁▁");
  assert_text (memsnoop_chart_values (steady, 0, 8, TRUE), "");
  assert_text (memsnoop_chart_values (steady, 4, 0, TRUE), "");
  assert_text (memsnoop_chart_values (largest, 2, 2, FALSE), "__");
}

static void
test_small_charts_are_empty_where_there_is_no_value (void)
{
  const guint64 gaps[] = { 0, 400, 500, 0, 0, 800, 800, 0 };
  const guint64 none[] = { 0, 0 };

  /* A gap is not the lowest value. */
  assert_text (memsnoop_chart_values (gaps, 8, 8, TRUE), " ▁▃  ██ ");
  assert_text (memsnoop_chart_values (gaps, 8, 4, FALSE), "_:##");
  assert_text (memsnoop_chart_values (none, 2, 2, TRUE), "  ");
}

static void
assert_scale (guint64 lowest, guint64 highest, guint steps, gboolean from_zero, const gchar *labels)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MemsnoopSizeScale scale;

  memsnoop_size_scale_choose (&scale, lowest, highest, steps, from_zero);
  for (guint64 value = scale.bottom; value <= scale.top; value += scale.step)
    {
      g_autofree gchar *label = memsnoop_size_scale_label (&scale, value);

      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", label);
    }
  g_assert_cmpstr (text->str, ==, labels);
  g_assert_cmpuint (scale.bottom, <=, lowest);
}

static void
test_sizes_are_labelled_in_round_numbers_of_one_unit (void)
{
  assert_scale (0, 0, 4, FALSE, "0, 1 byte");
  assert_scale (MIB, 8 * MIB, 4, FALSE, "0, 2 MiB, 4 MiB, 6 MiB, 8 MiB");
  assert_scale (1000 * MIB, 1003 * MIB, 4, FALSE, "1000 MiB, 1001 MiB, 1002 MiB, 1003 MiB");
  assert_scale (1000 * MIB, 1003 * MIB, 2, TRUE, "0, 0.5 GiB, 1.0 GiB");
  assert_scale (1024 * MIB, 1700 * MIB, 4, FALSE, "1.00 GiB, 1.25 GiB, 1.50 GiB, 1.75 GiB");
  assert_scale (0, G_MAXUINT64, 1, FALSE, "0, 4 EiB");
}

static void
test_what_hardly_changes_is_not_magnified (void)
{
  assert_scale (1000 * MIB, 1000 * MIB, 4, FALSE, "0, 0.25 GiB, 0.50 GiB, 0.75 GiB, 1.00 GiB");
  assert_scale (2000 * MIB - 1, 2000 * MIB, 1, FALSE, "0, 2 GiB");
  assert_scale (500 * MIB, 501 * MIB, 2, FALSE, "500.0 MiB, 500.5 MiB, 501.0 MiB");
}

static void
test_an_axis_has_no_more_steps_than_asked_for (void)
{
  for (guint steps = 1; steps < 20; steps++)
    for (guint64 lowest = 1; lowest < 100000 * MIB; lowest = lowest * 3 + 7)
      for (guint64 span = 1; span < 100000 * MIB; span = span * 5 + 3)
        {
          MemsnoopSizeScale scale;

          memsnoop_size_scale_choose (&scale, lowest, lowest + span, steps, FALSE);
          g_assert_cmpuint (scale.bottom % scale.step, ==, 0);
          g_assert_cmpuint (scale.bottom, <=, lowest);
          g_assert_cmpuint (scale.top, >=, lowest + span);
          /* However long a step is, one of its multiples can lie between the two. */
          g_assert_cmpuint ((scale.top - scale.bottom) / scale.step, <=, MAX (steps, 2));
        }
}

static void
test_ages_are_labelled_in_round_numbers (void)
{
  g_assert_cmpuint (memsnoop_time_scale_choose (0, 5), ==, 1);
  g_assert_cmpuint (memsnoop_time_scale_choose (600, 5), ==, 120);
  g_assert_cmpuint (memsnoop_time_scale_choose (86400, 4), ==, 6 * 3600);
  g_assert_cmpuint (memsnoop_time_scale_choose (10 * 7 * 86400, 1), ==, 8 * 7 * 86400);
  assert_text (memsnoop_time_scale_label (0), "now");
  assert_text (memsnoop_time_scale_label (90), "90 s ago");
  assert_text (memsnoop_time_scale_label (7200), "2 h ago");
  assert_text (memsnoop_time_scale_label (2 * 86400), "2 d ago");
}

static const MemsnoopChartPoint line[] = { { 0, 0 },
                                           { 100 * SECOND, 2 * MIB },
                                           { 200 * SECOND, 4 * MIB } };

static void
test_a_curve_has_labelled_axes (void)
{
  MemsnoopLineChart chart = {
    .points = line, .n_points = G_N_ELEMENTS (line), .to = 200 * SECOND, .columns = 40, .lines = 8
  };

  assert_text (memsnoop_line_chart_draw (&chart), "4 MiB +                            ..--'\n"
                                                  "      |                      ..--''\n"
                                                  "2 MiB +                ..--''\n"
                                                  "      |          ..--''\n"
                                                  "      |     ..--'\n"
                                                  "    0 +.--''\n"
                                                  "      +-------------+------------------+\n"
                                                  "                2 min ago            now\n");
  chart.unicode = TRUE;
  assert_text (memsnoop_line_chart_draw (&chart), "4 MiB ┤                           ⢀⣀⠤⠔⠒⠉\n"
                                                  "      │                      ⣀⡠⠤⠒⠉⠁\n"
                                                  "2 MiB ┤                ⣀⡠⠤⠒⠊⠉\n"
                                                  "      │          ⢀⣀⠤⠔⠊⠉\n"
                                                  "      │     ⣀⡠⠤⠒⠉⠁\n"
                                                  "    0 ┤⣀⠤⠔⠊⠉\n"
                                                  "      └─────────────┴──────────────────┴\n"
                                                  "                2 min ago            now\n");
}

static void
assert_curve (const MemsnoopChartPoint *points, guint n_points, const gchar *expected)
{
  MemsnoopLineChart chart = { .points = points,
                              .n_points = n_points,
                              .from = points[0].time,
                              .to = points[n_points - 1].time,
                              .columns = 42,
                              .lines = 5 };

  assert_text (memsnoop_line_chart_draw (&chart), expected);
}

/* Before and after a time in which the machine slept. */
static void
test_a_gap_is_no_slope (void)
{
  const MemsnoopChartPoint points[] = { { 0, 50 * MIB },
                                        { 100 * SECOND, 50 * MIB },
                                        { 200 * SECOND, 50 * MIB },
                                        { 900 * SECOND, 10 * MIB },
                                        { 1000 * SECOND, 10 * MIB } };

  assert_curve (points, G_N_ELEMENTS (points),
                "64 MiB +........\n"
                "       |\n"
                "     0 +                              ----\n"
                "       +-------------+-------------------+\n"
                "                10 min ago             now\n");
}

/* Nine of ten points are in the last tenth of the time. */
static void
test_points_are_placed_by_their_time (void)
{
  MemsnoopChartPoint points[10] = { { 0, 0 } };

  for (guint i = 1; i < G_N_ELEMENTS (points); i++)
    points[i] = (MemsnoopChartPoint){ (888 + i * 12) * SECOND, 90 * MIB };
  points[9].time = 1000 * SECOND;
  assert_curve (points, G_N_ELEMENTS (points),
                "128 MiB +                           ......\n"
                "        |             ....-----'''''\n"
                "      0 +...-----'''''\n"
                "        +-------------+------------------+\n"
                "                 10 min ago            now\n");
}

static void
test_a_single_point_is_drawn (void)
{
  const MemsnoopChartPoint point = { 5 * SECOND, 3 * MIB };

  assert_curve (&point, 1,
                "4 MiB +                                  .\n"
                "      |\n"
                "    0 +\n"
                "      +----------------------------------+\n"
                "                                       now\n");
}

static void
assert_fits (const MemsnoopLineChart *chart)
{
  g_autofree gchar *text = memsnoop_line_chart_draw (chart);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, MAX (chart->lines, 3) + 1);
  for (gsize i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (memsnoop_terminal_text_width (lines[i]), <=, MAX (chart->columns, 2));
}

static void
test_a_curve_never_exceeds_its_size (void)
{
  const MemsnoopChartPoint odd[] = {
    { 0, G_MAXUINT64 }, { 1, 0 }, { 5 * SECOND, 1 }, { 200 * SECOND, G_MAXUINT64 }
  };

  for (guint columns = 2; columns < 100; columns += 3)
    for (guint lines = 1; lines < 12; lines++)
      for (guint n_points = 0; n_points <= G_N_ELEMENTS (odd); n_points++)
        {
          MemsnoopLineChart chart = { .points = odd,
                                      .n_points = n_points,
                                      .from = columns % 2 == 0 ? 0 : SECOND,
                                      .to = n_points == 1 ? SECOND : 200 * SECOND,
                                      .columns = columns,
                                      .lines = lines,
                                      .unicode = lines % 2 == 0 };

          assert_fits (&chart);
        }
}

static MemsnoopHistoryPage
make_page (GVariant *stats)
{
  MemsnoopHistoryPage page = { .stats = stats,
                               .kinds = { MEMSNOOP_MEMORY_PRIVATE },
                               .n_kinds = 1,
                               .now = NOW,
                               .columns = 60,
                               .lines = 16 };

  return page;
}

static void
test_a_page_fills_the_screen_and_names_cannot_steer_it (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  MemsnoopHistoryPage page = make_page (stats);

  assert_text (
      memsnoop_history_text_charts (&page, users),
      "a\\x1bb (7) of 4000000000\n"
      "\n"
      "Private memory (anonymous and swapped): 8.0 MiB now, 2.0 MiB to 8.0 MiB\n"
      "8 MiB +                                            ....---''\n"
      "      |                                   ...---'''\n"
      "4 MiB +                        ....---''''\n"
      "      |        ......-----'''''\n"
      "      |---'''''\n"
      "    0 +\n"
      "      ++-------------------------+-------------------------+\n"
      "       10 min ago            5 min ago                   now\n"
      "\n"
      "Its private memory grows by 12 MiB a minute. It has been watched for 10 min 0 s.\n");
}

/* The curve of the last minute goes on from the point before it. */
static void
test_a_page_of_a_short_time_goes_on_from_before (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  MemsnoopHistoryPage page = make_page (stats);

  page.span = 60;
  page.columns = 80;
  page.lines = 13;
  assert_text (
      memsnoop_history_text_charts (&page, users),
      "a\\x1bb (7) of 4000000000\n"
      "\n"
      "Private memory (anonymous and swapped): 8.0 MiB\n"
      "8 MiB +-------------------------------------''''''''''''''''''''''''''''''''''''\n"
      "      |\n"
      "      |\n"
      "      |\n"
      "    0 +\n"
      "      ++-----------------+-----------------+-----------------+-----------------+\n"
      "       1 min ago     45 s ago          30 s ago          15 s ago            now\n"
      "\n"
      "Its private memory grows by 12 MiB a minute. It has been watched for 10 min 0 s.\n");
}

static void
test_a_page_leaves_a_line_for_the_prompt (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  MemsnoopHistoryPage page = make_page (stats);

  page.columns = 100;
  for (page.lines = 11; page.lines < 60; page.lines++)
    {
      g_autofree gchar *text = memsnoop_history_text_charts (&page, users);
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

      /* The last one is empty: the prompt's. */
      g_assert_cmpuint (g_strv_length (lines), ==, page.lines);
    }
}

static void
test_rows_are_for_programs_to_plot (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  g_autoptr (GDateTime) wall_now = g_date_time_new_utc (2026, 11, 23, 9, 40, 0);
  MemsnoopHistoryPage page = make_page (stats);

  page.kinds[page.n_kinds++] = MEMSNOOP_MEMORY_FILE;
  assert_text (memsnoop_history_text_rows (&page, wall_now),
               "TIME                 PRIVATE  FILE\n"
               "2026-11-23 09:30:00  2097152     1\n"
               "2026-11-23 09:35:00  4194304     3\n"
               "2026-11-23 09:40:00  8388608     5\n");
  page.span = 300;
  assert_text (memsnoop_history_text_rows (&page, wall_now),
               "TIME                 PRIVATE  FILE\n"
               "2026-11-23 09:35:00  4194304     3\n"
               "2026-11-23 09:40:00  8388608     5\n");
}

static void
test_json_has_the_names_of_the_bus (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  MemsnoopHistoryPage page = make_page (stats);
  g_autoptr (JsonNode) node = NULL;

  page.span = 1;
  node = memsnoop_history_json (&page);
  assert_text (
      memsnoop_json_output_to_line (node),
      "{\"pid\":7,\"comm\":\"a\\u001bb\",\"uid\":4000000000,\"now\":100000000000000,\"watched-"
      "since\":99400000000000,\"growth-rate\":209664.0,\"history\":[{\"time\":100000000000000,"
      "\"rss-anon\":7340032,\"rss-file\":5,\"rss-shmem\":6,\"swap\":1048576}]}");
}

static void
test_a_time_without_points_is_drawn_empty (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", STATS);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  MemsnoopHistoryPage page = make_page (stats);
  g_autofree gchar *text = NULL;

  page.span = 1;
  page.now = NOW + 3 * SECOND;
  text = memsnoop_history_text_charts (&page, users);
  g_assert_nonnull (strstr (text, "Private memory (anonymous and swapped): 8.0 MiB\n"));
  g_assert_null (strchr (text, '\033'));
}

static void
test_kinds_are_named_and_unknown_ones_refused (void)
{
  g_autoptr (GError) error = NULL;
  MemsnoopMemoryKind kind;

  g_assert_true (memsnoop_memory_kind_from_name ("swap", &kind, &error));
  g_assert_cmpint (kind, ==, MEMSNOOP_MEMORY_SWAP);
  g_assert_false (memsnoop_memory_kind_from_name ("heap", &kind, &error));
  g_assert_cmpstr (error->message, ==,
                   "--kind is private, anonymous, file, shared, swap or all, not 'heap'");
}

static void
test_no_history_is_none (void)
{
  g_autoptr (GVariant) odd = parse_value ("a{sv}", "{'memory': <{'history': <'none'>}>}");
  g_autoptr (GVariant) none = parse_value ("a{sv}", "{}");
  g_autoptr (GArray) from_odd = memsnoop_memory_history_read (odd);
  g_autoptr (GArray) from_none = memsnoop_memory_history_read (none);

  g_assert_cmpuint (from_odd->len, ==, 0);
  g_assert_cmpuint (from_none->len, ==, 0);
}

static void
test_memory_is_none_only_when_all_of_it_is_known_to_be (void)
{
  g_autoptr (GVariant) none = parse_value (
      "a{sv}", "{'memory': <{'rss-anon': <uint64 0>, 'rss-file': <uint64 0>,"
               " 'rss-shmem': <uint64 0>, 'swap': <uint64 0>, 'growth-rate': <0.0>}>}");
  g_autoptr (GVariant) swapped =
      parse_value ("a{sv}", "{'memory': <{'rss-anon': <uint64 0>, 'rss-file': <uint64 0>,"
                            " 'rss-shmem': <uint64 0>, 'swap': <uint64 4096>}>}");
  g_autoptr (GVariant) unknown = parse_value ("a{sv}", "{'memory': <{'rss-anon': <uint64 0>}>}");
  g_autoptr (GVariant) gone = parse_value ("a{sv}", "{}");

  g_assert_true (memsnoop_memory_is_none (none));
  g_assert_false (memsnoop_memory_is_none (swapped));
  g_assert_false (memsnoop_memory_is_none (unknown));
  g_assert_false (memsnoop_memory_is_none (gone));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart/small-ones-do-not-make-much-of-little",
                   test_small_charts_do_not_make_much_of_little);
  g_test_add_func ("/chart/small-ones-are-empty-where-there-is-no-value",
                   test_small_charts_are_empty_where_there_is_no_value);
  g_test_add_func ("/chart/sizes-are-labelled-in-round-numbers-of-one-unit",
                   test_sizes_are_labelled_in_round_numbers_of_one_unit);
  g_test_add_func ("/chart/what-hardly-changes-is-not-magnified",
                   test_what_hardly_changes_is_not_magnified);
  g_test_add_func ("/chart/an-axis-has-no-more-steps-than-asked-for",
                   test_an_axis_has_no_more_steps_than_asked_for);
  g_test_add_func ("/chart/ages-are-labelled-in-round-numbers",
                   test_ages_are_labelled_in_round_numbers);
  g_test_add_func ("/chart/a-curve-has-labelled-axes", test_a_curve_has_labelled_axes);
  g_test_add_func ("/chart/a-gap-is-no-slope", test_a_gap_is_no_slope);
  g_test_add_func ("/chart/points-are-placed-by-their-time", test_points_are_placed_by_their_time);
  g_test_add_func ("/chart/a-single-point-is-drawn", test_a_single_point_is_drawn);
  g_test_add_func ("/chart/a-curve-never-exceeds-its-size", test_a_curve_never_exceeds_its_size);
  g_test_add_func ("/history/a-page-fills-the-screen-and-names-cannot-steer-it",
                   test_a_page_fills_the_screen_and_names_cannot_steer_it);
  g_test_add_func ("/history/a-page-of-a-short-time-goes-on-from-before",
                   test_a_page_of_a_short_time_goes_on_from_before);
  g_test_add_func ("/history/a-page-leaves-a-line-for-the-prompt",
                   test_a_page_leaves_a_line_for_the_prompt);
  g_test_add_func ("/history/rows-are-for-programs-to-plot", test_rows_are_for_programs_to_plot);
  g_test_add_func ("/history/json-has-the-names-of-the-bus", test_json_has_the_names_of_the_bus);
  g_test_add_func ("/history/a-time-without-points-is-drawn-empty",
                   test_a_time_without_points_is_drawn_empty);
  g_test_add_func ("/history/kinds-are-named-and-unknown-ones-refused",
                   test_kinds_are_named_and_unknown_ones_refused);
  g_test_add_func ("/history/none-is-none", test_no_history_is_none);
  g_test_add_func ("/history/memory-is-none-only-when-all-of-it-is-known-to-be",
                   test_memory_is_none_only_when_all_of_it_is_known_to_be);
  return g_test_run ();
}
