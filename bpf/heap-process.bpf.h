/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorded process, and what is counted of it. */
#ifndef MEMSNOOP_HEAP_PROCESS_BPF_H
#define MEMSNOOP_HEAP_PROCESS_BPF_H

#include "logarithm.bpf.h"
#include "peak.bpf.h"

/* The thread group, set before the load. Its children share its probes' places, but not its
 * figures. */
const volatile __u32 target_pid;
/* As many as there may be CPUs. */
const volatile __u32 cpu_count = 1;

struct memsnoop_heap_process process __attribute__((aligned(MEMSNOOP_CACHE_LINE)));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memsnoop_heap_totals);
} totals SEC(".maps");

/*
 * A program at a uprobe stays on its CPU, but another thread's may take its place in the middle:
 * so even what no other CPU writes is added to atomically.
 */
static __always_inline struct memsnoop_heap_totals *these_totals(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&totals, &cpu);
}

static __always_inline void count(enum memsnoop_heap_counter counter)
{
	struct memsnoop_heap_totals *here = these_totals();

	if (here)
		__sync_fetch_and_add(&here->counters[counter], 1);
}

/* What gets the pid after the target has exited is another process. */
static __always_inline bool is_target_group(__u32 pid)
{
	return pid == target_pid && !process.exited_at;
}

static __always_inline bool is_target(void)
{
	return is_target_group(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline __u32 size_class(__u64 size)
{
	__u32 class = size >> 32 ? 32 + log2_of(size >> 32) : log2_of(size);

	return class < MEMSNOOP_HEAP_SIZE_CLASSES ? class : MEMSNOOP_HEAP_SIZE_CLASSES - 1;
}

static __always_inline void change_current(__s64 difference)
{
	__s64 current = __sync_fetch_and_add(&process.current_bytes, difference) + difference;

	raise_peak(&process.peak_bytes, current);
}

#endif
