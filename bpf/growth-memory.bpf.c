// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where one process's memory grows: each page without a file that it gets for the first time, with
 * the calling context at the moment of the fault. It takes two tracepoints:
 *
 * - rss_stat tells that the process's anonymous memory changed, after the change; not by how much.
 * - mm_page_alloc told before what the kernel took for it: one page or a large folio.
 *
 * Together they see every way to such a page: a touch by the program, by the kernel on its behalf
 * (read() into a fresh buffer, MAP_POPULATE, mlock()), the first write to a page of a private
 * mapping of a file. What becomes less fires rss_stat, too, but nothing was taken for it.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-heap-layout.h"
#include "run-cost.bpf.h"
#include "heap-registers.bpf.h"
#include "heap-process.bpf.h"
#include "stack-walk.bpf.h"
#include "heap-context.bpf.h"
#include "process-life.bpf.h"

/* Of include/linux/gfp_types.h: their bits are those of the zones, and have never changed. Pages
 * for programs have both; so do those of the page cache, but not those of the kernel itself, among
 * them page tables. */
#define GFP_HIGHMEM 0x02u
#define GFP_MOVABLE 0x08u

/* include/linux/mm_types_task.h */
#define MM_ANONPAGES 1
#define MM_SWAPENTS 2

/* The lowest bits of a page's mapping, where they are not 0, tell that it belongs to no file. */
#define MAPPING_FLAGS 3ull

/* Set before the load. */
const volatile __u32 page_shift = 12;

/* What the kernel last took for a thread. */
struct taken {
	/* The struct page; 0: nothing, or it is accounted. */
	__u64 page;
	/* The registers with which the thread entered the kernel. What was taken then is for this
	 * entry, or for nothing: some pages replace others without a change of any counter. */
	__u64 entry;
	__u32 thread;
	__u32 order;
	/* Of the page that was just accounted, as long as it may turn out to come from swap; 0
	 * bytes: of none. */
	__u32 context;
	__u32 reserved;
	__u64 bytes;
};

/* By the number of the thread. A map in which the kernel allocates would be its own event. */
#define TAKEN_SLOTS 8192

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TAKEN_SLOTS);
	__type(key, __u32);
	__type(value, struct taken);
} taken_by_thread SEC(".maps");

/* For the walk of a stack; the kernel runs a program at a tracepoint once at a time on each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_walk);
} walks SEC(".maps");

static __always_inline struct taken *taken_by(__u32 thread)
{
	__u32 slot = thread % TAKEN_SLOTS;

	return bpf_map_lookup_elem(&taken_by_thread, &slot);
}

static __always_inline struct pt_regs *user_registers(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}

static __always_inline void take(__u64 page, __u32 order)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct taken *taken = taken_by(task->pid);

	if (!taken)
		return;
	/* Threads whose numbers are so far apart, within a fault at the same time. */
	if (taken->page && taken->thread != task->pid)
		count(MEMSNOOP_HEAP_THREADS_FULL);
	taken->page = page;
	taken->entry = entry_mark(user_registers(task));
	taken->thread = task->pid;
	taken->order = order;
	taken->bytes = 0;
}

/* What others take is left before anything is counted. */
SEC("tp_btf/mm_page_alloc")
int BPF_PROG(growth_take, void *page, unsigned int order, unsigned int flags)
{
	__u64 began;

	if ((flags & (GFP_HIGHMEM | GFP_MOVABLE)) != (GFP_HIGHMEM | GFP_MOVABLE) || !is_target() ||
	    !page)
		return 0;
	began = begin_run();
	take((__u64)page, order);
	end_run(began);
	return 0;
}

/* Pages of a file that were read for this fault say nothing of what is added: that is one page
 * then, of a private mapping that is written to. */
static __always_inline __u64 taken_bytes(const struct taken *taken)
{
	struct page *page = (struct page *)taken->page;
	__u64 mapping = (__u64)BPF_CORE_READ(page, mapping);

	if (mapping && !(mapping & MAPPING_FLAGS))
		return 1ull << page_shift;
	return 1ull << (page_shift + taken->order);
}

