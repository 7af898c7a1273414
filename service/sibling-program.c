/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sibling-program.h"

gchar *
memsnoop_sibling_program_find (const gchar *name, const gchar *build_folder)
{
  g_autofree gchar *executable = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *folder = NULL;
  g_autofree gchar *beside = NULL;
  g_autofree gchar *built = NULL;

  if (executable == NULL)
    return NULL;
  folder = g_path_get_dirname (executable);
  beside = g_build_filename (folder, name, NULL);
  built = g_build_filename (folder, "..", build_folder, name, NULL);
  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_file_test (built, G_FILE_TEST_IS_EXECUTABLE) ? g_canonicalize_filename (built, NULL)
                                                        : NULL;
}
