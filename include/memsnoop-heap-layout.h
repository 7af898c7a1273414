/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts of one process's heap recording, which the BPF programs write and the service reads
 * through mmap().
 *
 * Both compilers include this file, and each includes the header of its own
 * fixed-width types first: the BPF side "kernel-types.h", the service
 * <linux/types.h>. Every structure is free of implicit padding; the sizes are
 * asserted below on both sides.
 */
#ifndef MEMSNOOP_HEAP_LAYOUT_H
#define MEMSNOOP_HEAP_LAYOUT_H

#include "memsnoop-live-table-layout.h"
#include "memsnoop-walk-layout.h"

/* What a probed function does, by where its arguments are. */
enum memsnoop_heap_function {
	/* A block of the first argument's size: malloc, valloc, pvalloc, operator new. */
	MEMSNOOP_HEAP_MALLOC,
	/* Of the product of the first two. */
	MEMSNOOP_HEAP_CALLOC,
	/* The first argument becomes a block of the second's size. */
	MEMSNOOP_HEAP_REALLOC,
	/* And of the product of the second and the third. */
	MEMSNOOP_HEAP_REALLOCARRAY,
	/* A block of the second argument's size: memalign, aligned_alloc. */
	MEMSNOOP_HEAP_MEMALIGN,
	/* Of the third's, stored where the first points to. */
	MEMSNOOP_HEAP_POSIX_MEMALIGN,
	/* The first argument is free then: free, free_sized, operator delete. */
	MEMSNOOP_HEAP_FREE,
	/* The system's calls for whole pages, of which only private or shared memory without a file
	 * counts, only when neither the allocator nor the C library itself asks for it, and
	 * apart from blocks. */
	MEMSNOOP_HEAP_MMAP,
	MEMSNOOP_HEAP_MUNMAP,
	MEMSNOOP_HEAP_MREMAP,
	MEMSNOOP_HEAP_FUNCTIONS,
};

/*
 * What is at a probed place. Its cookie has the function in the low eight bits, this in the next
 * eight, and in two times 24 more how many pages of the module's code lie before the place and
 * from there on: the calls from inside of that do not count. Both are 0 where they do.
 */
enum memsnoop_heap_role {
	/* The entry of a function whose return is probed, too. */
	MEMSNOOP_HEAP_ROLE_CALL,
	/* The entry of one that frees. */
	MEMSNOOP_HEAP_ROLE_FREE,
	/* The entry of one whose return is not probed, and its return instructions. */
	MEMSNOOP_HEAP_ROLE_INLINE_ENTRY,
	MEMSNOOP_HEAP_ROLE_INLINE_RETURN,
};

#define MEMSNOOP_HEAP_COOKIE_ROLE_SHIFT 8
#define MEMSNOOP_HEAP_COOKIE_ROLE_MASK 0x7f
/* Beside the role: the kernel single-steps the instruction there, which is dear. */
#define MEMSNOOP_HEAP_COOKIE_SINGLE_STEPPED (1u << 15)
#define MEMSNOOP_HEAP_COOKIE_BEFORE_SHIFT 16
#define MEMSNOOP_HEAP_COOKIE_AFTER_SHIFT 40
#define MEMSNOOP_HEAP_COOKIE_PAGES_MAX 0xffffffu
#define MEMSNOOP_HEAP_PAGE 4096

/* The live table: every block that is allocated and not yet freed. */
struct memsnoop_heap_block {
	/* Bytes that the program asked for in the low 48 bits, the program's number (see
	 * memsnoop_heap_process) modulo 2^16 in the high 16. */
	__u64 size_and_program;
	/* Index of the calling context. */
	__u32 context;
	/* The step of the service's clock at the allocation modulo 2^24 in the low 24 bits, the
	 * shift of the sample interval then in the next 7; the highest bit tells mappings. */
	__u32 epoch_and_shift;
};

#define MEMSNOOP_HEAP_SIZE_BITS 48
#define MEMSNOOP_HEAP_EPOCH_BITS 24
#define MEMSNOOP_HEAP_EPOCH_MASK 0xffffffu
#define MEMSNOOP_HEAP_SHIFT_MASK 0x7fu
#define MEMSNOOP_HEAP_IS_MAPPING (1u << 31)

struct memsnoop_heap_bucket {
	/* Blocks whose home is this bucket and that live in another one. */
	__u32 displaced;
	__u32 reserved;
	/* Addresses; 0 is a free slot. */
	__u64 addresses[MEMSNOOP_BUCKET_SLOTS];
	struct memsnoop_heap_block blocks[MEMSNOOP_BUCKET_SLOTS];
	__u64 padding[2];
};

