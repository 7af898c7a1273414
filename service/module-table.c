/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-table.h"

#include "debug-files.h"
#include "memsnoop-worker-protocol.h"
#include "root-file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct MemsnoopModuleTable
{
  gatomicrefcount references;
  guint32 number;
  int root;
  /* What the keys begin with. */
  gchar *view;
  /* MemsnoopModuleEntry */
  GArray *modules;
  guint n_faults;
};

static void
clear_module (gpointer data)
{
  MemsnoopModuleEntry *module = data;

  g_free (module->key);
  g_free (module->path);
  g_free (module->obstacle);
  if (module->descriptor >= 0)
    close (module->descriptor);
}

MemsnoopModuleTable *
memsnoop_module_table_new (int root, guint64 namespace)
{
  static gint last_number;
  MemsnoopModuleTable *table = g_new0 (MemsnoopModuleTable, 1);
  struct stat status = { 0 };

  g_atomic_ref_count_init (&table->references);
  table->number = (guint32) g_atomic_int_add (&last_number, 1) + 1;
  table->root = root;
  if (root >= 0)
    fstat (root, &status);
  table->view =
      g_strdup_printf ("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x",
                       namespace, (guint64) status.st_dev, (guint64) status.st_ino);
  table->modules = g_array_new (FALSE, FALSE, sizeof (MemsnoopModuleEntry));
  g_array_set_clear_func (table->modules, clear_module);
  return table;
}

MemsnoopModuleTable *
memsnoop_module_table_ref (MemsnoopModuleTable *table)
{
  g_atomic_ref_count_inc (&table->references);
  return table;
}

void
memsnoop_module_table_unref (MemsnoopModuleTable *table)
{
  if (!g_atomic_ref_count_dec (&table->references))
    return;
  g_array_unref (table->modules);
  if (table->root >= 0)
    close (table->root);
  g_free (table->view);
  g_free (table);
}

/* A file that cannot be opened has a key that no other has. */
static gchar *
make_key (const MemsnoopModuleTable *table, int descriptor)
{
  struct stat status;

  if (descriptor < 0 || fstat (descriptor, &status) != 0)
    return g_strdup_printf ("none:%x:%x", table->number, table->modules->len);
  return g_strdup_printf ("%s:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER
                          "x:%" G_GINT64_MODIFIER "x.%lx",
                          table->view, (guint64) status.st_dev, (guint64) status.st_ino,
                          (guint64) status.st_size, (guint64) status.st_ctim.tv_sec,
                          status.st_ctim.tv_nsec);
}

gboolean
memsnoop_module_table_add (MemsnoopModuleTable *table,
                           const gchar *path,
                           guint64 start,
                           guint64 end,
                           guint64 offset,
                           int descriptor)
{
  guint n = table->modules->len;
  MemsnoopModuleEntry module = {
    .start = start,
    .end = end,
    .offset = offset,
    .descriptor = descriptor,
  };

  if (n >= MEMSNOOP_WORKER_MAPPINGS_MAX || start >= end ||
      (n > 0 && start < memsnoop_module_table_get (table, n - 1)->end))
    {
      if (descriptor >= 0)
        close (descriptor);
      return FALSE;
    }
  module.key = make_key (table, descriptor);
  module.path = g_strdup (path);
  g_array_append_val (table->modules, module);
  return TRUE;
}

void
memsnoop_module_table_set_obstacle (MemsnoopModuleTable *table, const gchar *obstacle)
{
  MemsnoopModuleEntry *last =
      &g_array_index (table->modules, MemsnoopModuleEntry, table->modules->len - 1);

  g_free (last->obstacle);
  last->obstacle = g_strdup (obstacle);
}

guint32
memsnoop_module_table_get_number (const MemsnoopModuleTable *table)
{
  return table->number;
}

guint
memsnoop_module_table_get_length (const MemsnoopModuleTable *table)
{
  return table->modules->len;
}

const MemsnoopModuleEntry *
memsnoop_module_table_get (const MemsnoopModuleTable *table, guint index)
{
  return &g_array_index (table->modules, MemsnoopModuleEntry, index);
}

guint
memsnoop_module_table_find (const MemsnoopModuleTable *table, guint64 address)
{
  guint low = 0;
  guint high = table->modules->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const MemsnoopModuleEntry *module = memsnoop_module_table_get (table, middle);

      if (address < module->start)
        high = middle;
      else if (address >= module->end)
        low = middle + 1;
      else
        return middle;
    }
  return table->modules->len;
}

GVariant *
memsnoop_module_table_to_variant (const MemsnoopModuleTable *table, guint first)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sttt)"));
  guint end = MIN (table->modules->len, first + MEMSNOOP_WORKER_MAPPINGS_AT_ONCE);

  for (guint i = first; i < end; i++)
    {
      const MemsnoopModuleEntry *module = memsnoop_module_table_get (table, i);

      g_variant_builder_add (&builder, "(sttt)", module->key, module->start, module->end,
                             module->offset);
    }
  return g_variant_new ("(uua(sttt))", table->number, first, &builder);
}

static const MemsnoopModuleEntry *
find_key (const MemsnoopModuleTable *table, const gchar *key)
{
  for (guint i = 0; i < table->modules->len; i++)
    if (g_str_equal (memsnoop_module_table_get (table, i)->key, key))
      return memsnoop_module_table_get (table, i);
  return NULL;
}

static gboolean
is_same_file (int first, int second)
{
  struct stat a;
  struct stat b;

  return fstat (first, &a) == 0 && fstat (second, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

/* The first of @paths that is there, and not the module itself, which a debug link may well name.
 */
static int
open_first (const MemsnoopModuleTable *table, const MemsnoopModuleEntry *module, GStrv paths)
{
  for (guint i = 0; table->root >= 0 && paths[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      int descriptor = memsnoop_root_file_open (table->root, paths[i], &error);

      if (descriptor < 0)
        g_debug ("No debug file: %s", error->message);
      else if (!is_same_file (descriptor, module->descriptor))
        return descriptor;
      else
        close (descriptor);
    }
  return -1;
}

int
memsnoop_module_table_open (const MemsnoopModuleTable *table,
                            guint8 role,
                            const gchar *key,
                            const gchar *build_id,
                            const gchar *link)
{
  const MemsnoopModuleEntry *module = find_key (table, key);
  g_auto (GStrv) paths = NULL;

  if (module == NULL || module->descriptor < 0)
    return -1;
  switch (role)
    {
    case MEMSNOOP_WORKER_ROLE_MODULE:
      return fcntl (module->descriptor, F_DUPFD_CLOEXEC, 0);
    case MEMSNOOP_WORKER_ROLE_DEBUG:
      paths = memsnoop_debug_files_list (module->path, build_id, link);
      return open_first (table, module, paths);
    case MEMSNOOP_WORKER_ROLE_SUPPLEMENT:
      paths = memsnoop_debug_files_list_supplement (build_id, link);
      return open_first (table, module, paths);
    default:
      return -1;
    }
}

guint
memsnoop_module_table_count_faults (MemsnoopModuleTable *table, guint add)
{
  table->n_faults += add;
  return table->n_faults;
}
