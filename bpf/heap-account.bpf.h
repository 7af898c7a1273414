/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an allocation and a free change in the figures. */
#ifndef MEMSNOOP_HEAP_ACCOUNT_BPF_H
#define MEMSNOOP_HEAP_ACCOUNT_BPF_H

#define SIZE_MASK ((1ull << MEMSNOOP_HEAP_SIZE_BITS) - 1)

static __always_inline __u64 block_size(const struct memsnoop_heap_block *block)
{
	return block->size_and_program & SIZE_MASK;
}

/* Whether the block is of the program that runs, and not of one before an exec. */
static __always_inline bool is_current(const struct memsnoop_heap_block *block)
{
	return block->size_and_program >> MEMSNOOP_HEAP_SIZE_BITS == (process.program & 0xffff);
}

static __always_inline __u32 block_epoch(const struct memsnoop_heap_block *block)
{
	return block->epoch_and_shift & MEMSNOOP_HEAP_EPOCH_MASK;
}

static __always_inline bool is_mapping(const struct memsnoop_heap_block *block)
{
	return block->epoch_and_shift & MEMSNOOP_HEAP_IS_MAPPING;
}

static __always_inline void weigh_block(const struct memsnoop_heap_block *block,
					struct weight *weight)
{
	if (is_mapping(block)) {
		/* They are so few that each is kept. */
		weight->bytes = block_size(block);
		weight->count = MEMSNOOP_HEAP_COUNT_ONE;
		return;
	}
	weigh(block_size(block), block->epoch_and_shift >> MEMSNOOP_HEAP_EPOCH_BITS, weight);
}

#include "heap-survival.bpf.h"

/* Does all but the current bytes. */
static __always_inline void count_allocation(const struct memsnoop_heap_block *block,
					     const struct weight *weight)
{
	struct memsnoop_heap_context *context = context_at(block->context);
	struct memsnoop_heap_totals *here = these_totals();
	__u32 slot = block_epoch(block) % MEMSNOOP_HEAP_EPOCH_RING;

	if (context) {
		__sync_fetch_and_add(&context->alloc_count, weight->count);
		__sync_fetch_and_add(&context->alloc_bytes, weight->bytes);
	}
	if (here && is_mapping(block)) {
		__sync_fetch_and_add(&here->map_count, weight->count);
		__sync_fetch_and_add(&here->map_bytes, weight->bytes);
	} else if (here) {
		__sync_fetch_and_add(&here->alloc_count, weight->count);
		__sync_fetch_and_add(&here->alloc_bytes, weight->bytes);
		__sync_fetch_and_add(&here->size_histogram[size_class(block_size(block))],
				     weight->count);
		__sync_fetch_and_add(&here->epoch_allocated[slot], weight->count);
	}
}

/* Also does all but the current bytes; tells how many of these there are fewer. They are of blocks
 * alone. */
static __noinline __s64 count_free(const struct memsnoop_heap_block *block)
{
	struct memsnoop_heap_totals *here = these_totals();
	struct memsnoop_heap_context *context;
	__u32 epoch;
	struct weight weight;

	if (!block || !here)
		return 0;
	weigh_block(block, &weight);
	context = context_at(block->context);
	if (context) {
		__sync_fetch_and_add(&context->free_count, weight.count);
		__sync_fetch_and_add(&context->free_bytes, weight.bytes);
	}
	if (is_mapping(block)) {
		__sync_fetch_and_add(&here->unmap_count, weight.count);
		__sync_fetch_and_add(&here->unmap_bytes, weight.bytes);
		return 0;
	}
	__sync_fetch_and_add(&here->free_count, weight.count);
	__sync_fetch_and_add(&here->free_bytes, weight.bytes);
	/* The oldest slot is left alone: the service clears it for the next epoch. */
	epoch = block_epoch(block);
	if (((process.epoch - epoch) & MEMSNOOP_HEAP_EPOCH_MASK) < MEMSNOOP_HEAP_EPOCH_RING - 1)
		__sync_fetch_and_add(&here->epoch_freed[epoch % MEMSNOOP_HEAP_EPOCH_RING],
				     weight.count);
	return weight.bytes;
}

static __always_inline void account_free(const struct memsnoop_heap_block *block, __u64 address)
{
	change_current(-count_free(block));
	end_block(block, address);
}

/* A block whose free no probe saw: its address is being allocated again. Not static: see
 * live-table.bpf.h. */
__noinline int account_unseen_free(const struct memsnoop_heap_block *block)
{
	if (!block || !is_current(block))
		return 0;
	account_free(block, 0);
	count(MEMSNOOP_HEAP_UNSEEN_FREES);
	return 0;
}

#endif