/*
 * A sampled recording keeps some blocks, and counts each for as many as it stands for: a
 * fraction, so all counts are in parts of this. In an exact recording each counts for one.
 */
#define MEMSNOOP_HEAP_COUNT_ONE 256
/* The sample interval can be raised by doubling: it is sample_interval shifted by at most this (a mask). */
#define MEMSNOOP_HEAP_MOST_SHIFT 15
/* log2(1 + i / LOGARITHMS) in fixed point, for the distance between samples. */
#define MEMSNOOP_HEAP_LOGARITHMS 256
#define MEMSNOOP_HEAP_LOGARITHM_BITS 24
/* x / (1 - e^-x) in 2^-16 for x from 0 to END in as many steps: times the interval, it is what a block of x
 * intervals stands for. From END on a block stands for itself (for less than a millionth more). */
#define MEMSNOOP_HEAP_WEIGHTS 1024
#define MEMSNOOP_HEAP_WEIGHT_END 16
#define MEMSNOOP_HEAP_INTERVAL_MAX (1ull << 34)

/*
 * Calling contexts: what has one call stack. Found by a key mixed from all its return addresses (see memsnoop-walk-layout.h) in
 * an open-addressed table, which only grows until an exec; then those of the new program take slots of the one before over. Of a stack that could not be walked to its end, the key also has at which height that
 * was, which together almost always belong to one stack only.
 */
#define MEMSNOOP_HEAP_CONTEXT_PROBES 32
/* For blocks whose context found no room. */
#define MEMSNOOP_HEAP_CONTEXT_UNKNOWN 0
/* The key of a slot that is being taken over from a program before an exec; no context has it. */
#define MEMSNOOP_HEAP_CONTEXT_CLAIMED 2

/* On a stack that is not the thread's own (a coroutine's, a signal's), the height is the
 * stack pointer's place in its page, with this added. */
#define MEMSNOOP_HEAP_FOREIGN_STACK (1ull << 63)

struct memsnoop_heap_context {
	/* 0 is a free slot. */
	__u64 key;
	__u64 return_address;
	/* Bytes from where the walk ended up to the thread's stack base; 0 when it ended as it should. */
	__u64 height;
	/* The program's number modulo 2^16. */
	__u16 program;
	/* Whether mappings come from there, and not blocks. */
	__u8 is_mapping;
	/* enum memsnoop_walk_end */
	__u8 end;
	/* Whether its registers and stack have been sent. */
	__u32 captured;
	__u64 alloc_count;
	__u64 alloc_bytes;
	__u64 free_count;
	__u64 free_bytes;
};

/* As the table fills, stacks are walked less deep, so that those of a program without bound do not take all of it: from this
 * many sixteenths on half as deep, and with each further sixteenth half of that. */
#define MEMSNOOP_HEAP_CONTEXTS_SCARCE 12

/*
 * The first sight of a context: the addresses of its stack as far as it was walked, the innermost first. The last is where it ended,
 * unless it was as deep as may be. A stack that was not walked as far as it should be comes with what is needed to unwind it from there: in
 * which state the last address was met, and the stack. For a return address that is the state in which the call has just
 * returned. Sent through a ring buffer.
 */
#define MEMSNOOP_HEAP_REGISTERS 33
#define MEMSNOOP_HEAP_STACK_SMALL 8192
#define MEMSNOOP_HEAP_STACK_LARGE 65536

/* Addresses that there is room for: few or as many as can be. */
#define MEMSNOOP_HEAP_CAPTURE_FEW 64

struct memsnoop_heap_capture {
	__u32 context;
	__u32 program;
	__u32 thread;
	/* Addresses that follow, and for how many there is room. */
	__u32 depth;
	__u32 room;
	/* How many bytes of stack follow that, from the stack pointer up. */
	__u32 stack_bytes;
	/* enum memsnoop_walk_end */
	__u32 end;
	__u32 reserved;
	/* By their DWARF numbers; the stack pointer is number 7 of x86-64 and 31 of arm64, the
	 * instruction pointer 16 and 32, the frame pointer 6 and 29. Behind the first frame the others are those that were at the
	 * first. */
	__u64 registers[MEMSNOOP_HEAP_REGISTERS];
	__u64 padding;
};

