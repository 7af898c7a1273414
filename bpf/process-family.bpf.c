// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tells what becomes of some processes and of those that they fork. A child is entered in the
 * kernel, while it is made: so none of its own children can be missed, however late the service
 * reads of it.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-family-layout.h"

/* From include/linux/sched/coredump.h. */
#define DUMPABLE_MASK 3
#define DUMPABLE_BY_USER 1

/* Thread group to MEMSNOOP_FAMILY_ALONE or MEMSNOOP_FAMILY_FOLLOWED. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MEMSNOOP_FAMILY_MEMBERS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, MEMSNOOP_FAMILY_BUFFER_BYTES);
} events SEC(".maps");

/* Children that found no room among the members. */
__u64 unfollowed;
/* Events that found no room in the buffer; of them, forks. */
__u64 lost_events;
__u64 lost_forks;

static __always_inline __u32 is_dumpable(const struct task_struct *task)
{
	const struct mm_struct___family *memory = ((const struct task_struct___family *)task)->mm;
	unsigned long flags = 0;

	if (!memory)
		return MEMSNOOP_FAMILY_DUMPABLE_UNKNOWN;
	/* One word until 6.18, then a structure. */
	if (bpf_core_field_exists(struct mm_struct___before_6_18, flags))
		bpf_core_read(&flags, sizeof(flags),
			      &((const struct mm_struct___before_6_18 *)memory)->flags);
	else
		bpf_core_read(&flags, sizeof(flags), &memory->flags);
	return (flags & DUMPABLE_MASK) == DUMPABLE_BY_USER ? MEMSNOOP_FAMILY_DUMPABLE
							   : MEMSNOOP_FAMILY_NOT_DUMPABLE;
}

static __always_inline void tell(enum memsnoop_family_event_type type, struct task_struct *task,
				 __u32 parent_pid, bool shares_memory)
{
	struct memsnoop_family_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_events, 1);
		if (type == MEMSNOOP_FAMILY_FORK)
			__sync_fetch_and_add(&lost_forks, 1);
		return;
	}
	event->start_time = task->group_leader->start_boottime;
	event->type = type;
	event->pid = task->tgid;
	event->parent_pid = parent_pid;
	event->real_uid = task->real_cred->uid.val;
	event->effective_uid = task->real_cred->euid.val;
	event->saved_uid = task->real_cred->suid.val;
	event->dumpable = is_dumpable(task);
	event->shares_memory = shares_memory;
	bpf_ringbuf_submit(event, 0);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(family_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_pid = parent->tgid, pid = child->tgid;
	__u32 *known = bpf_map_lookup_elem(&members, &parent_pid);
	__u32 kind;

	/* A thread of the same process is none. */
	if (!known || pid == parent_pid)
		return 0;
	kind = *known;
	if (kind == MEMSNOOP_FAMILY_FOLLOWED &&
	    bpf_map_update_elem(&members, &pid, &kind, BPF_ANY) != 0) {
		__sync_fetch_and_add(&unfollowed, 1);
		return 0;
	}
	tell(MEMSNOOP_FAMILY_FORK, child, parent_pid,
	     ((struct task_struct___family *)child)->mm ==
		 ((struct task_struct___family *)parent)->mm);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(family_exec, struct task_struct *task)
{
	__u32 pid = task->tgid;

	if (bpf_map_lookup_elem(&members, &pid))
		tell(MEMSNOOP_FAMILY_EXEC, task, 0, false);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(family_exit, struct task_struct *task)
{
	__u32 pid = task->tgid;

	if (task->signal->live.counter != 0 || bpf_map_delete_elem(&members, &pid) != 0)
		return 0;
	tell(MEMSNOOP_FAMILY_EXIT, task, 0, false);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
