/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chart.h"
#include "terminal-keys.h"
#include "terminal-text.h"
#include "text-table.h"

static void
assert_text (gchar *text, const gchar *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_text_cannot_steer_the_terminal (void)
{
  assert_text (memsnoop_terminal_text_escape ("a\033[2Jb", TRUE), "a\\x1b[2Jb");
  assert_text (memsnoop_terminal_text_escape ("a\nb\tc\x7f", TRUE), "a\\x0ab\\x09c\\x7f");
  assert_text (memsnoop_terminal_text_escape ("\302\2332J", TRUE), "\\x9b2J");
  assert_text (memsnoop_terminal_text_escape_lines ("a\nb\r\033", TRUE), "a\nb\\x0d\\x1b");
}

static void
test_our_own_marks_have_ascii_forms (void)
{
  assert_text (memsnoop_terminal_text_escape ("“duration” … é", FALSE), "\"duration\" ... ?");
  assert_text (memsnoop_terminal_text_escape_lines ("a – b\n“c”", FALSE), "a - b\n\"c\"");
  assert_text (memsnoop_terminal_text_escape ("“c…”", TRUE), "“c…”");
  assert_text (memsnoop_terminal_text_escape ("malloc ← new ±1 −2", FALSE), "malloc <- new +-1 -2");
  assert_text (memsnoop_terminal_text_to_ascii ("\033[1m“x”\n"), "\033[1m\"x\"\n");
}

static void
test_text_cannot_turn_the_direction_of_writing (void)
{
  assert_text (memsnoop_terminal_text_escape ("a\u202eb", TRUE), "a\\u202eb");
  assert_text (memsnoop_terminal_text_escape ("\u2066x\u2069", TRUE), "\\u2066x\\u2069");
  assert_text (memsnoop_terminal_text_escape ("a\u200bb\u2028", TRUE), "a\\u200bb\\u2028");
}

static void
test_bytes_that_are_no_text_are_shown_as_numbers (void)
{
  assert_text (memsnoop_terminal_text_escape ("a\xff\xc3", TRUE), "a\\xff\\xc3");
}

static void
test_text_beyond_ascii_depends_on_the_terminal (void)
{
  assert_text (memsnoop_terminal_text_escape ("Größe 日", TRUE), "Größe 日");
  assert_text (memsnoop_terminal_text_escape ("Größe 日", FALSE), "Gr??e ?");
}

static void
test_json_keeps_its_meaning (void)
{
  assert_text (memsnoop_terminal_text_escape_json ("{\"a\": \"\u202e\302\233ö\"}\n"),
               "{\"a\": \"\\u202e\\u009bö\"}\n");
  assert_text (memsnoop_terminal_text_escape_json ("\"\U000e0001\""), "\"\\udb40\\udc01\"");
}

static void
test_wide_and_combining_characters_are_counted (void)
{
  g_assert_cmpuint (memsnoop_terminal_text_width ("abc"), ==, 3);
  g_assert_cmpuint (memsnoop_terminal_text_width ("日本"), ==, 4);
  g_assert_cmpuint (memsnoop_terminal_text_width ("e\u0301"), ==, 1);
}

static void
assert_fitted (const gchar *text, guint columns, gboolean right, const gchar *expected)
{
  g_autoptr (GString) line = g_string_new (NULL);

  memsnoop_terminal_text_append_fitted (line, text, columns, right, TRUE);
  g_assert_cmpstr (line->str, ==, expected);
  g_assert_cmpuint (memsnoop_terminal_text_width (line->str), ==, columns);
}

static void
test_text_fits_its_column_exactly (void)
{
  assert_fitted ("abc", 5, FALSE, "abc  ");
  assert_fitted ("abc", 5, TRUE, "  abc");
  assert_fitted ("abc", 3, FALSE, "abc");
  assert_fitted ("abcdef", 4, FALSE, "abc…");
  assert_fitted ("日本語", 5, FALSE, "日本…");
  assert_fitted ("日本語", 4, FALSE, "日… ");
  assert_fitted ("日本語", 1, FALSE, "…");
  assert_fitted ("abc", 0, FALSE, "");
}

static void
test_a_table_is_as_wide_as_its_cells (void)
{
  const gchar *const first[] = { "NAME", "BYTES", NULL };
  const gchar *const second[] = { "日本語", "1", NULL };
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("lr");
  g_autoptr (GString) text = g_string_new (NULL);

  memsnoop_text_table_add_row (table, g_strdupv ((gchar **) first));
  memsnoop_text_table_add_row (table, g_strdupv ((gchar **) second));
  memsnoop_text_table_append (table, text, 1);
  g_assert_cmpstr (text->str, ==, " NAME    BYTES\n 日本語      1\n");
}

static void
test_bars_are_proportional (void)
{
  assert_text (memsnoop_chart_bar (0, 100, 4, TRUE), "");
  assert_text (memsnoop_chart_bar (50, 100, 4, TRUE), "██");
  assert_text (memsnoop_chart_bar (1, 1000000, 4, TRUE), "▏");
  assert_text (memsnoop_chart_bar (100, 100, 4, FALSE), "####");
  assert_text (memsnoop_chart_bar (1, 1000000, 4, FALSE), "#");
  assert_text (memsnoop_chart_bar (G_MAXUINT64, 1, 4, FALSE), "####");
}

static void
test_a_sparkline_goes_by_time (void)
{
  const MemsnoopChartPoint even[] = { { 0, 0 }, { 1, 7 } };
  /* Long at the bottom, and only at the end at the top. */
  const MemsnoopChartPoint late[] = { { 0, 1 }, { 9, 1 }, { 10, 8 } };

  assert_text (memsnoop_chart_sparkline (NULL, 0, 8, TRUE), "");
  assert_text (memsnoop_chart_sparkline (even, 1, 4, TRUE), "▁▁▁▁");
  assert_text (memsnoop_chart_sparkline (even, 2, 4, TRUE), "▁▃▅█");
  assert_text (memsnoop_chart_sparkline (late, 3, 5, FALSE), "____#");
}

static void
assert_keys (const gchar *bytes, const guint *expected, gsize n_expected, gsize left)
{
  gsize length = strlen (bytes), taken, count = 0;
  guint key;

  while ((taken = memsnoop_terminal_keys_next (bytes, length, &key)) > 0)
    {
      g_assert_cmpuint (count, <, n_expected);
      g_assert_cmpuint (key, ==, expected[count++]);
      bytes += taken;
      length -= taken;
    }
  g_assert_cmpuint (count, ==, n_expected);
  g_assert_cmpuint (length, ==, left);
}

static void
test_keys_are_told_apart (void)
{
  const guint letters[] = { 'q', 0xf6, '?' };
  const guint arrows[] = { MEMSNOOP_KEY_UP, MEMSNOOP_KEY_UP, MEMSNOOP_KEY_PAGE_DOWN,
                           MEMSNOOP_KEY_HOME };
  const guint escape[] = { MEMSNOOP_KEY_UNKNOWN, 'q' };
  const guint unknown[] = { MEMSNOOP_KEY_UNKNOWN, 'q' };

  assert_keys ("qö?", letters, G_N_ELEMENTS (letters), 0);
  assert_keys ("\033[A\033OA\033[6~\033[H", arrows, G_N_ELEMENTS (arrows), 0);
  assert_keys ("\033q", escape, G_N_ELEMENTS (escape), 0);
  assert_keys ("\033[1;5Pq", unknown, G_N_ELEMENTS (unknown), 0);
  assert_keys ("\xffq", unknown, G_N_ELEMENTS (unknown), 0);
}

static void
test_a_key_is_waited_for_until_it_is_complete (void)
{
  const guint letter[] = { 'q' };

  assert_keys ("q\033", letter, 1, 1);
  assert_keys ("q\033[", letter, 1, 2);
  assert_keys ("q\033[1;5", letter, 1, 5);
  assert_keys ("q\xc3", letter, 1, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal-text/cannot-steer-the-terminal", test_text_cannot_steer_the_terminal);
  g_test_add_func ("/terminal-text/our-own-marks-have-ascii-forms",
                   test_our_own_marks_have_ascii_forms);
  g_test_add_func ("/terminal-text/cannot-turn-the-direction-of-writing",
                   test_text_cannot_turn_the_direction_of_writing);
  g_test_add_func ("/terminal-text/bytes-that-are-no-text-are-shown-as-numbers",
                   test_bytes_that_are_no_text_are_shown_as_numbers);
  g_test_add_func ("/terminal-text/beyond-ascii-depends-on-the-terminal",
                   test_text_beyond_ascii_depends_on_the_terminal);
  g_test_add_func ("/terminal-text/json-keeps-its-meaning", test_json_keeps_its_meaning);
  g_test_add_func ("/terminal-text/wide-and-combining-characters-are-counted",
                   test_wide_and_combining_characters_are_counted);
  g_test_add_func ("/terminal-text/fits-its-column-exactly", test_text_fits_its_column_exactly);
  g_test_add_func ("/text-table/is-as-wide-as-its-cells", test_a_table_is_as_wide_as_its_cells);
  g_test_add_func ("/chart/bars-are-proportional", test_bars_are_proportional);
  g_test_add_func ("/chart/a-sparkline-goes-by-time", test_a_sparkline_goes_by_time);
  g_test_add_func ("/terminal-keys/are-told-apart", test_keys_are_told_apart);
  g_test_add_func ("/terminal-keys/are-waited-for-until-complete",
                   test_a_key_is_waited_for_until_it_is_complete);
  return g_test_run ();
}
