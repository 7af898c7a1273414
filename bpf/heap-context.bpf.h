/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calling contexts: finding their numbers, and sending what is needed to unwind them once. */
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

/* Reversible steps (those of MurmurHash3's end), and never 0. */
static __always_inline __u64 context_key(__u64 return_address, __u64 height)
{
	__u64 key = return_address ^ (height << 40 | height >> 24) ^ (__u64)process.program << 48;

	key = (key ^ key >> 33) * 0xff51afd7ed558ccdULL;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return (key ^ key >> 33) | 1;
}

/* The first that sees a context fills it in. */
__noinline int add_context(__u64 key, __u64 return_address, __u64 height, __u32 is_mapping)
{
	struct memsnoop_heap_context *context;
	__u32 index = key >> 32;
	__u64 before;

	for (int probe = 0; probe < MEMSNOOP_HEAP_CONTEXT_PROBES; probe++) {
		index = (index + 1) & context_mask;
		context = context_at(index);
		if (!context || index == MEMSNOOP_HEAP_CONTEXT_UNKNOWN)
			continue;
		before = __sync_val_compare_and_swap(&context->key, 0, key);
		if (before == key)
			return index;
		if (before)
			continue;
		context->return_address = return_address;
		context->height = height;
		context->program = process.program;
		context->is_mapping = is_mapping;
		return index;
	}
	return MEMSNOOP_HEAP_CONTEXT_UNKNOWN;
}

static __always_inline __u32 find_context(__u64 return_address, __u64 height, bool is_mapping)
{
	__u64 key = context_key(return_address, height);
	struct memsnoop_heap_context *context;
	__u32 index = key >> 32;

	/* Most are where they belong. */
#pragma unroll
	for (int probe = 0; probe < 2; probe++) {
		index = (index + 1) & context_mask;
		context = context_at(index);
		if (context && context->key == key)
			return index;
	}
	return add_context(key, return_address, height, is_mapping);
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

static __always_inline bool send_capture(struct pt_regs *ctx, __u32 context, __u64 stack,
					 __u64 return_address, const __u32 size)
{
	struct memsnoop_heap_capture *capture;

	capture = bpf_ringbuf_reserve(&captures, sizeof(*capture) + size, 0);
	if (!capture)
		return false;
	capture->context = context;
	capture->program = process.program;
	capture->thread = bpf_get_current_pid_tgid();
	copy_registers(ctx, capture->registers);
	capture->registers[STACK_REGISTER] = stack;
	capture->registers[INSTRUCTION_REGISTER] = return_address;
	capture->reserved = 0;
	capture->stack_bytes = copy_stack((char *)(capture + 1), stack, size);
	bpf_ringbuf_submit(capture, 0);
	return true;
}

static __noinline bool capture_context(struct pt_regs *ctx, __u32 index, __u64 stack,
				       __u64 return_address)
{
	struct memsnoop_heap_context *context = context_at(index);
	bool sent;

	if (!context || __sync_val_compare_and_swap(&context->captured, 0, 1))
		return false;
	if (context->height < MEMSNOOP_HEAP_STACK_SMALL - PAGE)
		sent = send_capture(ctx, index, stack, return_address, MEMSNOOP_HEAP_STACK_SMALL);
	else
		sent = send_capture(ctx, index, stack, return_address, MEMSNOOP_HEAP_STACK_LARGE);
	if (!sent) {
		context->captured = 0;
		count(MEMSNOOP_HEAP_CAPTURES_DROPPED);
	}
	return sent;
}

#endif
