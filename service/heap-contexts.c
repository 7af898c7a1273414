/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-contexts.h"

#include "heap-sampling.h"

#include <math.h>
#include <string.h>

#define SIZE_MASK ((G_GUINT64_CONSTANT (1) << MEMSNOOP_HEAP_SIZE_BITS) - 1)

typedef struct
{
  MemsnoopHeapMaps *maps;
  guint32 program;
  guint32 epoch;
  GArray *by_number;
} Walk;

/* FALSE when the slot is free, or changed under our eyes. */
static gboolean
read_slot (const struct memsnoop_heap_bucket *bucket,
           guint slot,
           guint64 *address,
           struct memsnoop_heap_block *block)
{
  *address = __atomic_load_n (&bucket->addresses[slot], __ATOMIC_ACQUIRE);
  if (*address == 0 || *address & MEMSNOOP_SLOT_CLAIMED)
    return FALSE;
  *block = bucket->blocks[slot];
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  return __atomic_load_n (&bucket->addresses[slot], __ATOMIC_RELAXED) == *address;
}

/* As home_bucket() of live-table.bpf.h. */
static gsize
home_bucket (const MemsnoopHeapMaps *maps, guint64 address)
{
  guint64 hash = address * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 32;

  return hash * maps->n_buckets >> 32;
}

/* A block of a program before an exec. Its address may be allocated again meanwhile: then it is
 * gone already. */
static void
drop_block (MemsnoopHeapMaps *maps, gsize bucket, guint slot, guint64 address)
{
  gsize home = home_bucket (maps, address);

  if (__atomic_compare_exchange_n (&maps->buckets[bucket].addresses[slot], &address, 0, FALSE,
                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) &&
      home != bucket)
    __atomic_fetch_sub (&maps->buckets[home].displaced, 1, __ATOMIC_RELAXED);
}

/* Mappings are never sampled. */
static guint64
interval_of (const MemsnoopHeapMaps *maps, const struct memsnoop_heap_block *block)
{
  if (block->epoch_and_shift & MEMSNOOP_HEAP_IS_MAPPING)
    return 0;
  return maps->sample_interval << (block->epoch_and_shift >> MEMSNOOP_HEAP_EPOCH_BITS);
}

static void
add_block (Walk *walk, const struct memsnoop_heap_block *block)
{
  guint64 size = block->size_and_program & SIZE_MASK;
  guint64 interval = interval_of (walk->maps, block);
  gdouble count = memsnoop_heap_sampling_count (size, interval);
  guint32 age = (walk->epoch - block->epoch_and_shift) & MEMSNOOP_HEAP_EPOCH_MASK;
  guint step = memsnoop_site_age_step (age);
  MemsnoopHeapContext *context;

  if (block->context >= walk->by_number->len)
    return;
  context = &g_array_index (walk->by_number, MemsnoopHeapContext, block->context);
  context->live_count += count;
  context->live_bytes += count * (gdouble) size;
  context->standard_error += memsnoop_heap_sampling_variance (size, interval);
  context->oldest_age = MAX (context->oldest_age, age);
  if (step < MEMSNOOP_SITE_AGES)
    context->bytes_by_age[step] += count * (gdouble) size;
}

static void
walk_blocks (Walk *walk)
{
  struct memsnoop_heap_block block;
  guint64 address;

  for (gsize i = 0; i < walk->maps->n_buckets; i++)
    for (guint slot = 0; slot < MEMSNOOP_BUCKET_SLOTS; slot++)
      {
        if (!read_slot (&walk->maps->buckets[i], slot, &address, &block))
          continue;
        if (block.size_and_program >> MEMSNOOP_HEAP_SIZE_BITS == (walk->program & 0xffff))
          add_block (walk, &block);
        else
          drop_block (walk->maps, i, slot, address);
      }
}

static guint64
read_count (const __u64 *parts)
{
  return (__atomic_load_n (parts, __ATOMIC_RELAXED) + MEMSNOOP_HEAP_COUNT_ONE / 2) /
         MEMSNOOP_HEAP_COUNT_ONE;
}

static MemsnoopHeapContext
read_context (const struct memsnoop_heap_context *context, guint32 number)
{
  return (MemsnoopHeapContext){
    .number = number,
    .program = context->program,
    .return_address = context->return_address,
    .height = context->height,
    .in_part =
        context->end != MEMSNOOP_WALK_END_OUTERMOST && context->end != MEMSNOOP_WALK_END_DEPTH,
    .is_mapping = context->is_mapping,
    .alloc_count = read_count (&context->alloc_count),
    .alloc_bytes = __atomic_load_n (&context->alloc_bytes, __ATOMIC_RELAXED),
    .free_count = read_count (&context->free_count),
    .free_bytes = __atomic_load_n (&context->free_bytes, __ATOMIC_RELAXED),
  };
}

/* Pages that were added have no end that is seen. */
static void
keep_all (Walk *walk)
{
  for (guint32 i = 0; i < walk->by_number->len; i++)
    {
      MemsnoopHeapContext *context = &g_array_index (walk->by_number, MemsnoopHeapContext, i);

      context->live_count = (gdouble) context->alloc_count;
      context->live_bytes = (gdouble) context->alloc_bytes;
    }
}

/* Nothing looks for the contexts of a program before an exec any more. */
static void
read_contexts (Walk *walk)
{
  for (guint32 i = 0; i < walk->by_number->len; i++)
    {
      struct memsnoop_heap_context *context = &walk->maps->contexts[i];

      if (context->program == (walk->program & 0xffff))
        g_array_index (walk->by_number, MemsnoopHeapContext, i) = read_context (context, i);
    }
}

GArray *
memsnoop_heap_contexts_read (MemsnoopHeapMaps *maps, gboolean with_blocks)
{
  guint n_contexts = (guint) maps->n_contexts;
  g_autoptr (GArray) by_number =
      g_array_sized_new (FALSE, TRUE, sizeof (MemsnoopHeapContext), n_contexts);
  Walk walk = { .maps = maps,
                .program = maps->process->program,
                .epoch = maps->process->epoch,
                .by_number = by_number };
  GArray *used = g_array_new (FALSE, FALSE, sizeof (MemsnoopHeapContext));

  g_array_set_size (by_number, n_contexts);
  read_contexts (&walk);
  if (maps->growth != NULL)
    keep_all (&walk);
  else if (with_blocks)
    walk_blocks (&walk);
  for (guint i = 0; i < n_contexts; i++)
    {
      MemsnoopHeapContext *context = &g_array_index (by_number, MemsnoopHeapContext, i);

      context->standard_error = sqrt (context->standard_error); /* was the variance */
      if (context->alloc_count > 0 || context->live_count > 0)
        g_array_append_val (used, *context);
    }
  return used;
}
