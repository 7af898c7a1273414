/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executable-path.h"

#include "command-error.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELETED_SUFFIX " (deleted)"

/* There is no such file; a program of this name may be elsewhere. */
static void
set_missing_error (const gchar *name, int number, GError **error)
{
  g_autofree gchar *absolute = memsnoop_executable_path_absolute (name);
  g_autofree gchar *program = strchr (name, '/') == NULL ? g_find_program_in_path (name) : NULL;

  if (program != NULL)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "there is no file '%s'; the program of this name is %s", absolute, program);
  else
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "cannot find the executable '%s': %s", absolute, g_strerror (number));
}

static gboolean
check_file (const gchar *path, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR) && g_utf8_validate (path, -1, NULL))
    return TRUE;

  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               g_utf8_validate (path, -1, NULL)
                   ? "'%s' is no file: name the executable that the processes run"
                   : "the name of an executable has to be UTF-8, which '%s' is not",
               path);
  return FALSE;
}

gchar *
memsnoop_executable_path_resolve (const gchar *name, GError **error)
{
  char *resolved = realpath (name, NULL);
  g_autofree gchar *path = g_strdup (resolved);
  int number = errno;

  free (resolved);
  if (path == NULL)
    {
      set_missing_error (name, number, error);
      return NULL;
    }
  return check_file (path, error) ? g_steal_pointer (&path) : NULL;
}

gchar *
memsnoop_executable_path_absolute (const gchar *name)
{
  return g_canonicalize_filename (name, NULL);
}

gboolean
memsnoop_executable_path_is_script (const gchar *path)
{
  FILE *file = fopen (path, "re");
  gchar start[2] = "";
  gboolean script;

  if (file == NULL)
    return FALSE;
  script = fread (start, sizeof start, 1, file) == 1 && memcmp (start, "#!", 2) == 0;
  fclose (file);
  return script;
}

gchar *
memsnoop_executable_path_strip_deleted (const gchar *path)
{
  return g_str_has_suffix (path, DELETED_SUFFIX)
             ? g_strndup (path, strlen (path) - strlen (DELETED_SUFFIX))
             : g_strdup (path);
}
