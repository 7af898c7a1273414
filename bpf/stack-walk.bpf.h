/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks by the rules of memsnoop-walk-layout.h. Nothing here belongs to heaps: whoever
 * includes it has a table of rules of its own, and memory for a walk that no other program changes
 * in the middle (a thread's, for on a CPU another thread may come between).
 */
#ifndef MEMSNOOP_STACK_WALK_BPF_H
#define MEMSNOOP_STACK_WALK_BPF_H

#include "memsnoop-walk-layout.h"

/* How many rules there are room for, less one; set before the load. */
const volatile __u32 rule_mask = 1;

/* Only the service writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct memsnoop_walk_rule);
} rules SEC(".maps");

/* Of the stack so much is read at once, in words: a power of two. */
#define WALK_CHUNK 64
/* Frames that are walked in one go. */
#define WALK_STEPS 16

struct stack_walk {
	/* Where the walk is: at first what it begins with, at last where it ended. The pc may have
	 * MEMSNOOP_WALK_EXACT. */
	__u64 pc;
	__u64 sp;
	__u64 fp;
	/* Number of the program, and frames at most. */
	__u32 program;
	__u32 limit;
	/* Frames so far, the hash of their addresses, and enum memsnoop_walk_end. */
	__u32 depth;
	__u32 end;
	__u64 hash;
	/* Where on the stack what is in the chunk was read. */
	__u64 chunk_address;
	__u64 chunk[WALK_CHUNK];
	__u64 addresses[MEMSNOOP_WALK_DEPTH_MAX];
};

/* The end of a walk that goes on. */
#define WALK_GOES_ON MEMSNOOP_WALK_ENDS

static __always_inline struct memsnoop_walk_rule *rule_at(__u32 index)
{
	return bpf_map_lookup_elem(&rules, &index);
}

/* The index of a rule that is not in its first two places; negative when it is nowhere. Not static,
 * so that the verifier looks at it once. */
__noinline int find_displaced_rule(__u64 key)
{
	struct memsnoop_walk_rule *rule;
	__u32 index = MEMSNOOP_WALK_HOME(key);

	for (__u32 probe = 2; probe < MEMSNOOP_WALK_PROBES; probe++) {
		rule = rule_at((index + probe) & rule_mask);
		if (!rule || !rule->key)
			return -1;
		if (rule->key == key)
			return (index + probe) & rule_mask;
	}
	return -1;
}

static __always_inline struct memsnoop_walk_rule *find_rule(__u64 key)
{
	__u32 index = MEMSNOOP_WALK_HOME(key);
	struct memsnoop_walk_rule *rule;
	int displaced;

#pragma unroll
	for (__u32 probe = 0; probe < 2; probe++) {
		rule = rule_at((index + probe) & rule_mask);
		if (!rule || !rule->key)
			return NULL;
		if (rule->key == key)
			return rule;
	}
	displaced = find_displaced_rule(key);
	return displaced < 0 ? NULL : rule_at(displaced);
}

/* Reads the part of the stack that has the word at this address: mostly from there upwards, for
 * that is the way of the walk. */
__noinline int read_chunk(struct stack_walk *walk, __u64 address, __u64 sp)
{
	const __u64 size = WALK_CHUNK * MEMSNOOP_WALK_WORD;
	__u64 start = address - 7 * MEMSNOOP_WALK_WORD;

	if (!walk)
		return -1;
	if (start < sp && sp <= address)
		start = sp;
	if (bpf_probe_read_user(walk->chunk, size, (void *)start)) {
		/* The next page may not be there. */
		start = (start | 4095) + 1 - size;
		if (address - start >= size ||
		    bpf_probe_read_user(walk->chunk, size, (void *)start)) {
			walk->chunk_address = 0;
			return -1;
		}
	}
	walk->chunk_address = start;
	return 0;
}

static __always_inline bool read_stack_word(struct stack_walk *walk, __u64 address, __u64 sp,
					    __u64 *word)
{
	__u64 place = (address - walk->chunk_address) / MEMSNOOP_WALK_WORD;

	if (place >= WALK_CHUNK) {
		if (read_chunk(walk, address, sp))
			return false;
		place = (address - walk->chunk_address) / MEMSNOOP_WALK_WORD;
	}
	*word = walk->chunk[place & (WALK_CHUNK - 1)];
	return true;
}

/* Registers in the kernel's struct sigcontext of x86-64. */
#define SIGNAL_FRAME_POINTER 10
#define SIGNAL_STACK_POINTER 15
#define SIGNAL_INSTRUCTION 16

/* From a signal's frame to what it has interrupted, which may be on another stack. */
__noinline int leave_signal(struct stack_walk *walk, __s32 slot)
{
	__u64 registers;

	if (!walk)
		return MEMSNOOP_WALK_END_UNREADABLE;
	registers = walk->sp + (__s64)slot * MEMSNOOP_WALK_WORD;
	if (registers % MEMSNOOP_WALK_WORD ||
	    !read_stack_word(walk, registers + SIGNAL_FRAME_POINTER * MEMSNOOP_WALK_WORD, walk->sp,
			     &walk->fp) ||
	    !read_stack_word(walk, registers + SIGNAL_INSTRUCTION * MEMSNOOP_WALK_WORD, walk->sp,
			     &walk->pc) ||
	    !read_stack_word(walk, registers + SIGNAL_STACK_POINTER * MEMSNOOP_WALK_WORD, walk->sp,
			     &walk->sp) ||
	    walk->pc < MEMSNOOP_WALK_ADDRESS_LEAST || walk->pc >> MEMSNOOP_WALK_ADDRESS_BITS)
		return MEMSNOOP_WALK_END_UNREADABLE;
	walk->pc |= MEMSNOOP_WALK_EXACT;
	return WALK_GOES_ON;
}

/* From one frame to its caller's. A return address of 0 is a way to say that there is none. */
static __always_inline int leave_frame(struct stack_walk *walk,
				       const struct memsnoop_walk_rule *rule, __u64 *pc, __u64 *sp,
				       __u64 *fp)
{
	__u64 cfa, caller, frame = *fp;
	__s64 offset = (__s64)rule->cfa * MEMSNOOP_WALK_WORD;

	switch (rule->kind) {
	case MEMSNOOP_WALK_FROM_STACK:
		cfa = *sp + offset;
		break;
	case MEMSNOOP_WALK_FROM_FRAME:
		cfa = *fp + offset;
		break;
	case MEMSNOOP_WALK_FROM_FRAME_SLOT:
		if (*fp % MEMSNOOP_WALK_WORD || !read_stack_word(walk, *fp + offset, *sp, &cfa) ||
		    !read_stack_word(walk, *fp, *sp, &frame))
			return MEMSNOOP_WALK_END_UNREADABLE;
		break;
	case MEMSNOOP_WALK_OUTERMOST:
		return MEMSNOOP_WALK_END_OUTERMOST;
	default:
		return MEMSNOOP_WALK_END_STOP;
	}
	if (cfa <= *sp || cfa % MEMSNOOP_WALK_WORD)
		return MEMSNOOP_WALK_END_UNREADABLE;
	if (!read_stack_word(walk, cfa + (__s64)rule->return_slot * MEMSNOOP_WALK_WORD, *sp,
			     &caller))
		return MEMSNOOP_WALK_END_UNREADABLE;
	if (rule->frame_slot &&
	    !read_stack_word(walk, cfa + (__s64)rule->frame_slot * MEMSNOOP_WALK_WORD, *sp, &frame))
		return MEMSNOOP_WALK_END_UNREADABLE;
#if defined(__TARGET_ARCH_arm64)
	/* It may be signed. */
	caller &= (1ull << MEMSNOOP_WALK_ADDRESS_BITS) - 1;
#endif
	if (!caller)
		return MEMSNOOP_WALK_END_OUTERMOST;
	if (caller < MEMSNOOP_WALK_ADDRESS_LEAST || caller >> MEMSNOOP_WALK_ADDRESS_BITS)
		return MEMSNOOP_WALK_END_UNREADABLE;
	*pc = caller;
	*sp = cfa;
	*fp = frame;
	return WALK_GOES_ON;
}

/* Some frames of a walk. Not static, so that the verifier looks at it once. */
__noinline int walk_some(struct stack_walk *walk)
{
	__u64 pc, sp, fp, hash;
	struct memsnoop_walk_rule *rule;
	int end = WALK_GOES_ON;
	__u32 depth;

	if (!walk)
		return MEMSNOOP_WALK_END_STOP;
	pc = walk->pc;
	sp = walk->sp;
	fp = walk->fp;
	hash = walk->hash;
	depth = walk->depth;
	for (int i = 0; i < WALK_STEPS && end == WALK_GOES_ON; i++) {
		if (depth >= walk->limit) {
			end = MEMSNOOP_WALK_END_DEPTH;
			break;
		}
		walk->addresses[depth & (MEMSNOOP_WALK_DEPTH_MAX - 1)] = pc;
		depth++;
		hash = MEMSNOOP_WALK_HASH(hash, pc);
		rule = find_rule(MEMSNOOP_WALK_KEY(pc, walk->program));
		if (!rule) {
			end = MEMSNOOP_WALK_END_UNKNOWN;
		} else if (rule->kind == MEMSNOOP_WALK_SIGNAL) {
			walk->sp = sp;
			end = leave_signal(walk, rule->cfa);
			if (end == WALK_GOES_ON) {
				pc = walk->pc;
				sp = walk->sp;
				fp = walk->fp;
			}
		} else {
			end = leave_frame(walk, rule, &pc, &sp, &fp);
		}
	}
	walk->pc = pc;
	walk->sp = sp;
	walk->fp = fp;
	walk->hash = hash;
	walk->depth = depth;
	return end;
}

/*
 * Walks the stack from this place on, whose address may have MEMSNOOP_WALK_EXACT; the stack pointer
 * is the one there, for a return address that after the return. The result is in @walk.
 */
static __always_inline void walk_stack(struct stack_walk *walk, __u64 pc, __u64 sp, __u64 fp,
				       __u32 program, __u32 limit)
{
	int end = WALK_GOES_ON;

	walk->pc = pc;
	walk->sp = sp;
	walk->fp = fp;
	walk->program = program;
	walk->limit = limit;
	walk->depth = 0;
	walk->hash = 0;
	walk->chunk_address = 0;
	for (int i = 0; i <= MEMSNOOP_WALK_DEPTH_MAX / WALK_STEPS && end == WALK_GOES_ON; i++)
		end = walk_some(walk);
	walk->end = end;
}

#endif
