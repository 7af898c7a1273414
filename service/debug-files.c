/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debug-files.h"

#include <string.h>

#define FOLDER "/usr/lib/debug"
#define SHARED_FOLDER "/.dwz/"
/* Digits. GNU build-ids have 40; the worker tells none with more than 128. */
#define BUILD_ID_MIN 4
#define BUILD_ID_MAX 128

static gboolean
is_build_id (const gchar *text)
{
  gsize length = strlen (text);

  return length >= BUILD_ID_MIN && length <= BUILD_ID_MAX &&
         strspn (text, "0123456789abcdef") == length;
}

static void
add_by_build_id (GStrvBuilder *paths, const gchar *build_id)
{
  g_autofree gchar *path = NULL;

  if (!is_build_id (build_id))
    return;
  path = g_strdup_printf (FOLDER "/.build-id/%.2s/%s.debug", build_id, build_id + 2);
  g_strv_builder_add (paths, path);
}

static void
add_by_link (GStrvBuilder *paths, const gchar *module_path, const gchar *link)
{
  g_autofree gchar *folder = g_path_get_dirname (module_path);
  g_autofree gchar *beside = g_build_filename (folder, link, NULL);
  g_autofree gchar *below = g_build_filename (folder, ".debug", link, NULL);
  g_autofree gchar *apart = g_build_filename (FOLDER, folder, link, NULL);

  if (link[0] == '\0' || strchr (link, '/') != NULL || g_str_equal (link, ".") ||
      g_str_equal (link, ".."))
    return;
  /* In gdb's order. */
  g_strv_builder_add (paths, beside);
  g_strv_builder_add (paths, below);
  g_strv_builder_add (paths, apart);
}

GStrv
memsnoop_debug_files_list (const gchar *module_path, const gchar *build_id, const gchar *link)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  add_by_build_id (paths, build_id);
  add_by_link (paths, module_path, link);
  return g_strv_builder_end (paths);
}

static gboolean
climbs (const gchar *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  return g_strv_contains ((const gchar *const *) parts, "..");
}

GStrv
memsnoop_debug_files_list_supplement (const gchar *build_id, const gchar *path)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  const gchar *shared = strstr (path, SHARED_FOLDER);

  add_by_build_id (paths, build_id);
  if (g_str_has_prefix (path, FOLDER "/") && !climbs (path))
    g_strv_builder_add (paths, path);
  else if (path[0] == '.' && shared != NULL && !climbs (shared))
    {
      /* How far up it leads depends on where the debug file is; where dwz's files are does not. */
      g_autofree gchar *absolute = g_strconcat (FOLDER, shared, NULL);

      g_strv_builder_add (paths, absolute);
    }
  return g_strv_builder_end (paths);
}
