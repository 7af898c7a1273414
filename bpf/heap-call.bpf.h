/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread's call of an allocator function, from its entry to its return.
 *
 * Allocator functions call each other, and only the outermost call is what the program asked for.
 * It is told by the stack pointer and not by a counter: a call that is left by longjmp() or by an
 * exception, or whose return was missed, would leave a counter wrong for ever.
 */
#ifndef MEMSNOOP_HEAP_CALL_BPF_H
#define MEMSNOOP_HEAP_CALL_BPF_H

/* No allocator uses more stack than this between its entry and a call of another of its functions.
 */
#define ALLOCATOR_STACK 32768

struct heap_call {
	/* The stack pointer at the entry; 0: no call is in progress. */
	__u64 stack;
	__u64 size;
	/* Where posix_memalign() stores the address. */
	__u64 pointer;
	/* What realloc() is given, taken out of the table for the time of the call: as soon as it
	 * is free, another thread may be given the same address. 0: nothing. */
	__u64 old_address;
	struct memsnoop_heap_block old;
	/* Whether the new block is to be kept. */
	__u64 sampled;
};

struct heap_thread {
	__u64 stack_base;
	/* Of the function whose returns are probed where they are; its inner calls are as good as
	 * any other, but for the one whose block it hands on. */
	__u64 inline_stack;
	__u64 inline_size;
	/* The address last allocated within it. */
	__u64 inline_address;
	/* The address last freed. */
	__u64 freed_address;
	/* Bytes up to the next mark of a sampled recording; 0: not known yet. */
	__u64 until_mark;
	/* The last call whose return was not asked for, and where it was to return to. */
	__u64 declined_stack;
	__u64 declined_return;
	/* The number of the program that it ran then. */
	__u32 program;
	__u32 reserved;
	struct heap_call call;
	/* Of the stack at the last allocation. */
	struct stack_walk walk;
};

/* Goes with the thread. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct heap_thread);
} threads SEC(".maps");

static __noinline struct heap_thread *begin_thread(struct task_struct *task)
{
	struct heap_thread *thread =
	    bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread) {
		count(MEMSNOOP_HEAP_THREADS_FULL);
		return NULL;
	}
	__builtin_memset(thread, 0, __builtin_offsetof(struct heap_thread, walk));
	thread->stack_base = stack_base_of(task);
	thread->program = process.program;
	return thread;
}

/* NULL when there is no memory for a new one. */
static __always_inline struct heap_thread *this_thread(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct heap_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);

	if (!thread || thread->program != process.program)
		thread = begin_thread(task);
	return thread;
}

/* While a call's return is probed, the kernel's own address is in the place of the return address.
 */
static __noinline bool is_in_progress(const struct heap_call *call)
{
#if defined(__TARGET_ARCH_x86)
	struct task_struct___heap *task = (struct task_struct___heap *)bpf_get_current_task_btf();

	return read_return_slot(call->stack) == task->mm->uprobes_state.xol_area->vaddr;
#else
	return true;
#endif
}

/* A function may hand its call on to another by a jump: the stack pointer is the same then. */
static __always_inline bool is_handed_on(const struct heap_call *call, __u64 stack)
{
#if defined(__TARGET_ARCH_x86)
	return stack == call->stack;
#else
	/* Nothing tells it from the next call at the same place. */
	return false;
#endif
}

/* Whether a call at this stack pointer is made by the one in progress. */
static __always_inline bool is_inner(const struct heap_call *call, __u64 stack)
{
	if (!is_handed_on(call, stack) &&
	    (stack >= call->stack || call->stack - stack >= ALLOCATOR_STACK))
		return false;
	return is_in_progress(call);
}

/* The call has not returned: whatever has become of its old block, it is most probably free. */
static __noinline void abandon_call(struct heap_call *call)
{
	count(MEMSNOOP_HEAP_ABANDONED_CALLS);
	if (call->old_address && is_current(&call->old))
		account_free(&call->old);
	call->old_address = 0;
	call->stack = 0;
}

