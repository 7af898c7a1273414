/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-folder.h"

#include "caught-messages.h"
#include "state-file.h"
#include "temporary-folder.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An account that every system has, and one that none has. */
#define ORDINARY_USER "nobody"
#define MISSING_USER "memsnoop-no-such-user"

typedef struct
{
  gchar *parent;
  gchar *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->parent = g_dir_make_tmp ("memsnoop-state-XXXXXX", NULL);
  g_assert_nonnull (fixture->parent);
  g_assert_cmpint (g_chmod (fixture->parent, 0755), ==, 0);
  fixture->folder = g_build_filename (fixture->parent, "state", NULL);
  g_setenv ("STATE_DIRECTORY", fixture->folder, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  temporary_folder_remove (fixture->parent);
  g_free (fixture->folder);
  g_free (fixture->parent);
  caught_messages_assert_none ();
}

/* Not as root nobody can be given a folder, and the account does not matter. */
static uid_t
expected_owner (const gchar *user)
{
  struct passwd *account = getpwnam (user);

  return geteuid () != 0 ? geteuid () : account == NULL ? 0 : account->pw_uid;
}

static void
assert_private (const gchar *path, uid_t owner)
{
  GStatBuf status;

  g_assert_cmpint (g_lstat (path, &status), ==, 0);
  g_assert_true (S_ISDIR (status.st_mode));
  g_assert_cmpuint (status.st_mode & 07777, ==, 0700);
  g_assert_cmpuint (status.st_uid, ==, owner);
}

static void
assert_refused (Fixture *fixture, const gchar *word)
{
  g_assert_null (memsnoop_state_folder_prepare (MISSING_USER));
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, word), ==, 1);
}

static void
test_a_folder_is_made_for_the_services_user (Fixture *fixture, gconstpointer user)
{
  g_autofree gchar *made = memsnoop_state_folder_prepare (user);
  g_autofree gchar *again = NULL;

  g_assert_cmpstr (made, ==, fixture->folder);
  assert_private (made, expected_owner (user));
  again = memsnoop_state_folder_prepare (user);
  g_assert_cmpstr (again, ==, fixture->folder);
}

static void
test_folders_above_it_are_made_for_all_to_enter (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *above = g_build_filename (fixture->parent, "lib", NULL);
  g_autofree gchar *folder = g_build_filename (above, "memsnoop", NULL);
  g_autofree gchar *made = NULL;
  GStatBuf status;
  mode_t mask = umask (0);

  umask (mask);
  g_setenv ("STATE_DIRECTORY", folder, TRUE);
  made = memsnoop_state_folder_prepare (ORDINARY_USER);
  g_assert_cmpstr (made, ==, folder);
  assert_private (folder, expected_owner (ORDINARY_USER));
  g_assert_cmpint (g_stat (above, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0755 & ~mask);
  g_assert_cmpuint (status.st_uid, ==, geteuid ());
}

static void
test_the_first_of_several_folders_is_taken (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *several = g_strconcat (fixture->folder, ":/var/lib/other", NULL);
  g_autofree gchar *made = NULL;

  g_setenv ("STATE_DIRECTORY", several, TRUE);
  made = memsnoop_state_folder_prepare (MISSING_USER);
  g_assert_cmpstr (made, ==, fixture->folder);
}

static void
test_a_relative_folder_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_setenv ("STATE_DIRECTORY", "var/lib", TRUE);
  assert_refused (fixture, "var/lib");
  g_assert_false (g_file_test ("var/lib", G_FILE_TEST_EXISTS));
}

static void
test_a_folder_that_others_may_write_to_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0770), ==, 0);
  assert_refused (fixture, "0770");
  g_assert_cmpint (g_chmod (fixture->folder, 01777), ==, 0);
  assert_refused (fixture, "1777");
}

static void
test_another_users_folder_is_refused_and_left_alone (Fixture *fixture, gconstpointer unused)
{
  GStatBuf status;

  if (geteuid () != 0)
    {
      g_test_skip ("root: only root can give a folder to another");
      return;
    }
  g_assert_cmpint (g_mkdir (fixture->folder, 0755), ==, 0);
  g_assert_cmpint (chown (fixture->folder, 4711, 4711), ==, 0);
  assert_refused (fixture, "4711");
  g_assert_cmpint (g_stat (fixture->folder, &status), ==, 0);
  g_assert_cmpuint (status.st_uid, ==, 4711);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0755);
}

