// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service's own programs, but for the live table: a hash map of the kernel takes the place of
 * the array of buckets. So what differs in time and memory is the layout's alone.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-kernel-layout.h"
#include "process-record.bpf.h"

#define LIVE_BLOCK struct memsnoop_live_block
#define LIVE_BUCKET struct memsnoop_bucket
#define live_table_insert bucket_table_insert
#define live_table_remove bucket_table_remove
#include "live-table.bpf.h"
#undef live_table_insert
#undef live_table_remove

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct memsnoop_live_block);
} hash_table SEC(".maps");

static __always_inline bool live_table_insert(__u64 address,
					      const struct memsnoop_live_block *block)
{
	struct memsnoop_live_block *stale;

	if (!bpf_map_update_elem(&hash_table, &address, block, BPF_NOEXIST))
		return true;
	stale = bpf_map_lookup_elem(&hash_table, &address);
	if (!stale)
		return false;
	account_unseen_free(stale);
	*stale = *block;
	return true;
}

static __always_inline bool live_table_remove(__u64 address, struct memsnoop_live_block *block)
{
	struct memsnoop_live_block *found = bpf_map_lookup_elem(&hash_table, &address);

	if (!found)
		return false;
	*block = *found;
	bpf_map_delete_elem(&hash_table, &address);
	return true;
}

#include "kernel-memory.bpf.c"
