/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures what the recording of one heap costs, and keeps that within a budget, if it has one. For the main loop; what
 * takes time happens in threads.
 *
 * Emits "changed" when it has taken a step, and "exhausted" when nothing is left but to end the recording.
 */
#pragma once

#include "heap-tracer.h"
#include "trap-cost.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_HEAP_BUDGET (memsnoop_heap_budget_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopHeapBudget, memsnoop_heap_budget, MEMSNOOP, HEAP_BUDGET, GObject)

/** @tracer: of a recording that has begun; stays until memsnoop_heap_budget_stop_async() finishes. */
MemsnoopHeapBudget *memsnoop_heap_budget_new         (MemsnoopHeapTracer   *tracer);

/** @budget: share of one core; 0 for none: then everything is attached again, and stays. The interval stays raised. */
void                memsnoop_heap_budget_set         (MemsnoopHeapBudget   *self,
                                                      gdouble               budget);
gdouble             memsnoop_heap_budget_get         (MemsnoopHeapBudget   *self);

/** Share of one core that the recording takes from the process, over the last seconds; 0 when it is not known yet. */
gdouble             memsnoop_heap_budget_get_cost    (MemsnoopHeapBudget   *self);

/** Takes no further step; finishes when none is being taken any more. Cannot fail. */
void                memsnoop_heap_budget_stop_async  (MemsnoopHeapBudget   *self,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);

/** Nanoseconds that the process has lost from one moment to another. */
gdouble             memsnoop_heap_budget_sum_up      (const MemsnoopHeapCost   *before,
                                                      const MemsnoopHeapCost   *now,
                                                      const MemsnoopTrapCost   *trap);

G_END_DECLS