static void
test_what_is_no_folder_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_assert_true (g_file_set_contents (fixture->folder, "", 0, NULL));
  assert_refused (fixture, "no folder");
  g_assert_cmpint (g_unlink (fixture->folder), ==, 0);
  g_assert_cmpint (symlink (fixture->parent, fixture->folder), ==, 0);
  assert_refused (fixture, "no folder");
}

static void
test_a_folder_that_cannot_be_made_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *below = g_build_filename (fixture->folder, "below", NULL);

  g_assert_true (g_file_set_contents (fixture->folder, "", 0, NULL));
  g_setenv ("STATE_DIRECTORY", below, TRUE);
  assert_refused (fixture, below);
}

static void
test_a_folder_that_cannot_be_written_to_is_not_confirmed (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *made = memsnoop_state_folder_prepare (MISSING_USER);

  made = memsnoop_state_folder_confirm (g_steal_pointer (&made));
  g_assert_cmpstr (made, ==, fixture->folder);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_assert_null (memsnoop_state_folder_confirm (g_steal_pointer (&made)));
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, fixture->folder), ==, 1);
  g_assert_null (memsnoop_state_folder_confirm (NULL));
}

static MemsnoopStateWriter *
begin_file (Fixture *fixture, const gchar *suffix)
{
  g_autoptr (GError) error = NULL;
  MemsnoopStateWriter *writer = memsnoop_state_writer_new (fixture->parent, "file", suffix, &error);

  g_assert_no_error (error);
  return writer;
}

static void
write_text (MemsnoopStateWriter *writer, const gchar *text)
{
  g_assert_true (memsnoop_state_writer_write (writer, (const guint8 *) text, strlen (text), NULL));
}

static MemsnoopStateReader *
open_file (Fixture *fixture, guint64 maximum, GError **error)
{
  return memsnoop_state_reader_open (fixture->parent, "file", maximum, error);
}

