/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-stats.h"

#include "dictionary-builder.h"
#include "growth-stats.h"
#include "heap-stats.h"
#include "printable-text.h"
#include "process-identity.h"
#include "recording.h"

MemsnoopProcessStats *
memsnoop_process_stats_new (void)
{
  return g_new0 (MemsnoopProcessStats, 1);
}

void
memsnoop_process_stats_free (MemsnoopProcessStats *self)
{
  g_free (self->comm);
  g_free (self->executable);
  g_clear_pointer (&self->usage, g_array_unref);
  g_clear_pointer (&self->history, g_array_unref);
  g_clear_pointer (&self->snapshot, memsnoop_snapshot_unref);
  g_clear_pointer (&self->heap, memsnoop_heap_snapshot_unref);
  g_clear_pointer (&self->heap_history, g_array_unref);
  g_clear_pointer (&self->growth, memsnoop_heap_snapshot_unref);
  g_free (self);
}

static GVariant *
write_usage (const MemsnoopProcessStats *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ttttt)"));
  for (guint i = 0; i < self->usage->len; i++)
    {
      const MemsnoopUsagePoint *point = &g_array_index (self->usage, MemsnoopUsagePoint, i);
      const MemsnoopUsage *usage = &point->usage;

      g_variant_builder_add (&builder, "(ttttt)", point->tick * self->interval,
                             usage->anonymous * self->page_size, usage->file * self->page_size,
                             usage->shared * self->page_size, usage->swap * self->page_size);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
write_memory (const MemsnoopProcessStats *self)
{
  const MemsnoopProcessDetails *memory = &self->memory;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "rss-anon", memory->rss_anon);
  memsnoop_dictionary_add_number (&builder, "rss-file", memory->rss_file);
  memsnoop_dictionary_add_number (&builder, "rss-shmem", memory->rss_shmem);
  memsnoop_dictionary_add_number (&builder, "swap", memory->swap);
  if (memory->has_pss)
    {
      memsnoop_dictionary_add_number (&builder, "pss", memory->pss);
      memsnoop_dictionary_add_number (&builder, "uss", memory->uss);
    }
  if (self->usage != NULL)
    {
      memsnoop_dictionary_add (&builder, "history", write_usage (self));
      memsnoop_dictionary_add (&builder, "growth-rate", g_variant_new_double (self->growth_rate));
      memsnoop_dictionary_add_number (&builder, "watched-since", self->watched_since);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
write_recent_sizes (const MemsnoopProcessFigures *figures)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
  for (guint i = 0; i < figures->n_recent_sizes; i++)
    g_variant_builder_add (&builder, "t", (guint64) figures->recent_sizes[i]);
  return g_variant_builder_end (&builder);
}

static GVariant *
write_site (const MemsnoopSite *site)
{
  const gchar *frames[] = { site->frame };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "bytes", site->bytes);
  memsnoop_dictionary_add_number (&builder, "count", site->count);
  memsnoop_dictionary_add (&builder, "frames", g_variant_new_strv (frames, G_N_ELEMENTS (frames)));
  memsnoop_dictionary_add (&builder, "cache",
                           g_variant_new_take_string (memsnoop_printable_text (site->cache)));
  memsnoop_dictionary_add (&builder, "exact",
                           g_variant_new_boolean (memsnoop_site_is_exact (site)));
  memsnoop_dictionary_add (&builder, "reclaimable", g_variant_new_boolean (site->reclaimable));
  return g_variant_builder_end (&builder);
}

static GVariant *
write_sites (const MemsnoopProcessStats *self)
{
  const MemsnoopProcessSnapshot *process =
      memsnoop_snapshot_find_process (self->snapshot, self->pid);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  /* None for a process that was not there yet, or for one of before with the same pid. */
  if (process != NULL && process->figures.start_time == self->kernel.start_time)
    for (guint i = 0; i < process->n_sites; i++)
      g_variant_builder_add_value (&builder, write_site (&process->sites[i]));
  return g_variant_builder_end (&builder);
}

static GVariant *
write_kernel (const MemsnoopProcessStats *self)
{
  const MemsnoopProcessFigures *figures = &self->kernel;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add_number (&builder, "since", self->since);
  memsnoop_dictionary_add_number (&builder, "alloc-count", figures->alloc_count);
  memsnoop_dictionary_add_number (&builder, "free-count", figures->free_count);
  memsnoop_dictionary_add_number (&builder, "alloc-bytes", figures->alloc_bytes);
  memsnoop_dictionary_add_number (&builder, "free-bytes", figures->free_bytes);
  memsnoop_dictionary_add_number (&builder, "requested-bytes", figures->requested_bytes);
  memsnoop_dictionary_add_number (&builder, "current-bytes", figures->current_bytes);
  memsnoop_dictionary_add_number (&builder, "peak-bytes", figures->peak_bytes);
  memsnoop_dictionary_add (
      &builder, "internal-fragmentation",
      g_variant_new_double (memsnoop_process_figures_internal_fragmentation (figures)));
  memsnoop_dictionary_add (&builder, "churn", g_variant_new_double (figures->churn));
  memsnoop_dictionary_add_histogram (&builder, "size-histogram", figures->size_histogram,
                                     MEMSNOOP_SIZE_HISTOGRAM_BUCKETS);
  memsnoop_dictionary_add (&builder, "recent-sizes", write_recent_sizes (figures));
  memsnoop_dictionary_add (&builder, "last-thread", g_variant_new_uint32 (figures->last_thread));
  memsnoop_dictionary_add_history (&builder, "history", self->history);
  memsnoop_dictionary_add (&builder, "sites", write_sites (self));
  memsnoop_dictionary_add_number (
      &builder, "sites-age",
      self->now > self->snapshot->taken_at ? self->now - self->snapshot->taken_at : 0);
  memsnoop_dictionary_add_number (&builder, "lost", figures->lost);
  memsnoop_dictionary_add_number (&builder, "unseen-frees", figures->unseen_frees);
  memsnoop_dictionary_add (&builder, "exact", g_variant_new_boolean (figures->exact));
  return g_variant_builder_end (&builder);
}

GVariant *
memsnoop_process_stats_write (const MemsnoopProcessStats *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  memsnoop_dictionary_add (&builder, "pid", g_variant_new_uint32 (self->pid));
  memsnoop_dictionary_add_number (&builder, "start-time",
                                  memsnoop_round_start_time (self->start_time));
  memsnoop_dictionary_add (&builder, "comm",
                           g_variant_new_take_string (memsnoop_printable_text (self->comm)));
  memsnoop_dictionary_add (&builder, "exe",
                           g_variant_new_take_string (memsnoop_printable_text (self->executable)));
  memsnoop_dictionary_add (&builder, "uid", g_variant_new_uint32 (self->uid));
  if (self->has_memory)
    memsnoop_dictionary_add (&builder, "memory", write_memory (self));
  if (self->has_kernel)
    memsnoop_dictionary_add (&builder, "kernel", write_kernel (self));
  if (self->heap != NULL)
    memsnoop_dictionary_add (&builder, "heap",
                             memsnoop_heap_stats_write (self->heap, self->heap_history, self->now));
  if (self->growth != NULL)
    memsnoop_dictionary_add (&builder, "growth",
                             memsnoop_growth_stats_write (self->growth, self->now));
  return g_variant_builder_end (&builder);
}
