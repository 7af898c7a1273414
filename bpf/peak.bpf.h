/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The highest value that a shared number of bytes has had. */
#ifndef MEMSNOOP_PEAK_BPF_H
#define MEMSNOOP_PEAK_BPF_H

static __always_inline void raise_peak(__u64 *highest, __u64 current)
{
	__u64 peak = *highest, seen;

	/* Each failure is another CPU that has raised it meanwhile. */
	for (int i = 0; i < 64 && (__s64)current > (__s64)peak; i++) {
		seen = __sync_val_compare_and_swap(highest, peak, current);
		if (seen == peak)
			break;
		peak = seen;
	}
}

#endif
