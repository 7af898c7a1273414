/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of blocks: how long they live, and whether those allocated at a new peak are freed
 * by the next. That is what tells a leak from a cache.
 */
#ifndef MEMSNOOP_HEAP_SURVIVAL_BPF_H
#define MEMSNOOP_HEAP_SURVIVAL_BPF_H

#include "survival-table.bpf.h"

struct memsnoop_heap_peak_sample peak_sample __attribute__((aligned(MEMSNOOP_CACHE_LINE)));
struct memsnoop_heap_recent recent __attribute__((aligned(MEMSNOOP_CACHE_LINE)));

/* Where lifetimes of so many steps are counted; a negative number for the shortest, which are not.
 */
static __always_inline int lifetime_step(__u32 steps)
{
	int step = -1;

#pragma unroll
	for (int i = 0; i < MEMSNOOP_HEAP_LONG_LIFETIMES; i++)
		if (steps >> (2 * (i + 1)))
			step = i;
	return step;
}

static __noinline int count_lifetime(const struct memsnoop_heap_block *block, __u32 steps)
{
	struct memsnoop_heap_survival *survival;
	int step = lifetime_step(steps);
	struct weight weight;

	if (!block)
		return 0;
	survival = survival_at(block->context);
	if (!survival)
		return 0;
	weigh_block(block, &weight);
	__sync_fetch_and_add(&survival->lifetime, steps * weight.count);
	if (step >= 0 && step < MEMSNOOP_HEAP_LONG_LIFETIMES)
		__sync_fetch_and_add(&survival->freed_by_lifetime[step], weight.count);
	return 0;
}

static __noinline int free_peak_sample(__u64 address)
{
	struct memsnoop_heap_survival *survival = survival_at(peak_sample.context);

	if (__sync_val_compare_and_swap(&peak_sample.address, address, 0) == address && survival)
		__sync_fetch_and_add(&survival->peak_samples_freed, 1);
	return 0;
}

/* The block is gone. */
static __always_inline void end_block(const struct memsnoop_heap_block *block, __u64 address)
{
	__u32 steps = (process.epoch - block->epoch_and_shift) & MEMSNOOP_HEAP_EPOCH_MASK;

	if (steps)
		count_lifetime(block, steps);
	if (address == peak_sample.address)
		free_peak_sample(address);
}

/* The block is another one from here on. */
static __noinline int move_block(const struct memsnoop_heap_block *block, __u64 from, __u64 to)
{
	struct memsnoop_heap_survival *survival;
	struct weight weight;

	if (!block)
		return 0;
	survival = survival_at(block->context);
	if (!survival)
		return 0;
	weigh_block(block, &weight);
	__sync_fetch_and_add(&survival->moved, weight.count);
	if (from == peak_sample.address)
		__sync_val_compare_and_swap(&peak_sample.address, from, to);
	return 0;
}

/* Of several threads at the same peak one finds it. */
static __noinline int sample_peak(__u64 address, __u32 context)
{
	struct memsnoop_heap_survival *survival = survival_at(context);
	__u64 current = process.current_bytes, peak = peak_sample.next_peak;
	__u64 step = current / MEMSNOOP_HEAP_PEAK_SHARE;

	if (step < MEMSNOOP_HEAP_PEAK_MINIMUM)
		step = MEMSNOOP_HEAP_PEAK_MINIMUM;
	if ((__s64)current <= (__s64)peak || !survival ||
	    __sync_val_compare_and_swap(&peak_sample.next_peak, peak, current + step) != peak)
		return 0;
	peak_sample.context = context;
	peak_sample.address = address;
	__sync_fetch_and_add(&survival->peak_samples, 1);
	return 0;
}

/* A new block that counts among the current bytes already. */
static __always_inline void begin_block(__u64 address, __u64 size, __u32 context)
{
	recent.sizes[process.recent_sizes++ % MEMSNOOP_HEAP_RECENT_SIZES] = size;
	if (process.current_bytes > (__s64)peak_sample.next_peak)
		sample_peak(address, context);
}

/* For another program. */
static __always_inline void clear_survival(void)
{
	clear_survival_at(MEMSNOOP_HEAP_CONTEXT_UNKNOWN);
	__builtin_memset(&peak_sample, 0, sizeof(peak_sample));
	__builtin_memset(&recent, 0, sizeof(recent));
	process.recent_sizes = 0;
}

#endif
