/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-snapshot.h"

#include "boot-time.h"
#include "live-table.h"
#include "process-records.h"
#include "slab-info.h"

typedef struct
{
  MemsnoopKernelMaps *maps;
  const MemsnoopKernelSymbols *symbols;
  MemsnoopSnapshot *snapshot;
  GHashTable *unseen; /* site key to frees, both guint64 */
  GHashTable *frames; /* call site to interned text */
  GHashTable *caches; /* interned name to MemsnoopCacheFigures */
} Gathering;

static guint64
site_key (gint32 call_site, guint32 cache)
{
  return (guint64) cache << 32 | (guint32) call_site;
}

static void
add_unseen_site (const struct memsnoop_unseen_site *site, guint64 frees, gpointer user_data)
{
  Gathering *gathering = user_data;
  guint64 key = site_key (site->call_site, site->cache);

  g_hash_table_replace (gathering->unseen, g_memdup2 (&key, sizeof key),
                        g_memdup2 (&frees, sizeof frees));
}

static guint64
unseen_frees_of (Gathering *gathering, gint32 call_site, guint32 cache)
{
  guint64 key = site_key (call_site, cache);
  guint64 *frees = g_hash_table_lookup (gathering->unseen, &key);

  return frees != NULL ? *frees : 0;
}

/* Names as the kernel has them in /proc/slabinfo. */
static const gchar *
kmalloc_name (guint32 number)
{
  static const gchar *const prefixes[MEMSNOOP_KMALLOC_KINDS] = {
    [MEMSNOOP_KMALLOC_NORMAL] = "kmalloc",
    [MEMSNOOP_KMALLOC_DMA] = "dma-kmalloc",
    [MEMSNOOP_KMALLOC_RECLAIMABLE] = "kmalloc-rcl",
    [MEMSNOOP_KMALLOC_ACCOUNTED] = "kmalloc-cg",
  };
  guint32 kind = (number - MEMSNOOP_CACHE_KMALLOC) / 64;
  guint32 power = (number - MEMSNOOP_CACHE_KMALLOC) % 64 / 2;
  gboolean between = (number - MEMSNOOP_CACHE_KMALLOC) % 2 != 0;
  g_autofree gchar *name = NULL;

  /* Larger ones come from the page allocator, whatever their size. */
  if (power > 13 || (power == 13 && between))
    return "kmalloc-large";
  if (power >= 10)
    name = g_strdup_printf ("%s-%uk", prefixes[kind], 1u << (power - 10));
  else
    name = g_strdup_printf ("%s-%u", prefixes[kind], between ? 3u << (power - 1) : 1u << power);
  return g_intern_string (name);
}

static const gchar *
cache_name (Gathering *gathering, guint32 number)
{
  const struct memsnoop_cache *cache = memsnoop_kernel_maps_cache (gathering->maps, number);
  gchar name[MEMSNOOP_CACHE_NAME + 1] = "";

  if (number >= MEMSNOOP_CACHE_KMALLOC && number < MEMSNOOP_CACHE_COUNT)
    return kmalloc_name (number);
  if (cache == NULL || cache->name[0] == '\0')
    return "unknown";
  memcpy (name, cache->name, MEMSNOOP_CACHE_NAME);
  return g_intern_string (name);
}

static const gchar *
frame_text (Gathering *gathering, gint32 call_site)
{
  gpointer key = GINT_TO_POINTER (call_site);
  const gchar *text = g_hash_table_lookup (gathering->frames, key);

  if (text == NULL)
    {
      guint64 address = memsnoop_kernel_maps_call_site (gathering->maps, call_site);
      g_autofree gchar *formatted = memsnoop_kernel_symbols_format (gathering->symbols, address);

      text = g_intern_string (formatted);
      g_hash_table_insert (gathering->frames, key, (gpointer) text);
    }
  return text;
}

static MemsnoopCacheFigures *
find_cache (Gathering *gathering, guint32 number)
{
  const gchar *name = cache_name (gathering, number);
  MemsnoopCacheFigures *figures = g_hash_table_lookup (gathering->caches, name);

  if (figures == NULL)
    {
      figures = g_new0 (MemsnoopCacheFigures, 1);
      figures->name = name;
      figures->slab_active = -1;
      g_hash_table_insert (gathering->caches, (gpointer) name, figures);
    }
  return figures;
}

