/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients write for the path of an executable. */
#include "executable-path.h"

#include <gio/gio.h>
#include <limits.h>
#include <string.h>

static void
test_a_path_that_is_no_executables_is_refused (void)
{
  g_autofree gchar *parts = g_strnfill (PATH_MAX / 2, 'x');
  g_autofree gchar *too_long = g_strconcat ("/", parts, "/", parts, NULL);
  const gchar *wrong[] = { "",           "program", "usr/bin/program",     "./program",
                           "/",          "//",      "/usr/bin/",           "/usr//bin/program",
                           "/usr/./bin", "/usr/..", "/usr/../bin/program", too_long };
  const gchar *right[] = { "/program", "/usr/bin/program", "/a/..b/.c/d..", "/caf\351" };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (memsnoop_executable_path_check (wrong[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_nonnull (strstr (error->message, "/usr/bin/program"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (right); i++)
    g_assert_true (memsnoop_executable_path_check (right[i], NULL));
}

static void
test_escaped_bytes_are_taken_back (void)
{
  static const struct
  {
    const gchar *text;
    const gchar *bytes;
  } cases[] = {
    { "/usr/bin/program", "/usr/bin/program" },
    { "/opt/caf\\xe9", "/opt/caf\351" },
    { "/opt/\\xff\\xfe/x", "/opt/\377\376/x" },
    { "/opt/caf\303\251", "/opt/caf\303\251" },
    { "/opt/caf\303\251\\xe9", "/opt/caf\303\251\351" },
    { "/opt/\\xe9 (deleted)", "/opt/\351" },
    { "/opt/(deleted)", "/opt/(deleted)" },
    /* None of these is the text of bytes that are not UTF-8. */
    { "/opt/\\x41", "/opt/\\x41" },
    { "/opt/\\xc3\\xa9", "/opt/\\xc3\\xa9" },
    { "/opt/\\xE9", "/opt/\\xE9" },
    { "/opt/\\xe", "/opt/\\xe" },
    { "/opt/\\x", "/opt/\\x" },
    { "/opt/\\", "/opt/\\" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *bytes = memsnoop_executable_path_from_text (cases[i].text);

      g_assert_cmpstr (bytes, ==, cases[i].bytes);
    }
}

/* Without a look at all of it. */
static void
test_a_text_of_megabytes_is_no_path (void)
{
  g_autofree gchar *text = g_strnfill (32 << 20, '/');
  g_autofree gchar *path = memsnoop_executable_path_from_text (text);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (strlen (path), ==, PATH_MAX);
  g_assert_false (memsnoop_executable_path_check (path, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpuint (strlen (error->message), <, 512);
}

static void
test_what_the_kernel_adds_is_left_out (void)
{
  g_autofree gchar *stripped = memsnoop_executable_path_strip_deleted ("/bin/a (deleted)");

  g_assert_cmpstr (stripped, ==, "/bin/a");
  g_assert_null (memsnoop_executable_path_strip_deleted ("/bin/a"));
  g_assert_null (memsnoop_executable_path_strip_deleted ("/bin/a (deleted)/b"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/executable-path/a-path-that-is-no-executables-is-refused",
                   test_a_path_that_is_no_executables_is_refused);
  g_test_add_func ("/executable-path/escaped-bytes-are-taken-back",
                   test_escaped_bytes_are_taken_back);
  g_test_add_func ("/executable-path/a-text-of-megabytes-is-no-path",
                   test_a_text_of_megabytes_is_no_path);
  g_test_add_func ("/executable-path/what-the-kernel-adds-is-left-out",
                   test_what_the_kernel_adds_is_left_out);
  return g_test_run ();
}
