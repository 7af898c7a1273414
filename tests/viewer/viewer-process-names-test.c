/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program-icons.h"
#include "user-name.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Desktop files are looked for where the environment says when they are first. */
static gchar *folder;

/* Such that its process is called like it. Its icon is its name and "-icon". */
static void
add_program (const gchar *name)
{
  g_autofree gchar *program = g_build_filename (folder, name, NULL);
  g_autofree gchar *file = g_strdup_printf ("%s/applications/%s.desktop", folder, name);
  g_autofree gchar *text =
      g_strdup_printf ("[Desktop Entry]\nType=Application\nName=%s\nExec=%s --new\nIcon=%s-icon\n",
                       name, program, name);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink ("/bin/true", program), ==, 0);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

static void
remove_program (const gchar *name)
{
  g_autofree gchar *program = g_build_filename (folder, name, NULL);
  g_autofree gchar *file = g_strdup_printf ("%s/applications/%s.desktop", folder, name);

  g_assert_cmpint (g_unlink (program), ==, 0);
  g_assert_cmpint (g_unlink (file), ==, 0);
}

/* Tries for some seconds. */
static void
await_icon (const gchar *comm, const gchar *expected)
{
  gint64 end = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  while (g_get_monotonic_time () < end)
    {
      g_autofree gchar *icon = g_icon_to_string (memsnoop_program_icons_find (comm));

      if (g_str_equal (icon, expected))
        return;
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_error ("“%s” has no icon “%s”", comm, expected);
}

static void
test_a_program_has_the_icon_of_its_desktop_file_once_it_is_read (void)
{
  g_autofree gchar *at_first = g_icon_to_string (memsnoop_program_icons_find ("leaky"));

  g_assert_cmpstr (at_first, ==, "application-x-executable-symbolic");
  await_icon ("leaky", "leaky-icon");
}

static void
test_what_runs_programs_of_all_kinds_has_the_icon_of_none (void)
{
  const gchar *const comms[] = { "env", "sh", "python3", "python3.11", "flatpak" };

  await_icon ("leaky", "leaky-icon");
  for (gsize i = 0; i < G_N_ELEMENTS (comms); i++)
    {
      g_autofree gchar *icon = g_icon_to_string (memsnoop_program_icons_find (comms[i]));

      g_assert_cmpstr (icon, ==, "application-x-executable-symbolic");
    }
}

static void
test_a_name_as_long_as_the_kernel_keeps_is_enough (void)
{
  await_icon ("a-program-of-a-", "a-program-of-a-long-name-icon");
}

static void
test_a_program_that_is_installed_later_has_its_icon (void)
{
  await_icon ("leaky", "leaky-icon");
  add_program ("later");
  await_icon ("later", "later-icon");
  remove_program ("later");
}

static void
test_users_of_this_machine_have_their_name_at_once (void)
{
  g_assert_cmpstr (memsnoop_user_name (0), ==, "root");
}

static void
test_a_user_without_a_name_is_a_number (void)
{
  g_assert_cmpstr (memsnoop_user_name (3999999999u), ==, "3999999999");
  g_assert_cmpstr (memsnoop_user_name (3999999999u), ==, "3999999999");
}

static void
test_more_and_more_users_are_numbers (void)
{
  for (guint32 uid = 3000000000u; uid < 3000010000u; uid++)
    {
      g_autofree gchar *number = g_strdup_printf ("%u", uid);

      g_assert_cmpstr (memsnoop_user_name (uid), ==, number);
    }
  g_assert_cmpstr (memsnoop_user_name (0), ==, "root");
}

static const gchar *const programs[] = {
  "leaky", "a-program-of-a-long-name", "env", "sh", "python3", "python3.11", "flatpak",
};

static void
set_up (void)
{
  g_autofree gchar *applications = NULL;

  folder = g_dir_make_tmp ("memsnoop-icons-XXXXXX", NULL);
  g_assert_nonnull (folder);
  applications = g_build_filename (folder, "applications", NULL);
  g_assert_cmpint (g_mkdir (applications, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    add_program (programs[i]);
  g_setenv ("XDG_DATA_DIRS", folder, TRUE);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
}

static void
clean_up (void)
{
  g_autofree gchar *applications = g_build_filename (folder, "applications", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    remove_program (programs[i]);
  g_assert_cmpint (g_rmdir (applications), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  gint status;

  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/process-names/a-program-has-the-icon-of-its-desktop-file-once-it-is-read",
                   test_a_program_has_the_icon_of_its_desktop_file_once_it_is_read);
  g_test_add_func ("/process-names/what-runs-programs-of-all-kinds-has-the-icon-of-none",
                   test_what_runs_programs_of_all_kinds_has_the_icon_of_none);
  g_test_add_func ("/process-names/a-name-as-long-as-the-kernel-keeps-is-enough",
                   test_a_name_as_long_as_the_kernel_keeps_is_enough);
  g_test_add_func ("/process-names/a-program-that-is-installed-later-has-its-icon",
                   test_a_program_that_is_installed_later_has_its_icon);
  g_test_add_func ("/process-names/users-of-this-machine-have-their-name-at-once",
                   test_users_of_this_machine_have_their_name_at_once);
  g_test_add_func ("/process-names/a-user-without-a-name-is-a-number",
                   test_a_user_without_a_name_is_a_number);
  g_test_add_func ("/process-names/more-and-more-users-are-numbers",
                   test_more_and_more_users_are_numbers);
  status = g_test_run ();
  clean_up ();
  return status;
}
