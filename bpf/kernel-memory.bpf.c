// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exact accounting of slab memory by process.
 *
 * Nothing is sent to user space: totals, live blocks and processes are kept in
 * arrays that the service has mapped. The usual allocation or free takes no
 * lock, and touches one bucket of the live table and one process record: an event
 * costs what its cache misses cost.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-kernel-layout.h"
#include "process-record.bpf.h"
#include "call-site.bpf.h"

#define LIVE_BLOCK struct memsnoop_live_block
#define LIVE_BUCKET struct memsnoop_bucket
#include "live-table.bpf.h"

#include "slab-cache.bpf.h"
#include "stale-blocks.bpf.h"

/*
 * Where the arguments of the tracepoints are, as the kernel's BTF tells. They
 * have moved: kmem_cache_alloc's sizes went with 6.1, kmalloc had the cache
 * before its sizes from 5.19 to 6.0.
 */
const volatile __u32 kmalloc_size_argument = 2;
const volatile __u32 kmalloc_node_size_argument = 2;
/* 0: the tracepoint has no such argument. */
const volatile __u32 cache_alloc_cache_argument = 2;
const volatile __u32 cache_alloc_node_cache_argument;

/* The call site is the first argument and the block the second, in every kernel. */
static __always_inline void record_allocation(const struct moment *moment, __u64 size,
					      __u64 requested, __u32 cache)
{
	__u64 call_site = moment->arguments[0], address = moment->arguments[1];
	struct memsnoop_process_record *record;
	struct memsnoop_live_block block;
	__u32 owner;

	record = current_record(moment, &owner);
	if (!record) {
		processes_full_at = bpf_ktime_get_boot_ns();
		count(MEMSNOOP_COUNTER_PROCESSES_FULL);
		return;
	}

	block.owner = memsnoop_owner_pack(owner, record->generation);
	block.size = size;
	block.call_site = call_site_distance(call_site);
	block.cache_and_epoch = cache | epoch << MEMSNOOP_CACHE_BITS;

	if (!live_table_insert(address, &block)) {
		count(MEMSNOOP_COUNTER_TABLE_FULL);
		__sync_fetch_and_add(&record->lost, 1);
		return;
	}
	account_allocation(record, size, requested);
}

/* What kmalloc(0) returns and kfree() ignores, as it does NULL. */
#define ZERO_SIZE_POINTER 16

static __always_inline int record_free(__u64 address)
{
	struct memsnoop_live_block block;

	if (address <= ZERO_SIZE_POINTER)
		return 0;
	if (live_table_remove(address, &block))
		account_free(&block, false);
	else
		count(MEMSNOOP_COUNTER_UNTRACKED_FREES);
	return 0;
}

/* A failed allocation has no block. */
static __always_inline int record_kmalloc(__u64 *ctx, __u64 requested, __u64 size, __u64 flags)
{
	struct moment moment;

	if (!ctx[1])
		return 0;
	moment = this_moment(ctx);
	record_allocation(&moment, size, requested, kmalloc_cache(size, flags));
	return 0;
}

static __always_inline int record_cache_alloc(__u64 *ctx, const struct kmem_cache *cache)
{
	__u32 size = cache->size, requested = cache->object_size;
	struct moment moment;

	if (!ctx[1])
		return 0;
	moment = this_moment(ctx);
	record_allocation(&moment, size, requested,
			  cache_number(cache, address_of(cache, &moment), requested));
	return 0;
}

/* Kernels whose tracepoint tells the sizes and not the cache. */
static __always_inline int record_unknown_cache(__u64 *ctx)
{
	struct moment moment;

	if (!ctx[1])
		return 0;
	moment = this_moment(ctx);
	record_allocation(&moment, ctx[3], ctx[2], MEMSNOOP_CACHE_UNKNOWN);
	return 0;
}

SEC("tp_btf/kmalloc")
int kmalloc(__u64 *ctx)
{
	if (kmalloc_size_argument == 2)
		return record_kmalloc(ctx, ctx[2], ctx[3], ctx[4]);
	return record_kmalloc(ctx, ctx[3], ctx[4], ctx[5]);
}

SEC("tp_btf/kmalloc_node")
int kmalloc_node(__u64 *ctx)
{
	if (kmalloc_node_size_argument == 2)
		return record_kmalloc(ctx, ctx[2], ctx[3], ctx[4]);
	return record_kmalloc(ctx, ctx[3], ctx[4], ctx[5]);
}

SEC("tp_btf/kmem_cache_alloc")
int kmem_cache_alloc(__u64 *ctx)
{
	if (cache_alloc_cache_argument == 2)
		return record_cache_alloc(ctx, (const struct kmem_cache *)ctx[2]);
	return record_unknown_cache(ctx);
}

SEC("tp_btf/kmem_cache_alloc_node")
int kmem_cache_alloc_node(__u64 *ctx)
{
	if (cache_alloc_node_cache_argument == 2)
		return record_cache_alloc(ctx, (const struct kmem_cache *)ctx[2]);
	return record_unknown_cache(ctx);
}

SEC("tp_btf/kfree")
int kfree(__u64 *ctx)
{
	return record_free(ctx[1]);
}

SEC("tp_btf/kmem_cache_free")
int kmem_cache_free(__u64 *ctx)
{
	return record_free(ctx[1]);
}

/*
 * kfree_rcu() frees in bulk, past the tracepoints above. Kernels built with CONFIG_RCU_TRACE
 * announce each bulk with this one; in others the service counts such frees
 * when the address is allocated again.
 */
struct bulk_free {
	__u64 *blocks;
};

static long free_one_of_bulk(__u64 index, void *context)
{
	struct bulk_free *bulk = context;
	__u64 address = 0;

	if (!bpf_probe_read_kernel(&address, sizeof(address), bulk->blocks + index))
		record_free(address);
	return 0;
}

SEC("raw_tp/rcu_invoke_kfree_bulk_callback")
int kfree_bulk(__u64 *ctx)
{
	struct bulk_free bulk = { .blocks = (__u64 *)ctx[2] };

	/* A bulk is one page of pointers at most, and a page 64 KiB at most. */
	bpf_loop(ctx[1] < 8192 ? ctx[1] : 8192, free_one_of_bulk, &bulk, 0);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 index, parent_index;
	struct memsnoop_process_record *record, *parent_record;

	if (child->pid != child->tgid)
		return 0;
	record = take_record(child, parent->group_leader, &index);
	parent_record = find_record(parent->group_leader, &parent_index);
	/* The child runs its parent's program until it executes another. */
	if (record && parent_record)
		bpf_probe_read_kernel(record->exe, sizeof(record->exe), parent_record->exe);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	struct task_struct *leader = task->group_leader;
	struct memsnoop_process_record *record;
	__u32 index;

	record = find_record(leader, &index);
	if (!record)
		record = take_record(leader, leader->real_parent->group_leader, &index);
	if (!record)
		return 0;
	describe(record, leader);
	bpf_probe_read_kernel_str(record->exe, sizeof(record->exe), program->filename);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct memsnoop_process_record *record;
	__u32 index;

	/* The last thread takes the process with it. */
	if (task->signal->live.counter != 0)
		return 0;
	record = find_record(task->group_leader, &index);
	if (!record)
		return 0;
	describe(record, task->group_leader);
	mark_exited(record);
	return 0;
}

/* The helpers for tracing are for programs under the GPL alone. */
char LICENSE[] SEC("license") = "GPL";
