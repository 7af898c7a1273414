/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-stats.h"

#include "dictionary-builder.h"
#include "frame-text.h"

static GVariant *
write_frames (const MemsnoopHeapSite *site)
{
  g_auto (GStrv) texts = memsnoop_frame_texts (site->frames, site->n_frames);
  guint n = g_strv_length (texts);

  return g_variant_new_strv ((const gchar *const *) texts,
                             MIN ((gssize) n, MEMSNOOP_HEAP_STATS_FRAMES));
}

static GVariant *
write_site (const MemsnoopHeapSite *site, MemsnoopStackSource source)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "bytes", site->live_bytes);
  memsnoop_dictionary_add_number (&builder, "count", site->live_count);
  memsnoop_dictionary_add (&builder, "frames", write_frames (site));
  memsnoop_dictionary_add (&builder, "complete", g_variant_new_boolean (site->complete));
  memsnoop_dictionary_add (&builder, "growth-rate", g_variant_new_double (site->growth_rate));
  if (source == MEMSNOOP_STACK_SOURCE_GROWTH)
    return g_variant_builder_end (&builder);
  memsnoop_dictionary_add (&builder, "mapping", g_variant_new_boolean (site->is_mapping));
  memsnoop_dictionary_add (&builder, "standard-error", g_variant_new_double (site->standard_error));
  memsnoop_dictionary_add_number (&builder, "oldest-age", site->oldest_age);
  return g_variant_builder_end (&builder);
}

GVariant *
memsnoop_heap_stats_write_sites (const MemsnoopHeapSnapshot *heap, guint limit)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < MIN (heap->sites->len, limit); i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (heap->sites, MemsnoopHeapSite, i);

      if (site->live_bytes == 0)
        break;
      g_variant_builder_add_value (&builder, write_site (site, heap->source));
    }
  return g_variant_builder_end (&builder);
}

static void
add_resident (GVariantBuilder *builder, const MemsnoopHeapSnapshot *heap)
{
  if (heap->resident_anonymous == 0)
    return;
  memsnoop_dictionary_add_number (builder, "resident-anonymous", heap->resident_anonymous);
  memsnoop_dictionary_add_number (builder, "retained", memsnoop_heap_snapshot_retained (heap));
}

GVariant *
memsnoop_heap_stats_write (const MemsnoopHeapSnapshot *heap, const GArray *history, guint64 now)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "since", heap->since);
  memsnoop_dictionary_add_number (&builder, "alloc-count", heap->alloc_count);
  memsnoop_dictionary_add_number (&builder, "free-count", heap->free_count);
  memsnoop_dictionary_add_number (&builder, "alloc-bytes", heap->alloc_bytes);
  memsnoop_dictionary_add_number (&builder, "free-bytes", heap->free_bytes);
  /* Of a heap, sizes are those that the program asked for. */
  memsnoop_dictionary_add_number (&builder, "requested-bytes", heap->alloc_bytes);
  memsnoop_dictionary_add_number (&builder, "current-bytes", heap->current_bytes);
  memsnoop_dictionary_add_number (&builder, "peak-bytes", heap->peak_bytes);
  memsnoop_dictionary_add (&builder, "churn", g_variant_new_double (heap->churn));
  memsnoop_dictionary_add_histogram (&builder, "size-histogram", heap->size_histogram,
                                     MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS);
  /* Which sizes were the last is not recorded. */
  memsnoop_dictionary_add (&builder, "recent-sizes",
                           g_variant_new_array (G_VARIANT_TYPE_UINT64, NULL, 0));
  memsnoop_dictionary_add (&builder, "last-thread", g_variant_new_uint32 (heap->last_thread));
  memsnoop_dictionary_add_history (&builder, "history", history);
  memsnoop_dictionary_add (&builder, "sites",
                           memsnoop_heap_stats_write_sites (heap, MEMSNOOP_HEAP_STATS_SITES));
  memsnoop_dictionary_add_number (&builder, "sites-age",
                                  now > heap->taken_at ? now - heap->taken_at : 0);
  memsnoop_dictionary_add_number (&builder, "sample-interval", heap->sample_interval);
  memsnoop_dictionary_add_number (&builder, "untracked-frees", heap->untracked_frees);
  memsnoop_dictionary_add_number (&builder, "mapped-bytes",
                                  memsnoop_heap_snapshot_get_mapped_bytes (heap));
  add_resident (&builder, heap);
  memsnoop_dictionary_add_number (&builder, "lost", memsnoop_heap_snapshot_get_lost (heap));
  memsnoop_dictionary_add (&builder, "exact", g_variant_new_boolean (heap->exact));
  memsnoop_dictionary_add (&builder, "recorded-share",
                           g_variant_new_double (heap->expense.recorded_share));
  memsnoop_dictionary_add (&builder, "frees-missed",
                           g_variant_new_boolean (heap->expense.frees_missed));
  return g_variant_builder_end (&builder);
}
