/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "temporary-folder.h"

#include <glib/gstdio.h>

void
temporary_folder_remove (const gchar *folder)
{
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        g_unlink (path);
      else
        temporary_folder_remove (path);
    }
  g_remove (folder);
}
