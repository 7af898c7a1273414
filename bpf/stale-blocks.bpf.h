/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dropping blocks whose free no tracepoint showed.
 *
 * Such a block leaves the table when its address is allocated again. But when
 * all of a slab's objects are free its pages go back to the page allocator, and
 * may not come back as a slab of the same kind for days. The kernel tells, from
 * 6.13 on, which slab cache an address is in now: when that is not the one it was
 * allocated from, the block is free. The service runs this program from time to
 * time, over some buckets at a time.
 */
#ifndef MEMSNOOP_STALE_BLOCKS_BPF_H
#define MEMSNOOP_STALE_BLOCKS_BPF_H

#define KMALLOC_LARGEST_IN_SLAB 8192

/*
 * For kernels without it the programs are compiled a second time without the call:
 * libbpf before 1.3 looks for a function that the kernel lacks in the modules, weak or
 * not, and fails there without CAP_SYS_ADMIN.
 */
#ifndef MEMSNOOP_WITHOUT_CACHE_LOOKUP
extern struct kmem_cache *bpf_get_kmem_cache(__u64 address) __ksym;
#else
static struct kmem_cache *bpf_get_kmem_cache(__u64 address)
{
	return NULL;
}
#endif

/* Whether the address is now in no slab, or in one of objects of another size or cache. */
static __always_inline bool is_stale(__u64 address, const struct memsnoop_live_block *block)
{
	__u32 number = block->cache_and_epoch & ((1 << MEMSNOOP_CACHE_BITS) - 1);
	struct kmem_cache *cache;

	if (number >= MEMSNOOP_CACHE_KMALLOC && block->size > KMALLOC_LARGEST_IN_SLAB)
		return false;
	cache = bpf_get_kmem_cache(address);
	if (!cache || cache->size != block->size)
		return true;
	if (number >= MEMSNOOP_CACHES)
		return false;
	return caches[number].address != (__u64)cache;
}

/*
 * An address that is allocated again meanwhile has a new block, of the current epoch, which must
 * stay.
 */
static __always_inline bool drop(__u64 *slot, __u64 address,
				 const struct memsnoop_live_block *current,
				 const struct memsnoop_live_block *stale)
{
	if (__sync_val_compare_and_swap(slot, address, address | MEMSNOOP_SLOT_CLAIMED) != address)
		return false;
	if (current->cache_and_epoch != stale->cache_and_epoch) {
		publish(slot, address);
		return false;
	}
	publish(slot, 0);
	return true;
}

static long search_bucket(__u64 index, void *context)
{
	struct memsnoop_stale_search *search = context;
	struct memsnoop_bucket *bucket = bucket_at(search->first_bucket + index), *home;

	if (!bucket)
		return 1;
	for (int i = 0; i < MEMSNOOP_BUCKET_SLOTS; i++) {
		__u64 address = bucket->addresses[i];
		struct memsnoop_live_block block = bucket->blocks[i];
		__u32 age = (epoch - (block.cache_and_epoch >> MEMSNOOP_CACHE_BITS)) & MEMSNOOP_EPOCH_MASK;

		if (!address || address & MEMSNOOP_SLOT_CLAIMED || age < search->min_age ||
		    !is_stale(address, &block))
			continue;
		if (!drop(&bucket->addresses[i], address, &bucket->blocks[i], &block))
			continue;
		home = bucket_at(home_bucket(address_hash(address)));
		if (home && home != bucket)
			__sync_fetch_and_add(&home->displaced, -1);
		account_unseen_free(&block);
		search->dropped++;
	}
	return 0;
}

SEC("syscall")
int drop_stale_blocks(struct memsnoop_stale_search *argument)
{
	struct memsnoop_stale_search search = *argument;

	bpf_loop(search.n_buckets, search_bucket, &search, 0);
	argument->dropped = search.dropped;
	return 0;
}

#endif
