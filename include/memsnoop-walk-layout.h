/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the programs in the kernel walk a call stack: by rules that the service learns from the modules' unwind
 * tables and writes into a table which it has mapped.
 *
 * For both compilers, like memsnoop-heap-layout.h.
 */
#ifndef MEMSNOOP_WALK_LAYOUT_H
#define MEMSNOOP_WALK_LAYOUT_H

/* Frames of a walk: what is asked for at most, and bounds memory. A power of two. */
#define MEMSNOOP_WALK_DEPTH_MAX 512

/* What a walk goes through are return addresses, but for those with this bit: there the very instruction is meant, as
 * in what a signal or a page fault has interrupted. */
#define MEMSNOOP_WALK_EXACT (1ull << 63)

/* Addresses of code are lower than this, and not lower than that. */
#define MEMSNOOP_WALK_ADDRESS_BITS 48
#define MEMSNOOP_WALK_ADDRESS_LEAST 4096

/* Everything that is in words has words of this many bytes. */
#define MEMSNOOP_WALK_WORD 8

/* How the way from a frame to its caller's begins. The canonical frame address (CFA) is the stack pointer that the caller
 * has after the call. */
enum memsnoop_walk_kind {
	/* No rule. */
	MEMSNOOP_WALK_NONE,
	/* The CFA is so many words above the stack pointer. */
	MEMSNOOP_WALK_FROM_STACK,
	/* Above the frame pointer: rbp of x86-64, x29 of AArch64. */
	MEMSNOOP_WALK_FROM_FRAME,
	/* What is stored so many words above the frame pointer, which itself points to where the caller's is saved: of functions that
	 * align their stack. */
	MEMSNOOP_WALK_FROM_FRAME_SLOT,
	/* The frame of a signal, with the interrupted registers so many words above the stack pointer: of x86-64
	 * only, in the order of its struct sigcontext. */
	MEMSNOOP_WALK_SIGNAL,
	/* The thread's first function: it has no caller. */
	MEMSNOOP_WALK_OUTERMOST,
	/* What cannot be said in one of these ways. */
	MEMSNOOP_WALK_STOP,
	MEMSNOOP_WALK_KINDS,
};

struct memsnoop_walk_rule {
	/* See below; 0: free; MEMSNOOP_WALK_KEY_DROPPED: was taken. Written last. */
	__u64 key;
	/* enum memsnoop_walk_kind */
	__u16 kind;
	/* In words, as the kind has it. */
	__s16 cfa;
	/* In words above the CFA, where the return address and the caller's frame pointer lie; the latter 0: it is still in its
	 * register. */
	__s16 return_slot;
	__s16 frame_slot;
};

/* A rule is that of one address (with its bit) of one program of the process. */
#define MEMSNOOP_WALK_KEY(address, program)                                                        \
	((address) ^ (__u64)((program) & 0x7fff) << MEMSNOOP_WALK_ADDRESS_BITS)
#define MEMSNOOP_WALK_KEY_DROPPED 1ull
/* Where to look for it first, modulo the table's length, a power of two; then in the places behind. */
#define MEMSNOOP_WALK_HOME(key) ((__u32)(((key) * 0x9e3779b97f4a7c15ull) >> 32))
#define MEMSNOOP_WALK_PROBES 16

/* Why a walk went no further. */
enum memsnoop_walk_end {
	/* Nothing is missing. */
	MEMSNOOP_WALK_END_OUTERMOST,
	/* As many frames as were asked for. */
	MEMSNOOP_WALK_END_DEPTH,
	/* There is no rule for the address (yet). */
	MEMSNOOP_WALK_END_UNKNOWN,
	/* The rule is to stop. */
	MEMSNOOP_WALK_END_STOP,
	/* What the rule tells to read is not there, or no address. */
	MEMSNOOP_WALK_END_UNREADABLE,
	MEMSNOOP_WALK_ENDS,
};

/* What is walked so far, into what the next address adds. */
#define MEMSNOOP_WALK_HASH(hash, address)                                                          \
	((((hash) ^ (address)) * 0x9e3779b97f4a7c15ull) ^ ((((hash) ^ (address)) * 0x9e3779b97f4a7c15ull) >> 29))

_Static_assert(sizeof(struct memsnoop_walk_rule) == 16, "a rule is 16 bytes");

#endif
