/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include "executable-path.h"

#include <string.h>

/* Without the version behind it. */
static const gchar *const interpreters[] = {
  "ash",       "bash",        "beam.smp", "busybox", "csh",   "dash",    "deno", "dotnet", "fish",
  "gjs",       "gjs-console", "guile",    "java",    "julia", "ksh",     "lua",  "luajit", "mono",
  "mono-sgen", "node",        "nodejs",   "perl",    "php",   "php-fpm", "pypy", "python", "R",
  "ruby",      "sh",          "tclsh",    "tcsh",    "wish",  "zsh",     NULL,
};

gboolean
memsnoop_program_is_interpreter (const gchar *path)
{
  g_autofree gchar *name = g_path_get_basename (path);
  gsize length = strlen (name);

  if (g_strv_contains (interpreters, name))
    return TRUE;
  /* "python3.11", "php-fpm8.2", "lua5.4" */
  while (length > 0 && strchr ("0123456789.", name[length - 1]) != NULL)
    length--;
  name[length] = '\0';
  return g_strv_contains (interpreters, name);
}

static gboolean
runs (const gchar *pid, const gchar *path)
{
  g_autofree gchar *link = g_build_filename ("/proc", pid, "exe", NULL);
  g_autofree gchar *executable = g_file_read_link (link, NULL);
  g_autofree gchar *stripped = NULL;

  if (executable == NULL)
    return FALSE;
  stripped = memsnoop_executable_path_strip_deleted (executable);
  return strcmp (executable, path) == 0 || strcmp (stripped, path) == 0;
}

guint
memsnoop_program_count_processes (const gchar *path)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const gchar *name;
  guint count = 0;

  while (processes != NULL && (name = g_dir_read_name (processes)) != NULL)
    count += g_ascii_isdigit (*name) && runs (name, path);
  return count;
}
