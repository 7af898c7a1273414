/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts that the BPF programs write and the service reads through mmap().
 *
 * Both compilers include this file, and each includes the header of its own
 * fixed-width types first: the BPF side "kernel-types.h", the service
 * <linux/types.h>. Every structure is free of implicit padding; the sizes are
 * asserted below on both sides.
 */
#ifndef MEMSNOOP_KERNEL_LAYOUT_H
#define MEMSNOOP_KERNEL_LAYOUT_H

#include "memsnoop-live-table-layout.h"

/* The live table: every slab object that is allocated and not yet freed. */
struct memsnoop_live_block {
	/* Index of the owner's process record in the low 16 bits, the record's
	 * generation at the time of the allocation in the high 16. */
	__u32 owner;
	/* Size of the slab object in bytes. */
	__u32 size;
	/* Call site as a signed distance in bytes from the anchor address, or
	 * MEMSNOOP_CALL_SITE_FAR. */
	__s32 call_site;
	/* Index into the cache table in the low 12 bits, the epoch of the
	 * allocation modulo 2^20 in the high 20. */
	__u32 cache_and_epoch;
};

struct memsnoop_bucket {
	/* Blocks whose home is this bucket and that live in another one. */
	__u32 displaced;
	__u32 reserved;
	/* Addresses; 0 is a free slot. */
	__u64 addresses[MEMSNOOP_BUCKET_SLOTS];
	struct memsnoop_live_block blocks[MEMSNOOP_BUCKET_SLOTS];
	__u64 padding[2];
};

#define MEMSNOOP_CALL_SITE_FAR (-2147483647 - 1)
#define MEMSNOOP_CACHE_BITS 12
#define MEMSNOOP_EPOCH_MASK 0xfffffu

static inline __u32 memsnoop_owner_pack(__u32 index, __u32 generation)
{
	return index | generation << 16;
}

/*
 * Slab caches, found by the address of their struct kmem_cache in an
 * open-addressed table that only grows. The caches behind kmalloc have no
 * struct in the tracepoint: their index is computed from size and flags, and
 * lies above the table (see memsnoop_kmalloc_cache()).
 */
#define MEMSNOOP_CACHES 1024
#define MEMSNOOP_CACHE_PROBES 16
#define MEMSNOOP_CACHE_NAME 32
/* A cache the table had no room for, or a kernel that does not tell it. */
#define MEMSNOOP_CACHE_UNKNOWN MEMSNOOP_CACHES
/* kmalloc caches: MEMSNOOP_CACHE_KMALLOC + kind * 64 + index. The kernel rounds sizes to powers
 * of two and to 96 and 192: index 2 * log2(size), plus one when it is not a power of two. */
#define MEMSNOOP_CACHE_KMALLOC (MEMSNOOP_CACHES + 64)
#define MEMSNOOP_KMALLOC_KINDS 4
#define MEMSNOOP_CACHE_COUNT (MEMSNOOP_CACHE_KMALLOC + 64 * MEMSNOOP_KMALLOC_KINDS)

enum memsnoop_kmalloc_kind {
	MEMSNOOP_KMALLOC_NORMAL,
	MEMSNOOP_KMALLOC_DMA,
	MEMSNOOP_KMALLOC_RECLAIMABLE,
	MEMSNOOP_KMALLOC_ACCOUNTED,
};

struct memsnoop_cache {
	/* Address of the kernel's struct kmem_cache; 0 is a free slot. */
	__u64 address;
	/* Size of its objects when it was first seen: tells a new cache at the
	 * address of a destroyed one. */
	__u32 object_size;
	/* 1 when the kernel can take back those of its objects that nobody uses. */
	__u32 reclaimable;
	char name[MEMSNOOP_CACHE_NAME];
};

/*
 * One record per process: (thread group, start time), never a bare pid.
 * Allocated from an array that is mapped into the service.
 */
#define MEMSNOOP_PROCESSES_MAX 65536
#define MEMSNOOP_SIZE_BUCKETS 32
/* Epochs are steps of the service's clock, MEMSNOOP_EPOCH_SECONDS long; a ring
 * of them tells what share of the last minute's allocations is freed already. */
#define MEMSNOOP_EPOCH_RING 16
#define MEMSNOOP_EPOCH_SECONDS 5
#define MEMSNOOP_RECENT_SIZES 32
#define MEMSNOOP_COMM 16
#define MEMSNOOP_EXE 128

/* Records that are no process. */
#define MEMSNOOP_RECORD_INTERRUPTS 0
/* Blocks left behind by processes whose record was needed for another. */
#define MEMSNOOP_RECORD_RETIRED 1
#define MEMSNOOP_RECORD_FIRST 2

