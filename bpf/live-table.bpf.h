/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live table's three operations; its layout is explained in memsnoop-live-table-layout.h. Whoever
 * includes this defines before what it keeps of a block, LIVE_BLOCK, the bucket of such, LIVE_BUCKET,
 * and account_unseen_free().
 */
#ifndef MEMSNOOP_LIVE_TABLE_BPF_H
#define MEMSNOOP_LIVE_TABLE_BPF_H

/* How many buckets there are, set before the load. At least two. */
const volatile __u32 bucket_count = 2;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, LIVE_BUCKET);
} live_table SEC(".maps");

/* Blocks are at least eight bytes apart; the multiplication spreads them over the high half. */
static __always_inline __u32 address_hash(__u64 address)
{
	return address * 0x9e3779b97f4a7c15ULL >> 32;
}

static __always_inline __u32 home_bucket(__u32 hash)
{
	return (__u64)hash * bucket_count >> 32;
}

/* From one bucket of an address to the next: a step of its own for each address. */
static __always_inline __u32 next_bucket(__u32 bucket, __u32 hash)
{
	__u32 step = 1 + ((__u64)(hash * 0x85ebca6bU) * (bucket_count - 1) >> 32);

	bucket += step;
	return bucket < bucket_count ? bucket : bucket - bucket_count;
}

static __always_inline LIVE_BUCKET *bucket_at(__u32 index)
{
	return bpf_map_lookup_elem(&live_table, &index);
}

/*
 * Makes a slot's new address visible after all that was done to its block
 * before. x86 keeps that order by itself.
 */
static __always_inline void publish(__u64 *slot, __u64 address)
{
#if defined(__TARGET_ARCH_x86)
	barrier();
	*(volatile __u64 *)slot = address;
#else
	__sync_lock_test_and_set(slot, address);
#endif
}

static __always_inline bool bucket_insert(LIVE_BUCKET *bucket, __u64 address,
					  const LIVE_BLOCK *block)
{
#pragma unroll
	for (int i = 0; i < MEMSNOOP_BUCKET_SLOTS; i++) {
		if (bucket->addresses[i] == 0 &&
		    __sync_val_compare_and_swap(&bucket->addresses[i], 0,
						address | MEMSNOOP_SLOT_CLAIMED) == 0) {
			bucket->blocks[i] = *block;
			publish(&bucket->addresses[i], address);
			return true;
		}
	}
	return false;
}

static __always_inline bool bucket_remove(LIVE_BUCKET *bucket, __u64 address,
					  LIVE_BLOCK *block)
{
#pragma unroll
	for (int i = 0; i < MEMSNOOP_BUCKET_SLOTS; i++) {
		if (bucket->addresses[i] == address) {
			*block = bucket->blocks[i];
			/* Fails only against the search for stale blocks. */
			return __sync_val_compare_and_swap(&bucket->addresses[i], address, 0) ==
			       address;
		}
	}
	return false;
}

/*
 * Not static, so that the kernel verifies these once and not for each caller. The
 * blocks are never NULL, which it cannot know then.
 */
__noinline int insert_displaced(__u64 address, const LIVE_BLOCK *block)
{
	__u32 hash = address_hash(address), index = home_bucket(hash);
	LIVE_BUCKET *home = bucket_at(index), *bucket;

	if (!home || !block)
		return false;
	for (int probe = 1; probe < MEMSNOOP_BUCKET_PROBES; probe++) {
		index = next_bucket(index, hash);
		bucket = bucket_at(index);
		if (bucket && bucket_insert(bucket, address, block)) {
			__sync_fetch_and_add(&home->displaced, 1);
			return true;
		}
	}
	return false;
}

__noinline int remove_displaced(__u64 address, LIVE_BLOCK *block)
{
	__u32 hash = address_hash(address), index = home_bucket(hash);
	LIVE_BUCKET *home = bucket_at(index), *bucket;

	if (!home || !block)
		return false;
	for (int probe = 1; probe < MEMSNOOP_BUCKET_PROBES; probe++) {
		index = next_bucket(index, hash);
		bucket = bucket_at(index);
		if (bucket && bucket_remove(bucket, address, block)) {
			__sync_fetch_and_add(&home->displaced, -1);
			return true;
		}
	}
	return false;
}

/*
 * Adds a block. If its address is there already, the free of the block that
 * was there has been missed: it is accounted now. False when there is no room.
 */
static __always_inline bool live_table_insert(__u64 address,
					      const LIVE_BLOCK *block)
{
	LIVE_BUCKET *bucket = bucket_at(home_bucket(address_hash(address)));
	LIVE_BLOCK stale;

	if (!bucket)
		return false;
#pragma unroll
	for (int i = 0; i < MEMSNOOP_BUCKET_SLOTS; i++) {
		if (bucket->addresses[i] == address &&
		    __sync_val_compare_and_swap(&bucket->addresses[i], address,
						address | MEMSNOOP_SLOT_CLAIMED) == address) {
			stale = bucket->blocks[i];
			bucket->blocks[i] = *block;
			publish(&bucket->addresses[i], address);
			account_unseen_free(&stale);
			return true;
		}
	}
	if (bucket->displaced && remove_displaced(address, &stale))
		account_unseen_free(&stale);
	return bucket_insert(bucket, address, block) || insert_displaced(address, block);
}

static __always_inline bool live_table_remove(__u64 address, LIVE_BLOCK *block)
{
	LIVE_BUCKET *bucket = bucket_at(home_bucket(address_hash(address)));

	if (!bucket)
		return false;
	return bucket_remove(bucket, address, block) ||
	       (bucket->displaced && remove_displaced(address, block));
}

#endif
