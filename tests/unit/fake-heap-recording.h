/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heap recordings whose figures the test writes, and that fail on demand. They take the place of the service's own:
 * a program that has them links none of those.
 */
#pragma once

#include "heap-recordings.h"

G_BEGIN_DECLS

/** From now on acquiring the heap of the process @pid fails with this message; %NULL to succeed again. */
void                fake_heap_set_failure      (guint32                    pid,
                                                const gchar               *message);
/** How long acquiring and releasing take, in milliseconds. */
void                fake_heap_set_delay        (guint                      milliseconds);
/** Live bytes of the process @pid, in one block, from one call stack: leak() called by main(). */
void                fake_heap_set_live_bytes   (guint32                    pid,
                                                guint64                    bytes);
/** Whose the process is, as the figures say. */
void                fake_heap_set_user         (guint32                    pid,
                                                guint32                    uid);
/** Leases on the heap of the process @pid now, and how often there was a first and a last one. */
guint               fake_heap_count_leases     (guint32                    pid);
guint               fake_heap_count_starts     (guint32                    pid);
guint               fake_heap_count_stops      (guint32                    pid);
/** What the first lease was asked for with. */
MemsnoopHeapOptions fake_heap_get_options      (guint32                    pid);
/** The sum of the budgets of the leases that were given back. */
gdouble             fake_heap_get_dropped_budgets (guint32                 pid);
/** What the recording costs from now on; its sessions are told of it. */
void                fake_heap_set_expense      (MemsnoopHeapRecording      *recording,
                                                const MemsnoopHeapExpense  *expense);
/** Forgets all of it. */
void                fake_heap_reset            (void);

G_END_DECLS
