/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call sites in the kernel, kept in half the bytes of an address. */
#ifndef MEMSNOOP_CALL_SITE_BPF_H
#define MEMSNOOP_CALL_SITE_BPF_H

/*
 * The address from which the distances of call sites are measured: the first
 * call site seen. Kernel and module text lie within 2 GiB of each other.
 */
__u64 call_site_anchor;

static __always_inline __s32 call_site_distance(__u64 call_site)
{
	__s64 distance;

	if (!call_site_anchor)
		__sync_val_compare_and_swap(&call_site_anchor, 0, call_site);
	distance = call_site - call_site_anchor;
	if (distance != (__s32)distance) {
		count(MEMSNOOP_COUNTER_FAR_CALL_SITES);
		return MEMSNOOP_CALL_SITE_FAR;
	}
	return distance;
}

#endif
