/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wording.h"

#define MINUTE G_GUINT64_CONSTANT (60000000000)

static void
test_hostile_names_become_one_line_of_visible_text (void)
{
  g_autofree gchar *name = memsnoop_wording_name ("<b>a</b>\n\x1b[31m\u202etxt", 80);

  g_assert_true (g_str_has_prefix (name, "<b>a</b>"));
  g_assert_null (strpbrk (name, "\n\x1b"));
  g_assert_null (strstr (name, "\u202e"));
}

static void
test_of_a_long_name_the_middle_is_left_out (void)
{
  g_autofree gchar *text = g_strnfill (4096, 'x');
  g_autofree gchar *name = NULL;

  text[0] = 'a';
  text[4095] = 'z';
  name = memsnoop_wording_name (text, MEMSNOOP_WORDING_NAME_MAX);
  g_assert_cmpint (g_utf8_strlen (name, -1), ==, MEMSNOOP_WORDING_NAME_MAX);
  g_assert_true (g_str_has_prefix (name, "ax") && g_str_has_suffix (name, "xz"));
}

static void
test_no_name_is_an_empty_one (void)
{
  g_autofree gchar *name = memsnoop_wording_name (NULL, 10);

  g_assert_cmpstr (name, ==, "");
}

static void
test_names_that_read_from_the_right_turn_nothing_around (void)
{
  g_autoptr (GVariant) evidence = g_variant_ref_sink (g_variant_new_parsed ("@a{sv} {}"));
  g_autofree gchar *left = memsnoop_wording_suspicion_title (7, "x…é", evidence);
  g_autofree gchar *hebrew = memsnoop_wording_suspicion_title (7, "\u05d0\u05d1", evidence);
  g_autofree gchar *arabic = memsnoop_wording_name_within ("a \u0645");

  g_assert_cmpstr (left, ==, "x…é (7) may be leaking memory");
  g_assert_cmpstr (hebrew, ==, "\u2068\u05d0\u05d1\u2069 (7) may be leaking memory");
  g_assert_cmpstr (arabic, ==, "\u2068a \u0645\u2069");
}

