/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-stats.h"

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
  g_free (self);
}

static void
add (GVariantBuilder *builder, const gchar *key, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", key, value);
}

static void
add_number (GVariantBuilder *builder, const gchar *key, guint64 value)
{
  add (builder, key, g_variant_new_uint64 (value));
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
  add_number (&builder, "rss-anon", memory->rss_anon);
  add_number (&builder, "rss-file", memory->rss_file);
  add_number (&builder, "rss-shmem", memory->rss_shmem);
  add_number (&builder, "swap", memory->swap);
  if (memory->has_pss)
    {
      add_number (&builder, "pss", memory->pss);
      add_number (&builder, "uss", memory->uss);
    }
  if (self->usage != NULL)
    {
      add (&builder, "history", write_usage (self));
      add (&builder, "growth-rate", g_variant_new_double (self->growth_rate));
      add_number (&builder, "watched-since", self->watched_since);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
write_size_histogram (const MemsnoopProcessFigures *figures)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tt)"));
  for (guint i = 0; i < MEMSNOOP_SIZE_HISTOGRAM_BUCKETS; i++)
    if (figures->size_histogram[i] != 0)
      g_variant_builder_add (&builder, "(tt)", G_GUINT64_CONSTANT (1) << i,
                             figures->size_histogram[i]);
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
write_history (const GArray *history)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tt)"));
  for (guint i = 0; i < history->len; i++)
    {
      const MemsnoopHistoryPoint *point = &g_array_index (history, MemsnoopHistoryPoint, i);

      g_variant_builder_add (&builder, "(tt)", point->time, point->bytes);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
write_site (const MemsnoopSite *site)
{
  const gchar *frames[] = { site->frame };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_number (&builder, "bytes", site->bytes);
  add_number (&builder, "count", site->count);
  add (&builder, "frames", g_variant_new_strv (frames, G_N_ELEMENTS (frames)));
  add (&builder, "cache", g_variant_new_take_string (memsnoop_printable_text (site->cache)));
  add (&builder, "exact", g_variant_new_boolean (memsnoop_site_is_exact (site)));
  add (&builder, "reclaimable", g_variant_new_boolean (site->reclaimable));
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
  add_number (&builder, "since", self->since);
  add_number (&builder, "alloc-count", figures->alloc_count);
  add_number (&builder, "free-count", figures->free_count);
  add_number (&builder, "alloc-bytes", figures->alloc_bytes);
  add_number (&builder, "free-bytes", figures->free_bytes);
  add_number (&builder, "requested-bytes", figures->requested_bytes);
  add_number (&builder, "current-bytes", figures->current_bytes);
  add_number (&builder, "peak-bytes", figures->peak_bytes);
  add (&builder, "internal-fragmentation",
       g_variant_new_double (memsnoop_process_figures_internal_fragmentation (figures)));
  add (&builder, "churn", g_variant_new_double (figures->churn));
  add (&builder, "size-histogram", write_size_histogram (figures));
  add (&builder, "recent-sizes", write_recent_sizes (figures));
  add (&builder, "last-thread", g_variant_new_uint32 (figures->last_thread));
  add (&builder, "history", write_history (self->history));
  add (&builder, "sites", write_sites (self));
  add_number (&builder, "sites-age",
              self->now > self->snapshot->taken_at ? self->now - self->snapshot->taken_at : 0);
  add_number (&builder, "lost", figures->lost);
  add_number (&builder, "unseen-frees", figures->unseen_frees);
  add (&builder, "exact", g_variant_new_boolean (figures->exact));
  return g_variant_builder_end (&builder);
}

GVariant *
memsnoop_process_stats_write (const MemsnoopProcessStats *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add (&builder, "pid", g_variant_new_uint32 (self->pid));
  add_number (&builder, "start-time", memsnoop_round_start_time (self->start_time));
  add (&builder, "comm", g_variant_new_take_string (memsnoop_printable_text (self->comm)));
  add (&builder, "exe", g_variant_new_take_string (memsnoop_printable_text (self->executable)));
  add (&builder, "uid", g_variant_new_uint32 (self->uid));
  if (self->has_memory)
    add (&builder, "memory", write_memory (self));
  if (self->has_kernel)
    add (&builder, "kernel", write_kernel (self));
  return g_variant_builder_end (&builder);
}