/* The largest number when the product is more than any block's size: such a call fails. */
static __always_inline __u64 product(__u64 count, __u64 size)
{
	__u64 large = count > size ? count : size, small = count > size ? size : count;

	/* In two halves; the higher one tells most that are too large, and the lower one the rest.
	 */
	if (small >> 32 || (large >> 32) * small >> 16 ||
	    (large & 0xffffffff) * small >> MEMSNOOP_HEAP_SIZE_BITS)
		return ~0ULL;
	return large * small;
}

static __always_inline __u64 requested_size(struct pt_regs *ctx,
					    enum memsnoop_heap_function function)
{
	switch (function) {
	case MEMSNOOP_HEAP_CALLOC:
		return product(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
	case MEMSNOOP_HEAP_REALLOC:
	case MEMSNOOP_HEAP_MEMALIGN:
	case MEMSNOOP_HEAP_MMAP:
		return PT_REGS_PARM2(ctx);
	case MEMSNOOP_HEAP_REALLOCARRAY:
		return product(PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));
	case MEMSNOOP_HEAP_POSIX_MEMALIGN:
	case MEMSNOOP_HEAP_MREMAP:
		return PT_REGS_PARM3(ctx);
	default:
		return PT_REGS_PARM1(ctx);
	}
}

static __always_inline bool is_realloc(enum memsnoop_heap_function function)
{
	return function == MEMSNOOP_HEAP_REALLOC || function == MEMSNOOP_HEAP_REALLOCARRAY ||
	       function == MEMSNOOP_HEAP_MREMAP;
}

static __always_inline bool maps_pages(enum memsnoop_heap_function function)
{
	return function == MEMSNOOP_HEAP_MMAP || function == MEMSNOOP_HEAP_MREMAP;
}

static __always_inline __u64 entry_return_address(struct pt_regs *ctx)
{
#if defined(__TARGET_ARCH_x86)
	return read_return_slot(PT_REGS_SP(ctx));
#elif defined(__TARGET_ARCH_arm64)
	return PT_REGS_RET(ctx);
#endif
}

#define MAP_ANONYMOUS 0x20

/* Addresses of the allocator's code where it is not the C library's; set before the load, and right
 * until another program is executed. */
const volatile __u64 allocator_start;
const volatile __u64 allocator_end;

static __always_inline bool is_allocators(__u64 address)
{
	return process.program == 0 && address - allocator_start < allocator_end - allocator_start;
}

/* Whether these pages have no file, and are neither the C library's own (a thread's stack, say) nor
 * the allocator's. */
static __always_inline bool is_programs_own(struct pt_regs *ctx,
					    enum memsnoop_heap_function function, __u64 cookie)
{
	__u64 before = cookie >> MEMSNOOP_HEAP_COOKIE_BEFORE_SHIFT & MEMSNOOP_HEAP_COOKIE_PAGES_MAX;
	__u64 after = cookie >> MEMSNOOP_HEAP_COOKIE_AFTER_SHIFT;
	__u64 begin = PT_REGS_IP(ctx) - before * MEMSNOOP_HEAP_PAGE;
	__u64 caller;

	if (function == MEMSNOOP_HEAP_MMAP && !(PT_REGS_PARM4(ctx) & MAP_ANONYMOUS))
		return false;
	caller = entry_return_address(ctx);
	return caller - begin >= (before + after) * MEMSNOOP_HEAP_PAGE && !is_allocators(caller);
}

/*
 * A sampled recording does not ask for the return of most calls. The calls within them must not be
 * taken for others: they would be drawn again.
 */
static __always_inline bool is_within_declined(const struct heap_thread *thread, __u64 stack)
{
#if defined(__TARGET_ARCH_x86)
	if (sample_interval && stack < thread->declined_stack &&
	    thread->declined_stack - stack < ALLOCATOR_STACK)
		return read_return_slot(thread->declined_stack) == thread->declined_return;
#endif
	return false;
}

