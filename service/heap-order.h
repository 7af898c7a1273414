/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which a report tells the call stacks of a heap. */
#pragma once

#include "heap-snapshot.h"
#include "report-options.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_order:
 * @sort: what has no meaning for a call stack is its live bytes.
 *
 * Orders by what was allocated list all call stacks; the others those with live memory first, as snapshots do.
 *
 * Returns: (transfer full): the same snapshot, or one with the same figures whose sites are in another order.
 */
MemsnoopHeapSnapshot *memsnoop_heap_order         (MemsnoopHeapSnapshot       *heap,
                                                   MemsnoopReportSort          sort);

G_END_DECLS
