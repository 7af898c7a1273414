/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs at tracepoints cost: how often they run, and how long. Few runs are timed; the
 * others are counted without an atomic operation.
 */
#ifndef MEMSNOOP_RUN_COST_BPF_H
#define MEMSNOOP_RUN_COST_BPF_H

#include "memsnoop-run-cost-layout.h"

/* Whatever takes longer has been interrupted meanwhile, in nanoseconds. */
#define LONGEST_TIMED_RUN 100000

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memsnoop_run_cost);
} run_costs SEC(".maps");

/* Tells when the run begins, later by what it takes to read the clock: that is no part of the run.
 */
static __noinline __u64 begin_timed_run(struct memsnoop_run_cost *cost)
{
	__u64 before, now;

	cost->left = MEMSNOOP_TIMED_RUNS - 1;
	__sync_fetch_and_add(&cost->begun, 1);
	before = bpf_ktime_get_ns();
	now = bpf_ktime_get_ns();
	return now + (now - before);
}

static __noinline int end_timed_run(__u64 began)
{
	__s64 time = bpf_ktime_get_ns() - began;
	struct memsnoop_run_cost *cost;
	__u32 key = 0;

	cost = bpf_map_lookup_elem(&run_costs, &key);
	if (!cost || time > LONGEST_TIMED_RUN)
		return 0;
	__sync_fetch_and_add(&cost->timed_runs, 1);
	__sync_fetch_and_add(&cost->timed_nanoseconds, time > 0 ? time : 0);
	return 0;
}

/* Counts a run; what it returns is for end_run(). */
static __always_inline __u64 begin_run(void)
{
	struct memsnoop_run_cost *cost;
	__u32 key = 0, left;

	cost = bpf_map_lookup_elem(&run_costs, &key);
	if (!cost)
		return 0;
	/* One load: in an interrupt between two it might become less than nothing. */
	left = *(volatile __u32 *)&cost->left;
	if (!left)
		return begin_timed_run(cost);
	/* Not atomic, as it must be cheap: an interrupt here costs a count at most. */
	cost->left = left - 1;
	return 0;
}

static __always_inline void end_run(__u64 began)
{
	if (began)
		end_timed_run(began);
}

#endif
