/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of functions that may throw, and whose return is not probed for that: their entries and
 * their return instructions are. (The unwinder would meet the kernel's address in the place of the
 * return address.)
 */
#ifndef MEMSNOOP_HEAP_INLINE_CALL_BPF_H
#define MEMSNOOP_HEAP_INLINE_CALL_BPF_H

static __always_inline void enter_inline_call(struct pt_regs *ctx,
					      enum memsnoop_heap_function function)
{
	struct heap_thread *thread = this_thread();

	if (!thread)
		return;
	thread->inline_size = requested_size(ctx, function);
	thread->inline_stack = 0;
	thread->inline_address = 0;
	if (is_sampled(&thread->until_mark, thread->inline_size) && !process.paused)
		thread->inline_stack = PT_REGS_SP(ctx);
}

static __always_inline void leave_inline_call(struct pt_regs *ctx)
{
	__u64 stack = PT_REGS_SP(ctx), address = PT_REGS_RC(ctx), return_address;
	struct heap_thread *thread = this_thread();

	if (!thread || thread->inline_stack != stack)
		return;
	thread->inline_stack = 0;
	/* What a call within it has allocated is in the figures. */
	if (!address || thread->inline_address == address)
		return;
#if defined(__TARGET_ARCH_x86)
	return_address = read_return_slot(stack);
#elif defined(__TARGET_ARCH_arm64)
	return_address = PT_REGS_RET(ctx);
#endif
	account_new_block(ctx, thread, address, thread->inline_size, return_address,
			  stack + RETURN_ADDRESS_BYTES, 0, false);
}

#endif
