/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logarithm to base two, rounded down: the classes of sizes. */
#ifndef MEMSNOOP_LOGARITHM_BPF_H
#define MEMSNOOP_LOGARITHM_BPF_H

/* Not static: see live-table.bpf.h. Inlined, its branches would be verified with all that follow. */
__noinline int log2_of(__u32 size)
{
	int result = 0;

	if (size >= 1 << 16) {
		result += 16;
		size >>= 16;
	}
	if (size >= 1 << 8) {
		result += 8;
		size >>= 8;
	}
	if (size >= 1 << 4) {
		result += 4;
		size >>= 4;
	}
	if (size >= 1 << 2) {
		result += 2;
		size >>= 2;
	}
	return result + (size >> 1);
}

#endif
