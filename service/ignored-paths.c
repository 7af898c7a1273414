/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ignored-paths.h"

#include "executable-path.h"

#include <gio/gio.h>
#include <string.h>

#define FIRST_LINE "memsnoop-ignored 1"

GHashTable *
memsnoop_ignored_paths_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

GHashTable *
memsnoop_ignored_paths_copy (GHashTable *paths)
{
  GHashTable *copy = memsnoop_ignored_paths_new ();
  GHashTableIter iterator;
  gpointer path;

  g_hash_table_iter_init (&iterator, paths);
  while (g_hash_table_iter_next (&iterator, &path, NULL))
    g_hash_table_add (copy, g_strdup (path));
  return copy;
}

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

GStrv
memsnoop_ignored_paths_list (GHashTable *paths)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  GHashTableIter iterator;
  gpointer path;

  g_hash_table_iter_init (&iterator, paths);
  while (g_hash_table_iter_next (&iterator, &path, NULL))
    g_ptr_array_add (list, g_strdup (path));
  g_ptr_array_sort (list, compare_paths);
  g_ptr_array_add (list, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

static void
append_escaped (GString *text, const gchar *path)
{
  for (; *path != '\0'; path++)
    if (*path == '\\')
      g_string_append (text, "\\\\");
    else if (*path == '\n')
      g_string_append (text, "\\n");
    else
      g_string_append_c (text, *path);
}

/* NULL when @line is not what append_escaped() writes. */
static gchar *
unescape (const gchar *line)
{
  g_autoptr (GString) path = g_string_sized_new (strlen (line));

  for (; *line != '\0'; line++)
    if (*line != '\\')
      g_string_append_c (path, *line);
    else if (*++line == '\\' || *line == 'n')
      g_string_append_c (path, *line == 'n' ? '\n' : '\\');
    else
      return NULL;
  return g_string_free (g_steal_pointer (&path), FALSE);
}

gchar *
memsnoop_ignored_paths_write (GHashTable *paths)
{
  g_auto (GStrv) list = memsnoop_ignored_paths_list (paths);
  GString *text = g_string_new (FIRST_LINE "\n");

  for (guint i = 0; list[i] != NULL; i++)
    {
      append_escaped (text, list[i]);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static gboolean
read_line (GHashTable *paths, const gchar *line, guint number, guint maximum, GError **error)
{
  g_autofree gchar *path = unescape (line);

  if (path == NULL || !memsnoop_executable_path_check (path, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Line %u is no absolute path",
                   number);
      return FALSE;
    }
  if (g_hash_table_size (paths) == maximum)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "There are more than %u paths at line %u", maximum, number);
      return FALSE;
    }
  g_hash_table_add (paths, g_steal_pointer (&path));
  return TRUE;
}

static GHashTable *
read_lines (gchar *const *lines, guint n_lines, guint maximum, GError **error)
{
  g_autoptr (GHashTable) paths = memsnoop_ignored_paths_new ();

  for (guint i = 1; i < n_lines; i++)
    if (!read_line (paths, lines[i], i + 1, maximum, error))
      return NULL;
  return g_steal_pointer (&paths);
}

GHashTable *
memsnoop_ignored_paths_read (const gchar *text, gsize length, guint maximum, GError **error)
{
  g_autofree gchar *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (memchr (text, '\0', length) != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "It is no text");
      return NULL;
    }
  copy = g_strndup (text, length);
  if (!g_str_has_prefix (copy, FIRST_LINE "\n"))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "Its first line is not “" FIRST_LINE "”");
      return NULL;
    }
  if (copy[length - 1] != '\n')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Its last line has no end");
      return NULL;
    }
  copy[length - 1] = '\0';
  lines = g_strsplit (copy, "\n", -1);
  return read_lines (lines, g_strv_length (lines), maximum, error);
}
