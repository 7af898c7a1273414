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
 * A macro, because the compiler only lets CO-RE find the size of an array's
 * elements when the index is a constant in the source.
 */
#define READ_PAGES(memory, which)                                                                  \
	(HAS_COUNTERS_BEFORE_6_2() ? BPF_CORE_READ((struct mm_struct___before_6_2 *)(memory),      \
						   rss_stat.count[which].counter)                  \
				   : BPF_CORE_READ(memory, rss_stat[which].count))

SEC("iter/task")
int write_process(struct bpf_iter__task *ctx)
{
	struct memsnoop_process_entry entry = {};
	struct task_struct *task = ctx->task;
	struct mm_struct *memory;

	/* Threads share what their leader tells. */
	if (!task || task->pid != task->tgid)
		return 0;

	entry.start_time = task->start_boottime;
	entry.pid = task->tgid;
	entry.parent_pid = BPF_CORE_READ(task, real_parent, tgid);
	entry.uid = BPF_CORE_READ(task, real_cred, uid.val);
	entry.kernel_thread = (task->flags & PF_KTHREAD) != 0;
	BPF_CORE_READ_STR_INTO(&entry.comm, task, comm);

	/* A kernel thread may borrow the memory of a process. */
	memory = BPF_CORE_READ((struct task_struct___memory *)task, mm);
	if (memory && !entry.kernel_thread) {
		entry.file_pages = READ_PAGES(memory, MM_FILEPAGES);
		entry.anonymous_pages = READ_PAGES(memory, MM_ANONPAGES);
		entry.swap_pages = READ_PAGES(memory, MM_SWAPENTS);
		entry.shared_pages = READ_PAGES(memory, MM_SHMEMPAGES);
	}

	bpf_seq_write(ctx->meta->seq, &entry, sizeof(entry));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
