/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-stats.h"

#include "dictionary-builder.h"
#include "heap-stats.h"

GVariant *
memsnoop_growth_stats_write (const MemsnoopHeapSnapshot *growth, guint64 now)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "since", growth->since);
  memsnoop_dictionary_add_number (&builder, "faults", growth->alloc_count);
  memsnoop_dictionary_add_number (&builder, "bytes", growth->alloc_bytes);
  memsnoop_dictionary_add_number (&builder, "kernel-bytes", growth->by_kernel_bytes);
  memsnoop_dictionary_add_number (&builder, "swap-bytes", growth->from_swap_bytes);
  memsnoop_dictionary_add_histogram (&builder, "size-histogram", growth->size_histogram,
                                     MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS);
  memsnoop_dictionary_add (&builder, "last-thread", g_variant_new_uint32 (growth->last_thread));
  memsnoop_dictionary_add (&builder, "sites",
                           memsnoop_heap_stats_write_sites (growth, MEMSNOOP_HEAP_STATS_SITES));
  memsnoop_dictionary_add_number (&builder, "sites-age",
                                  now > growth->taken_at ? now - growth->taken_at : 0);
  memsnoop_dictionary_add_number (&builder, "lost", memsnoop_heap_snapshot_get_lost (growth));
  memsnoop_dictionary_add (&builder, "exact", g_variant_new_boolean (growth->exact));
  return g_variant_builder_end (&builder);
}
