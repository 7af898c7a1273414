/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heaps as a profile that pprof and other viewers of profiles open. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_pprof_write:
 * @heaps: (array length=n): of the processes, one or several.
 *
 * Each call stack is a sample with four values: objects and bytes that were allocated, and those that are live. Its
 * label "process" tells whose it is. Pages of growth are both, below an outermost frame "[growth]". Takes time and memory in proportion to the call stacks: for worker threads.
 *
 * Returns: (transfer full): a compressed profile; %NULL with an error when it cannot be compressed.
 */
GBytes *memsnoop_heap_pprof_write (MemsnoopHeapSnapshot *const  *heaps,
                                   guint                         n,
                                   GError                      **error);

G_END_DECLS
