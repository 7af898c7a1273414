/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ignore-list.h"

#include "caught-messages.h"
#include "temporary-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  /* Resolved, since the kernel names programs so. */
  gchar *folder;
  gchar *file;
  gchar *damaged;
  MemsnoopIgnoreList *list;
  /* "path yes" or "path no" for each change that was signalled. */
  GString *changes;
} Fixture;

static void
note_change (Fixture *fixture, const gchar *path, gboolean ignored)
{
  g_string_append_printf (fixture->changes, "%s %s;", path, ignored ? "yes" : "no");
}

static void
open_list (Fixture *fixture, const gchar *folder)
{
  g_clear_object (&fixture->list);
  fixture->list = memsnoop_ignore_list_new (folder);
  g_signal_connect_swapped (fixture->list, "changed", G_CALLBACK (note_change), fixture);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-ignore-XXXXXX", NULL);
  char resolved[PATH_MAX];

  g_assert_nonnull (folder);
  g_assert_nonnull (realpath (folder, resolved));
  fixture->folder = g_strdup (resolved);
  fixture->file = g_build_filename (resolved, "ignored", NULL);
  fixture->damaged = g_build_filename (resolved, "ignored.damaged", NULL);
  fixture->changes = g_string_new (NULL);
  open_list (fixture, fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_clear_object (&fixture->list);
  g_chmod (fixture->folder, 0700);
  temporary_folder_remove (fixture->folder);
  g_string_free (fixture->changes, TRUE);
  g_free (fixture->damaged);
  g_free (fixture->file);
  g_free (fixture->folder);
  caught_messages_assert_none ();
}

/* A program that exists. */
static gchar *
make_program (Fixture *fixture, const gchar *name)
{
  gchar *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "#!/bin/sh\n", -1, NULL));
  return path;
}

/* One change that was asked for. */
typedef struct
{
  gboolean removal;
  gboolean ended;
  GError *error;
} Change;

static void
change_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopIgnoreList *list = MEMSNOOP_IGNORE_LIST (source);
  Change *change = user_data;
  gboolean done = change->removal
                      ? memsnoop_ignore_list_remove_finish (list, result, &change->error)
                      : memsnoop_ignore_list_add_finish (list, result, &change->error);

  g_assert_cmpint (done, ==, change->error == NULL);
  change->ended = TRUE;
}

static gboolean
wait_for (Change *change, GError **error)
{
  while (!change->ended)
    g_main_context_iteration (NULL, TRUE);
  if (change->error == NULL)
    return TRUE;
  g_test_message ("%s", change->error->message);
  g_propagate_error (error, change->error);
  return FALSE;
}

static gboolean
ignore (Fixture *fixture, const gchar *path, GError **error)
{
  Change change = { 0 };

  memsnoop_ignore_list_add_async (fixture->list, path, change_ended, &change);
  return wait_for (&change, error);
}

static gboolean
unignore (Fixture *fixture, const gchar *path, GError **error)
{
  Change change = { .removal = TRUE };

  memsnoop_ignore_list_remove_async (fixture->list, path, change_ended, &change);
  return wait_for (&change, error);
}

/* What is ignored, as one text. */
static gchar *
show (Fixture *fixture)
{
  g_auto (GStrv) paths = memsnoop_ignore_list_get (fixture->list);

  return g_strjoinv (":", paths);
}

static void
assert_shows (Fixture *fixture, const gchar *expected)
{
  g_autofree gchar *shown = show (fixture);

  g_assert_cmpstr (shown, ==, expected);
}

static void
test_a_new_list_is_empty_and_leaves_no_file (Fixture *fixture, gconstpointer unused)
{
  assert_shows (fixture, "");
  g_assert_false (memsnoop_ignore_list_contains (fixture->list, "/usr/bin/program"));
  g_assert_false (memsnoop_ignore_list_contains (fixture->list, ""));
  g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
}

