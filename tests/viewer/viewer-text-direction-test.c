/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text-direction.h"

#define HEBREW "\u05d0\u05d1 (x)"

static void
assert_text (const gchar *text, GtkTextDirection direction, const gchar *expected)
{
  g_autofree gchar *directed = memsnoop_text_direction_set (text, direction);

  g_assert_cmpstr (directed, ==, expected);
}

static void
test_text_begins_with_the_direction_of_its_widget (void)
{
  assert_text (HEBREW, GTK_TEXT_DIR_LTR, "\u200e\u2068" HEBREW "\u2069");
  assert_text (HEBREW, GTK_TEXT_DIR_RTL, "\u200f\u2068" HEBREW "\u2069");
  assert_text ("4.7 MiB", GTK_TEXT_DIR_RTL,
               "\u200f\u2068"
               "4.7 MiB\u2069");
}

static void
test_text_that_reads_as_its_widget_stays_as_it_is (void)
{
  assert_text ("systemd", GTK_TEXT_DIR_LTR, "systemd");
  assert_text ("", GTK_TEXT_DIR_LTR, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/viewer/text-direction/begins-with-that-of-its-widget",
                   test_text_begins_with_the_direction_of_its_widget);
  g_test_add_func ("/viewer/text-direction/stays-as-it-is",
                   test_text_that_reads_as_its_widget_stays_as_it_is);
  return g_test_run ();
}
