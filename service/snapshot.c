/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

gdouble
memsnoop_process_figures_internal_fragmentation (const MemsnoopProcessFigures *figures)
{
  if (figures->alloc_bytes == 0 || figures->requested_bytes >= figures->alloc_bytes)
    return 0;
  return 1 - (gdouble) figures->requested_bytes / (gdouble) figures->alloc_bytes;
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
