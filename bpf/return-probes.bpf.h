/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls whose returns are probed, by whomever: their return addresses are not on the stack, for the
 * kernel has put that of a page of its own there, and keeps them.
 */
#ifndef MEMSNOOP_RETURN_PROBES_BPF_H
#define MEMSNOOP_RETURN_PROBES_BPF_H

/* From kernel/events/uprobes.c: MAX_URETPROBE_DEPTH. */
#define RETURN_PROBES_MOST 64
/* So many of the innermost are put into a copy; a walk knows all. */
#define RETURN_PROBES_COPIED 16

/* Where calls return to whose returns are probed; 0: nowhere, for there is no such call. */
static __always_inline __u64 probed_return_address(void)
{
	struct task_struct___heap *task = (struct task_struct___heap *)bpf_get_current_task_btf();

	/* Not without CONFIG_UPROBES, where pages can be recorded all the same. */
	if (bpf_core_field_exists(task->mm->uprobes_state.xol_area))
		return task->mm->uprobes_state.xol_area->vaddr;
	return 0;
}

/* The innermost of the thread's calls whose returns are probed. */
static __always_inline struct return_instance *first_probed_call(void)
{
	struct task_struct___heap *task = (struct task_struct___heap *)bpf_get_current_task_btf();

	if (!bpf_core_field_exists(task->utask))
		return NULL;
	return BPF_CORE_READ(task, utask, return_instances);
}

/* What belongs at this place of the stack; 0 when no such call is known. A call that was handed on
 * has two, of which one is the kernel's own. Not static, so that the verifier looks at it once. */
__noinline __u64 true_return_address(__u64 place)
{
	struct return_instance *call = first_probed_call();
	__u64 probed = probed_return_address(), address;

	for (int i = 0; i < RETURN_PROBES_MOST && call; i++) {
		address = BPF_CORE_READ(call, orig_ret_vaddr);
		if (BPF_CORE_READ(call, stack) == place && address != probed)
			return address;
		call = BPF_CORE_READ(call, next);
	}
	return 0;
}

/* The beginning of a copied stack: a power of two. */
#define STACK_COPY_WORDS (MEMSNOOP_HEAP_STACK_SMALL / sizeof(__u64))

struct stack_copy {
	__u64 words[STACK_COPY_WORDS];
};

/* Puts the innermost into a copy of the stack from this place on. Not static, so that the verifier
 * looks at it once. */
__noinline int restore_return_addresses(struct stack_copy *copy, __u64 stack)
{
	struct return_instance *call = first_probed_call();
	__u64 probed = probed_return_address(), address, place;

	for (int i = 0; i < RETURN_PROBES_COPIED && copy && call; i++) {
		address = BPF_CORE_READ(call, orig_ret_vaddr);
		place = BPF_CORE_READ(call, stack) - stack;
		call = BPF_CORE_READ(call, next);
		if (place >= sizeof(*copy) || place % sizeof(address) || address == probed)
			continue;
		place /= sizeof(address);
		/* The verifier is to see the bound, and the compiler not that there is one. */
		__asm__ volatile("" : "+r"(place));
		copy->words[place & (STACK_COPY_WORDS - 1)] = address;
	}
	return 0;
}

#endif
