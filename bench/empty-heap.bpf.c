// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that do nothing, at the same places as those of heap-memory.bpf.c: what probing costs before
 * anything is accounted.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>

SEC("uprobe")
int call_both(struct pt_regs *ctx)
{
	return 0;
}

/* Asks to skip the return, as a sampled recording does for most calls. */
SEC("uprobe")
int call_skipping(struct pt_regs *ctx)
{
	return 1;
}

SEC("uprobe")
int free_entry(struct pt_regs *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
