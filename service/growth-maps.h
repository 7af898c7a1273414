/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF programs that record where one process's memory grows, and the maps they share with the service. */
#pragma once

#include "heap-maps.h"
#include "run-cost.h"

G_BEGIN_DECLS

/**
 * memsnoop_growth_maps_load:
 * @pid: the process, which the caller keeps from being another one.
 * @map_memory: bytes for all maps, MEMSNOOP_HEAP_MEMORY_MIN to MEMSNOOP_HEAP_MEMORY_MAX.
 *
 * Loads and attaches. Blocks for some hundred milliseconds: for worker threads. Fails with %G_DBUS_ERROR_NOT_SUPPORTED where the
 * kernel does not tell of each page.
 *
 * Returns: (transfer full): as memsnoop_heap_maps_load(). Of the totals, "alloc" are the pages that were added and their bytes,
 *   "map" those of them that the kernel touched in a system call, "unmap" pages that came back from swap and are in nothing else;
 *   the histogram is of the sizes in which they came.
 */
MemsnoopHeapMaps *memsnoop_growth_maps_load      (guint32                   pid,
                                                  guint64                   map_memory,
                                                  GError                  **error);

/** The tables stay. Blocks: for worker threads. */
void              memsnoop_growth_maps_detach    (MemsnoopHeapMaps         *self);

/** How often the programs ran for this process, and how long. */
void              memsnoop_growth_maps_read_run_cost (MemsnoopHeapMaps     *self,
                                                  MemsnoopRunCost          *cost);

/** Returns: (transfer full) (nullable): why this kernel cannot, as a sentence; %NULL when it can. Milliseconds. */
gchar            *memsnoop_growth_maps_find_obstacle (void);

G_END_DECLS
