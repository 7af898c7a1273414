/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each calling context has allocated and holds, read from tables that the kernel goes on writing meanwhile. */
#pragma once

#include "heap-maps.h"
#include "snapshot.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapContext:
 * @number: as in captures.
 * @program: the number of the process's program, modulo 2^16; after an exec its contexts have numbers of those before.
 * @height: see struct memsnoop_heap_context.
 * @in_part: whether the programs in the kernel could not walk its stack to the end, so that others with the same beginning may be under it.
 * @is_mapping: what comes from there are mappings, which the totals have apart from blocks.
 * @live_bytes, @live_count: of growth all that was added; else of the live blocks that were found in the table, which is walked while it changes; estimates
 *   when the recording is sampled.
 * @standard_error: of @live_bytes; 0 when the recording is exact.
 * @oldest_age: of the live blocks, in MEMSNOOP_AGE_UNIT.
 * @bytes_by_age: of the live blocks that are not older, by age; see MemsnoopSite.
 */
typedef struct
{
  guint32 number;
  guint16 program;
  guint64 return_address;
  guint64 height;
  gboolean in_part;
  gboolean is_mapping;
  guint64 alloc_count;
  guint64 alloc_bytes;
  guint64 free_count;
  guint64 free_bytes;
  gdouble live_count;
  gdouble live_bytes;
  gdouble standard_error;
  guint32 oldest_age;
  gdouble bytes_by_age[MEMSNOOP_SITE_AGES];
} MemsnoopHeapContext;

/**
 * memsnoop_heap_contexts_read:
 * @with_blocks: walk the live table, too, for tens of milliseconds: for worker threads. Drops what a program before an
 *   exec has left there.
 *
 * One thread at a time.
 *
 * Returns: (transfer full): MemsnoopHeapContext of each context with allocations, by number. That of blocks whose
 *   context found no room is MEMSNOOP_HEAP_CONTEXT_UNKNOWN, without return address.
 */
GArray *memsnoop_heap_contexts_read (MemsnoopHeapMaps *maps,
                                     gboolean          with_blocks);

G_END_DECLS
