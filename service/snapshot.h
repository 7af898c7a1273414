/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of a recording at one moment. A snapshot never changes after it is
 * made, so that a report can be written from it in any thread.
 *
 * Bytes are bytes, times CLOCK_BOOTTIME nanoseconds.
 */
#pragma once

#include "free-memory.h"

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_SIZE_HISTOGRAM_BUCKETS 32
#define MEMSNOOP_RECENT_SIZE_COUNT 32
/* Sites kept per process in a snapshot, those with the most live bytes. */
#define MEMSNOOP_SITES_PER_PROCESS 16
/* The clock by which blocks age, in nanoseconds. */
#define MEMSNOOP_AGE_UNIT (5 * G_GUINT64_CONSTANT (1000000000))
/* Ages by which a site's blocks are told apart: up to 4, 16, 64, ... units, the last nearly a day. */
#define MEMSNOOP_SITE_AGES 7

typedef enum
{
  MEMSNOOP_PROCESS_KIND_PROGRAM,
  MEMSNOOP_PROCESS_KIND_KERNEL_THREAD,
  /* Allocations in interrupts, which belong to no process; pid 0. */
  MEMSNOOP_PROCESS_KIND_INTERRUPTS,
  /* What is left of processes whose records were needed for others; pid 0. */
  MEMSNOOP_PROCESS_KIND_RETIRED,
} MemsnoopProcessKind;

/**
 * MemsnoopProcessFigures:
 * @exited_at: 0 while the process runs.
 * @uid: real user, when the process began, executed a program or exited.
 * @several_users: its effective or saved user was another one then.
 * @parent_pid, @parent_start_time: the process that forked it; when that was before the
 *   recording, its parent when it was first seen.
 * @comm, @exe: raw bytes as the kernel has them, not necessarily UTF-8; @exe may be empty.
 * @churn: share (0 to 1) of the last minute's allocations freed within it; 0 without any.
 * @size_histogram: allocations of 2^i up to 2^(i+1)-1 bytes (slab object size).
 * @recent_sizes: the last sizes seen, oldest first, best effort; @n_recent_sizes are set.
 * @last_thread: id of the thread that allocated last.
 * @lost: allocations that could not be recorded; they are in no other figure.
 * @unseen_frees: blocks of this process that were freed without a tracepoint, found when their
 *   address was allocated again.
 * @exact: nothing lost, no free unseen, and no live block from a call site whose blocks are known to
 *   be freed unseen, or from a slab cache that the kernel says has fewer.
 */
typedef struct
{
  MemsnoopProcessKind kind;
  guint32 pid;
  guint32 uid;
  gboolean several_users;
  guint64 start_time;
  guint64 exited_at;
  guint32 parent_pid;
  guint64 parent_start_time;
  gchar   comm[16 + 1];
  gchar   exe[128 + 1];

  guint64 alloc_count;
  guint64 free_count;
  guint64 alloc_bytes;
  guint64 free_bytes;
  guint64 requested_bytes;
  guint64 current_bytes;
  guint64 peak_bytes;
  gdouble churn;
  guint64 size_histogram[MEMSNOOP_SIZE_HISTOGRAM_BUCKETS];
  guint32 recent_sizes[MEMSNOOP_RECENT_SIZE_COUNT];
  guint   n_recent_sizes;
  guint32 last_thread;
  guint64 lost;
  guint64 unseen_frees;
  gboolean exact;
} MemsnoopProcessFigures;

/** Share (0 to 1) of the allocated bytes that nobody asked for. */
gdouble memsnoop_process_figures_internal_fragmentation (const MemsnoopProcessFigures *figures);

/**
 * MemsnoopSite:
 * @frame: where the blocks were allocated, as "function+0xoffset", or an address as
 *   "0x…" when the kernel does not show its symbols. Interned: never freed.
 * @cache: the slab cache. Interned: never freed.
 * @oldest_age: nanoseconds since the oldest live block of this site was allocated, to a step of five seconds.
 * @unseen_frees: blocks from this site freed without a tracepoint, by any process; when
 *   not 0, some of @count are probably free already.
 * @contradicted: the kernel says that @cache has clearly fewer objects than are recorded, so that some
 *   of them, perhaps of @count, must be free already.
 * @reclaimable: the kernel can take back those blocks of @cache that nobody uses, as dentries and inodes:
 *   many of them are a cache rather than a leak.
 * @bytes_by_age: live bytes younger than 4 units of age, than 16 but not 4, and so on; older ones are in none.
 */