static gboolean
is_reclaimable (Gathering *gathering, guint32 number)
{
  const struct memsnoop_cache *cache = memsnoop_kernel_maps_cache (gathering->maps, number);

  if (number >= MEMSNOOP_CACHE_KMALLOC && number < MEMSNOOP_CACHE_COUNT)
    return (number - MEMSNOOP_CACHE_KMALLOC) / 64 == MEMSNOOP_KMALLOC_RECLAIMABLE;
  return cache != NULL && cache->reclaimable != 0;
}

G_STATIC_ASSERT (MEMSNOOP_AGE_UNIT == MEMSNOOP_EPOCH_SECONDS * MEMSNOOP_SECOND);

static MemsnoopSite
make_site (Gathering *gathering, const MemsnoopLiveGroup *group)
{
  guint32 epoch = *memsnoop_kernel_maps_epoch (gathering->maps);
  guint32 age = (epoch - group->oldest_epoch) & MEMSNOOP_EPOCH_MASK;

  MemsnoopSite site = {
    .frame = frame_text (gathering, group->call_site),
    .cache = cache_name (gathering, group->cache),
    .bytes = group->bytes,
    .count = group->count,
    .oldest_age = age * MEMSNOOP_AGE_UNIT,
    .unseen_frees = unseen_frees_of (gathering, group->call_site, group->cache),
    .contradicted = find_cache (gathering, group->cache)->contradicted,
    .reclaimable = is_reclaimable (gathering, group->cache),
  };

  memcpy (site.bytes_by_age, group->bytes_by_age, sizeof site.bytes_by_age);
  return site;
}

static gint
compare_call_sites (gconstpointer a, gconstpointer b)
{
  const MemsnoopLiveGroup *left = a, *right = b;

  if (left->call_site != right->call_site)
    return left->call_site < right->call_site ? -1 : 1;
  return (left->cache > right->cache) - (left->cache < right->cache);
}