/* @change: of the number of faults. */
static __noinline void add_growth(__u32 index, __s64 change, __s64 bytes, bool by_kernel)
{
	struct memsnoop_heap_context *context = context_at(index);
	struct memsnoop_heap_totals *here = these_totals();
	__s64 counts = change * MEMSNOOP_HEAP_COUNT_ONE;

	if (context) {
		__sync_fetch_and_add(&context->alloc_count, counts);
		__sync_fetch_and_add(&context->alloc_bytes, bytes);
	}
	if (!here)
		return;
	__sync_fetch_and_add(&here->alloc_count, counts);
	__sync_fetch_and_add(&here->alloc_bytes, bytes);
	__sync_fetch_and_add(&here->size_histogram[size_class(bytes < 0 ? -bytes : bytes)], counts);
	if (by_kernel) {
		__sync_fetch_and_add(&here->map_count, counts);
		__sync_fetch_and_add(&here->map_bytes, bytes);
	}
}

static __always_inline void grow(struct task_struct *task, struct pt_regs *registers,
				 struct taken *taken)
{
	__u64 address = PT_REGS_IP(registers) | MEMSNOOP_WALK_EXACT;
	struct memsnoop_heap_context *context;
	struct stack_walk *walk;
	__u32 index = 0;

	walk = bpf_map_lookup_elem(&walks, &index);
	if (!walk)
		return;
	walk_stack(walk, address, PT_REGS_SP(registers), frame_pointer(registers), process.program,
		   process.depth);
	index = find_context(walk, address, stack_base_of(task), false);
	context = context_at(index);
	taken->bytes = taken_bytes(taken);
	taken->context = index;
	taken->page = 0;
	add_growth(index, 1, taken->bytes, is_system_call(registers));
	process.last_thread = task->pid;
	if (index == MEMSNOOP_HEAP_CONTEXT_UNKNOWN)
		count(MEMSNOOP_HEAP_CONTEXTS_FULL);
	else if (context && !context->captured)
		capture_context(registers, index, walk);
}

/* The page was there before, and out on a disk meanwhile. */
static __always_inline void come_back(struct taken *taken, struct pt_regs *registers)
{
	struct memsnoop_heap_totals *here = these_totals();

	if (!taken->bytes)
		return;
	add_growth(taken->context, -1, -taken->bytes, is_system_call(registers));
	if (here) {
		__sync_fetch_and_add(&here->unmap_count, MEMSNOOP_HEAP_COUNT_ONE);
		__sync_fetch_and_add(&here->unmap_bytes, taken->bytes);
	}
	taken->bytes = 0;
}

static __always_inline void count_change(__u64 mm, int member)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *registers;
	struct taken *taken;

	/* It may change another's, as in fork(). */
	if ((__u64)((struct task_struct___heap *)task)->mm != mm)
		return;
	taken = taken_by(task->pid);
	if (!taken || taken->thread != task->pid)
		return;
	registers = user_registers(task);
	if (member == MM_SWAPENTS)
		come_back(taken, registers);
	else if (taken->page && taken->entry == entry_mark(registers))
		grow(task, registers, taken);
	else
		taken->bytes = 0;
}

SEC("tp_btf/rss_stat")
int BPF_PROG(growth_count, struct mm_struct *mm, int member)
{
	__u64 began;

	if ((member != MM_ANONPAGES && member != MM_SWAPENTS) || !is_target())
		return 0;
	began = begin_run();
	count_change((__u64)mm, member);
	end_run(began);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(growth_exec, struct task_struct *task)
{
	begin_program(task);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(growth_exit, struct task_struct *task)
{
	struct taken *taken = taken_by(task->pid);

	if (is_target_group(task->tgid) && taken && taken->thread == task->pid)
		taken->page = 0;
	end_thread(task);
	return 0;
}

/* The helpers for tracing are for programs under the GPL alone. */
char LICENSE[] SEC("license") = "GPL";
