/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command-error.h"
#include "quantity.h"

#include <math.h>

static void
assert_duration (const gchar *text, guint32 expected)
{
  g_autoptr (GError) error = NULL;
  guint32 seconds;

  g_assert_true (memsnoop_quantity_parse_duration (text, "--duration", &seconds, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (seconds, ==, expected);
}

static void
assert_no_duration (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  guint32 seconds;

  g_assert_false (memsnoop_quantity_parse_duration (text, "--duration", &seconds, &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, "--duration"));
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_durations_have_units (void)
{
  assert_duration ("0", 0);
  assert_duration ("90", 90);
  assert_duration ("10s", 10);
  assert_duration ("5m", 300);
  assert_duration ("2h", 7200);
  assert_duration ("7d", 604800);
  assert_duration ("4294967295", G_MAXUINT32);
}

static void
test_bad_durations_are_named (void)
{
  static const gchar *const bad[] = {
    "",   "m",    "-1",         "1.5h",      "10 s",
    "5x", "10ms", "4294967296", "99999999d", "99999999999999999999999"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_no_duration (bad[i]);
}

static void
assert_size (const gchar *text, guint64 expected)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  g_assert_true (memsnoop_quantity_parse_size (text, "--map-memory", &bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bytes, ==, expected);
}

static void
test_sizes_have_binary_units (void)
{
  assert_size ("4096", 4096);
  assert_size ("64K", 64 << 10);
  assert_size ("64M", 64 << 20);
  assert_size ("64MiB", 64 << 20);
  assert_size ("1g", 1 << 30);
  assert_size ("2T", G_GUINT64_CONSTANT (2) << 40);
}

static void
test_bad_sizes_are_named (void)
{
  static const gchar *const bad[] = { "", "M", "64MB", "-1", "64 M", "18446744073709551615K" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      guint64 bytes;

      g_assert_false (memsnoop_quantity_parse_size (bad[i], "--map-memory", &bytes, &error));
      g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
    }
}

static void
test_numbers_have_a_range (void)
{
  g_autoptr (GError) error = NULL;
  guint64 value;

  g_assert_true (memsnoop_quantity_parse_number ("4711", "PID", 1, 5000, &value, &error));
  g_assert_cmpuint (value, ==, 4711);
  g_assert_false (memsnoop_quantity_parse_number ("0", "PID", 1, 5000, &value, &error));
  g_assert_cmpstr (error->message, ==, "PID is a number from 1 to 5000, not '0'");
}

static void
assert_text (gchar *text, const gchar *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_sizes_are_told_in_iec_units_with_plain_spaces (void)
{
  assert_text (memsnoop_quantity_format_size (0), "0 bytes");
  assert_text (memsnoop_quantity_format_size (1536), "1.5 KiB");
  assert_text (memsnoop_quantity_format_size (G_GUINT64_CONSTANT (3) << 30), "3.0 GiB");
}

static void
test_counts_are_grouped (void)
{
  assert_text (memsnoop_quantity_format_count (0), "0");
  assert_text (memsnoop_quantity_format_count (999), "999");
  assert_text (memsnoop_quantity_format_count (1204332), "1,204,332");
}

static void
test_durations_are_told_in_two_units (void)
{
  assert_text (memsnoop_quantity_format_duration (59), "59 s");
  assert_text (memsnoop_quantity_format_duration (61), "1 min 1 s");
  assert_text (memsnoop_quantity_format_duration (11520), "3 h 12 min");
  assert_text (memsnoop_quantity_format_duration (27 * 3600), "1 d 3 h");
}

static void
test_durations_in_words_have_one_unit (void)
{
  assert_text (memsnoop_quantity_duration_in_words (0), "0 seconds");
  assert_text (memsnoop_quantity_duration_in_words (1), "1 second");
  assert_text (memsnoop_quantity_duration_in_words (90), "90 seconds");
  assert_text (memsnoop_quantity_duration_in_words (2400), "40 minutes");
  assert_text (memsnoop_quantity_duration_in_words (10800), "3 hours");
  assert_text (memsnoop_quantity_duration_in_words (200000), "2 days");
  assert_text (memsnoop_quantity_duration_in_words (G_MAXUINT64), "213503982334601 days");
}

static void
test_rates_are_told_by_the_minute_or_hour (void)
{
  assert_text (memsnoop_quantity_format_rate (12.0 * (1 << 20) / 60), "12 MiB a minute");
  assert_text (memsnoop_quantity_format_rate (3), "11 KiB an hour");
  assert_text (memsnoop_quantity_format_rate (1e300), "888 PiB a minute");
  assert_text (memsnoop_quantity_format_rate (-1.0 * (1 << 20) / 60), "1.0 MiB a minute");
}

static void
test_a_table_has_rates_with_their_sign (void)
{
  assert_text (memsnoop_quantity_format_short_rate (12.0 * (1 << 20) / 60), "12 MiB/min");
  assert_text (memsnoop_quantity_format_short_rate (-12.0 * (1 << 20) / 60), "-12 MiB/min");
  assert_text (memsnoop_quantity_format_short_rate (3), "11 KiB/h");
  assert_text (memsnoop_quantity_format_short_rate (1.0 / 3600), "1 byte/h");
  assert_text (memsnoop_quantity_format_short_rate (0.9 / 3600), "-");
  assert_text (memsnoop_quantity_format_short_rate (0), "-");
  assert_text (memsnoop_quantity_format_short_rate (NAN), "-");
}

static void
test_growth_is_told_in_words (void)
{
  assert_text (memsnoop_quantity_growth_in_words (12.0 * (1 << 20) / 60),
               "grows by 12 MiB a minute");
  assert_text (memsnoop_quantity_growth_in_words (-3), "shrinks by 11 KiB an hour");
  assert_text (memsnoop_quantity_growth_in_words (0), "shows no steady growth");
  assert_text (memsnoop_quantity_growth_in_words (NAN), "shows no steady growth");
}

static void
test_sizes_in_sentences_have_two_or_three_digits (void)
{
  assert_text (memsnoop_quantity_format_rounded_size (0), "0 bytes");
  assert_text (memsnoop_quantity_format_rounded_size (1), "1 byte");
  assert_text (memsnoop_quantity_format_rounded_size (1023), "1023 bytes");
  assert_text (memsnoop_quantity_format_rounded_size (1024), "1.0 KiB");
  assert_text (memsnoop_quantity_format_rounded_size (10 << 10), "10 KiB");
  assert_text (memsnoop_quantity_format_rounded_size ((1 << 20) - 1), "1.0 MiB");
  assert_text (memsnoop_quantity_format_rounded_size (480 << 20), "480 MiB");
  assert_text (memsnoop_quantity_format_rounded_size (G_MAXUINT64), "16 EiB");
}

static void
test_shares_are_parts_of_one_or_percentages (void)
{
  const gchar *const bad[] = { "", "%", "-1", "+1", "1%%", "1 %", "nan", "inf", "0x1p", "1,5" };
  g_autoptr (GError) error = NULL;
  gdouble share;

  g_assert_true (memsnoop_quantity_parse_share ("0.25", "--cpu-budget", &share, &error));
  g_assert_cmpfloat (share, ==, 0.25);
  g_assert_true (memsnoop_quantity_parse_share ("25%", "--cpu-budget", &share, &error));
  g_assert_cmpfloat (share, ==, 0.25);
  g_assert_true (memsnoop_quantity_parse_share ("0", "--cpu-budget", &share, &error));
  g_assert_cmpfloat (share, ==, 0);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (memsnoop_quantity_parse_share (bad[i], "--cpu-budget", &share, &error));
      g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quantity/durations-have-units", test_durations_have_units);
  g_test_add_func ("/quantity/bad-durations-are-named", test_bad_durations_are_named);
  g_test_add_func ("/quantity/sizes-have-binary-units", test_sizes_have_binary_units);
  g_test_add_func ("/quantity/bad-sizes-are-named", test_bad_sizes_are_named);
  g_test_add_func ("/quantity/numbers-have-a-range", test_numbers_have_a_range);
  g_test_add_func ("/quantity/sizes-are-told-in-iec-units-with-plain-spaces",
                   test_sizes_are_told_in_iec_units_with_plain_spaces);
  g_test_add_func ("/quantity/counts-are-grouped", test_counts_are_grouped);
  g_test_add_func ("/quantity/durations-are-told-in-two-units",
                   test_durations_are_told_in_two_units);
  g_test_add_func ("/quantity/durations-in-words-have-one-unit",
                   test_durations_in_words_have_one_unit);
  g_test_add_func ("/quantity/rates-are-told-by-the-minute-or-hour",
                   test_rates_are_told_by_the_minute_or_hour);
  g_test_add_func ("/quantity/a-table-has-rates-with-their-sign",
                   test_a_table_has_rates_with_their_sign);
  g_test_add_func ("/quantity/growth-is-told-in-words", test_growth_is_told_in_words);
  g_test_add_func ("/quantity/sizes-in-sentences-have-two-or-three-digits",
                   test_sizes_in_sentences_have_two_or_three_digits);
  g_test_add_func ("/quantity/shares-are-parts-of-one-or-percentages",
                   test_shares_are_parts_of_one_or_percentages);
  return g_test_run ();
}