static __always_inline void decline_call(struct heap_thread *thread, __u64 stack,
					 enum memsnoop_heap_function function)
{
	thread->call.stack = 0;
	thread->declined_stack = 0;
#if defined(__TARGET_ARCH_x86)
	/* malloc() calls none of the others. */
	if (function != MEMSNOOP_HEAP_MALLOC) {
		thread->declined_stack = stack;
		thread->declined_return = read_return_slot(stack);
	}
#endif
}

/* False when the call is within another, or not to be kept: its return is of no interest. */
static __always_inline bool enter_call(struct pt_regs *ctx, enum memsnoop_heap_function function,
				       __u64 cookie)
{
	struct heap_thread *thread = this_thread();
	__u64 stack = PT_REGS_SP(ctx), pointer = PT_REGS_PARM1(ctx);
	struct heap_call *call;

	if (!thread)
		return false;
	call = &thread->call;
	if (call->stack && is_inner(call, stack))
		return false;
	if (is_within_declined(thread, stack))
		return false;
	if (maps_pages(function) && !is_programs_own(ctx, function, cookie))
		return false;
	/* Handed on where that cannot be told: the old block is out of the table already. */
	if (call->stack == stack && is_realloc(function) && call->pointer == pointer) {
		call->size = requested_size(ctx, function);
		return true;
	}
	if (call->stack && (call->stack != stack || call->old_address))
		abandon_call(call);
	call->stack = stack;
	call->pointer = pointer;
	call->size = requested_size(ctx, function);
	call->old_address = 0;
	if (is_realloc(function) && pointer && live_table_remove(pointer, &call->old))
		call->old_address = pointer;
	call->sampled = maps_pages(function) || is_sampled(&thread->until_mark, call->size);
	/* What was not known before may be a file's. And in a pause no block begins, not even one
	 * that takes the place of another. */
	if ((function == MEMSNOOP_HEAP_MREMAP && !call->old_address) || process.paused)
		call->sampled = false;
	if (call->sampled || call->old_address)
		return true;
	decline_call(thread, stack, function);
	return false;
}

static __always_inline bool insert_block(__u64 address, const struct memsnoop_heap_block *block)
{
	if (address & MEMSNOOP_SLOT_CLAIMED) {
		count(MEMSNOOP_HEAP_UNREADABLE);
		return false;
	}
	if (live_table_insert(address, block))
		return true;
	count(MEMSNOOP_HEAP_TABLE_FULL);
	return false;
}

/* Of a call that returns to the address with this stack pointer. */
static __always_inline __u32 this_context(struct pt_regs *ctx, struct heap_thread *thread,
					  __u64 return_address, __u64 stack, bool is_mapping)
{
	walk_stack(&thread->walk, return_address, stack, frame_pointer(ctx), process.program,
		   process.depth);
	return find_context(&thread->walk, return_address, thread->stack_base, is_mapping);
}

/* Accounts a new block, and in the same step the end of the one that it replaces. */
static __always_inline void account_new_block(struct pt_regs *ctx, struct heap_thread *thread,
					      __u64 address, __u64 size, __u64 return_address,
					      __u64 stack, __s64 replaced, bool mapping)
{
	struct memsnoop_heap_context *context;
	struct memsnoop_heap_block block = {
	    .size_and_program = (size & SIZE_MASK) | (__u64)process.program
							 << MEMSNOOP_HEAP_SIZE_BITS,
	    .context = this_context(ctx, thread, return_address, stack, mapping),
	    .epoch_and_shift = (process.epoch & MEMSNOOP_HEAP_EPOCH_MASK) |
			       process.interval_shift << MEMSNOOP_HEAP_EPOCH_BITS |
			       (mapping ? MEMSNOOP_HEAP_IS_MAPPING : 0),
	};
	struct weight weight;

	if (!insert_block(address, &block)) {
		if (replaced)
			change_current(-replaced);
		return;
	}
	weigh_block(&block, &weight);
	count_allocation(&block, &weight);
	if (!mapping)
		change_current(weight.bytes - replaced);
	process.last_thread = bpf_get_current_pid_tgid();
	if (block.context == MEMSNOOP_HEAP_CONTEXT_UNKNOWN) {
		count(MEMSNOOP_HEAP_CONTEXTS_FULL);
		return;
	}
	context = context_at(block.context);
	if (context && !context->captured)
		capture_context(ctx, block.context, &thread->walk);
}

