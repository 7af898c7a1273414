/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second line of each calling context. */
#ifndef MEMSNOOP_SURVIVAL_TABLE_BPF_H
#define MEMSNOOP_SURVIVAL_TABLE_BPF_H

#include "memsnoop-heap-survival-layout.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct memsnoop_heap_survival);
} survivals SEC(".maps");

static __always_inline struct memsnoop_heap_survival *survival_at(__u32 context)
{
	return bpf_map_lookup_elem(&survivals, &context);
}

static __always_inline void clear_survival_at(__u32 context)
{
	struct memsnoop_heap_survival *survival = survival_at(context);

	if (survival)
		__builtin_memset(survival, 0, sizeof(*survival));
}

#endif
