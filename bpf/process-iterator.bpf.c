// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of every process in one pass: a task iterator that writes a
 * struct memsnoop_process_entry for each.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "memsnoop-process-layout.h"

/* From include/linux/sched.h; also part of the format of /proc/PID/stat. */
#define PF_KTHREAD 0x00200000

/* The kernel's order of the counters, from include/linux/mm_types_task.h. */
enum {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
};

/*
 * Since 6.2 (f1a7941243c1) each counter is a percpu_counter, whose count lags
 * behind by up to a batch for each CPU; before, one structure had them all. It
 * is looked for in mm_struct: for a type that the kernel does not have at all,
 * libbpf 1.1 searches the modules, which needs more rights than we keep.
 */
#define HAS_COUNTERS_BEFORE_6_2()                                                                  \
	bpf_core_field_exists(struct mm_struct___before_6_2, rss_stat.count)

/*
 * Pointers are followed by plain loads, which the verifier knows the types of and which read 0 from
 * where nothing is: a helper's call for each would take longer than all else. A macro, because the
 * compiler only lets CO-RE find the size of an array's elements when the index is a constant in the
 * source.
 */
#define READ_PAGES(memory, which)                                                                  \
	(HAS_COUNTERS_BEFORE_6_2()                                                                 \
	     ? ((struct mm_struct___before_6_2 *)(memory))->rss_stat.count[which].counter          \
	     : (memory)->rss_stat[which].count)

/* The same for memory that was found in a list, whose type the verifier does not know. */
#define PROBE_PAGES(memory, which)                                                                 \
	({                                                                                         \
		__s64 pages = 0;                                                                   \
		if (HAS_COUNTERS_BEFORE_6_2())                                                     \
			bpf_core_read(&pages, sizeof(pages),                                       \
				      &((struct mm_struct___before_6_2 *)(memory))                 \
					   ->rss_stat.count[which]                                 \
					   .counter);                                              \
		else                                                                               \
			bpf_core_read(&pages, sizeof(pages), &(memory)->rss_stat[which].count);    \
		pages;                                                                             \
	})

static __always_inline __u64 read_execution(const struct task_struct___process *task)
{
	return bpf_core_field_exists(task->self_exec_id) ? task->self_exec_id : 0;
}

/* Not there without CONFIG_CGROUPS. */
static __always_inline __u64 read_control_group(const struct task_struct___process *task)
{
	if (!bpf_core_field_exists(task->cgroups) ||
	    !bpf_core_field_exists(struct css_set, dfl_cgrp) ||
	    !bpf_core_field_exists(struct cgroup, kn) ||
	    !bpf_core_field_exists(struct kernfs_node, id))
		return 0;
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline void read_pages(struct memsnoop_process_entry *entry,
				       const struct mm_struct *memory)
{
	entry->file_pages = READ_PAGES(memory, MM_FILEPAGES);
	entry->anonymous_pages = READ_PAGES(memory, MM_ANONPAGES);
	entry->swap_pages = READ_PAGES(memory, MM_SWAPENTS);
	entry->shared_pages = READ_PAGES(memory, MM_SHMEMPAGES);
}

/*
 * The memory of a process whose first thread has exited before the others: of the first that has
 * any. Those that have exited are taken off the list at once, unless somebody traces them.
 */
#define THREADS_LOOKED_AT 64

static __always_inline struct mm_struct *find_memory(struct signal_struct___process *signal)
{
	struct list_head *head = (void *)signal + bpf_core_field_offset(signal->thread_head);
	struct list_head *node = BPF_CORE_READ(signal, thread_head.next);
	struct task_struct___process *thread;
	struct mm_struct *memory;

	for (int i = 0; i < THREADS_LOOKED_AT && node && node != head; i++) {
		thread = (void *)node - bpf_core_field_offset(thread->thread_node);
		memory = BPF_CORE_READ(thread, mm);
		if (memory)
			return memory;
		node = BPF_CORE_READ(node, next);
	}
	return NULL;
}

/* Not inlined, which would make it dearer to read all the other processes. */
static __noinline void read_pages_of_threads(struct memsnoop_process_entry *entry,
					     const struct task_struct *task)
{
	struct signal_struct___process *signal = (void *)task->signal;
	struct mm_struct *memory;

	if (BPF_CORE_READ(signal, nr_threads) < 2)
		return;
	memory = find_memory(signal);
	if (!memory)
		return;
	entry->file_pages = PROBE_PAGES(memory, MM_FILEPAGES);
	entry->anonymous_pages = PROBE_PAGES(memory, MM_ANONPAGES);
	entry->swap_pages = PROBE_PAGES(memory, MM_SWAPENTS);
	entry->shared_pages = PROBE_PAGES(memory, MM_SHMEMPAGES);
}

typedef __u64 __attribute__((may_alias)) half_name;

/* It ends with 0 always, and user space looks again. */
static __always_inline void copy_name(char *to, const char *from)
{
	((half_name *)to)[0] = ((const half_name *)from)[0];
	((half_name *)to)[1] = ((const half_name *)from)[1];
}

SEC("iter/task")
int write_process(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	const struct task_struct___process *process = (const void *)task;
	struct memsnoop_process_entry entry = {};

	/* Threads share what their leader tells. */
	if (!task || task->pid != task->tgid)
		return 0;

	entry.start_time = task->start_boottime;
	entry.pid = task->tgid;
	entry.parent_pid = task->real_parent->tgid;
	entry.uid = task->real_cred->uid.val;
	entry.kernel_thread = (task->flags & PF_KTHREAD) != 0;
	copy_name(entry.comm, task->comm);

	/* A kernel thread may borrow the memory of a process. */
	if (!entry.kernel_thread) {
		entry.execution = read_execution(process);
		entry.control_group = read_control_group(process);
		if (process->mm)
			read_pages(&entry, process->mm);
		else
			read_pages_of_threads(&entry, task);
	}

	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
