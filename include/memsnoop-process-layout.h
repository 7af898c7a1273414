/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process iterator writes about each process. Included by both compilers, each after
 * the header of its own fixed-width types, as memsnoop-kernel-layout.h.
 */
#ifndef MEMSNOOP_PROCESS_LAYOUT_H
#define MEMSNOOP_PROCESS_LAYOUT_H

struct memsnoop_process_entry {
	__u64 start_time;	/* CLOCK_BOOTTIME ns */
	__u64 execution;	/* another one after each exec; 0 if unknown */
	__u64 control_group;	/* cgroup v2 id; 0 if unknown */
	__u32 pid;		/* thread group, in the initial namespace */
	__u32 parent_pid;
	__u32 uid;		/* real */
	__u32 kernel_thread;	/* 0 or 1 */
	/* Pages; the counters may be off by some for each CPU, even below zero. */
	__s64 file_pages;
	__s64 anonymous_pages;
	__s64 swap_pages;
	__s64 shared_pages;
	char comm[16];
};

_Static_assert(sizeof(struct memsnoop_process_entry) == 88, "an entry has no padding");

#endif
