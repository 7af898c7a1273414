/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printable-text.h"

static void
assert_text (const gchar *raw, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_printable_text (raw);

  g_assert_cmpstr (text, ==, expected);
  g_assert_true (g_utf8_validate (text, -1, NULL));
}

static void
assert_line (const gchar *raw, const gchar *expected)
{
  g_autofree gchar *line = memsnoop_printable_line (raw);

  g_assert_cmpstr (line, ==, expected);
}

static void
test_valid_text_stays (void)
{
  assert_text ("", "");
  assert_text ("dentry", "dentry");
  assert_text ("Größe €", "Größe €");
  assert_text ("back\\slash", "back\\slash");
}

static void
test_invalid_bytes_are_escaped_one_by_one (void)
{
  assert_text ("\xff", "\\xff");
  assert_text ("a\xc3", "a\\xc3");
  assert_text ("\xc3(\x80"
               "b",
               "\\xc3(\\x80b");
  assert_text ("\xed\xa0\x80", "\\xed\\xa0\\x80");
  assert_text ("cut off: \xe2\x82", "cut off: \\xe2\\x82");
}

static void
test_programs_get_control_characters (void)
{
  assert_text ("two\nlines\x1b[2J", "two\nlines\x1b[2J");
}

static void
test_a_name_cannot_forge_a_line (void)
{
  assert_line ("sh\nroot  1.0 GiB", "sh\\x0aroot  1.0 GiB");
  assert_line ("\r\t\x7f", "\\x0d\\x09\\x7f");
  assert_line ("\u2028\u2029", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
  assert_line ("\xc2\x85", "\\xc2\\x85");
}

static void
test_a_name_cannot_speak_to_the_terminal (void)
{
  assert_line ("\x1b]0;title\x07", "\\x1b]0;title\\x07");
  assert_line ("\xc2\x9b"
               "2J",
               "\\xc2\\x9b2J");
}

static void
test_a_name_cannot_hide_or_turn_text (void)
{
  assert_line ("a\u202e"
               "b",
               "a\\xe2\\x80\\xaeb");
  assert_line ("a\u2066"
               "b",
               "a\\xe2\\x81\\xa6b");
  assert_line ("a\u200b"
               "b",
               "a\\xe2\\x80\\x8bb");
}

static void
test_people_get_other_text_as_it_is (void)
{
  assert_line ("Größe 日本 (sd-pam)", "Größe 日本 (sd-pam)");
  assert_line ("bad \xfe", "bad \\xfe");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/printable-text/valid-text-stays", test_valid_text_stays);
  g_test_add_func ("/printable-text/invalid-bytes-are-escaped-one-by-one",
                   test_invalid_bytes_are_escaped_one_by_one);
  g_test_add_func ("/printable-text/programs-get-control-characters",
                   test_programs_get_control_characters);
  g_test_add_func ("/printable-text/a-name-cannot-forge-a-line", test_a_name_cannot_forge_a_line);
  g_test_add_func ("/printable-text/a-name-cannot-speak-to-the-terminal",
                   test_a_name_cannot_speak_to_the_terminal);
  g_test_add_func ("/printable-text/a-name-cannot-hide-or-turn-text",
                   test_a_name_cannot_hide_or_turn_text);
  g_test_add_func ("/printable-text/people-get-other-text-as-it-is",
                   test_people_get_other_text_as_it_is);
  return g_test_run ();
}
