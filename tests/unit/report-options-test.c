/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report-options.h"

#include <gio/gio.h>
#include <string.h>

static void
test_defaults_of_the_options (void)
{
  MemsnoopReportOptions parsed;
  g_autoptr (GError) error = NULL;

  g_assert_true (memsnoop_report_options_parse ("text", NULL, &parsed, &error));
  g_assert_cmpint (parsed.format, ==, MEMSNOOP_REPORT_FORMAT_TEXT);
  g_assert_cmpuint (parsed.limit, ==, 20);
  g_assert_cmpint (parsed.sort, ==, MEMSNOOP_REPORT_SORT_CURRENT_BYTES);
  g_assert_false (parsed.has_pid);
}

static void
test_options_are_read (void)
{
  MemsnoopReportOptions parsed;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed (
      "{'limit': <uint32 4000000000>, 'sort': <'churn'>, 'pid': <uint32 7>}"));

  g_assert_true (memsnoop_report_options_parse ("json", options, &parsed, &error));
  g_assert_cmpint (parsed.format, ==, MEMSNOOP_REPORT_FORMAT_JSON);
  g_assert_cmpuint (parsed.limit, ==, 4000000000u);
  g_assert_cmpint (parsed.sort, ==, MEMSNOOP_REPORT_SORT_CHURN);
  g_assert_true (parsed.has_pid);
  g_assert_cmpuint (parsed.pid, ==, 7);
}

static void
assert_options_refused (const gchar *format, const gchar *text, const gchar *const *words)
{
  MemsnoopReportOptions parsed = { .limit = 4711 };
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed (text));
  g_autoptr (GError) error = NULL;

  g_assert_false (memsnoop_report_options_parse (format, options, &parsed, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_test_message ("%s", error->message);
  for (guint i = 0; words[i] != NULL; i++)
    g_assert_nonnull (strstr (error->message, words[i]));
  g_assert_cmpuint (parsed.limit, ==, 4711);
}

#define WORDS(...) ((const gchar *const[]){ __VA_ARGS__, NULL })

static void
test_wrong_options_are_refused (void)
{
  assert_options_refused ("xml", "@a{sv} {}", WORDS ("xml", "text, json, folded"));
  assert_options_refused ("", "@a{sv} {}", WORDS ("text, json, folded"));
  assert_options_refused ("text", "{'sort': <'size'>}",
                          WORDS ("size", "current-bytes, peak-bytes, alloc-bytes, alloc-count, "
                                         "churn, internal-fragmentation"));
  assert_options_refused ("text", "{'limits': <uint32 1>}", WORDS ("limits", "limit, sort, pid"));
  assert_options_refused ("text", "{'limit': <'all'>}", WORDS ("limit"));
  assert_options_refused ("text", "{'limit': <-1>}", WORDS ("limit"));
  assert_options_refused ("json", "{'pid': <uint64 1>}", WORDS ("pid"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report-options/defaults-of-the-options", test_defaults_of_the_options);
  g_test_add_func ("/report-options/options-are-read", test_options_are_read);
  g_test_add_func ("/report-options/wrong-options-are-refused", test_wrong_options_are_refused);
  return g_test_run ();
}
