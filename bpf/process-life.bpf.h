/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the recorded process's program: by another one that it executes, or by its exit. */
#ifndef MEMSNOOP_PROCESS_LIFE_BPF_H
#define MEMSNOOP_PROCESS_LIFE_BPF_H

static long clear_totals(__u64 index, void *context)
{
	__u32 cpu = index;
	struct memsnoop_heap_totals *cleared = bpf_map_lookup_elem(&totals, &cpu);

	if (cleared)
		__builtin_memset(cleared, 0, sizeof(*cleared));
	return 0;
}

/* The one context that all programs of the process have. */
static __always_inline void clear_unknown_context(void)
{
	struct memsnoop_heap_context *context = context_at(MEMSNOOP_HEAP_CONTEXT_UNKNOWN);

	if (!context)
		return;
	__builtin_memset(context, 0, sizeof(*context));
	context->program = process.program;
}

/* All its memory is gone, and with it all other threads: begin anew. */
static __always_inline void begin_program(const struct task_struct *task)
{
	if (!is_target_group(task->tgid))
		return;
	process.program++;
	process.current_bytes = 0;
	process.peak_bytes = 0;
	/* The slots of those before are taken over. */
	process.contexts_used = 0;
	process.depth = process.depth_wanted;
	clear_unknown_context();
	bpf_loop(cpu_count, clear_totals, NULL, 0);
	process.executed_at = bpf_ktime_get_boot_ns();
}

static __always_inline void end_thread(const struct task_struct *task)
{
	if (is_target_group(task->tgid) && task->signal->live.counter == 0)
		process.exited_at = bpf_ktime_get_boot_ns();
}

#endif
