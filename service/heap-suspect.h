/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which code holds the memory by which a process has grown, from a recording of its heap, and whether its heap has grown at
 * all. Pure functions of a snapshot. docs/detection.md tells where the thresholds come from.
 */
#pragma once

#include "heap-snapshot.h"
#include "suspicion.h"

G_BEGIN_DECLS

typedef enum
{
  /* Not enough was seen, or the code that was found does not explain the growth. */
  MEMSNOOP_HEAP_UNEXPLAINED,
  /* Code holds what grows, and does not free it. */
  MEMSNOOP_HEAP_HELD,
  /* The process has grown and its live heap has not: no code holds what grows. */
  MEMSNOOP_HEAP_RETAINED,
} MemsnoopHeapFinding;

/**
 * memsnoop_heap_suspect_survival:
 *
 * How sure it is that blocks of a site are not freed: 1 − (frees + 1) ÷ (allocations − frees + 2), the score of Scalene (E. D.
 * Berger, S. Stern, J. A. Pizzorno, Triangulating Python Performance Issues with Scalene, OSDI 2023). Where that takes
 * one block of each new peak as a sample, every recorded block is one here.
 *
 * Returns: 0 to 1; 0.5 for a site without allocations. From 0.95 on it is taken for code that does not free.
 */
gdouble memsnoop_heap_suspect_survival (const MemsnoopHeapSite *site);

/**
 * memsnoop_heap_suspect_growth:
 * @since: when the process began to grow, CLOCK_BOOTTIME nanoseconds.
 *
 * Bytes by which a site has grown since then, or since the recording began when that is later, without what is soon freed
 * again: 0 when it does not grow steadily, or that cannot be told yet. Steady is one whose blocks
 * survive and whose live bytes grow from snapshot to snapshot, and one that has old blocks as well as young ones: growth by the
 * lesser of the rates at which blocks of both ages were kept.
 */
guint64 memsnoop_heap_suspect_growth (const MemsnoopHeapSnapshot *snapshot,
                                      const MemsnoopHeapSite     *site,
                                      guint64                     since);

/**
 * memsnoop_heap_suspect_explain:
 * @grown: bytes by which its resident memory has grown...
 * @since: ...since then, CLOCK_BOOTTIME nanoseconds.
 * @sites: (out): where MemsnoopSuspicionSite are added: at most 16 that have grown by more than a 64th of what grew, by how
 *   much they have, descending; whether they explain the growth or not.
 *
 * A recording that has begun after the growth is judged by its own part of that, at the mean rate.
 */
MemsnoopHeapFinding memsnoop_heap_suspect_explain (const MemsnoopHeapSnapshot *snapshot,
                                                   guint64                     grown,
                                                   guint64                     since,
                                                   GPtrArray                  *sites);

/**
 * memsnoop_heap_suspect_explain_again:
 * @suspicion: one of a process's resident memory.
 *
 * Gives it what @snapshot shows: when code holds what grows it is of the kind MEMSNOOP_SUSPICION_HEAP and probable from here
 * on, with that code as sites; when the heap has not grown, it says how much is retained. What is not explained leaves
 * what was found before as it is.
 */
void memsnoop_heap_suspect_explain_again (const MemsnoopHeapSnapshot *snapshot,
                                          MemsnoopSuspicion          *suspicion);

G_END_DECLS
