/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs at tracepoints cost: see run-cost.bpf.h. Whoever includes this includes its fixed-width types first. */
#ifndef MEMSNOOP_RUN_COST_LAYOUT_H
#define MEMSNOOP_RUN_COST_LAYOUT_H

/* One run in so many is timed; a prime, so that no pattern of events is in step with it. */
#define MEMSNOOP_TIMED_RUNS 509

/* One for each CPU. */
struct memsnoop_run_cost {
	/* Runs until one is timed. */
	__u32 left;
	__u32 reserved;
	/* Runs that were to be timed. */
	__u64 begun;
	/* Those of them that were, which an interrupt may prevent, and the sum of their times. */
	__u64 timed_runs;
	__u64 timed_nanoseconds;
};

_Static_assert(sizeof(struct memsnoop_run_cost) == 32, "a cost is half a cache line");

#endif