static gint
compare_sites (gconstpointer a, gconstpointer b)
{
  const MemsnoopSite *left = a, *right = b;

  return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

/* The sites of all processes together. */
static void
add_sites (Gathering *gathering, GArray *groups)
{
  GArray *sites = gathering->snapshot->sites;
  const MemsnoopLiveGroup *previous = NULL;

  g_array_sort (groups, compare_call_sites);
  for (guint i = 0; i < groups->len; i++)
    {
      const MemsnoopLiveGroup *group = &g_array_index (groups, MemsnoopLiveGroup, i);
      MemsnoopSite site = make_site (gathering, group);

      if (previous != NULL && compare_call_sites (previous, group) == 0)
        memsnoop_site_merge (&g_array_index (sites, MemsnoopSite, sites->len - 1), &site);
      else
        g_array_append_val (sites, site);
      previous = group;
    }
  g_array_sort (sites, compare_sites);
}

static void
sum_caches (Gathering *gathering, GArray *groups)
{
  GHashTableIter iterator;
  gpointer key, frees;

  for (guint i = 0; i < groups->len; i++)
    {
      const MemsnoopLiveGroup *group = &g_array_index (groups, MemsnoopLiveGroup, i);
      MemsnoopCacheFigures *cache = find_cache (gathering, group->cache);

      cache->live_bytes += group->bytes;
      cache->live_count += group->count;
    }
  g_hash_table_iter_init (&iterator, gathering->unseen);
  while (g_hash_table_iter_next (&iterator, &key, &frees))
    find_cache (gathering, (guint32) (*(guint64 *) key >> 32))->unseen_frees += *(guint64 *) frees;
}

/*
 * The two counts are taken one after the other and the kernel's is approximate, so only a clear
 * excess contradicts.
 */
static void
compare_with_slab_info (Gathering *gathering)
{
  g_autoptr (GHashTable) slab_info = memsnoop_slab_info_read ();
  GHashTableIter iterator;
  gpointer value;

  g_hash_table_iter_init (&iterator, gathering->caches);
  while (slab_info != NULL && g_hash_table_iter_next (&iterator, NULL, &value))
    {
      MemsnoopCacheFigures *cache = value;
      guint64 *active = g_hash_table_lookup (slab_info, cache->name);

      if (active == NULL || strstr (cache->name, "kmalloc") != NULL)
        continue;
      cache->slab_active = (gint64) *active;
      cache->contradicted = cache->live_count > *active + *active / 8 + 64;
    }
}

static gint
compare_caches (gconstpointer a, gconstpointer b)
{
  const MemsnoopCacheFigures *left = a, *right = b;

  return (left->live_bytes < right->live_bytes) - (left->live_bytes > right->live_bytes);
}

static void
add_caches (Gathering *gathering, GArray *groups)
{
  GHashTableIter iterator;
  gpointer value;

  sum_caches (gathering, groups);
  compare_with_slab_info (gathering);
  g_hash_table_iter_init (&iterator, gathering->caches);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    g_array_append_vals (gathering->snapshot->caches, value, 1);
  g_array_sort (gathering->snapshot->caches, compare_caches);
}

/* The groups of one process, the largest first. */
static void
add_process (Gathering *gathering,
             guint32 index,
             const MemsnoopLiveGroup *groups,
             guint n_groups,
             guint8 *doubtful)
{
  MemsnoopProcessSnapshot process = { 0 };
  gboolean doubt = FALSE;

  for (guint i = 0; i < n_groups && !doubt; i++)
    doubt = unseen_frees_of (gathering, groups[i].call_site, groups[i].cache) > 0 ||
            find_cache (gathering, groups[i].cache)->contradicted;
  doubtful[index] = doubt;

  memsnoop_process_record_read (gathering->maps, index, &process.figures);
  process.figures.exact = process.figures.exact && !doubt;
  process.n_sites = MIN (n_groups, MEMSNOOP_SITES_PER_PROCESS);
  process.sites = g_new (MemsnoopSite, process.n_sites);
  for (guint i = 0; i < process.n_sites; i++)
    process.sites[i] = make_site (gathering, &groups[i]);
  g_array_append_val (gathering->snapshot->processes, process);
}

static gint
compare_owners (gconstpointer a, gconstpointer b)
{
  const MemsnoopLiveGroup *left = a, *right = b;

  if (left->owner != right->owner)
    return left->owner < right->owner ? -1 : 1;
  return (left->bytes < right->bytes) - (left->bytes > right->bytes);
}

static void
add_processes (Gathering *gathering, GArray *groups, guint8 *doubtful)
{
  guint next = 0;

  g_array_sort (groups, compare_owners);
  for (guint32 index = 0; index < memsnoop_kernel_maps_records_end (gathering->maps); index++)
    {
      guint first = next;

      while (next < groups->len && g_array_index (groups, MemsnoopLiveGroup, next).owner == index)
        next++;
      if (memsnoop_process_record_is_used (&gathering->maps->records[index], index))
        add_process (gathering, index, &g_array_index (groups, MemsnoopLiveGroup, first),
                     next - first, doubtful);
    }
}

static void
add_free_memory (MemsnoopSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;

  if (!memsnoop_free_memory_read (&snapshot->free_memory, &error))
    snapshot->free_memory_error = g_strdup (error->message);
}

MemsnoopSnapshot *
memsnoop_kernel_snapshot_gather (MemsnoopKernelMaps *maps,
                                 const MemsnoopKernelSymbols *symbols,
                                 guint8 *doubtful)
{
  g_autoptr (GHashTable) unseen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (GHashTable) frames = g_hash_table_new (NULL, NULL);
  /* Interned names: equal text is the same pointer. */
  g_autoptr (GHashTable) caches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GArray) groups = NULL;
  Gathering gathering = { maps, symbols, memsnoop_snapshot_new (), unseen, frames, caches };

  gathering.snapshot->taken_at = memsnoop_boot_time ();
  memsnoop_kernel_maps_foreach_unseen (maps, add_unseen_site, &gathering);
  groups = memsnoop_live_table_sum (maps->buckets, maps->n_buckets, maps->records, maps->n_records,
                                    *memsnoop_kernel_maps_epoch (maps));
  /* First, for it tells which caches are contradicted. */
  add_caches (&gathering, groups);
  add_sites (&gathering, groups);
  add_processes (&gathering, groups, doubtful);
  add_free_memory (gathering.snapshot);
  return gathering.snapshot;
}
