/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "failure-advice.h"

static void
test_a_failure_tells_what_failed_why_and_what_to_do (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No space left");
  g_autofree gchar *text = memsnoop_failure_text ("The recording is not exported", error);

  g_assert_cmpstr (
      text, ==,
      "The recording is not exported: No space left. Make room there, or choose another folder.");
}

static void
test_what_is_not_supported_says_all_itself (void)
{
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, "no allocator was found");
  g_autofree gchar *text = memsnoop_failure_text ("Not recorded", error);

  g_assert_cmpstr (text, ==, "Not recorded: no allocator was found.");
}

static void
test_hostile_messages_are_one_line (void)
{
  g_autoptr (GError) error = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "a\nb\u202e\x1b[1m");
  g_autofree gchar *text = memsnoop_failure_text ("Failed", error);

  g_assert_null (strpbrk (text, "\n\x1b"));
  g_assert_null (strstr (text, "\u202e"));
}

static void
test_a_refusal_says_who_may (void)
{
  g_autoptr (GError) error = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "no");

  g_assert_nonnull (strstr (memsnoop_failure_advice (error), "administrator"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/failure-advice/a-failure-tells-what-failed-why-and-what-to-do",
                   test_a_failure_tells_what_failed_why_and_what_to_do);
  g_test_add_func ("/failure-advice/what-is-not-supported-says-all-itself",
                   test_what_is_not_supported_says_all_itself);
  g_test_add_func ("/failure-advice/hostile-messages-are-one-line",
                   test_hostile_messages_are_one_line);
  g_test_add_func ("/failure-advice/a-refusal-says-who-may", test_a_refusal_says_who_may);
  return g_test_run ();
}
