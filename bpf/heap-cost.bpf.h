/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recording costs: how often its places are reached, and how long its programs run. */
#ifndef MEMSNOOP_HEAP_COST_BPF_H
#define MEMSNOOP_HEAP_COST_BPF_H

/* One run in so many of a kind is timed; a prime, so that no pattern of calls is in step with it.
 */
#define TIMED_RUNS 61
/* Whatever takes longer has been interrupted meanwhile, in nanoseconds. */
#define LONGEST_RUN 100000

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memsnoop_heap_cost);
} costs SEC(".maps");

static __always_inline struct memsnoop_heap_cost *this_cost(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&costs, &cpu);
}

/* Counts a hit; when this run is timed, tells when it began. */
static __always_inline __u64 begin_run(enum memsnoop_heap_hit hit)
{
	struct memsnoop_heap_cost *cost = this_cost();

	if (!cost || __sync_fetch_and_add(&cost->hits[hit], 1) % TIMED_RUNS)
		return 0;
	return bpf_ktime_get_ns();
}

static __always_inline void end_run(__u64 began)
{
	struct memsnoop_heap_cost *cost;
	__u64 time;

	if (!began)
		return;
	cost = this_cost();
	time = bpf_ktime_get_ns() - began;
	if (!cost || time > LONGEST_RUN)
		return;
	__sync_fetch_and_add(&cost->timed_runs, 1);
	__sync_fetch_and_add(&cost->timed_nanoseconds, time);
}

#endif