enum memsnoop_process_state {
	MEMSNOOP_PROCESS_FREE,
	MEMSNOOP_PROCESS_RUNNING,
	MEMSNOOP_PROCESS_EXITED,
};

#define MEMSNOOP_PROCESS_KERNEL_THREAD (1u << 0)
/* Its real, effective and saved users are not all the same. */
#define MEMSNOOP_PROCESS_SEVERAL_USERS (1u << 2)
/* The service has tried to find exe of a process from before the recording. */
#define MEMSNOOP_PROCESS_EXE_LOOKED_UP (1u << 1)

struct memsnoop_epoch_counts {
	/* Allocations in this epoch, modulo 2^32. */
	__u32 allocated;
	/* Those of them that are freed. */
	__u32 freed;
};

struct memsnoop_process_record {
	/* Identity: written when the record is taken, and at exec and exit. */
	__u64 start_time;	/* CLOCK_BOOTTIME ns */
	__u32 pid;		/* thread group, in the initial namespace */
	__u32 state;		/* enum memsnoop_process_state */
	__u32 generation;	/* of this record; blocks of an older one are retired */
	__u32 flags;
	__u32 uid;		/* real */
	__u32 parent_pid;	/* thread group that forked it */
	__u64 parent_start_time;
	__u64 exited_at;	/* CLOCK_BOOTTIME ns; 0 while it runs */
	char comm[MEMSNOOP_COMM];

	/* Shared by every CPU that allocates for the process. */
	__s64 current_bytes;
	__u64 peak_bytes;
	__u64 alloc_bytes;
	__u64 free_bytes;
	__u64 requested_bytes;
	__u64 free_count;
	__u32 recent_next;
	__u32 last_thread;
	__u64 lost;		/* allocations that could not be recorded */

	/* Allocations by the power of two at or below their size; their sum is the number of
	 * allocations. */
	__u64 size_histogram[MEMSNOOP_SIZE_BUCKETS];
	struct memsnoop_epoch_counts epochs[MEMSNOOP_EPOCH_RING];
	__u32 recent_sizes[MEMSNOOP_RECENT_SIZES];

	/* Frees that no tracepoint showed, found when the address was allocated again. */
	__u64 unseen_frees;
	__u64 unseen_free_bytes;
	__u64 reserved[6];
	char exe[MEMSNOOP_EXE];	/* as given to exec, cut to fit; may be empty */
};

/* The key of the index from process to record. */
struct memsnoop_process_key {
	__u64 start_time;
	__u32 pid;
	__u32 reserved;
};

/* What was not recorded, per CPU; see EventsLost on the bus. */
enum memsnoop_counter {
	/* Frees of blocks that are not in the table: from before the recording. */
	MEMSNOOP_COUNTER_UNTRACKED_FREES,
	/* Allocations that found no room in the live table. */
	MEMSNOOP_COUNTER_TABLE_FULL,
	/* Allocations of processes that found no record. */
	MEMSNOOP_COUNTER_PROCESSES_FULL,
	/* Frees that no tracepoint showed. */
	MEMSNOOP_COUNTER_UNSEEN_FREES,
	/* Allocations whose slab cache found no room in the cache table. */
	MEMSNOOP_COUNTER_CACHES_FULL,
	/* Allocations whose call site is too far from the anchor to be kept. */
	MEMSNOOP_COUNTER_FAR_CALL_SITES,
	/* Unseen frees that found no room in their table of call sites. */
	MEMSNOOP_COUNTER_UNSEEN_SITES_FULL,
	MEMSNOOP_COUNTERS,
};

/*
 * The argument of the program that looks for stale blocks: those whose free no
 * tracepoint showed and whose slab is gone, so that their address may never be
 * allocated again.
 */
struct memsnoop_stale_search {
	__u32 first_bucket;
	__u32 n_buckets;
	/* Only blocks at least so many epochs old. */
	__u32 min_age;
	/* Set by the program: blocks dropped. */
	__u32 dropped;
};

/* Unseen frees by where their blocks were allocated. */
#define MEMSNOOP_UNSEEN_SITES 4096

struct memsnoop_unseen_site {
	__s32 call_site;
	__u32 cache;
};

_Static_assert(sizeof(struct memsnoop_live_block) == 16, "a live block is 16 bytes");
_Static_assert(sizeof(struct memsnoop_bucket) == 3 * MEMSNOOP_CACHE_LINE, "a bucket is three cache lines");
_Static_assert(sizeof(struct memsnoop_process_record) == 13 * MEMSNOOP_CACHE_LINE, "a record is thirteen cache lines");
_Static_assert(MEMSNOOP_CACHE_COUNT <= 1 << MEMSNOOP_CACHE_BITS, "cache numbers fit");

#endif
