/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "failure-advice.h"

#include "memsnoop-names.h"

static void
test_a_failure_tells_what_failed_why_and_what_to_do (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No space left");
  g_autofree gchar *text = memsnoop_failure_text ("The recording is not exported", error, NULL);

  g_assert_cmpstr (
      text, ==,
      "The recording is not exported: No space left. Make room there, or choose another folder.");
}

static void
test_what_is_not_supported_says_all_itself (void)
{
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, "no allocator was found");
  g_autofree gchar *text = memsnoop_failure_text ("Not recorded", error, NULL);

  g_assert_cmpstr (text, ==, "Not recorded: no allocator was found.");
}

static void
test_hostile_messages_are_one_line (void)
{
  g_autoptr (GError) error = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "a\nb\u202e\x1b[1m");
  g_autofree gchar *text = memsnoop_failure_text ("Failed", error, "0.0.1");

  g_assert_null (strpbrk (text, "\n\x1b"));
  g_assert_null (strstr (text, "\u202e"));
}

static void
test_a_refusal_says_who_may (void)
{
  g_autoptr (GError) error = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "no");

  g_assert_nonnull (strstr (memsnoop_failure_advice (error), "administrator"));
  g_assert_nonnull (strstr (memsnoop_failure_advice (error), "password when asked"));
}

static void
test_where_nobody_can_ask_for_a_password_none_is_told_of (void)
{
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                   "This needs the authorization x, for which the user must be asked, and polkit "
                   "knows no agent that could do so");

  g_assert_null (strstr (memsnoop_failure_advice (error), "when asked"));
  g_assert_nonnull (strstr (memsnoop_failure_advice (error), "authentication agent"));
}

static void
test_who_closes_the_question_is_told_quietly_and_without_advice (void)
{
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                   "This needs the authorization x, and " MEMSNOOP_QUESTION_DISMISSED);
  g_autoptr (GError) refusal = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "no");
  g_autofree gchar *text = memsnoop_failure_text ("Not recorded", error, NULL);

  g_assert_cmpstr (text, ==, "Not recorded: no password was given.");
  g_assert_cmpstr (memsnoop_failure_action (error), ==, "win.tell");
  g_assert_cmpstr (memsnoop_failure_action (refusal), ==, "win.tell-failure");
}

static void
test_a_service_of_another_version_is_named (void)
{
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD, "No such method “Start”");
  g_autofree gchar *text = memsnoop_failure_text ("Not recorded", error, "0.0.1");
  g_autofree gchar *unnamed = memsnoop_failure_text ("Not recorded", error, NULL);

  g_assert_cmpstr (
      text, ==,
      "Not recorded: No such method “Start”. The service is of version 0.0.1, and this "
      "window of version " MEMSNOOP_VERSION
      ". Install the window and the service from the same version of Memsnoop.");
  g_assert_cmpstr (unnamed, ==,
                   "Not recorded: No such method “Start”. Install the window and the service from "
                   "the same version of Memsnoop.");
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
  g_test_add_func ("/failure-advice/where-nobody-can-ask-for-a-password-none-is-told-of",
                   test_where_nobody_can_ask_for_a_password_none_is_told_of);
  g_test_add_func ("/failure-advice/who-closes-the-question-is-told-quietly-and-without-advice",
                   test_who_closes_the_question_is_told_quietly_and_without_advice);
  g_test_add_func ("/failure-advice/a-service-of-another-version-is-named",
                   test_a_service_of_another_version_is_named);
  return g_test_run ();
}
