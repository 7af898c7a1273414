/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recording of a heap tells of itself in a few numbers, while it runs. Microseconds; any thread. */
#pragma once

#include "heap-expense.h"
#include "heap-tracer.h"
#include "snapshot.h"

G_BEGIN_DECLS

/** What a session tells of it. */
void memsnoop_heap_summary_read_totals  (MemsnoopHeapTracer    *tracer,
                                         MemsnoopTracerTotals  *totals);

/** All but what it costs, which is not known there. */
void memsnoop_heap_summary_read_expense (MemsnoopHeapTracer    *tracer,
                                         MemsnoopHeapExpense   *expense);

G_END_DECLS
