/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window-state.h"

#include <glib/gstdio.h>

static void
write_state (const gchar *text)
{
  g_autofree gchar *folder = g_build_filename (g_get_user_state_dir (), "memsnoop", NULL);
  g_autofree gchar *path = g_build_filename (folder, "viewer.ini", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_size (GtkWindow *window, int width, int height)
{
  int found_width, found_height;

  gtk_window_get_default_size (window, &found_width, &found_height);
  g_assert_cmpint (found_width, ==, width);
  g_assert_cmpint (found_height, ==, height);
}

static GtkWindow *
make_window (void)
{
  GtkWindow *window = GTK_WINDOW (gtk_window_new ());

  gtk_window_set_default_size (window, 800, 600);
  return window;
}

static void
test_a_window_opens_as_it_was_closed (void)
{
  GtkWindow *window = make_window (), *other = make_window ();

  gtk_window_set_default_size (window, 1234, 567);
  memsnoop_window_state_save (window, TRUE);
  g_assert_true (memsnoop_window_state_restore (other));
  assert_size (other, 1234, 567);
  g_assert_false (gtk_window_is_maximized (other));
  gtk_window_destroy (window);
  gtk_window_destroy (other);
}

static void
test_without_a_state_it_stays_as_it_is (void)
{
  GtkWindow *window = make_window ();

  g_assert_false (memsnoop_window_state_restore (window));
  assert_size (window, 800, 600);
  gtk_window_destroy (window);
}

static void
test_a_state_that_cannot_be_is_left_out (void)
{
  const gchar *const texts[] = { "", "no file of keys", "[window]\nwidth=-5\nheight=99999999999\n",
                                 "[window]\nwidth=1\nheight=1\nown-processes=perhaps\n",
                                 "[window]\nwidth=900\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      GtkWindow *window = make_window ();

      write_state (texts[i]);
      g_assert_false (memsnoop_window_state_restore (window));
      assert_size (window, 800, 600);
      gtk_window_destroy (window);
    }
}

int
main (int argc, char **argv)
{
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-window-state-XXXXXX", NULL);
  g_autofree gchar *state = NULL, *inner = NULL;
  int result;

  g_assert_nonnull (folder);
  g_setenv ("XDG_STATE_HOME", folder, TRUE);
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window-state/without-a-state-it-stays-as-it-is",
                   test_without_a_state_it_stays_as_it_is);
  g_test_add_func ("/window-state/a-window-opens-as-it-was-closed",
                   test_a_window_opens_as_it_was_closed);
  g_test_add_func ("/window-state/a-state-that-cannot-be-is-left-out",
                   test_a_state_that_cannot_be_is_left_out);
  result = g_test_run ();
  inner = g_build_filename (folder, "memsnoop", NULL);
  state = g_build_filename (inner, "viewer.ini", NULL);
  g_remove (state);
  g_rmdir (inner);
  g_rmdir (folder);
  return result;
}
