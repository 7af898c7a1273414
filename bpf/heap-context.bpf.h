/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calling contexts: finding their numbers by walking the stack, and sending each stack once. */
#ifndef MEMSNOOP_HEAP_CONTEXT_BPF_H
#define MEMSNOOP_HEAP_CONTEXT_BPF_H

/* How many contexts there are, less one: a power of two less one, set before the load. */
const volatile __u32 context_mask = 1;

/* A stack that is higher than this is another than the thread's own. */
#define HIGHEST_STACK (1ull << 30)
#define PAGE MEMSNOOP_HEAP_PAGE

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct memsnoop_heap_context);
} contexts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PAGE);
} captures SEC(".maps");

static __always_inline struct memsnoop_heap_context *context_at(__u32 index)
{
	return bpf_map_lookup_elem(&contexts, &index);
}

/* Where the thread's stack begins, nearly: the same for all calls of the thread. */
static __always_inline __u64 stack_base_of(struct task_struct *task)
{
	if (task->pid == task->tgid)
		return ((struct task_struct___heap *)task)->mm->start_stack;
#if defined(__TARGET_ARCH_x86)
	return ((struct task_struct___x86 *)task)->thread.fsbase;
#elif defined(__TARGET_ARCH_arm64)
	return ((struct task_struct___arm64_thread *)task)->thread.uw.tp_value;
#endif
}

static __always_inline __u64 stack_height(__u64 base, __u64 stack)
{
	__u64 height = base - stack;

	return height < HIGHEST_STACK ? height : MEMSNOOP_HEAP_FOREIGN_STACK | (stack & (PAGE - 1));
}

/* Whether nothing more is to be known of the stack. */
static __always_inline bool is_walked(const struct stack_walk *walk)
{
	return walk->end == MEMSNOOP_WALK_END_OUTERMOST || walk->end == MEMSNOOP_WALK_END_DEPTH;
}

/* Reversible steps (those of MurmurHash3's end), and never 0. */
static __always_inline __u64 context_key(const struct stack_walk *walk, __u64 height,
					 bool is_mapping)
{
	__u64 key = walk->hash ^ (height << 40 | height >> 24) ^ (__u64)process.program << 48 ^
		    (__u64)walk->end << 1 ^ is_mapping;

	key = (key ^ key >> 33) * 0xff51afd7ed558ccdULL;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return (key ^ key >> 33) | 1;
}

/* Counts a new context, and lowers the depth of walks when there is not much room for more. */
static __always_inline void count_context(void)
{
	__u64 used = __sync_fetch_and_add(&process.contexts_used, 1) + 1;
	__u32 sixteenths = used * 16 / ((__u64)context_mask + 1), depth;

	if (sixteenths < MEMSNOOP_HEAP_CONTEXTS_SCARCE || sixteenths > 16)
		return;
	depth = process.depth_wanted >> (sixteenths - MEMSNOOP_HEAP_CONTEXTS_SCARCE + 1);
	if (depth < process.depth)
		process.depth = depth ? depth : 1;
}

struct new_context {
	__u64 key;
	__u64 return_address;
	__u64 height;
	__u8 end;
	__u8 is_mapping;
};

/* Takes a slot for a program after an exec: a free one, or one of a program before, which nobody looks
 * for any more. False when somebody else has it. Meanwhile others with the same key go on to the
 * next. */
static __always_inline bool take_over(struct memsnoop_heap_context *context, __u64 before)
{
	if (before == MEMSNOOP_HEAP_CONTEXT_CLAIMED ||
	    (before && context->program == (__u16)process.program))
		return false;
	if (__sync_val_compare_and_swap(&context->key, before, MEMSNOOP_HEAP_CONTEXT_CLAIMED) !=
	    before)
		return false;
	context->captured = 0;
	context->alloc_count = 0;
	context->alloc_bytes = 0;
	context->free_count = 0;
	context->free_bytes = 0;
	return true;
}

static __always_inline void fill_context(struct memsnoop_heap_context *context,
					 const struct new_context *new)
{
	context->return_address = new->return_address;
	context->height = new->height;
	context->program = process.program;
	context->is_mapping = new->is_mapping;
	context->end = new->end;
	count_context();
}

/* The first that sees a context fills it in. */
__noinline int add_context(const struct new_context *new)
{
	struct memsnoop_heap_context *context;
	__u64 before;
	__u32 index;

	if (!new)
		return MEMSNOOP_HEAP_CONTEXT_UNKNOWN;
	index = new->key >> 32;
	for (int probe = 0; probe < MEMSNOOP_HEAP_CONTEXT_PROBES; probe++) {
		index = (index + 1) & context_mask;
		context = context_at(index);
		if (!context || index == MEMSNOOP_HEAP_CONTEXT_UNKNOWN)
			continue;
		if (process.program) {
			before = context->key;
			if (before == new->key)
				return index;
			if (!take_over(context, before))
				continue;
			fill_context(context, new);
			__sync_val_compare_and_swap(&context->key, MEMSNOOP_HEAP_CONTEXT_CLAIMED,
						    new->key);
			return index;
		}
		before = __sync_val_compare_and_swap(&context->key, 0, new->key);
		if (before == new->key)
			return index;
		if (before)
			continue;
		fill_context(context, new);
		return index;
	}
	return MEMSNOOP_HEAP_CONTEXT_UNKNOWN;
}

