/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a process's blocks: how long those lived that are freed, and whether one that was allocated at a new peak is
 * freed by the next. Beside the figures of memsnoop-heap-layout.h, which see.
 */
#ifndef MEMSNOOP_HEAP_SURVIVAL_LAYOUT_H
#define MEMSNOOP_HEAP_SURVIVAL_LAYOUT_H

#include "memsnoop-live-table-layout.h"

/* Lifetimes of at least 4, 16, 64, 256 and 1024 steps of the service's clock; shorter ones are the rest of the frees. */
#define MEMSNOOP_HEAP_LONG_LIFETIMES 5

/*
 * A second line of each calling context. Blocks that are freed in the step in which they were allocated, as most are,
 * change nothing in it. Counts are in parts of MEMSNOOP_HEAP_COUNT_ONE.
 */
struct memsnoop_heap_survival {
	/* Steps that each freed block has lived, together; of many blocks the mean is right however short they live. */
	__u64 lifetime;
	/* Of the freed ones. */
	__u64 freed_by_lifetime[MEMSNOOP_HEAP_LONG_LIFETIMES];
	/* Those that realloc() has made another block of: among the context's frees, but they live on. */
	__u64 moved;
	/* Blocks that were allocated at a new peak, and those of them that were freed before the next: not in parts. */
	__u32 peak_samples;
	__u32 peak_samples_freed;
};

/* A new peak has to exceed the last one by so much: one percent, and no less than this. */
#define MEMSNOOP_HEAP_PEAK_SHARE 100
#define MEMSNOOP_HEAP_PEAK_MINIMUM 4096

/* The block that was allocated at the last peak; every free looks at it, and few write it. */
struct memsnoop_heap_peak_sample {
	/* 0: there is none, or it is free. */
	__u64 address;
	/* Bytes; with more live ones a new peak is reached. */
	__u64 next_peak;
	__u32 context;
	__u32 reserved;
	__u64 padding[5];
};

/* The sizes that were asked for last; the next place is recent_sizes of struct memsnoop_heap_process, modulo their number. */
#define MEMSNOOP_HEAP_RECENT_SIZES 32

struct memsnoop_heap_recent {
	__u64 sizes[MEMSNOOP_HEAP_RECENT_SIZES];
};

_Static_assert(sizeof(struct memsnoop_heap_survival) == MEMSNOOP_CACHE_LINE, "survival is a cache line");
_Static_assert(sizeof(struct memsnoop_heap_peak_sample) == MEMSNOOP_CACHE_LINE, "a sample has a line of its own");

#endif