/* The address of the new block; 0 when the call has failed. */
static __always_inline __u64 new_address(struct pt_regs *ctx, const struct heap_call *call,
					 enum memsnoop_heap_function function)
{
	__u64 address = 0;

	/* MAP_FAILED. */
	if (maps_pages(function))
		return PT_REGS_RC(ctx) == ~0ULL ? 0 : PT_REGS_RC(ctx);
	if (function != MEMSNOOP_HEAP_POSIX_MEMALIGN)
		return PT_REGS_RC(ctx);
	if ((__u32)PT_REGS_RC(ctx))
		return 0;
	if (bpf_probe_read_user(&address, sizeof(address), (void *)call->pointer))
		count(MEMSNOOP_HEAP_UNREADABLE);
	return address;
}

/* The old block lives on, unless the new size was 0: then no address tells that it is free. */
static __always_inline void leave_failed_call(struct heap_call *call)
{
	if (!call->old_address || !is_current(&call->old))
		return;
	if (call->size && insert_block(call->old_address, &call->old))
		return;
	account_free(&call->old);
}

static __always_inline void leave_call(struct pt_regs *ctx, enum memsnoop_heap_function function)
{
	__u64 stack = PT_REGS_SP(ctx), address;
	struct heap_thread *thread = this_thread();
	struct heap_call *call;
	__s64 replaced = 0;

	if (!thread)
		return;
	call = &thread->call;
	/* The return of an inner call, or of one from before the recording. */
	if (call->stack != stack - RETURN_ADDRESS_BYTES)
		return;
	call->stack = 0;
	address = new_address(ctx, call, function);
	if (!address) {
		leave_failed_call(call);
		return;
	}
	if (call->old_address && is_current(&call->old))
		replaced = count_free(&call->old);
	if (!call->sampled) {
		change_current(-replaced);
		return;
	}
	account_new_block(ctx, thread, address, call->size, PT_REGS_IP(ctx), stack, replaced,
			  maps_pages(function));
	thread->inline_address = address;
}

static __always_inline void free_block(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx), stack = PT_REGS_SP(ctx);
	struct memsnoop_heap_block block;
	struct heap_thread *thread;

	if (!address)
		return;
	if (sample_interval) {
		if (live_table_remove(address, &block) && is_current(&block))
			account_free(&block);
		return;
	}
	thread = this_thread();
	if (!thread || (thread->call.stack && is_inner(&thread->call, stack)))
		return;
	if (live_table_remove(address, &block) && is_current(&block)) {
		account_free(&block);
	} else if (thread->freed_address != address) {
		count(MEMSNOOP_HEAP_UNTRACKED_FREES);
	}
	/* One function that frees may hand the address on to another. */
	thread->freed_address = address;
}

static __always_inline __u64 whole_pages(__u64 size)
{
	return (size + MEMSNOOP_HEAP_PAGE - 1) & ~(MEMSNOOP_HEAP_PAGE - 1ULL);
}

/* munmap() of a mapping, or of its beginning: then, as with realloc(), one ends and another begins.
 */
static __always_inline void unmap_pages(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx), size = whole_pages(PT_REGS_PARM2(ctx));
	struct memsnoop_heap_block block;
	struct weight weight;
	__u64 rest;

	if (!live_table_remove(address, &block) || !is_current(&block))
		return;
	if (!is_mapping(&block)) {
		insert_block(address, &block);
		return;
	}
	count_free(&block);
	rest = whole_pages(block_size(&block));
	if (size >= rest)
		return;
	block.size_and_program = (block.size_and_program & ~SIZE_MASK) | (rest - size);
	if (!insert_block(address + size, &block))
		return;
	weigh_block(&block, &weight);
	count_allocation(&block, &weight);
}

#endif
