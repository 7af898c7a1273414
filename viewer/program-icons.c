/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program-icons.h"

/* TASK_COMM_LEN without its end. */
#define COMM_BYTES 15

static void
add_program (GHashTable *icons, GAppInfo *program)
{
  const gchar *executable = g_app_info_get_executable (program);
  GIcon *icon = g_app_info_get_icon (program);
  g_autofree gchar *name = NULL;

  if (executable == NULL || icon == NULL)
    return;
  name = g_path_get_basename (executable);
  if (strlen (name) > COMM_BYTES)
    name[COMM_BYTES] = '\0';
  if (!g_hash_table_contains (icons, name))
    g_hash_table_insert (icons, g_steal_pointer (&name), g_object_ref (icon));
}

static GHashTable *
list_icons (void)
{
  GHashTable *icons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  GList *programs = g_app_info_get_all ();

  for (GList *link = programs; link != NULL; link = link->next)
    add_program (icons, link->data);
  g_list_free_full (programs, g_object_unref);
  return icons;
}

GIcon *
memsnoop_program_icons_find (const gchar *comm)
{
  static GHashTable *icons;
  static GIcon *other;
  GIcon *icon;

  if (icons == NULL)
    {
      icons = list_icons ();
      other = g_themed_icon_new ("application-x-executable-symbolic");
    }
  icon = g_hash_table_lookup (icons, comm);
  return icon != NULL ? icon : other;
}