static void
test_what_is_ignored_lasts_over_a_restart (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *first = make_program (fixture, "second");
  g_autofree gchar *second = make_program (fixture, "first");
  g_autofree gchar *both = g_strconcat (second, ":", first, NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  g_assert_true (ignore (fixture, first, &error));
  g_assert_no_error (error);
  g_assert_true (ignore (fixture, second, &error));
  assert_shows (fixture, both);
  open_list (fixture, fixture->folder);
  assert_shows (fixture, both);
  g_assert_true (memsnoop_ignore_list_contains (fixture->list, first));
  g_assert_cmpint (g_stat (fixture->file, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);

  g_assert_true (unignore (fixture, first, &error));
  open_list (fixture, fixture->folder);
  assert_shows (fixture, second);
}

static void
test_each_change_is_signalled_once (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");
  g_autofree gchar *expected = g_strdup_printf ("%s yes;%s no;", path, path);

  g_assert_true (ignore (fixture, path, NULL));
  g_assert_true (ignore (fixture, path, NULL));
  g_assert_true (unignore (fixture, path, NULL));
  g_assert_cmpstr (fixture->changes->str, ==, expected);
}

static void
test_odd_names_last_over_a_restart (Fixture *fixture, gconstpointer unused)
{
  static const gchar *const names[] = { " blanks ",     "caf\303\251", "caf\351", "line\nend",
                                        "back\\slash",  "back\\nend",  "\t",      "\\",
                                        "semi;colon:#", "\\x41" };
  g_autofree gchar *before = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree gchar *path = make_program (fixture, names[i]);

      g_assert_true (ignore (fixture, path, NULL));
    }
  before = show (fixture);
  open_list (fixture, fixture->folder);
  assert_shows (fixture, before);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree gchar *path = g_build_filename (fixture->folder, names[i], NULL);

      g_assert_true (memsnoop_ignore_list_contains (fixture->list, path));
    }
}

static void
test_a_program_whose_file_was_replaced_is_still_ignored (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");
  g_autofree gchar *odd = make_program (fixture, "odd (deleted)");
  g_autofree gchar *deleted = g_strconcat (path, " (deleted)", NULL);
  g_autofree gchar *other = g_strconcat (path, "-other", NULL);

  g_assert_true (ignore (fixture, path, NULL));
  g_assert_true (ignore (fixture, odd, NULL));
  g_assert_true (memsnoop_ignore_list_contains (fixture->list, deleted));
  g_assert_true (memsnoop_ignore_list_contains (fixture->list, odd));
  g_assert_false (memsnoop_ignore_list_contains (fixture->list, other));
}

static void
test_what_does_not_exist_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *missing = g_build_filename (fixture->folder, "missing", NULL);
  g_autofree gchar *program = make_program (fixture, "program");
  g_autofree gchar *below = g_build_filename (program, "below", NULL);
  g_autofree gchar *long_name = g_strnfill (300, 'x');
  g_autofree gchar *too_long = g_build_filename (fixture->folder, long_name, NULL);
  const gchar *paths[] = { missing, below, too_long };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ignore (fixture, paths[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FILE_NOT_FOUND);
    }
  assert_shows (fixture, "");
  g_assert_cmpstr (fixture->changes->str, ==, "");
  g_assert_false (g_file_test (fixture->file, G_FILE_TEST_EXISTS));
}

