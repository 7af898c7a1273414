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
forget_last (MemsnoopModuleCache *cache)
{
  MemsnoopModule *module = g_queue_pop_tail (&cache->order);

  g_hash_table_remove (cache->links, module->key);
  memsnoop_module_unref (module);
}

void
memsnoop_module_cache_free (MemsnoopModuleCache *cache)
{
  while (cache->order.length > 0)
    forget_last (cache);
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
  if (cache->order.length >= MODULES_MAX)
    forget_last (cache);
  module = memsnoop_module_new (key);
  g_queue_push_head (&cache->order, module);
  g_hash_table_insert (cache->links, module->key, cache->order.head);
  return module;
}

guint
memsnoop_module_cache_trim (MemsnoopModuleCache *cache, guint files_max, guint64 weight_max)
{
  guint n_files = 0;
  guint64 weight = 0;
  guint n_kept = 0;
  guint n_forgotten = 0;

  for (GList *link = cache->order.head; link != NULL; link = link->next)
    {
      n_files += memsnoop_module_count_files (link->data);
      weight += memsnoop_module_get_weight (link->data);
      if (n_kept > 0 && (n_files > files_max || weight > weight_max))
        break;
      n_kept++;
    }
  for (; cache->order.length > n_kept; n_forgotten++)
    forget_last (cache);
  return n_forgotten;
}
