/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes snapshots of one heap recording: totals, contexts and their stacks, and how fast each of them grows. */
#pragma once

#include "heap-stacks.h"
#include "heap-tracer.h"

G_BEGIN_DECLS

typedef struct _MemsnoopHeapGatherer MemsnoopHeapGatherer;

/**
 * memsnoop_heap_gatherer_new:
 * @identity: of the process; outlives the gatherer.
 * @sample_interval: bytes; 0 when every block is recorded.
 * @complete: whether every way to a block is probed.
 * @probes: where; outlives the gatherer.
 */
MemsnoopHeapGatherer *memsnoop_heap_gatherer_new  (const MemsnoopProcessIdentity  *identity,
                                                   guint64                         sample_interval,
                                                   gboolean                        complete,
                                                   MemsnoopProbeList              *probes);
void                  memsnoop_heap_gatherer_free (MemsnoopHeapGatherer           *self);

/** From now on the figures are not exact: a way to a block was not probed from the beginning. Any thread. */
void                  memsnoop_heap_gatherer_set_incomplete (MemsnoopHeapGatherer      *self);

/** What the next snapshots tell of the recording's cost: shares of one core. Not while one is made. */
void                  memsnoop_heap_gatherer_set_cost (MemsnoopHeapGatherer           *self,
                                                       gdouble                         budget,
                                                       gdouble                         cost);

/**
 * memsnoop_heap_gatherer_run:
 *
 * Walks every live block: tens of milliseconds for a million. One thread at a time, not the main one.
 *
 * Returns: (transfer full): the snapshot.
 */
MemsnoopHeapSnapshot *memsnoop_heap_gatherer_run  (MemsnoopHeapGatherer           *self,
                                                   MemsnoopHeapTracer             *tracer,
                                                   MemsnoopHeapStacks             *stacks);

/** Calls that are not in the figures as they should be. */
guint64               memsnoop_heap_gatherer_lost (const MemsnoopHeapTotals       *totals);

G_END_DECLS
