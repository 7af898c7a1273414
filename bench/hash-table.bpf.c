// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service's own programs, but for the live table: a hash map of the kernel takes the place of the
 * array of buckets. So what differs in time and memory is the layout's alone.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-kernel-layout.h"
#include "process-record.bpf.h"

/* In place of these two. */
#define MEMSNOOP_LIVE_TABLE_BPF_H
#define MEMSNOOP_STALE_BLOCKS_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct memsnoop_live_block);
} live_table SEC(".maps");

__u64 call_site_anchor;

static __always_inline __s32 call_site_distance(__u64 call_site)
{
	if (!call_site_anchor)
		__sync_val_compare_and_swap(&call_site_anchor, 0, call_site);
	return call_site - call_site_anchor;
}

static __always_inline __u32 address_hash(__u64 address)
{
	return address * 0x9e3779b97f4a7c15ULL >> 32;
}

static __always_inline bool live_table_insert(__u64 address,
					      const struct memsnoop_live_block *block)
{
	struct memsnoop_live_block *stale;

	if (!bpf_map_update_elem(&live_table, &address, block, BPF_NOEXIST))
		return true;
	stale = bpf_map_lookup_elem(&live_table, &address);
	if (!stale)
		return false;
	account_unseen_free(stale);
	*stale = *block;
	return true;
}

static __always_inline bool live_table_remove(__u64 address, struct memsnoop_live_block *block)
{
	struct memsnoop_live_block *found = bpf_map_lookup_elem(&live_table, &address);

	if (!found)
		return false;
	*block = *found;
	bpf_map_delete_elem(&live_table, &address);
	return true;
}

#include "kernel-memory.bpf.c"
