/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of the processes of a family: some processes, and those that they fork. Included by both compilers,
 * each after the header of its own fixed-width types, as memsnoop-kernel-layout.h.
 */
#ifndef MEMSNOOP_FAMILY_LAYOUT_H
#define MEMSNOOP_FAMILY_LAYOUT_H

/* Members at one time, of all families together. */
#define MEMSNOOP_FAMILY_MEMBERS_MAX 16384
#define MEMSNOOP_FAMILY_BUFFER_BYTES (512 * 1024)

enum memsnoop_family_event_type {
	/* A member has forked the process. */
	MEMSNOOP_FAMILY_FORK,
	/* The member runs another program now. */
	MEMSNOOP_FAMILY_EXEC,
	/* The member has exited. */
	MEMSNOOP_FAMILY_EXIT,
};

/* What a member's children are. */
#define MEMSNOOP_FAMILY_ALONE 0	/* told, but not members */
#define MEMSNOOP_FAMILY_FOLLOWED 1	/* members from their beginning */

/* Whether the kernel lets the process's own user look into it. */
#define MEMSNOOP_FAMILY_NOT_DUMPABLE 0
#define MEMSNOOP_FAMILY_DUMPABLE 1
#define MEMSNOOP_FAMILY_DUMPABLE_UNKNOWN 2

struct memsnoop_family_event {
	__u64 start_time;	/* the process's, CLOCK_BOOTTIME ns */
	__u32 type;
	__u32 pid;		/* thread group */
	__u32 parent_pid;	/* of a fork: who has forked */
	__u32 real_uid;
	__u32 effective_uid;
	__u32 saved_uid;
	__u32 dumpable;
	/* Of a fork: whether the child uses its parent's memory until it executes a program (vfork). */
	__u32 shares_memory;
};

_Static_assert(sizeof(struct memsnoop_family_event) == 40, "an event has no padding");

#endif
