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
 * memsnoop_heap_suspect_explain:
 * @grown: bytes by which its resident memory has grown...
 * @since: ...since then, CLOCK_BOOTTIME nanoseconds.
 * @sites: (out): where MemsnoopSuspicionSite are added: at most 16 that have grown by more than a 64th of what grew, by how
 *   much they have, descending; whether they explain the growth or not. See heap-evidence.h.
 * @strength: (out): 0 to 1: the share of the growth that is explained, as far as it is sure that it stays; 0 when it is not
 *   explained.
 *
 * A recording that has begun after the growth is judged by its own part of that, at the mean rate.
 */
MemsnoopHeapFinding memsnoop_heap_suspect_explain (const MemsnoopHeapSnapshot *snapshot,
                                                   guint64                     grown,
                                                   guint64                     since,
                                                   GPtrArray                  *sites,
                                                   gdouble                    *strength);

/**
 * memsnoop_heap_suspect_explain_again:
 * @suspicion: one of a process's resident memory.
 *
 * Gives it what @snapshot shows: when code holds what grows it is of the kind MEMSNOOP_SUSPICION_HEAP and probable from here
 * on, with that code as sites, and surer than before; when the heap has not grown, it says how much is retained. What is not explained leaves
 * what was found before as it is.
 */
void memsnoop_heap_suspect_explain_again (const MemsnoopHeapSnapshot *snapshot,
                                          MemsnoopSuspicion          *suspicion);

G_END_DECLS
