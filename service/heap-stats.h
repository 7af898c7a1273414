/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GetProcessStats tells about the heap of a process. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/* Call stacks that are told, those with the most live bytes. */
#define MEMSNOOP_HEAP_STATS_SITES 16
/* Functions that are told of a call stack, the innermost ones: a reply on the bus has its bounds. */
#define MEMSNOOP_HEAP_STATS_FRAMES 256

/**
 * memsnoop_heap_stats_write:
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer floating): the dictionary "heap", as a{sv}.
 */
GVariant *memsnoop_heap_stats_write      (const MemsnoopHeapSnapshot *heap,
                                          guint64                     now);

/** Returns: (transfer floating): at most @limit call stacks with live memory as aa{sv}; also for the evidence of a suspicion. */
GVariant *memsnoop_heap_stats_write_sites (const MemsnoopHeapSnapshot *heap,
                                           guint                       limit);

G_END_DECLS