/* What was not recorded. */
enum memsnoop_heap_counter {
	/* Frees of blocks that are not in the table: from before the recording. */
	MEMSNOOP_HEAP_UNTRACKED_FREES,
	/* Allocations that found no room in the live table. */
	MEMSNOOP_HEAP_TABLE_FULL,
	/* Allocations whose context found no room. */
	MEMSNOOP_HEAP_CONTEXTS_FULL,
	/* First sights that the ring buffer had no room for; tried again at the next. */
	MEMSNOOP_HEAP_CAPTURES_DROPPED,
	/* Frees that no probe saw, found when the address was allocated again. */
	MEMSNOOP_HEAP_UNSEEN_FREES,
	/* Calls whose thread found no memory for its state. */
	MEMSNOOP_HEAP_THREADS_FULL,
	/* Calls that never returned: left by longjmp(), by an exception or with the thread. */
	MEMSNOOP_HEAP_ABANDONED_CALLS,
	/* Blocks of which the program could not read where, or that lie where no block may. */
	MEMSNOOP_HEAP_UNREADABLE,
	MEMSNOOP_HEAP_COUNTERS,
};

#define MEMSNOOP_HEAP_SIZE_CLASSES 48
/* As for kernel memory: steps of the service's clock, for the share that is freed soon. */
#define MEMSNOOP_HEAP_EPOCH_RING 16

/* One for each CPU; the sum of all counts. All but the counters are in parts of
 * MEMSNOOP_HEAP_COUNT_ONE, or bytes. */
struct memsnoop_heap_totals {
	__u64 alloc_count;
	__u64 alloc_bytes;
	__u64 free_count;
	__u64 free_bytes;
	__u64 counters[MEMSNOOP_HEAP_COUNTERS];
	/* Allocations by the power of two at or below their size; 0 with 1. */
	__u64 size_histogram[MEMSNOOP_HEAP_SIZE_CLASSES];
	/* Allocations in the epoch, and those of them that are freed. */
	__u64 epoch_allocated[MEMSNOOP_HEAP_EPOCH_RING];
	__u64 epoch_freed[MEMSNOOP_HEAP_EPOCH_RING];
	/* Mappings, which are in none of the above. */
	__u64 map_count;
	__u64 map_bytes;
	__u64 unmap_count;
	__u64 unmap_bytes;
};

/* What a trap into a program costs depends on what is there. */
enum memsnoop_heap_hit {
	/* An instruction that the kernel emulates. */
	MEMSNOOP_HEAP_HIT_EMULATED,
	MEMSNOOP_HEAP_HIT_SINGLE_STEPPED,
	/* A return, by the address that the kernel put in the place of the return address. */
	MEMSNOOP_HEAP_HIT_RETURN,
	MEMSNOOP_HEAP_HITS,
};

/* What the recording costs, one for each CPU; counts since it began, whatever program the process runs. */
struct memsnoop_heap_cost {
	__u64 hits[MEMSNOOP_HEAP_HITS];
	/* Runs of the programs whose time was taken, and the sum of these times. */
	__u64 timed_runs;
	__u64 timed_nanoseconds;
	__u64 padding[3];
};

/* Shared by every CPU: what each allocation writes in one cache line, and what it only reads in another. */
struct memsnoop_heap_process {
	__s64 current_bytes;
	__u64 peak_bytes;
	__u32 last_thread;
	/* How many contexts there are. */
	__u32 contexts_used;
	__u64 line_end[5];
	/* How many programs the process has executed since the recording began. Everything else
	 * here, and all totals, count since the last began. */
	__u32 program;
	/* The step of the service's clock; only the service writes it. */
	__u32 epoch;
	__u64 executed_at;	/* CLOCK_BOOTTIME ns; 0: not since the recording began */
	__u64 exited_at;	/* CLOCK_BOOTTIME ns; 0 while it runs */
	/* By how much the sample interval is raised; only the service writes it. */
	__u32 interval_shift;
	/* Whether new blocks are not recorded for a while; only the service writes it. */
	__u32 paused;
	/* Frames that stacks are walked at most: as was asked for, and now. */
	__u32 depth_wanted;
	__u32 depth;
	__u64 padding[3];
};

_Static_assert(sizeof(struct memsnoop_heap_block) == 16, "a live block is 16 bytes");
_Static_assert(sizeof(struct memsnoop_heap_bucket) == 3 * MEMSNOOP_CACHE_LINE, "a bucket is three cache lines");
_Static_assert(sizeof(struct memsnoop_heap_context) == MEMSNOOP_CACHE_LINE, "a context is a cache line");
_Static_assert(sizeof(struct memsnoop_heap_totals) == 12 * MEMSNOOP_CACHE_LINE, "totals are twelve cache lines");
_Static_assert(sizeof(struct memsnoop_heap_cost) == MEMSNOOP_CACHE_LINE, "a cost is a cache line");
_Static_assert(sizeof(struct memsnoop_heap_process) == 2 * MEMSNOOP_CACHE_LINE, "a process is two cache lines");
_Static_assert(sizeof(struct memsnoop_heap_capture) == 304, "a capture has no padding");

#endif
