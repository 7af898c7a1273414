/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of processes: finding the current one, and what is counted in it. */
#ifndef MEMSNOOP_PROCESS_RECORD_BPF_H
#define MEMSNOOP_PROCESS_RECORD_BPF_H

#include "logarithm.bpf.h"
#include "peak.bpf.h"

#define PF_KTHREAD 0x00200000
/* The step of the service's clock; only the service writes it. */
__u32 epoch;

/* No record from here on has ever been used, so that the service need not look at all of them. */
__u32 records_end = MEMSNOOP_RECORD_FIRST;

/* How often a record was taken from those that are free, so that the service sees when few are left. */
__u32 records_taken;

/* When an allocation last found no record for its process, CLOCK_BOOTTIME ns; processes that had
 * begun by then may have figures that lack some. */
__u64 processes_full_at;

/* The record last used for a process with this pid modulo the size: a hint that is checked. */
#define RECORD_HINTS 4096
static __u32 record_hints[RECORD_HINTS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memsnoop_process_record);
} processes SEC(".maps");

/* From a process to its record. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct memsnoop_process_key);
	__type(value, __u32);
} process_index SEC(".maps");

/* Records that no process has; the service refills it. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} free_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MEMSNOOP_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Unseen frees by where the block had been allocated. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MEMSNOOP_UNSEEN_SITES);
	__type(key, struct memsnoop_unseen_site);
	__type(value, __u64);
} unseen_sites SEC(".maps");

static __always_inline void count(enum memsnoop_counter counter)
{
	__u32 key = counter;
	__u64 *value = bpf_map_lookup_elem(&counters, &key);

	/* A per-CPU value, but an interrupt may come between load and store. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Where an event happens. */
struct moment {
	__u64 *arguments;	/* of the tracepoint */
	struct task_struct *task;
	__u64 task_address;
};

static __always_inline struct moment this_moment(__u64 *arguments)
{
	return (struct moment){
		.arguments = arguments,
		.task = bpf_get_current_task_btf(),
		.task_address = bpf_get_current_task(),
	};
}

/*
 * The verifier does not let a program calculate with a typed pointer, but the
 * difference of two is a number, and the address of the task is given.
 */
static __always_inline __u64 address_of(const void *pointer, const struct moment *moment)
{
	__u64 distance = (const char *)pointer - (const char *)moment->task;

	barrier_var(distance);
	return distance + moment->task_address;
}

/*
 * Whether this is an interrupt (hardware or soft), whose allocations belong to
 * nobody's process.
 *
 * x86 keeps the preemption count where programs can read it only if the kernel
 * lists its data symbols. But it serves interrupts on stacks of their own, and
 * the tracepoint's arguments lie on the stack of the moment. (A hardware interrupt
 * that arrives in user mode is served on the task's stack; the softirqs after
 * it, in which nearly all such allocations happen, are not. ksoftirqd serves them
 * on its own, and is a process of its own in the figures.)
 */
static __always_inline bool in_interrupt(const struct moment *moment)
{
#if defined(__TARGET_ARCH_x86)
	return address_of(moment->arguments, moment) - (__u64)moment->task->stack >=
	       bpf_core_type_size(struct irq_stack);
#elif defined(__TARGET_ARCH_arm64)
	/* Nesting of NMIs and hardware interrupts, and a softirq being served. */
	return ((struct task_struct___arm64 *)moment->task)->thread_info.preempt.count & 0x00ff0100;
#else
#error "no way to tell interrupts apart is known for this architecture"
#endif
}

static __always_inline struct memsnoop_process_record *record_at(__u32 index)
{
	return bpf_map_lookup_elem(&processes, &index);
}

static __always_inline void describe(struct memsnoop_process_record *record,
				     struct task_struct *leader)
{
	const struct cred *cred = leader->real_cred;
	__u32 uid = cred->uid.val;

	record->uid = uid;
	if (cred->euid.val != uid || cred->suid.val != uid)
		__sync_fetch_and_or(&record->flags, MEMSNOOP_PROCESS_SEVERAL_USERS);
	else
		__sync_fetch_and_and(&record->flags, ~MEMSNOOP_PROCESS_SEVERAL_USERS);
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), leader->comm);
}

static __always_inline void mark_exited(struct memsnoop_process_record *record)
{
	record->exited_at = bpf_ktime_get_boot_ns();
	record->state = MEMSNOOP_PROCESS_EXITED;
}

static __noinline struct memsnoop_process_record *find_record(struct task_struct *leader,
							      __u32 *index)
{
	struct memsnoop_process_key key = {
		.start_time = leader->start_boottime,
		.pid = leader->tgid,
	};
	__u32 *found = bpf_map_lookup_elem(&process_index, &key);

	if (!found)
		return NULL;
	*index = *found;
	return record_at(*found);
}

static __always_inline void raise_records_end(__u32 end)
{
	__u32 seen = records_end, before;

	for (int i = 0; i < 64 && seen < end; i++) {
		before = __sync_val_compare_and_swap(&records_end, seen, end);
		if (before == seen)
			break;
		seen = before;
	}
}

/*
 * Gives a process its record. Another CPU may do the same at the same time;
 * then both use the record of the one whose insertion came first.
 */
