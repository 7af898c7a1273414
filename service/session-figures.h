/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all recordings of a session held at one moment. It never changes after it is made. */
#pragma once

#include "child-counts.h"
#include "heap-snapshot.h"
#include "snapshot.h"

G_BEGIN_DECLS

/**
 * MemsnoopSessionFigures:
 * @kernel: (nullable): %NULL unless the session records kernel memory.
 * @heaps: MemsnoopHeapSnapshot, of each process whose heap the session records, in the order in which it names them,
 *   then of their children that it follows, and last of those of them that have exited.
 * @growths: the same of their growth, when the session records it.
 * @foreign: guint32: those of @heaps and @growths whose process was not entirely its user's for some time while it was recorded, and may have exited since.
 * @children: how many children were recorded, and how many not.
 */
typedef struct
{
  gatomicrefcount   reference_count;
  MemsnoopSnapshot *kernel;
  GPtrArray        *heaps;
  GPtrArray        *growths;
  GArray           *foreign;
  MemsnoopChildCounts children;
} MemsnoopSessionFigures;

/** Empty, to be filled in by whoever makes it and then left alone. */
MemsnoopSessionFigures     *memsnoop_session_figures_new       (void);
MemsnoopSessionFigures     *memsnoop_session_figures_ref       (MemsnoopSessionFigures       *self);
void                        memsnoop_session_figures_unref     (MemsnoopSessionFigures       *self);

/** Returns: (nullable): those of the heap of the process @pid. */
const MemsnoopHeapSnapshot *memsnoop_session_figures_find_heap (const MemsnoopSessionFigures *self,
                                                                guint32                       pid);

/**
 * memsnoop_session_figures_leave_out:
 * @pids: (array length=n): of processes.
 *
 * Returns: (transfer full): the same without the heaps and the growth of these processes.
 */
MemsnoopSessionFigures     *memsnoop_session_figures_leave_out (MemsnoopSessionFigures       *self,
                                                                const guint32                *pids,
                                                                gsize                         n);

/** Returns: (transfer full) (element-type MemsnoopHeapSnapshot): the heaps, and then the growths. */
GPtrArray                  *memsnoop_session_figures_get_stacked (const MemsnoopSessionFigures *self);

/** @snapshot: (transfer full): becomes one of the heaps or of the growths. */
void                        memsnoop_session_figures_take      (MemsnoopSessionFigures       *self,
                                                                MemsnoopHeapSnapshot         *snapshot);

/** The sums over all recordings: what a session tells of itself. */
void                        memsnoop_session_figures_sum_up    (const MemsnoopSessionFigures *self,
                                                                MemsnoopTracerTotals         *totals);

/** What the recordings of heaps and of growth cost together, and what was done with the worst of those of heaps. */
void                        memsnoop_session_figures_sum_up_expense
                                                               (const MemsnoopSessionFigures *self,
                                                                MemsnoopHeapExpense          *expense);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSessionFigures, memsnoop_session_figures_unref)

G_END_DECLS
