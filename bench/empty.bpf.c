// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that do nothing, on exactly the tracepoints that kernel-memory.bpf.c attaches to: what
 * tracing costs before anything is accounted.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>

#define EMPTY(section, name)                                                                       \
	SEC(section)                                                                               \
	int name(__u64 *ctx)                                                                       \
	{                                                                                          \
		return 0;                                                                          \
	}

EMPTY("tp_btf/kmalloc", kmalloc)
EMPTY("tp_btf/kmalloc_node", kmalloc_node)
EMPTY("tp_btf/kmem_cache_alloc", kmem_cache_alloc)
EMPTY("tp_btf/kmem_cache_alloc_node", kmem_cache_alloc_node)
EMPTY("tp_btf/kfree", kfree)
EMPTY("tp_btf/kmem_cache_free", kmem_cache_free)
EMPTY("raw_tp/rcu_invoke_kfree_bulk_callback", kfree_bulk)
EMPTY("tp_btf/sched_process_fork", process_fork)
EMPTY("tp_btf/sched_process_exec", process_exec)
EMPTY("tp_btf/sched_process_exit", process_exit)

char LICENSE[] SEC("license") = "GPL";
