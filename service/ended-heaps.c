/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ended-heaps.h"

struct _MemsnoopEndedHeaps
{
  GPtrArray *snapshots; /* MemsnoopHeapSnapshot, the oldest first */
  guint64 n_forgotten;
};

MemsnoopEndedHeaps *
memsnoop_ended_heaps_new (void)
{
  MemsnoopEndedHeaps *self = g_new0 (MemsnoopEndedHeaps, 1);

  self->snapshots = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);
  return self;
}

void
memsnoop_ended_heaps_free (MemsnoopEndedHeaps *self)
{
  g_ptr_array_unref (self->snapshots);
  g_free (self);
}

void
memsnoop_ended_heaps_keep (MemsnoopEndedHeaps *self,
                           const MemsnoopHeapSnapshot *shown,
                           MemsnoopHeapSnapshot *snapshot)
{
  guint index;

  if (shown != NULL && g_ptr_array_find (self->snapshots, shown, &index))
    {
      memsnoop_heap_snapshot_unref (self->snapshots->pdata[index]);
      self->snapshots->pdata[index] = snapshot;
    }
  /* Shown before and forgotten since. */
  else if (shown != NULL)
    memsnoop_heap_snapshot_unref (snapshot);
  else
    g_ptr_array_add (self->snapshots, snapshot);
  if (self->snapshots->len <= MEMSNOOP_ENDED_HEAPS_MAX)
    return;
  g_ptr_array_remove_index (self->snapshots, 0);
  self->n_forgotten++;
}

static gboolean
has_process (const GPtrArray *snapshots, const MemsnoopHeapSnapshot *snapshot)
{
  for (guint i = 0; i < snapshots->len; i++)
    {
      const MemsnoopHeapSnapshot *other = snapshots->pdata[i];

      if (other->pid == snapshot->pid && other->start_time == snapshot->start_time)
        return TRUE;
    }
  return FALSE;
}

void
memsnoop_ended_heaps_show (const MemsnoopEndedHeaps *self, MemsnoopSessionFigures *figures)
{
  for (guint i = 0; i < self->snapshots->len; i++)
    {
      MemsnoopHeapSnapshot *snapshot = self->snapshots->pdata[i];
      GPtrArray *shown =
          snapshot->source == MEMSNOOP_STACK_SOURCE_GROWTH ? figures->growths : figures->heaps;

      if (!has_process (shown, snapshot))
        g_ptr_array_add (shown, memsnoop_heap_snapshot_ref (snapshot));
    }
  figures->children.forgotten = self->n_forgotten;
}

void
memsnoop_ended_heaps_list (const MemsnoopEndedHeaps *self, GArray *pids)
{
  for (guint i = 0; i < self->snapshots->len; i++)
    {
      const MemsnoopHeapSnapshot *snapshot = self->snapshots->pdata[i];

      g_array_append_val (pids, snapshot->pid);
    }
}
