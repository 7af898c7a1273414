/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

gdouble
memsnoop_process_figures_internal_fragmentation (const MemsnoopProcessFigures *figures)
{
  if (figures->alloc_bytes == 0 || figures->requested_bytes >= figures->alloc_bytes)
    return 0;
  return 1 - (gdouble) figures->requested_bytes / (gdouble) figures->alloc_bytes;
}

gboolean
memsnoop_site_is_exact (const MemsnoopSite *site)
{
  return site->unseen_frees == 0 && !site->contradicted;
}

guint
memsnoop_site_age_step (guint32 age)
{
  return age < 4 ? 0 : (g_bit_storage (age) - 1) / 2;
}

guint64
memsnoop_site_bytes_since (const MemsnoopSite *site, guint64 age)
{
  /* An age is off by one when the clock stepped in between. */
  guint64 units = age / MEMSNOOP_AGE_UNIT + 1;
  guint last = memsnoop_site_age_step ((guint32) MIN (units, (guint64) G_MAXUINT32));
  guint64 sum = 0;

  if (last >= MEMSNOOP_SITE_AGES)
    return site->bytes;
  for (guint step = 0; step <= last; step++)
    sum += site->bytes_by_age[step];
  return sum;
}

void
memsnoop_site_merge (MemsnoopSite *site, const MemsnoopSite *other)
{
  site->bytes += other->bytes;
  site->count += other->count;
  site->oldest_age = MAX (site->oldest_age, other->oldest_age);
  site->unseen_frees = MAX (site->unseen_frees, other->unseen_frees);
  site->contradicted |= other->contradicted;
  for (guint step = 0; step < MEMSNOOP_SITE_AGES; step++)
    site->bytes_by_age[step] += other->bytes_by_age[step];
}

static void
clear_process (gpointer data)
{
  MemsnoopProcessSnapshot *process = data;

  g_clear_pointer (&process->sites, g_free);
}

MemsnoopSnapshot *
memsnoop_snapshot_new (void)
{
  MemsnoopSnapshot *self = g_new0 (MemsnoopSnapshot, 1);

  g_atomic_ref_count_init (&self->reference_count);
  self->processes = g_array_new (FALSE, TRUE, sizeof (MemsnoopProcessSnapshot));
  g_array_set_clear_func (self->processes, clear_process);
  self->sites = g_array_new (FALSE, TRUE, sizeof (MemsnoopSite));
  self->caches = g_array_new (FALSE, TRUE, sizeof (MemsnoopCacheFigures));
  return self;
}

MemsnoopSnapshot *
memsnoop_snapshot_ref (MemsnoopSnapshot *self)
{
  g_atomic_ref_count_inc (&self->reference_count);
  return self;
}

void
memsnoop_snapshot_unref (MemsnoopSnapshot *self)
{
  if (!g_atomic_ref_count_dec (&self->reference_count))
    return;
  g_array_unref (self->processes);
  g_array_unref (self->sites);
  g_array_unref (self->caches);
  g_free (self->free_memory_error);
  g_free (self);
}

const MemsnoopProcessSnapshot *
memsnoop_snapshot_find_process (const MemsnoopSnapshot *self, guint32 pid)
{
  const MemsnoopProcessSnapshot *found = NULL;

  for (guint i = 0; i < self->processes->len; i++)
    {
      const MemsnoopProcessSnapshot *process =
          &g_array_index (self->processes, MemsnoopProcessSnapshot, i);
      const MemsnoopProcessFigures *figures = &process->figures;

      if (figures->pid != pid || figures->kind > MEMSNOOP_PROCESS_KIND_KERNEL_THREAD)
        continue;
      if (figures->exited_at == 0)
        return process;
      if (found == NULL || found->figures.exited_at < figures->exited_at)
        found = process;
    }
  return found;
}