static void
assert_file_has (Fixture *fixture, const gchar *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopStateReader) reader = open_file (fixture, 1024, &error);
  gchar text[64] = { 0 };
  gsize length = strlen (expected);

  g_assert_no_error (error);
  g_assert_cmpuint (memsnoop_state_reader_get_left (reader), ==, length);
  g_assert_true (memsnoop_state_reader_read (reader, text, length, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_assert_false (memsnoop_state_reader_read (reader, text, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_true (memsnoop_state_reader_go_back (reader, length, NULL));
  g_assert_true (memsnoop_state_reader_read (reader, text, length, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_a_file_is_there_when_it_is_complete (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *temporary = g_build_filename (fixture->parent, "file.new", NULL);
  MemsnoopStateWriter *writer = begin_file (fixture, ".new");
  g_autoptr (GError) error = NULL;

  write_text (writer, "first ");
  write_text (writer, "words");
  g_assert_null (open_file (fixture, 1024, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (memsnoop_state_writer_commit (writer, NULL));
  memsnoop_state_writer_free (writer);
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
  assert_file_has (fixture, "first words");
}

static void
test_a_file_that_is_given_up_leaves_the_one_before (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *temporary = g_build_filename (fixture->parent, "file.new", NULL);
  MemsnoopStateWriter *writer = begin_file (fixture, ".new");

  write_text (writer, "first");
  g_assert_true (memsnoop_state_writer_commit (writer, NULL));
  memsnoop_state_writer_free (writer);
  writer = begin_file (fixture, ".new");
  write_text (writer, "second");
  memsnoop_state_writer_free (writer);
  g_assert_false (g_file_test (temporary, G_FILE_TEST_EXISTS));
  assert_file_has (fixture, "first");
}

static void
test_what_a_crash_has_left_is_no_obstacle (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *temporary = g_build_filename (fixture->parent, "file.new", NULL);
  MemsnoopStateWriter *writer;

  g_assert_cmpint (symlink ("/nonexistent/file", temporary), ==, 0);
  writer = begin_file (fixture, ".new");
  write_text (writer, "words");
  g_assert_true (memsnoop_state_writer_commit (writer, NULL));
  memsnoop_state_writer_free (writer);
  assert_file_has (fixture, "words");
}

static void
test_two_writers_do_not_disturb_each_other (Fixture *fixture, gconstpointer unused)
{
  MemsnoopStateWriter *first = begin_file (fixture, ".new");
  MemsnoopStateWriter *second = begin_file (fixture, ".part");

  write_text (first, "first");
  write_text (second, "second");
  g_assert_true (memsnoop_state_writer_commit (second, NULL));
  assert_file_has (fixture, "second");
  g_assert_true (memsnoop_state_writer_commit (first, NULL));
  assert_file_has (fixture, "first");
  memsnoop_state_writer_free (first);
  memsnoop_state_writer_free (second);
}

/* Any byte that is another, and any length that is another. */
static void
test_every_damage_shows (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = g_build_filename (fixture->parent, "file", NULL);
  g_autofree gchar *contents = NULL;
  MemsnoopStateWriter *writer = begin_file (fixture, ".new");
  gsize length;

  write_text (writer, "some words");
  g_assert_true (memsnoop_state_writer_commit (writer, NULL));
  memsnoop_state_writer_free (writer);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpuint (length, ==, 10 + 32);
  for (gsize i = 0; i < 2 * length; i++)
    {
      g_autofree gchar *damaged = g_memdup2 (contents, length);
      g_autoptr (GError) error = NULL;

      damaged[i % length] ^= 1;
      g_assert_true (g_file_set_contents (path, i < length ? contents : damaged,
                                          (gssize) (i < length ? i : length), NULL));
      g_assert_null (open_file (fixture, 1024, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
test_a_file_that_is_too_large_is_not_read (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = g_build_filename (fixture->parent, "file", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_cmpint (truncate (path, (off_t) 1 << 40), ==, 0);
  g_assert_null (open_file (fixture, 1024, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "1024"));
}

static void
add (const gchar *name, gconstpointer data, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/state-folder/", name, NULL);

  g_test_add (path, Fixture, data, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  caught_messages_install ();
  add ("a-folder-is-made-for-the-services-user", ORDINARY_USER,
       test_a_folder_is_made_for_the_services_user);
  add ("without-its-user-a-folder-is-made-for-root", MISSING_USER,
       test_a_folder_is_made_for_the_services_user);
  add ("folders-above-it-are-made-for-all-to-enter", NULL,
       test_folders_above_it_are_made_for_all_to_enter);
  add ("the-first-of-several-folders-is-taken", NULL, test_the_first_of_several_folders_is_taken);
  add ("a-relative-folder-is-refused", NULL, test_a_relative_folder_is_refused);
  add ("a-folder-that-others-may-write-to-is-refused", NULL,
       test_a_folder_that_others_may_write_to_is_refused);
  add ("another-users-folder-is-refused-and-left-alone", NULL,
       test_another_users_folder_is_refused_and_left_alone);
  add ("what-is-no-folder-is-refused", NULL, test_what_is_no_folder_is_refused);
  add ("a-folder-that-cannot-be-made-is-refused", NULL,
       test_a_folder_that_cannot_be_made_is_refused);
  add ("a-folder-that-cannot-be-written-to-is-not-confirmed", NULL,
       test_a_folder_that_cannot_be_written_to_is_not_confirmed);
  add ("a-file-is-there-when-it-is-complete", NULL, test_a_file_is_there_when_it_is_complete);
  add ("a-file-that-is-given-up-leaves-the-one-before", NULL,
       test_a_file_that_is_given_up_leaves_the_one_before);
  add ("what-a-crash-has-left-is-no-obstacle", NULL, test_what_a_crash_has_left_is_no_obstacle);
  add ("two-writers-do-not-disturb-each-other", NULL, test_two_writers_do_not_disturb_each_other);
  add ("every-damage-shows", NULL, test_every_damage_shows);
  add ("a-file-that-is-too-large-is-not-read", NULL, test_a_file_that_is_too_large_is_not_read);
  return g_test_run ();
}