/* Of the stack that has been walked. */
static __always_inline __u32 find_context(const struct stack_walk *walk, __u64 return_address,
					  __u64 base, bool is_mapping)
{
	struct new_context new = {
	    .return_address = return_address,
	    .height = is_walked(walk) ? 0 : stack_height(base, walk->sp),
	    .end = walk->end,
	    .is_mapping = is_mapping,
	};
	struct memsnoop_heap_context *context;
	__u32 index;

	new.key = context_key(walk, new.height, is_mapping);
	index = new.key >> 32;
	/* Most are where they belong. */
#pragma unroll
	for (int probe = 0; probe < 2; probe++) {
		index = (index + 1) & context_mask;
		context = context_at(index);
		if (context && context->key == new.key)
			return index;
	}
	return add_context(&new);
}

/* As much of the stack as there is, page by page, for the page behind it may not be there. */
static __always_inline __u32 copy_stack(char *copy, __u64 stack, __u32 size)
{
	__u32 copied = 0, part;

	for (int i = 0; i < MEMSNOOP_HEAP_STACK_LARGE / PAGE; i++) {
		part = PAGE - (stack & (PAGE - 1));
		if (copied > size - PAGE || part > PAGE)
			break;
		if (bpf_probe_read_user(copy + copied, part, (void *)stack))
			break;
		copied += part;
		stack += part;
	}
	return copied;
}

static __always_inline void describe_walk(struct memsnoop_heap_capture *capture,
					  const struct stack_walk *walk, const __u32 room)
{
	__u32 depth = walk->depth;

	if (depth > room)
		depth = room;
	capture->program = process.program;
	capture->thread = bpf_get_current_pid_tgid();
	capture->depth = depth;
	capture->room = room;
	capture->stack_bytes = 0;
	capture->end = walk->end;
	capture->reserved = 0;
	capture->padding = 0;
	bpf_probe_read_kernel(capture + 1, depth * sizeof(__u64), walk->addresses);
}

/* A stack whose addresses tell everything. */
static __always_inline bool send_addresses(struct pt_regs *ctx, __u32 context,
					   const struct stack_walk *walk, const __u32 room)
{
	struct memsnoop_heap_capture *capture;

	capture = bpf_ringbuf_reserve(&captures, sizeof(*capture) + room * sizeof(__u64), 0);
	if (!capture)
		return false;
	capture->context = context;
	describe_walk(capture, walk, room);
	copy_registers(ctx, capture->registers);
	bpf_ringbuf_submit(capture, 0);
	return true;
}

static __always_inline bool send_stack(struct pt_regs *ctx, __u32 context,
				       const struct stack_walk *walk, const __u32 size)
{
	const __u32 room = MEMSNOOP_WALK_DEPTH_MAX;
	struct memsnoop_heap_capture *capture;

	capture = bpf_ringbuf_reserve(&captures, sizeof(*capture) + room * sizeof(__u64) + size, 0);
	if (!capture)
		return false;
	capture->context = context;
	describe_walk(capture, walk, room);
	copy_registers(ctx, capture->registers);
	capture->registers[STACK_REGISTER] = walk->sp;
	capture->registers[FRAME_REGISTER] = walk->fp;
	capture->registers[INSTRUCTION_REGISTER] = walk->pc & ~MEMSNOOP_WALK_EXACT;
	capture->stack_bytes =
	    copy_stack((char *)(capture + 1) + room * sizeof(__u64), walk->sp, size);
	bpf_ringbuf_submit(capture, 0);
	return true;
}

static __noinline bool capture_context(struct pt_regs *ctx, __u32 index,
				       const struct stack_walk *walk)
{
	struct memsnoop_heap_context *context = context_at(index);
	bool sent;

	if (!context || __sync_val_compare_and_swap(&context->captured, 0, 1))
		return false;
	if (is_walked(walk) && walk->depth <= MEMSNOOP_HEAP_CAPTURE_FEW)
		sent = send_addresses(ctx, index, walk, MEMSNOOP_HEAP_CAPTURE_FEW);
	else if (is_walked(walk))
		sent = send_addresses(ctx, index, walk, MEMSNOOP_WALK_DEPTH_MAX);
	else if (context->height < MEMSNOOP_HEAP_STACK_SMALL - PAGE)
		sent = send_stack(ctx, index, walk, MEMSNOOP_HEAP_STACK_SMALL);
	else
		sent = send_stack(ctx, index, walk, MEMSNOOP_HEAP_STACK_LARGE);
	if (!sent) {
		context->captured = 0;
		count(MEMSNOOP_HEAP_CAPTURES_DROPPED);
	}
	return sent;
}

#endif
