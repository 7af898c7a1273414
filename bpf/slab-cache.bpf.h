/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers for slab caches, so that a live block can name its cache in twelve bits. */
#ifndef MEMSNOOP_SLAB_CACHE_BPF_H
#define MEMSNOOP_SLAB_CACHE_BPF_H

/* Allocation flags that choose the kind of kmalloc cache; the service sets what this kernel's BTF says. */
const volatile __u32 gfp_dma = 0x1;
const volatile __u32 gfp_reclaimable = 0x10;
const volatile __u32 gfp_account = 0x400000;
/* SLAB_RECLAIM_ACCOUNT, as the service sets it. */
const volatile __u32 slab_reclaimable = 0x20000;

struct memsnoop_cache caches[MEMSNOOP_CACHES];

static __noinline int add_cache(const struct kmem_cache *cache, __u64 address, __u32 object_size)
{
	__u32 slot = address_hash(address);

	for (int i = 0; i < MEMSNOOP_CACHE_PROBES; i++) {
		struct memsnoop_cache *entry = &caches[(slot + i) % MEMSNOOP_CACHES];
		__u64 seen = entry->address;

		if (seen == address && entry->object_size == object_size)
			return (slot + i) % MEMSNOOP_CACHES;
		if (seen || __sync_val_compare_and_swap(&entry->address, 0,
							address | MEMSNOOP_SLOT_CLAIMED))
			continue;
		entry->object_size = object_size;
		entry->reclaimable = (cache->flags & slab_reclaimable) != 0;
		bpf_probe_read_kernel_str(entry->name, sizeof(entry->name), cache->name);
		publish(&entry->address, address);
		return (slot + i) % MEMSNOOP_CACHES;
	}
	count(MEMSNOOP_COUNTER_CACHES_FULL);
	return MEMSNOOP_CACHE_UNKNOWN;
}

static __always_inline __u32 cache_number(const struct kmem_cache *cache, __u64 address,
					  __u32 object_size)
{
	__u32 slot = address_hash(address) % MEMSNOOP_CACHES;

	if (caches[slot].address == address && caches[slot].object_size == object_size)
		return slot;
	return add_cache(cache, address, object_size);
}

/* As kmalloc_type() in the kernel's slab.h chooses. */
static __always_inline __u32 kmalloc_cache(__u64 size, __u64 flags)
{
	__u32 kind = MEMSNOOP_KMALLOC_NORMAL, power = (__u32)log2_of(size) % 32;

	if (flags & (gfp_dma | gfp_reclaimable | gfp_account)) {
		if (flags & gfp_dma)
			kind = MEMSNOOP_KMALLOC_DMA;
		else if (flags & gfp_reclaimable)
			kind = MEMSNOOP_KMALLOC_RECLAIMABLE;
		else
			kind = MEMSNOOP_KMALLOC_ACCOUNTED;
	}
	return MEMSNOOP_CACHE_KMALLOC + kind * 64 + 2 * power + (size != 1ULL << power);
}

#endif
