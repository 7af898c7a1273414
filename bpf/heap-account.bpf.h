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

static __always_inline void count_allocation(const struct memsnoop_heap_block *block)
{
	struct memsnoop_heap_context *context = context_at(block->context);
	struct memsnoop_heap_totals *here = these_totals();
	__u64 size = block_size(block);

	if (context) {
		__sync_fetch_and_add(&context->alloc_count, 1);
		__sync_fetch_and_add(&context->alloc_bytes, size);
	}
	if (here) {
		__sync_fetch_and_add(&here->alloc_count, 1);
		__sync_fetch_and_add(&here->alloc_bytes, size);
		__sync_fetch_and_add(&here->size_histogram[size_class(size)], 1);
		__sync_fetch_and_add(&here->epoch_allocated[block->epoch % MEMSNOOP_HEAP_EPOCH_RING], 1);
	}
}

/* Not static: see live-table.bpf.h. Does all but the current bytes. */
__noinline int count_free(const struct memsnoop_heap_block *block)
{
	struct memsnoop_heap_context *context;
	struct memsnoop_heap_totals *here = these_totals();
	__u64 size;

	if (!block || !here)
		return 0;
	size = block_size(block);
	context = context_at(block->context);
	if (context) {
		__sync_fetch_and_add(&context->free_count, 1);
		__sync_fetch_and_add(&context->free_bytes, size);
	}
	__sync_fetch_and_add(&here->free_count, 1);
	__sync_fetch_and_add(&here->free_bytes, size);
	/* The oldest slot is left alone: the service clears it for the next epoch. */
	if (process.epoch - block->epoch < MEMSNOOP_HEAP_EPOCH_RING - 1)
		__sync_fetch_and_add(&here->epoch_freed[block->epoch % MEMSNOOP_HEAP_EPOCH_RING], 1);
	return 0;
}

/* A block whose free no probe saw: its address is being allocated again. */
__noinline int account_unseen_free(const struct memsnoop_heap_block *block)
{
	if (!block || !is_current(block))
		return 0;
	count_free(block);
	change_current(-(__s64)block_size(block));
	count(MEMSNOOP_HEAP_UNSEEN_FREES);
	return 0;
}

#endif
