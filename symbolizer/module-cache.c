/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-cache.h"

/* Modules without a file take little, but not nothing. */
#define MODULES_MAX 8192

struct MemsnoopModuleCache
{
  /* Links of @order by key. */
  GHashTable *links;
  /* MemsnoopModule, the one that was used last first. */
  GQueue order;
};

MemsnoopModuleCache *
memsnoop_module_cache_new (void)
{
  MemsnoopModuleCache *cache = g_new0 (MemsnoopModuleCache, 1);

  cache->links = g_hash_table_new (g_str_hash, g_str_equal);
  return cache;
}

static void
forget (MemsnoopModuleCache *cache, GList *link)
{
  MemsnoopModule *module = link->data;

  g_hash_table_remove (cache->links, module->key);
  g_queue_delete_link (&cache->order, link);
  memsnoop_module_unref (module);
}

/* Returns: (nullable): the link of the module that was used longest ago, of those that nobody else
 * holds. */
static GList *
find_unused (MemsnoopModuleCache *cache)
{
  for (GList *link = cache->order.tail; link != cache->order.head; link = link->prev)
    {
      const MemsnoopModule *module = link->data;

      if (module->references == 1)
        return link;
    }
  return NULL;
}

void
memsnoop_module_cache_free (MemsnoopModuleCache *cache)
{
  while (cache->order.length > 0)
    forget (cache, cache->order.tail);
  g_hash_table_unref (cache->links);
  g_free (cache);
}

MemsnoopModule *
memsnoop_module_cache_get (MemsnoopModuleCache *cache, const gchar *key)
{
  GList *link = g_hash_table_lookup (cache->links, key);
  MemsnoopModule *module;

  if (link != NULL)
    {
      g_queue_unlink (&cache->order, link);
      g_queue_push_head_link (&cache->order, link);
      return link->data;
    }
  if (cache->order.length >= MODULES_MAX && (link = find_unused (cache)) != NULL)
    forget (cache, link);
  module = memsnoop_module_new (key);
  g_queue_push_head (&cache->order, module);
  g_hash_table_insert (cache->links, module->key, cache->order.head);
  return module;
}

gboolean
memsnoop_module_cache_fits (const MemsnoopModuleCache *cache, guint files_max, guint64 weight_max)
{
  guint n_files = 0;
  guint64 weight = 0;

  for (const GList *link = cache->order.head; link != NULL; link = link->next)
    {
      n_files += memsnoop_module_count_files (link->data);
      weight += memsnoop_module_get_weight (link->data);
    }
  return n_files <= files_max && weight <= weight_max;
}

/* Returns: (nullable): the same of the modules with symbols. */
static MemsnoopModule *
find_with_symbols (MemsnoopModuleCache *cache)
{
  for (GList *link = cache->order.tail; link != cache->order.head; link = link->prev)
    {
      MemsnoopModule *module = link->data;

      if (module->symbols != NULL)
        return module;
    }
  return NULL;
}

void
memsnoop_module_cache_trim (MemsnoopModuleCache *cache, guint files_max, guint64 weight_max)
{
  while (!memsnoop_module_cache_fits (cache, files_max, weight_max))
    {
      GList *link = find_unused (cache);
      MemsnoopModule *module = link == NULL ? find_with_symbols (cache) : NULL;

      if (link != NULL)
        forget (cache, link);
      else if (module != NULL)
        memsnoop_module_forget_symbols (module);
      else
        return;
    }
}
