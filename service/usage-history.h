/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process used over time, at several resolutions in a fixed number of bytes: the last
 * samples as they were, and behind them blocks of time that become longer by a factor of four from
 * level to level, so that minutes and days are both there.
 *
 * A block keeps the sample with the least anonymous and swapped memory of its time, and the least
 * shared memory: the lower envelope, on which the sawtooth of a garbage collector and short jobs do
 * not show. Time is counted in intervals of the watch (ticks) since boot; blocks are aligned to
 * multiples of their length, and time in which nothing was sampled (the machine slept, the service
 * did not run) leaves gaps, never values.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Samples that are kept as they were. */
#define MEMSNOOP_USAGE_RECENT 16
/* Levels of blocks, and how many blocks each has. */
#define MEMSNOOP_USAGE_LEVELS 5
#define MEMSNOOP_USAGE_BLOCKS 24
/* Ticks of a block of the first level; each further level's is four times as long. */
#define MEMSNOOP_USAGE_BLOCK_TICKS 15

/**
 * MemsnoopUsage:
 * @anonymous, @file, @shared, @swap: pages. Sixteen TiB of pages of 4 KiB fit; more is cut to that.
 */
typedef struct
{
  guint32 anonymous;
  guint32 file;
  guint32 shared;
  guint32 swap;
} MemsnoopUsage;

/* What of it is judged. */
typedef enum
{
  /* Anonymous and swapped memory. */
  MEMSNOOP_USAGE_PRIVATE,
  MEMSNOOP_USAGE_SHARED,
  /* Live kernel memory, while that is recorded. */
  MEMSNOOP_USAGE_KERNEL,
  MEMSNOOP_USAGE_N_KINDS,
} MemsnoopUsageKind;

/* A block or sample in which nothing was seen. */
#define MEMSNOOP_USAGE_GAP G_MAXUINT64

/**
 * MemsnoopUsagePoint:
 * @tick: the first tick of the time that it stands for.
 * @ticks: how many it stands for.
 */
typedef struct
{
  guint32       tick;
  guint32       ticks;
  MemsnoopUsage usage;
} MemsnoopUsagePoint;

typedef struct _MemsnoopUsageHistory MemsnoopUsageHistory;

MemsnoopUsageHistory *memsnoop_usage_history_new  (void);
void                  memsnoop_usage_history_free (MemsnoopUsageHistory *self);

/* Bytes that a history takes at most, and that it takes more while kernel memory is recorded. A level's blocks are allocated
 * when the first of them is complete, so that a process that lives for seconds takes a fifth of it. */
#define MEMSNOOP_USAGE_HISTORY_SIZE 2384
#define MEMSNOOP_USAGE_HISTORY_KERNEL_SIZE 500

/** Bytes that a history takes now, and at most (with the kernel's part). */
gsize                 memsnoop_usage_history_get_size (const MemsnoopUsageHistory *self);
gsize                 memsnoop_usage_history_get_size_maximum (void);

/** The tick of the newest sample; 0 when there is none. */
guint32               memsnoop_usage_history_get_newest (const MemsnoopUsageHistory *self);

/**
 * memsnoop_usage_history_add:
 * @tick: of the sample; one that is not after the last sample's is ignored.
 *
 * Returns: whether a block of the first level was completed before this sample, so that there is
 *   something new to judge.
 */
gboolean memsnoop_usage_history_add (MemsnoopUsageHistory *self,
                                     guint32               tick,
                                     const MemsnoopUsage  *usage);

/**
 * memsnoop_usage_history_add_kernel:
 * @bytes: live kernel memory.
 *
 * To be called after memsnoop_usage_history_add() for the same tick. Kept apart, since most
 * histories have none of it: in units of 64 bytes.
 */
void memsnoop_usage_history_add_kernel (MemsnoopUsageHistory *self, guint32 tick, guint64 bytes);

/** Forgets the kernel's part: the recording has ended. */
void memsnoop_usage_history_clear_kernel (MemsnoopUsageHistory *self);

/**
 * memsnoop_usage_history_get_blocks:
 * @level: 0 to MEMSNOOP_USAGE_LEVELS - 1.
 * @values: (out): bytes of each complete block, oldest first, ending with the block that is
 *   complete before the newest sample; MEMSNOOP_USAGE_GAP where nothing was sampled.
 *
 * Returns: how many, at most MEMSNOOP_USAGE_BLOCKS; the first of them is no gap.
 */
guint memsnoop_usage_history_get_blocks (const MemsnoopUsageHistory *self,
                                         MemsnoopUsageKind           kind,
                                         guint                       level,
                                         guint64                     page_size,
                                         guint64                     values[MEMSNOOP_USAGE_BLOCKS]);

/** The first tick after the newest complete block of @level; 0 when there is none. */
guint32 memsnoop_usage_history_get_end (const MemsnoopUsageHistory *self, guint level);

/**
 * memsnoop_usage_history_get_points:
 *
 * The whole curve, oldest first: from each level what finer ones do not have any more, then the last samples. Of a block
 * that they have a part of, @ticks counts the rest; it is left out when its least may be of their part alone, which would
 * show as a dip that never was. Where nothing was sampled there is no point.
 *
 * Returns: (transfer full): an array of MemsnoopUsagePoint.
 */
GArray *memsnoop_usage_history_get_points (const MemsnoopUsageHistory *self);

/**
 * memsnoop_usage_history_save:
 *
 * Appends the history to @bytes, in a form that memsnoop_usage_history_load() of the same
 * build reads: a byte for each value that is as the one before, so some 200 bytes for a process that rests. The kernel's
 * part is left out: its recording does not last over a restart.
 */
void memsnoop_usage_history_save (const MemsnoopUsageHistory *self, GByteArray *bytes);

/**
 * memsnoop_usage_history_load:
 * @data: (inout): where the history begins; moved behind it.
 * @length: (inout): bytes from there on.
 *
 * Returns: (transfer full) (nullable): %NULL when that is no history, or one without a sample. Whatever the bytes are,
 *   nothing else happens.
 */
MemsnoopUsageHistory *memsnoop_usage_history_load (const guint8 **data, gsize *length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopUsageHistory, memsnoop_usage_history_free)

G_END_DECLS