static void
test_what_is_no_regular_file_is_refused (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *pipe = g_build_filename (fixture->folder, "pipe", NULL);
  const gchar *paths[] = { fixture->folder, pipe, "/dev/null" };

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ignore (fixture, paths[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
  assert_shows (fixture, "");
}

static void
test_a_symbolic_link_is_refused_with_the_right_name (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *program = make_program (fixture, "program");
  g_autofree gchar *link = g_build_filename (fixture->folder, "link", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink (program, link), ==, 0);
  g_assert_false (ignore (fixture, link, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, program));
  assert_shows (fixture, "");
}

/* Its path is right wherever it is: it may lie in a container. */
static void
test_what_runs_now_can_be_ignored (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *source = g_find_program_in_path ("sleep");
  g_autofree gchar *path = g_build_filename (fixture->folder, "gone", NULL);
  g_autofree gchar *contents = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (source, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (path, contents, (gssize) length,
                                           G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, path, "1000", NULL);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (ignore (fixture, path, &error));
  g_assert_no_error (error);
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

static void
test_what_is_not_ignored_cannot_be_removed (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (unignore (fixture, "/usr/bin/other", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, "/usr/bin/other"));
  g_assert_cmpstr (fixture->changes->str, ==, "");
}

static void
test_a_program_that_is_gone_can_be_removed (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");

  g_assert_true (ignore (fixture, path, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (unignore (fixture, path, NULL));
  assert_shows (fixture, "");
}

static void
test_changes_that_overlap_are_all_made (Fixture *fixture, gconstpointer unused)
{
  Change changes[40] = { 0 };
  g_autofree gchar *kept = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("program-%02u", i / 2);
      g_autofree gchar *path = make_program (fixture, name);

      /* Each is added and, but for the last, removed again. */
      changes[i].removal = i % 2 == 1 && i + 1 < G_N_ELEMENTS (changes);
      if (changes[i].removal)
        memsnoop_ignore_list_remove_async (fixture->list, path, change_ended, &changes[i]);
      else
        memsnoop_ignore_list_add_async (fixture->list, path, change_ended, &changes[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_assert_true (wait_for (&changes[i], NULL));
  kept = g_build_filename (fixture->folder, "program-19", NULL);
  assert_shows (fixture, kept);
  open_list (fixture, fixture->folder);
  assert_shows (fixture, kept);
}

static void
ignore_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Change *changes = user_data;

  g_assert_true (memsnoop_ignore_list_add_finish (MEMSNOOP_IGNORE_LIST (source), result, NULL));
  changes[0].ended = TRUE;
  memsnoop_ignore_list_add_async (MEMSNOOP_IGNORE_LIST (source), "/nonexistent/program",
                                  change_ended, &changes[1]);
}

static void
test_a_change_can_be_asked_for_when_another_ends (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");
  Change changes[2] = { 0 };
  g_autoptr (GError) error = NULL;

  memsnoop_ignore_list_add_async (fixture->list, path, ignore_again, changes);
  g_assert_false (wait_for (&changes[1], &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FILE_NOT_FOUND);
  assert_shows (fixture, path);
}

static void
test_a_list_that_cannot_be_written_does_not_change (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");
  g_autofree gchar *kept = make_program (fixture, "kept");
  g_autofree gchar *inside = g_build_filename (fixture->file, "inside", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ignore (fixture, kept, NULL));
  /* No file can take the place of a folder that is not empty. */
  g_assert_cmpint (g_unlink (fixture->file), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->file, 0700), ==, 0);
  g_assert_true (g_file_set_contents (inside, "", 0, NULL));
  g_assert_false (ignore (fixture, path, &error));
  g_assert_nonnull (error);
  g_assert_false (unignore (fixture, kept, NULL));
  assert_shows (fixture, kept);
}

static void
test_without_a_folder_the_list_is_kept_in_memory (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *path = make_program (fixture, "program");

  open_list (fixture, NULL);
  g_assert_true (ignore (fixture, path, NULL));
  assert_shows (fixture, path);
  g_assert_true (unignore (fixture, path, NULL));
  assert_shows (fixture, "");
}

static gchar *
many_paths (guint n)
{
  GString *text = g_string_new ("memsnoop-ignored 1\n");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "/usr/bin/program-%u\n", i);
  return g_string_free (text, FALSE);
}

static void
test_there_is_room_for_1024_paths (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *text = many_paths (MEMSNOOP_IGNORED_MAXIMUM - 1);
  g_autofree gchar *last = make_program (fixture, "last");
  g_autofree gchar *more = make_program (fixture, "more");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->file, text, -1, NULL));
  open_list (fixture, fixture->folder);
  g_assert_true (ignore (fixture, last, NULL));
  g_assert_false (ignore (fixture, more, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_assert_nonnull (strstr (error->message, "1024"));
  /* What is there already needs no room. */
  g_assert_true (ignore (fixture, last, NULL));
  g_assert_true (unignore (fixture, "/usr/bin/program-7", NULL));
  g_assert_true (ignore (fixture, more, NULL));
}

/* The list is empty and can be used, and what was there is kept aside, with a warning. */
static void
assert_set_aside (Fixture *fixture)
{
  g_autofree gchar *path = make_program (fixture, "program");

  open_list (fixture, fixture->folder);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, fixture->damaged), ==, 1);
  assert_shows (fixture, "");
  g_assert_true (g_file_test (fixture->damaged, G_FILE_TEST_EXISTS));
  g_assert_true (ignore (fixture, path, NULL));
  open_list (fixture, fixture->folder);
  assert_shows (fixture, path);
}

static void
test_damaged_lists_are_set_aside (Fixture *fixture, gconstpointer unused)
{
#define GOOD "memsnoop-ignored 1\n/usr/bin/good\n"
  static const struct
  {
    const gchar *text;
    gssize length;
  } damaged[] = {
    { "", 0 },
    { "\n", 1 },
    { "memsnoop-ignored 1", -1 },
    { "memsnoop-ignored 2\n/usr/bin/good\n", -1 },
    { "/usr/bin/good\n", -1 },
    { GOOD "/usr/bin/cut", -1 },
    { GOOD "relative\n", -1 },
    { GOOD "\n", -1 },
    { GOOD "/\n", -1 },
    { GOOD "/usr/../bin/up\n", -1 },
    { GOOD "/usr//bin\n", -1 },
    { GOOD "/usr/bin/\\x41\n", -1 },
    { GOOD "/usr/bin/\\\n", -1 },
    { GOOD "/usr/bin/a\0b\n", sizeof GOOD "/usr/bin/a\0b\n" - 1 },
    { "\177ELF\002\001\001\0\0\0\0\0", 12 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autofree gchar *kept = NULL;
      gsize length = damaged[i].length < 0 ? strlen (damaged[i].text) : (gsize) damaged[i].length;
      gsize kept_length;

      g_assert_true (g_file_set_contents (fixture->file, damaged[i].text, (gssize) length, NULL));
      assert_set_aside (fixture);
      g_assert_true (g_file_get_contents (fixture->damaged, &kept, &kept_length, NULL));
      g_assert_cmpmem (kept, kept_length, damaged[i].text, length);
    }
}

static void
test_lists_that_are_too_long_are_set_aside (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *too_many = many_paths (MEMSNOOP_IGNORED_MAXIMUM + 1);
  g_autofree gchar *too_long = g_strnfill (2 * PATH_MAX, 'x');
  g_autofree gchar *line = g_strdup_printf ("memsnoop-ignored 1\n/%s\n", too_long);

  g_assert_true (g_file_set_contents (fixture->file, too_many, -1, NULL));
  assert_set_aside (fixture);
  g_assert_true (g_file_set_contents (fixture->file, line, -1, NULL));
  assert_set_aside (fixture);
  /* Nothing of it is read; it has holes and takes no room. */
  g_assert_cmpint (truncate (fixture->file, (off_t) 1 << 40), ==, 0);
  assert_set_aside (fixture);
}

static void
test_what_is_no_file_is_set_aside (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (g_mkdir (fixture->file, 0700), ==, 0);
  assert_set_aside (fixture);
  g_assert_cmpint (g_rmdir (fixture->damaged), ==, 0);
  g_assert_cmpint (g_unlink (fixture->file), ==, 0);
  g_assert_cmpint (mkfifo (fixture->file, 0600), ==, 0);
  assert_set_aside (fixture);
  g_assert_cmpint (g_unlink (fixture->file), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", fixture->file), ==, 0);
  open_list (fixture, fixture->folder);
  g_assert_cmpuint (caught_messages_take (G_LOG_LEVEL_WARNING, fixture->damaged), ==, 1);
  assert_shows (fixture, "");
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/ignore-list/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  caught_messages_install ();
  add ("a-new-list-is-empty-and-leaves-no-file", test_a_new_list_is_empty_and_leaves_no_file);
  add ("what-is-ignored-lasts-over-a-restart", test_what_is_ignored_lasts_over_a_restart);
  add ("each-change-is-signalled-once", test_each_change_is_signalled_once);
  add ("odd-names-last-over-a-restart", test_odd_names_last_over_a_restart);
  add ("a-program-whose-file-was-replaced-is-still-ignored",
       test_a_program_whose_file_was_replaced_is_still_ignored);
  add ("what-does-not-exist-is-refused", test_what_does_not_exist_is_refused);
  add ("what-is-no-regular-file-is-refused", test_what_is_no_regular_file_is_refused);
  add ("a-symbolic-link-is-refused-with-the-right-name",
       test_a_symbolic_link_is_refused_with_the_right_name);
  add ("what-runs-now-can-be-ignored", test_what_runs_now_can_be_ignored);
  add ("what-is-not-ignored-cannot-be-removed", test_what_is_not_ignored_cannot_be_removed);
  add ("a-program-that-is-gone-can-be-removed", test_a_program_that_is_gone_can_be_removed);
  add ("changes-that-overlap-are-all-made", test_changes_that_overlap_are_all_made);
  add ("a-change-can-be-asked-for-when-another-ends",
       test_a_change_can_be_asked_for_when_another_ends);
  add ("a-list-that-cannot-be-written-does-not-change",
       test_a_list_that_cannot_be_written_does_not_change);
  add ("without-a-folder-the-list-is-kept-in-memory",
       test_without_a_folder_the_list_is_kept_in_memory);
  add ("there-is-room-for-1024-paths", test_there_is_room_for_1024_paths);
  add ("damaged-lists-are-set-aside", test_damaged_lists_are_set_aside);
  add ("lists-that-are-too-long-are-set-aside", test_lists_that_are_too_long_are_set_aside);
  add ("what-is-no-file-is-set-aside", test_what_is_no_file_is_set_aside);
  return g_test_run ();
}
