/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-summary.h"

#include "boot-time.h"
#include "heap-gatherer.h"

void
memsnoop_heap_summary_read_totals (MemsnoopHeapTracer *tracer, MemsnoopTracerTotals *totals)
{
  const MemsnoopHeapMaps *maps = memsnoop_heap_tracer_get_maps (tracer);
  MemsnoopHeapTotals heap;

  memsnoop_heap_tracer_get_totals (tracer, &heap);
  totals->since = heap.since;
  totals->table_full = heap.counters[MEMSNOOP_HEAP_TABLE_FULL];
  totals->recursion_misses = heap.recursion_misses;
  totals->events_lost = memsnoop_heap_gatherer_lost (&heap);
  totals->other_lost = totals->events_lost - totals->table_full - totals->recursion_misses;
  totals->events_seen = heap.alloc_count + heap.free_count + totals->events_lost +
                        heap.counters[MEMSNOOP_HEAP_UNTRACKED_FREES];
  totals->unseen_frees = heap.counters[MEMSNOOP_HEAP_UNSEEN_FREES];
  /* Pages are not followed to their end. */
  if (memsnoop_heap_tracer_get_source (tracer) == MEMSNOOP_STACK_SOURCE_HEAP)
    totals->live_entries =
        heap.alloc_count > heap.free_count ? heap.alloc_count - heap.free_count : 0;
  totals->live_capacity = maps->live_capacity;
  totals->map_bytes = maps->bytes;
}

void
memsnoop_heap_summary_read_expense (MemsnoopHeapTracer *tracer, MemsnoopHeapExpense *expense)
{
  const MemsnoopHeapMaps *maps = memsnoop_heap_tracer_get_maps (tracer);
  gdouble time = (gdouble) (memsnoop_boot_time () - maps->since);
  gdouble paused = 0;

  if (maps->attachment != NULL)
    paused =
        (gdouble) memsnoop_heap_attachment_get_paused (maps->attachment, &expense->frees_missed);
  expense->sample_interval = memsnoop_heap_tracer_get_interval (tracer);
  expense->recorded_share = time > 0 ? CLAMP (1 - paused / time, 0, 1) : 1;
}