static __noinline struct memsnoop_process_record *
take_record(struct task_struct *leader, struct task_struct *parent, __u32 *index)
{
	struct memsnoop_process_key key = {
		.start_time = leader->start_boottime,
		.pid = leader->tgid,
	};
	struct memsnoop_process_record *record;
	__u32 taken;

	if (bpf_map_pop_elem(&free_records, &taken))
		return NULL;
	__sync_fetch_and_add(&records_taken, 1);
	record = record_at(taken);
	if (!record)
		return NULL;

	raise_records_end(taken + 1);
	record->pid = key.pid;
	record->start_time = key.start_time;
	record->flags = leader->flags & PF_KTHREAD ? MEMSNOOP_PROCESS_KERNEL_THREAD : 0;
	record->parent_pid = parent->tgid;
	record->parent_start_time = parent->start_boottime;
	record->exited_at = 0;
	describe(record, leader);

	if (bpf_map_update_elem(&process_index, &key, &taken, BPF_NOEXIST)) {
		record->pid = 0;
		record->start_time = 0;
		bpf_map_push_elem(&free_records, &taken, BPF_ANY);
		__sync_fetch_and_sub(&records_taken, 1);
		return find_record(leader, index);
	}
	/* A process may be seen first when it has exited, if it was idle before. */
	if (leader->signal->live.counter == 0)
		mark_exited(record);
	else
		record->state = MEMSNOOP_PROCESS_RUNNING;
	*index = taken;
	return record;
}

static __noinline struct memsnoop_process_record *
find_or_take_record(struct task_struct *leader, __u32 *index)
{
	struct memsnoop_process_record *record = find_record(leader, index);

	if (!record)
		record = take_record(leader, leader->real_parent->group_leader, index);
	if (record)
		record_hints[leader->tgid % RECORD_HINTS] = *index;
	return record;
}

/* The record that an allocation made now belongs to; NULL when there is none left. */
static __always_inline struct memsnoop_process_record *current_record(const struct moment *moment, __u32 *index)
{
	struct task_struct *task = moment->task, *leader;
	struct memsnoop_process_record *record;

	if (in_interrupt(moment)) {
		*index = MEMSNOOP_RECORD_INTERRUPTS;
		return record_at(*index);
	}

	leader = task->group_leader;
	*index = record_hints[task->tgid % RECORD_HINTS];
	record = record_at(*index);
	if (!record || record->pid != task->tgid || record->start_time != leader->start_boottime)
		record = find_or_take_record(leader, index);
	if (record)
		record->last_thread = task->pid;
	return record;
}

static __always_inline void account_allocation(struct memsnoop_process_record *record, __u64 size,
					       __u64 requested)
{
	__u64 current = __sync_fetch_and_add(&record->current_bytes, size) + size;
	__u32 recent = record->recent_next++ % MEMSNOOP_RECENT_SIZES;

	raise_peak(&record->peak_bytes, current);
	__sync_fetch_and_add(&record->alloc_bytes, size);
	__sync_fetch_and_add(&record->requested_bytes, requested);
	__sync_fetch_and_add(&record->size_histogram[(__u32)log2_of(size) % MEMSNOOP_SIZE_BUCKETS], 1);
	__sync_fetch_and_add(&record->epochs[epoch % MEMSNOOP_EPOCH_RING].allocated, 1);
	record->recent_sizes[recent] = size;
}

static __always_inline void account_free(const struct memsnoop_live_block *block, bool unseen)
{
	__u32 index = block->owner & 0xffff, generation = block->owner >> 16;
	__u32 allocated_in = block->cache_and_epoch >> MEMSNOOP_CACHE_BITS;
	struct memsnoop_process_record *record = record_at(index);

	if (record && (record->generation & 0xffff) != generation)
		record = record_at(MEMSNOOP_RECORD_RETIRED);
	if (!record)
		return;
	__sync_fetch_and_add(&record->free_bytes, block->size);
	__sync_fetch_and_add(&record->free_count, 1);
	__sync_fetch_and_add(&record->current_bytes, -(__s64)block->size);
	/* The oldest slot is left alone: the service clears it for the next epoch. */
	if (((epoch - allocated_in) & MEMSNOOP_EPOCH_MASK) < MEMSNOOP_EPOCH_RING - 1)
		__sync_fetch_and_add(&record->epochs[allocated_in % MEMSNOOP_EPOCH_RING].freed, 1);
	if (unseen) {
		__sync_fetch_and_add(&record->unseen_frees, 1);
		__sync_fetch_and_add(&record->unseen_free_bytes, block->size);
	}
}

/* A block whose free fired no tracepoint: its address is being allocated again. */
__noinline int account_unseen_free(const struct memsnoop_live_block *block)
{
	struct memsnoop_unseen_site site;
	__u64 one = 1, *frees;

	/* Never, but this function is verified apart from its callers, as it is not static. */
	if (!block)
		return 0;
	site.call_site = block->call_site;
	site.cache = block->cache_and_epoch & ((1 << MEMSNOOP_CACHE_BITS) - 1);
	frees = bpf_map_lookup_elem(&unseen_sites, &site);

	account_free(block, true);
	count(MEMSNOOP_COUNTER_UNSEEN_FREES);
	if (!frees) {
		if (!bpf_map_update_elem(&unseen_sites, &site, &one, BPF_NOEXIST))
			return 0;
		/* Full, or another CPU was first. */
		frees = bpf_map_lookup_elem(&unseen_sites, &site);
	}
	if (frees)
		__sync_fetch_and_add(frees, 1);
	else
		count(MEMSNOOP_COUNTER_UNSEEN_SITES_FULL);
	return 0;
}

#endif
