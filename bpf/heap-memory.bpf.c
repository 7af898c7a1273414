// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exact or sampled accounting of one process's heap, with the calling context of every block.
 *
 * Nothing is sent to user space but the first sight of each context: totals, live blocks and
 * contexts are kept in arrays that the service has mapped.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "memsnoop-heap-layout.h"
#include "heap-registers.bpf.h"
#include "heap-process.bpf.h"
#include "heap-context.bpf.h"
#include "heap-sample.bpf.h"
#include "heap-account.bpf.h"

#define LIVE_BLOCK struct memsnoop_heap_block
#define LIVE_BUCKET struct memsnoop_heap_bucket
#include "live-table.bpf.h"

#include "heap-call.bpf.h"

/* Also what a program for entry and return answers when the return shall be skipped. */
#define SKIP_RETURN 1

/* Kernels with sessions: one link for entry and return. */
SEC("uprobe")
int call_session(struct pt_regs *ctx)
{
	enum memsnoop_heap_function function = bpf_get_attach_cookie(ctx);

	if (!is_target())
		return SKIP_RETURN;
	/* At the entry the instruction pointer is at the probed function. */
	if (PT_REGS_IP(ctx) == bpf_get_func_ip(ctx))
		return enter_call(ctx, function) ? 0 : SKIP_RETURN;
	leave_call(ctx, function);
	return 0;
}

/* The others. */
SEC("uprobe")
int call_entry(struct pt_regs *ctx)
{
	if (is_target())
		enter_call(ctx, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("uprobe")
int call_return(struct pt_regs *ctx)
{
	if (is_target())
		leave_call(ctx, bpf_get_attach_cookie(ctx));
	return 0;
}

/*
 * A function that may throw, and whose return is not probed for that: entry and return instructions
 * are. (The unwinder would meet the kernel's address in the place of the return address.)
 */
SEC("uprobe")
int inline_entry(struct pt_regs *ctx)
{
	enum memsnoop_heap_function function = bpf_get_attach_cookie(ctx);
	struct heap_thread *thread;

	if (!is_target())
		return 0;
	thread = this_thread();
	if (!thread)
		return 0;
	thread->inline_size = requested_size(ctx, function);
	thread->inline_stack = 0;
	if (is_sampled(&thread->until_mark, thread->inline_size))
		thread->inline_stack = PT_REGS_SP(ctx);
	thread->inline_address = 0;
	return 0;
}

SEC("uprobe")
int inline_return(struct pt_regs *ctx)
{
	__u64 stack = PT_REGS_SP(ctx), address = PT_REGS_RC(ctx), return_address;
	struct heap_thread *thread;

	if (!is_target())
		return 0;
	thread = this_thread();
	if (!thread || thread->inline_stack != stack)
		return 0;
	thread->inline_stack = 0;
	if (!address || thread->inline_address == address)
		return 0;
#if defined(__TARGET_ARCH_x86)
	return_address = read_return_slot(stack);
#elif defined(__TARGET_ARCH_arm64)
	return_address = PT_REGS_RET(ctx);
#endif
	account_new_block(ctx, thread, address, thread->inline_size, return_address,
			  stack + RETURN_ADDRESS_BYTES, 0);
	return 0;
}

SEC("uprobe")
int free_entry(struct pt_regs *ctx)
{
	if (is_target())
		free_block(ctx);
	return 0;
}

static long clear_totals(__u64 index, void *context)
{
	__u32 cpu = index;
	struct memsnoop_heap_totals *cleared = bpf_map_lookup_elem(&totals, &cpu);

	if (cleared)
		__builtin_memset(cleared, 0, sizeof(*cleared));
	return 0;
}

/* All its memory is gone, and with it all other threads: begin anew. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(heap_exec, struct task_struct *task)
{
	if (task->tgid != target_pid)
		return 0;
	process.program++;
	process.current_bytes = 0;
	process.peak_bytes = 0;
	bpf_loop(cpu_count, clear_totals, NULL, 0);
	process.executed_at = bpf_ktime_get_boot_ns();
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(heap_exit, struct task_struct *task)
{
	if (task->tgid == target_pid && task->signal->live.counter == 0)
		process.exited_at = bpf_ktime_get_boot_ns();
	return 0;
}

/* The helpers for tracing are for programs under the GPL alone. */
char LICENSE[] SEC("license") = "GPL";
