/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-image.h"

#include "module-report.h"

static void
clear_mapping (gpointer data)
{
  MemsnoopMapping *mapping = data;

  memsnoop_module_unref (mapping->module);
}

MemsnoopProcessImage *
memsnoop_process_image_new (guint32 number)
{
  MemsnoopProcessImage *image = g_new0 (MemsnoopProcessImage, 1);

  image->number = number;
  image->pages = g_hash_table_new (NULL, NULL);
  image->mappings = g_array_new (FALSE, FALSE, sizeof (MemsnoopMapping));
  g_array_set_clear_func (image->mappings, clear_mapping);
  return image;
}

void
memsnoop_process_image_free (MemsnoopProcessImage *image)
{
  if (image->dwfl != NULL)
    dwfl_end (image->dwfl);
  g_array_unref (image->mappings);
  g_hash_table_unref (image->pages);
  g_free (image);
}

gboolean
memsnoop_process_image_add (
    MemsnoopProcessImage *image, MemsnoopModule *module, guint64 start, guint64 end, guint64 offset)
{
  guint n = image->mappings->len;
  MemsnoopMapping mapping = { .start = start, .end = end, .offset = offset };

  if (start >= end || n >= MEMSNOOP_WORKER_MAPPINGS_MAX ||
      (n > 0 && start < g_array_index (image->mappings, MemsnoopMapping, n - 1).end))
    return FALSE;
  mapping.module = memsnoop_module_ref (module);
  g_array_append_val (image->mappings, mapping);
  return TRUE;
}

/* A file may have several executable mappings; its module is one. */
static Dwfl_Module *
report (MemsnoopProcessImage *image, GHashTable *reported, const MemsnoopMapping *mapping)
{
  MemsnoopModuleFile *file = mapping->module->files[MEMSNOOP_WORKER_ROLE_MODULE];
  g_autofree gchar *name = NULL;
  Dwfl_Module *module;
  guint64 bias;

  if (file == NULL ||
      !memsnoop_module_file_find_bias (file, mapping->start, mapping->offset, &bias))
    return NULL;
  name = g_strdup_printf ("%s %" G_GINT64_MODIFIER "x", mapping->module->key, bias);
  module = g_hash_table_lookup (reported, name);
  if (module != NULL)
    return module;
  module = memsnoop_module_report (image->dwfl, name, file, bias);
  g_hash_table_insert (reported, g_steal_pointer (&name), module);
  return module;
}

void
memsnoop_process_image_prepare (MemsnoopProcessImage *image)
{
  g_autoptr (GHashTable) reported = NULL;

  if (image->dwfl != NULL)
    return;
  image->dwfl = memsnoop_module_report_begin ();
  if (image->dwfl == NULL)
    return;
  reported = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  dwfl_report_begin (image->dwfl);
  for (guint i = 0; i < image->mappings->len; i++)
    {
      MemsnoopMapping *mapping = &g_array_index (image->mappings, MemsnoopMapping, i);

      mapping->reported = report (image, reported, mapping);
    }
  dwfl_report_end (image->dwfl, NULL, NULL);
}

guint32
memsnoop_process_image_find (const MemsnoopProcessImage *image, guint64 address)
{
  guint low = 0;
  guint high = image->mappings->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const MemsnoopMapping *mapping = &g_array_index (image->mappings, MemsnoopMapping, middle);

      if (address < mapping->start)
        high = middle;
      else if (address >= mapping->end)
        low = middle + 1;
      else
        return middle;
    }
  return MEMSNOOP_WORKER_NO_MAPPING;
}