static void
assert_rate (gdouble rate, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_wording_short_rate (rate);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_rates_are_told_in_the_unit_that_fits (void)
{
  assert_rate (0, "");
  assert_rate (1024 * 1024 / 60.0, "+1.0\u00a0MiB/min");
  assert_rate (-1024 * 1024 / 60.0, "−1.0\u00a0MiB/min");
  assert_rate (1024 / 3600.0, "+1.0\u00a0KiB/h");
}

static void
assert_duration (guint64 seconds, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_wording_duration (seconds);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_durations_have_one_unit (void)
{
  assert_duration (0, "0 seconds");
  assert_duration (1, "1 second");
  assert_duration (119, "119 seconds");
  assert_duration (120, "2 minutes");
  assert_duration (7200, "2 hours");
  assert_duration (3 * 86400, "3 days");
  assert_duration (G_MAXUINT32, "49710 days");
  assert_duration (G_MAXUINT64, "4294967295 days");
}

static GVariant *
evidence (const gchar *text)
{
  GError *error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_a_suspicion_is_told_in_sentences (void)
{
  g_autoptr (GVariant) growth =
      evidence ("{'level': <'growth'>, 'kind': <'rss'>, 'bytes': <uint64 10485760>, "
                "'since': <uint64 0>, 'rate': <17476.26666>, "
                "'time-to-exhaustion': <uint64 2400>}");
  g_autofree gchar *text = memsnoop_wording_suspicion (growth, 10 * MINUTE, 10 * MINUTE);
  g_autofree gchar *title = memsnoop_wording_suspicion_title (4711, "firefox", growth);

  g_assert_cmpstr (title, ==, "firefox (4711) may be leaking memory");
  g_assert_cmpstr (
      text, ==,
      "Its memory has grown by 10.0\u00a0MiB in 10 minutes, now by 1.0\u00a0MiB a minute. "
      "At this rate memory is full in about 40 minutes. Steady growth alone is no proof.");
}

static void
assert_growth (const gchar *rest, guint64 read, guint64 now, const gchar *expected)
{
  g_autofree gchar *dictionary =
      g_strdup_printf ("{'level': <'growth'>, 'kind': <'heap'>, 'bytes': <uint64 10485760>, "
                       "'since': <uint64 0>, 'rate': <17476.26666>%s}",
                       rest);
  g_autoptr (GVariant) growth = evidence (dictionary);
  g_autofree gchar *text = memsnoop_wording_suspicion (growth, read, now);

  g_test_message ("%s", text);
  g_assert_true (g_str_has_prefix (text, expected));
}

/* Ten minutes after the beginning, 600,000,000,000 ns, it grew last. */
static void
test_what_grows_no_longer_is_told_with_the_rate_of_then (void)
{
#define LAST ", 'last-growth': <uint64 600000000000>"
#define GROWN "Its heap has grown by 10.0\u00a0MiB in "
#define PAST GROWN "10 minutes. It last grew "
#define RATE "by 1.0\u00a0MiB a minute"
  guint64 end = 10 * MINUTE, minute_less = 11 * MINUTE - 1;

  assert_growth (LAST, end, end, GROWN "10 minutes, now " RATE ". ");
  assert_growth (LAST, minute_less, minute_less, GROWN "11 minutes, now " RATE ". ");
  assert_growth (LAST, 11 * MINUTE, 11 * MINUTE, PAST "60 seconds ago, " RATE " then. ");
  assert_growth (LAST, 15 * MINUTE, 16 * MINUTE, PAST "6 minutes ago, " RATE " then. ");
}

static void
test_growth_is_not_over_because_nobody_has_asked_or_it_cannot_be (void)
{
  /* Read soon after it grew, and not again. */
  assert_growth (LAST, 10 * MINUTE, 40 * MINUTE, GROWN "40 minutes, now " RATE ". ");
  /* It is judged seldom, and grew when it was last. */
  assert_growth (LAST ", 'time-to-exhaustion': <uint64 2400>", 20 * MINUTE, 20 * MINUTE,
                 GROWN "20 minutes, now " RATE
                       ". At this rate memory is full in about 40 minutes.");
  assert_growth ("", 20 * MINUTE, 20 * MINUTE, GROWN "20 minutes, now " RATE ". ");
  assert_growth (", 'last-growth': <uint64 18446744073709551615>", 20 * MINUTE, 20 * MINUTE,
                 GROWN "20 minutes, now " RATE ". ");
}

static void
test_missing_wrong_and_absurd_evidence_is_survived (void)
{
  const gchar *const texts[] = {
    "{}",
    "{'level': <uint32 5>, 'bytes': <'many'>, 'rate': <'fast'>, 'since': <true>}",
    "{'bytes': <uint64 18446744073709551615>, 'rate': <1e308>, 'since': <uint64 "
    "18446744073709551615>, "
    "'time-to-exhaustion': <uint64 18446744073709551615>, 'kind': <'of the future'>}",
    "{'bytes': <int64 -5>, 'rate': <-1e308>, 'retained': <uint64 5>}",
    "{'bytes': <uint64 5>, 'rate': <1e308>, 'since': <uint64 18446744073709551615>, "
    "'last-growth': <uint64 0>}",
    "{'bytes': <uint64 5>, 'rate': <0.0>, 'since': <uint64 0>, 'last-growth': <'long ago'>}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GVariant) dictionary = evidence (texts[i]);
      g_autofree gchar *text = memsnoop_wording_suspicion (dictionary, MINUTE, MINUTE);
      g_autofree gchar *title = memsnoop_wording_suspicion_title (1, "", dictionary);

      g_assert_true (g_str_has_suffix (text, "."));
      g_assert_cmpstr (title, ==, "A process (1) may be leaking memory");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wording/hostile-names-become-one-line-of-visible-text",
                   test_hostile_names_become_one_line_of_visible_text);
  g_test_add_func ("/wording/of-a-long-name-the-middle-is-left-out",
                   test_of_a_long_name_the_middle_is_left_out);
  g_test_add_func ("/wording/names-that-read-from-the-right-turn-nothing-around",
                   test_names_that_read_from_the_right_turn_nothing_around);
  g_test_add_func ("/wording/no-name-is-an-empty-one", test_no_name_is_an_empty_one);
  g_test_add_func ("/wording/rates-are-told-in-the-unit-that-fits",
                   test_rates_are_told_in_the_unit_that_fits);
  g_test_add_func ("/wording/durations-have-one-unit", test_durations_have_one_unit);
  g_test_add_func ("/wording/a-suspicion-is-told-in-sentences",
                   test_a_suspicion_is_told_in_sentences);
  g_test_add_func ("/wording/what-grows-no-longer-is-told-with-the-rate-of-then",
                   test_what_grows_no_longer_is_told_with_the_rate_of_then);
  g_test_add_func ("/wording/growth-is-not-over-because-nobody-has-asked-or-it-cannot-be",
                   test_growth_is_not_over_because_nobody_has_asked_or_it_cannot_be);
  g_test_add_func ("/wording/missing-wrong-and-absurd-evidence-is-survived",
                   test_missing_wrong_and_absurd_evidence_is_survived);
  return g_test_run ();
}