typedef struct
{
  const gchar *frame;
  const gchar *cache;
  guint64      bytes;
  guint64      count;
  guint64      oldest_age;
  guint64      unseen_frees;
  gboolean     contradicted;
  gboolean     reclaimable;
  guint64      bytes_by_age[MEMSNOOP_SITE_AGES];
} MemsnoopSite;

/** Whether every block of @site is live as far as one can know. */
gboolean memsnoop_site_is_exact   (const MemsnoopSite *site);

/** Adds to @site what another process has from there. */
void     memsnoop_site_merge      (MemsnoopSite       *site,
                                   const MemsnoopSite *other);

/**
 * memsnoop_site_bytes_since:
 * @age: nanoseconds.
 *
 * How much the site can have grown in this time: the live bytes that were allocated in it. Ages are told apart in
 * few steps only, so that they may be some that were allocated up to four times as long ago.
 */
guint64  memsnoop_site_bytes_since (const MemsnoopSite *site,
                                    guint64             age);

/** Where in bytes_by_age blocks of so many units of age are counted; MEMSNOOP_SITE_AGES and more: nowhere. */
guint    memsnoop_site_age_step    (guint32             age);

/**
 * MemsnoopCacheFigures:
 * @live_count, @live_bytes: blocks of this cache in the live table.
 * @slab_active: objects in use in the whole cache as /proc/slabinfo says, including those from
 *   before the recording; -1 when unknown, as for the caches of kmalloc, of which the kernel
 *   may have several of one size.
 * @contradicted: @live_count is clearly more than @slab_active, so that some of its blocks must
 *   be free already.
 */
typedef struct
{
  const gchar *name;
  guint64      live_count;
  guint64      live_bytes;
  guint64      unseen_frees;
  gint64       slab_active;
  gboolean     contradicted;
} MemsnoopCacheFigures;

/**
 * MemsnoopTracerTotals:
 * @events_seen: allocations and frees, recorded or not.
 * @events_lost: the sum of the four counters that follow it.
 * @table_full: allocations that found no room in the live table.
 * @processes_full: allocations of processes that found no record.
 * @recursion_misses: events in interrupts that arrived inside another event, as the kernel counts them.
 * @other_lost: slab caches or call sites that found no room; the blocks are counted, their site is not.
 * @live_entries: blocks in the live table.
 * @live_capacity: blocks the live table holds without loss.
 * @map_bytes: kernel memory of all maps.
 */
typedef struct
{
  guint64 since;
  guint64 events_seen;
  guint64 events_lost;
  guint64 table_full;
  guint64 processes_full;
  guint64 recursion_misses;
  guint64 other_lost;
  guint64 unseen_frees;
  guint64 live_entries;
  guint64 live_capacity;
  guint64 map_bytes;
} MemsnoopTracerTotals;

/**
 * MemsnoopProcessSnapshot:
 * @sites: the sites with the most live bytes, descending; @n_sites of them, at most
 *   MEMSNOOP_SITES_PER_PROCESS.
 */
typedef struct
{
  MemsnoopProcessFigures figures;
  MemsnoopSite          *sites;
  guint                  n_sites;
} MemsnoopProcessSnapshot;

/**
 * MemsnoopSnapshot:
 * @processes: MemsnoopProcessSnapshot, in no particular order.
 * @sites: MemsnoopSite, of all processes together, descending by bytes.
 * @caches: MemsnoopCacheFigures, descending by bytes.
 * @free_memory: of the whole machine; with no orders when it is not known.
 * @free_memory_error: why it is not; %NULL when it is.
 */
typedef struct
{
  gatomicrefcount      reference_count;
  guint64              taken_at;
  MemsnoopTracerTotals totals;
  GArray              *processes;
  GArray              *sites;
  GArray              *caches;
  MemsnoopFreeMemory   free_memory;
  gchar               *free_memory_error;
} MemsnoopSnapshot;

/** An empty snapshot, to be filled in by whoever makes it and then left alone. */
MemsnoopSnapshot              *memsnoop_snapshot_new            (void);
MemsnoopSnapshot              *memsnoop_snapshot_ref            (MemsnoopSnapshot       *self);
void                           memsnoop_snapshot_unref          (MemsnoopSnapshot       *self);
/** The running process with this pid, else the one of that pid that exited last; %NULL if none. */
const MemsnoopProcessSnapshot *memsnoop_snapshot_find_process   (const MemsnoopSnapshot *self,
                                                                 guint32                 pid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSnapshot, memsnoop_snapshot_unref)

G_END_DECLS
