/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window-state.h"

#define GROUP "window"
/* What is read is not trusted: X11 has no larger windows. */
#define SIZE_MAX_PIXELS 32767
#define SIZE_MIN_PIXELS 100

static gchar *
name_file (void)
{
  return g_build_filename (g_get_user_state_dir (), "memsnoop", "viewer.ini", NULL);
}

static gboolean
read_size (GKeyFile *file, const gchar *key, int *size)
{
  int value = g_key_file_get_integer (file, GROUP, key, NULL);

  if (value < SIZE_MIN_PIXELS || value > SIZE_MAX_PIXELS)
    return FALSE;
  *size = value;
  return TRUE;
}

gboolean
memsnoop_window_state_restore (GtkWindow *window)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree gchar *path = name_file ();
  int width, height;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  if (read_size (file, "width", &width) && read_size (file, "height", &height))
    gtk_window_set_default_size (window, width, height);
  if (g_key_file_get_boolean (file, GROUP, "maximized", NULL))
    gtk_window_maximize (window);
  return g_key_file_get_boolean (file, GROUP, "own-processes", NULL);
}

void
memsnoop_window_state_save (GtkWindow *window, gboolean own_processes)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = name_file ();
  g_autofree gchar *folder = g_path_get_dirname (path);
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  g_key_file_set_integer (file, GROUP, "width", width);
  g_key_file_set_integer (file, GROUP, "height", height);
  g_key_file_set_boolean (file, GROUP, "maximized", gtk_window_is_maximized (window));
  g_key_file_set_boolean (file, GROUP, "own-processes", own_processes);
  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (file, path, &error))
    g_message ("The window's size is not kept: %s", error->message);
}
