/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wanted-files.h"

#include <unistd.h>

typedef struct
{
  MemsnoopModuleTable *table;
  GVariant *wanted;
} Wish;

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  memsnoop_module_table_unref (wish->table);
  g_variant_unref (wish->wanted);
  g_free (wish);
}

static void
file_free (gpointer data)
{
  MemsnoopWantedFile *file = data;

  if (file->descriptor >= 0)
    close (file->descriptor);
  g_free (file->key);
  g_free (file);
}

static void
open_all (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Wish *wish = task_data;
  GPtrArray *files = g_ptr_array_new_with_free_func (file_free);
  GVariantIter iterator;
  guint8 role;
  const gchar *key;
  const gchar *build_id;
  const gchar *link;

  g_variant_iter_init (&iterator, wish->wanted);
  while (g_variant_iter_next (&iterator, "(y&s&s&s)", &role, &key, &build_id, &link))
    {
      MemsnoopWantedFile *file = g_new (MemsnoopWantedFile, 1);

      file->role = role;
      file->key = g_strdup (key);
      file->descriptor = memsnoop_module_table_open (wish->table, role, key, build_id, link);
      g_ptr_array_add (files, file);
    }
  g_task_return_pointer (task, files, (GDestroyNotify) g_ptr_array_unref);
}

void
memsnoop_wanted_files_open_async (gpointer source,
                                  MemsnoopModuleTable *table,
                                  GVariant *wanted,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, NULL, callback, user_data);
  Wish *wish = g_new (Wish, 1);

  *wish = (Wish){ memsnoop_module_table_ref (table), g_variant_ref (wanted) };
  g_task_set_task_data (task, wish, wish_free);
  g_task_run_in_thread (task, open_all);
}

GPtrArray *
memsnoop_wanted_files_open_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
