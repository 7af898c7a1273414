/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-figures.h"

MemsnoopSessionFigures *
memsnoop_session_figures_new (void)
{
  MemsnoopSessionFigures *self = g_new0 (MemsnoopSessionFigures, 1);

  g_atomic_ref_count_init (&self->reference_count);
  self->foreign = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->heaps = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);
  self->growths = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);
  return self;
}

MemsnoopSessionFigures *
memsnoop_session_figures_ref (MemsnoopSessionFigures *self)
{
  g_atomic_ref_count_inc (&self->reference_count);
  return self;
}

void
memsnoop_session_figures_unref (MemsnoopSessionFigures *self)
{
  if (!g_atomic_ref_count_dec (&self->reference_count))
    return;
  g_clear_pointer (&self->kernel, memsnoop_snapshot_unref);
  g_ptr_array_unref (self->heaps);
  g_array_unref (self->foreign);
  g_ptr_array_unref (self->growths);
  g_free (self);
}

const MemsnoopHeapSnapshot *
memsnoop_session_figures_find_heap (const MemsnoopSessionFigures *self, guint32 pid)
{
  for (guint i = 0; i < self->heaps->len; i++)
    {
      const MemsnoopHeapSnapshot *heap = g_ptr_array_index (self->heaps, i);

      if (heap->pid == pid)
        return heap;
    }
  return NULL;
}

static void
add_all (GPtrArray *sum, const GPtrArray *snapshots)
{
  for (guint i = 0; i < snapshots->len; i++)
    g_ptr_array_add (sum, memsnoop_heap_snapshot_ref (snapshots->pdata[i]));
}

void
memsnoop_session_figures_take (MemsnoopSessionFigures *self, MemsnoopHeapSnapshot *snapshot)
{
  gboolean is_growth = snapshot->source == MEMSNOOP_STACK_SOURCE_GROWTH;

  g_ptr_array_add (is_growth ? self->growths : self->heaps, snapshot);
}

static gboolean
is_among (guint32 pid, const guint32 *pids, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (pids[i] == pid)
      return TRUE;
  return FALSE;
}

/* Those of other processes than @pids. */
static void
add_others (GPtrArray *sum, const GPtrArray *snapshots, const guint32 *pids, gsize n)
{
  for (guint i = 0; i < snapshots->len; i++)
    {
      MemsnoopHeapSnapshot *snapshot = snapshots->pdata[i];

      if (!is_among (snapshot->pid, pids, n))
        g_ptr_array_add (sum, memsnoop_heap_snapshot_ref (snapshot));
    }
}

MemsnoopSessionFigures *
memsnoop_session_figures_leave_out (MemsnoopSessionFigures *self, const guint32 *pids, gsize n)
{
  MemsnoopSessionFigures *copy;

  if (n == 0)
    return memsnoop_session_figures_ref (self);
  copy = memsnoop_session_figures_new ();
  if (self->kernel != NULL)
    copy->kernel = memsnoop_snapshot_ref (self->kernel);
  copy->children = self->children;
  g_array_append_vals (copy->foreign, self->foreign->data, self->foreign->len);
  add_others (copy->heaps, self->heaps, pids, n);
  add_others (copy->growths, self->growths, pids, n);
  return copy;
}

GPtrArray *
memsnoop_session_figures_get_stacked (const MemsnoopSessionFigures *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  add_all (all, self->heaps);
  add_all (all, self->growths);
  return all;
}

static void
add_heap (MemsnoopTracerTotals *totals, const MemsnoopHeapSnapshot *heap)
{
  guint64 lost = memsnoop_heap_snapshot_get_lost (heap);

  totals->events_seen += heap->alloc_count + heap->free_count;
  totals->events_lost += lost;
  if (heap->source == MEMSNOOP_STACK_SOURCE_HEAP)
    totals->live_entries += memsnoop_heap_snapshot_get_live_count (heap);
  totals->map_bytes += heap->map_bytes;
}

void
memsnoop_session_figures_sum_up (const MemsnoopSessionFigures *self, MemsnoopTracerTotals *totals)
{
  *totals = (MemsnoopTracerTotals){ 0 };
  if (self->kernel != NULL)
    *totals = self->kernel->totals;
  for (guint i = 0; i < self->heaps->len; i++)
    add_heap (totals, g_ptr_array_index (self->heaps, i));
  for (guint i = 0; i < self->growths->len; i++)
    add_heap (totals, g_ptr_array_index (self->growths, i));
}

void
memsnoop_session_figures_sum_up_expense (const MemsnoopSessionFigures *self,
                                         MemsnoopHeapExpense *expense)
{
  *expense = (MemsnoopHeapExpense){ .recorded_share = 1 };
  for (guint i = 0; i < self->heaps->len; i++)
    memsnoop_heap_expense_add (expense,
                               &((const MemsnoopHeapSnapshot *) self->heaps->pdata[i])->expense);
  for (guint i = 0; i < self->growths->len; i++)
    expense->cpu_cost += ((const MemsnoopHeapSnapshot *) self->growths->pdata[i])->expense.cpu_cost;
}
