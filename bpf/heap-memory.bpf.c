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
#include "heap-cost.bpf.h"
#include "stack-walk.bpf.h"
#include "heap-context.bpf.h"
#include "process-life.bpf.h"
#include "heap-sample.bpf.h"
#include "heap-account.bpf.h"

#define LIVE_BLOCK struct memsnoop_heap_block
#define LIVE_BUCKET struct memsnoop_heap_bucket
#include "live-table.bpf.h"

#include "heap-call.bpf.h"
#include "heap-inline-call.bpf.h"

/* Also what a program for entry and return answers when the return shall be skipped. */
#define SKIP_RETURN 1

/* The cookie of a place: see memsnoop-heap-layout.h. */
static __always_inline enum memsnoop_heap_function cookie_function(__u64 cookie)
{
	return cookie & 0xff;
}

/* What is done there; true when the return of the function there is to be seen, too. */
static __always_inline bool act_at_place(struct pt_regs *ctx, __u64 cookie)
{
	enum memsnoop_heap_function function = cookie_function(cookie);

	switch (cookie >> MEMSNOOP_HEAP_COOKIE_ROLE_SHIFT & MEMSNOOP_HEAP_COOKIE_ROLE_MASK) {
	case MEMSNOOP_HEAP_ROLE_CALL:
		return enter_call(ctx, function, cookie);
	case MEMSNOOP_HEAP_ROLE_FREE:
		if (function == MEMSNOOP_HEAP_MUNMAP)
			unmap_pages(ctx);
		else
			free_block(ctx);
		return false;
	case MEMSNOOP_HEAP_ROLE_INLINE_ENTRY:
		enter_inline_call(ctx, function);
		return false;
	case MEMSNOOP_HEAP_ROLE_INLINE_RETURN:
		leave_inline_call(ctx);
		return false;
	}
	return false;
}

static __always_inline bool reach_place(struct pt_regs *ctx, __u64 cookie)
{
	__u64 began = begin_run(cookie & MEMSNOOP_HEAP_COOKIE_SINGLE_STEPPED
				    ? MEMSNOOP_HEAP_HIT_SINGLE_STEPPED
				    : MEMSNOOP_HEAP_HIT_EMULATED);
	bool wanted = act_at_place(ctx, cookie);

	end_run(began);
	return wanted;
}

static __always_inline void reach_return(struct pt_regs *ctx, __u64 cookie)
{
	__u64 began = begin_run(MEMSNOOP_HEAP_HIT_RETURN);

	leave_call(ctx, cookie_function(cookie));
	end_run(began);
}

/* Kernels with sessions: one link for all places, and the returns of some of them. */
SEC("uprobe")
int heap_session(struct pt_regs *ctx)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);

	if (!is_target())
		return SKIP_RETURN;
	/* At the place itself the instruction pointer is there. */
	if (PT_REGS_IP(ctx) == bpf_get_func_ip(ctx))
		return reach_place(ctx, cookie) ? 0 : SKIP_RETURN;
	reach_return(ctx, cookie);
	return 0;
}

/* The others. */
SEC("uprobe")
int heap_place(struct pt_regs *ctx)
{
	if (is_target())
		reach_place(ctx, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("uprobe")
int heap_return(struct pt_regs *ctx)
{
	if (is_target())
		reach_return(ctx, bpf_get_attach_cookie(ctx));
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(heap_exec, struct task_struct *task)
{
	begin_program(task);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(heap_exit, struct task_struct *task)
{
	end_thread(task);
	return 0;
}

/* The helpers for tracing are for programs under the GPL alone. */
char LICENSE[] SEC("license") = "GPL";
