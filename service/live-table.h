/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Summing up the live table, which the kernel goes on writing meanwhile, by call site. */
#pragma once

#include <linux/types.h>

#include "memsnoop-kernel-layout.h"
#include "snapshot.h"

G_BEGIN_DECLS

/**
 * MemsnoopLiveGroup:
 * @owner: index of the process record.
 * @call_site: distance from the anchor, as in a live block.
 * @cache: number of the slab cache.
 * @oldest_epoch: epoch of the oldest block, modulo 2^20.
 * @bytes_by_age: of those blocks that are not older, by age; see MemsnoopSite.
 *
 * The live blocks of one process from one call site in one cache.
 */
typedef struct
{
  guint32 owner;
  gint32  call_site;
  guint32 cache;
  guint32 oldest_epoch;
  guint64 bytes;
  guint64 count;
  guint64 bytes_by_age[MEMSNOOP_SITE_AGES];
} MemsnoopLiveGroup;

/**
 * memsnoop_live_table_sum:
 * @records: the process records; blocks of an older generation than their record
 *   belong to MEMSNOOP_RECORD_RETIRED.
 * @epoch: the current one.
 *
 * Walks the whole table. A block that is freed or allocated during the walk may be counted or
 * not.
 *
 * Returns: (transfer full): an array of MemsnoopLiveGroup, in no order.
 */
GArray *memsnoop_live_table_sum (const struct memsnoop_bucket         *buckets,
                                 gsize                                 n_buckets,
                                 const struct memsnoop_process_record *records,
                                 gsize                                 n_records,
                                 guint32                               epoch);

G_END_DECLS
