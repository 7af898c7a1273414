/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live-table.h"

/* Groups are found by a key of 60 bits, which fits a pointer. */
G_STATIC_ASSERT (sizeof (gpointer) == sizeof (guint64));

typedef struct
{
  const struct memsnoop_process_record *records;
  gsize n_records;
  guint32 epoch;
  GArray *groups;
  GHashTable *index; /* key to position in groups, plus one */
  guint64 last_key;
  guint last_position;
} Walk;

static guint32
owner_of (const Walk *walk, const struct memsnoop_live_block *block)
{
  guint32 index = block->owner & 0xffff;

  if (index >= walk->n_records || (walk->records[index].generation & 0xffff) != block->owner >> 16)
    return MEMSNOOP_RECORD_RETIRED;
  return index;
}

/* Spreads a key over the low bits, which are all that GLib's direct hash looks at. Reversible, so
 * different keys stay different. */
static guint64
spread (guint64 key)
{
  key ^= key >> 32;
  key *= G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return key ^ key >> 32;
}

static MemsnoopLiveGroup *
find_group (Walk *walk, guint32 owner, gint32 call_site, guint32 cache)
{
  guint64 key = spread ((guint64) owner << 44 | (guint64) cache << 32 | (guint32) call_site);
  MemsnoopLiveGroup group = { .owner = owner,
                              .call_site = call_site,
                              .cache = cache,
                              .oldest_epoch = walk->epoch & MEMSNOOP_EPOCH_MASK };
  gpointer found;

  /* Neighbours in the table are often of one kind. */
  if (walk->groups->len > 0 && key == walk->last_key)
    return &g_array_index (walk->groups, MemsnoopLiveGroup, walk->last_position);

  found = g_hash_table_lookup (walk->index, GSIZE_TO_POINTER (key));
  if (found == NULL)
    {
      g_array_append_val (walk->groups, group);
      found = GUINT_TO_POINTER (walk->groups->len);
      g_hash_table_insert (walk->index, GSIZE_TO_POINTER (key), found);
    }
  walk->last_key = key;
  walk->last_position = GPOINTER_TO_UINT (found) - 1;
  return &g_array_index (walk->groups, MemsnoopLiveGroup, walk->last_position);
}

static void
add_block (Walk *walk, const struct memsnoop_live_block *block)
{
  guint32 cache = block->cache_and_epoch & ((1u << MEMSNOOP_CACHE_BITS) - 1);
  guint32 epoch = block->cache_and_epoch >> MEMSNOOP_CACHE_BITS;
  guint32 age = (walk->epoch - epoch) & MEMSNOOP_EPOCH_MASK;
  MemsnoopLiveGroup *group = find_group (walk, owner_of (walk, block), block->call_site, cache);
  guint step = memsnoop_site_age_step (age);

  group->bytes += block->size;
  group->count++;
  if (step < MEMSNOOP_SITE_AGES)
    group->bytes_by_age[step] += block->size;
  if (age > ((walk->epoch - group->oldest_epoch) & MEMSNOOP_EPOCH_MASK))
    group->oldest_epoch = epoch;
}

/* FALSE when the slot is free, or changed under our eyes. */
static gboolean
read_slot (const struct memsnoop_bucket *bucket, guint slot, struct memsnoop_live_block *block)
{
  guint64 address = __atomic_load_n (&bucket->addresses[slot], __ATOMIC_ACQUIRE);

  if (address == 0 || address & MEMSNOOP_SLOT_CLAIMED)
    return FALSE;
  *block = bucket->blocks[slot];
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  return __atomic_load_n (&bucket->addresses[slot], __ATOMIC_RELAXED) == address;
}

GArray *
memsnoop_live_table_sum (const struct memsnoop_bucket *buckets,
                         gsize n_buckets,
                         const struct memsnoop_process_record *records,
                         gsize n_records,
                         guint32 epoch)
{
  Walk walk = { .records = records, .n_records = n_records, .epoch = epoch };
  struct memsnoop_live_block block;

  walk.groups = g_array_new (FALSE, FALSE, sizeof (MemsnoopLiveGroup));
  walk.index = g_hash_table_new (NULL, NULL);
  for (gsize i = 0; i < n_buckets; i++)
    for (guint slot = 0; slot < MEMSNOOP_BUCKET_SLOTS; slot++)
      if (read_slot (&buckets[i], slot, &block))
        add_block (&walk, &block);
  g_hash_table_unref (walk.index);
  return walk.groups;
}
