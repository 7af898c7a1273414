/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One suspicion from the moment it is raised until it is withdrawn: what is told of it, and when it is
 * worth telling again. Plain data and pure functions.
 */
#pragma once

#include "growth-detector.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  MEMSNOOP_SUSPICION_RSS,
  MEMSNOOP_SUSPICION_SHMEM,
  MEMSNOOP_SUSPICION_HEAP,
  MEMSNOOP_SUSPICION_KERNEL,
  MEMSNOOP_SUSPICION_N_KINDS,
} MemsnoopSuspicionKind;

typedef enum
{
  /* It grows steadily, and that is all that is known. */
  MEMSNOOP_SUSPICION_GROWTH,
  /* Code was found that allocates what grows and does not free it. */
  MEMSNOOP_SUSPICION_PROBABLE,
} MemsnoopSuspicionLevel;

typedef enum
{
  MEMSNOOP_SUSPICION_RAISED,
  MEMSNOOP_SUSPICION_CHANGED,
  MEMSNOOP_SUSPICION_CLEARED,
} MemsnoopSuspicionState;

/* Why a suspicion is withdrawn. */
typedef enum
{
  /* It stands. */
  MEMSNOOP_SUSPICION_NOT_CLEARED,
  /* The process is not there any more. */
  MEMSNOOP_SUSPICION_EXITED,
  /* More than half of what had grown was given back. */
  MEMSNOOP_SUSPICION_RELEASED,
  /* It grows no more, and keeps what it has. */
  MEMSNOOP_SUSPICION_STOPPED,
  /* Its executable is ignored now. */
  MEMSNOOP_SUSPICION_IGNORED,
  /* The recording that showed it has ended. */
  MEMSNOOP_SUSPICION_NOT_RECORDED,
  /* The process runs another program now, which has none of the memory. */
  MEMSNOOP_SUSPICION_OTHER_PROGRAM,
  /* The list is full, and another one takes its place. */
  MEMSNOOP_SUSPICION_DISPLACED,
  MEMSNOOP_SUSPICION_N_REASONS,
} MemsnoopSuspicionReason;

/* Functions that are kept of a call stack, the innermost ones. */
#define MEMSNOOP_SUSPICION_FRAMES 64

/* Until memory is exhausted: not growing towards it. */
#define MEMSNOOP_NEVER G_MAXUINT64

/* Seconds until memory is exhausted: from there on down that is told at once, for there is still time to save one's work and to
 * look... */
#define MEMSNOOP_SUSPICION_SOON (10 * 60)
/* ... and from there on up that it was is taken back: what is available goes up and down all the time. */
#define MEMSNOOP_SUSPICION_NOT_SOON (2 * MEMSNOOP_SUSPICION_SOON)

/**
 * MemsnoopSuspicionEvidence:
 * @growth: bytes by which the site has grown since the suspicion began, as far as that was seen.
 * @growth_rate: bytes per second of late.
 * @reason: see memsnoop_heap_reason_name().
 * @survival: 0 to 1: how sure it is that its blocks stay; 0 without a reason.
 * @alloc_count, @free_count: since the recording began; what realloc() moved is not free.
 * @oldest_age, @mean_lifetime: nanoseconds, of live and of freed blocks; the latter 0 without any, or when they are as good as
 *   none.
 *
 * What a call stack of a heap is evidence of.
 */
typedef struct
{
  guint64      growth;
  gdouble      growth_rate;
  const gchar *reason;
  gdouble      survival;
  guint64      alloc_count;
  guint64      free_count;
  guint64      oldest_age;
  guint64      mean_lifetime;
} MemsnoopSuspicionEvidence;

/**
 * MemsnoopSuspicionSite:
 * @bytes, @count: live blocks.
 * @frames: the code that allocated them, innermost first; of kernel memory one frame, of a heap up to
 *   MEMSNOOP_SUSPICION_FRAMES. May be empty after a restart of the service.
 * @cache: the slab cache they are in; %NULL for a heap.
 * @evidence: (nullable): of a heap; %NULL after a restart of the service.
 *
 * One place that holds what grows. For authorised callers only.
 */
typedef struct
{
  guint64  bytes;
  guint64  count;
  GStrv    frames;
  gchar   *cache;
  MemsnoopSuspicionEvidence *evidence;
} MemsnoopSuspicionSite;

/**
 * MemsnoopSuspicion:
 * @id: the same for its whole life; never used again.
 * @pid, @start_time, @uid, @comm: the process; @start_time in CLOCK_BOOTTIME nanoseconds. @comm is raw bytes.
 * @execution: which program it runs, as MemsnoopProcessMemory has it; 0 when that is not known.
 * @executable: its path as raw bytes; not broadcast.
 * @session: the session that shows it, or "/".
 * @level: rises with evidence, never by age alone.
 * @reason: why it is withdrawn; told when @state is MEMSNOOP_SUSPICION_CLEARED.
 * @verdict: the last one that suspected it.
 * @bytes: what has grown since @since, now.
 * @bytes_before: what the process had before it grew.
 * @confidence: of @verdict, and of what was found.
 * @strength: 0 to 1: how much of the growth is explained, and how surely.
 * @time_to_exhaustion: seconds, or MEMSNOOP_NEVER; so also while it does not grow.
 * @judged_at, @judged_bytes: when @verdict was made, so that it was seen growing, and what the process had then.
 * @retained: bytes that the process has and no live block of its recorded heap explains, when it has grown and the heap has
 *   not; 0 otherwise.
 * @told_level, @told_rate, @told_retained, @told_seconds, @told_at: as they were told last, and when; @told_seconds is
 *   @time_to_exhaustion.
 * @sites: MemsnoopSuspicionSite, at most 16; may be empty.
 * @sites_at: when they were so, CLOCK_BOOTTIME nanoseconds; 0 when they are not known.
 * @explained_at: when they were last looked for.
 * @recorded: the heap was, or is, recorded because of it.
 */
typedef struct
{
  guint64                 id;
  guint32                 pid;
  guint32                 uid;
  guint64                 start_time;
  guint64                 execution;
  gchar                  *comm;
  gchar                  *executable;
  gchar                  *session;
  MemsnoopSuspicionKind   kind;
  MemsnoopSuspicionLevel  level;
  MemsnoopSuspicionState  state;
  MemsnoopSuspicionReason reason;
  guint64                 since;
  guint64                 bytes;
  guint64                 bytes_before;
  gdouble                 rate;
  gdouble                 confidence;
  gdouble                 strength;
  guint64                 time_to_exhaustion;
  MemsnoopGrowthVerdict   verdict;
  guint64                 judged_at;
  guint64                 judged_bytes;
  guint64                 retained;
  MemsnoopSuspicionLevel  told_level;
  gdouble                 told_rate;
  gboolean                told_retained;
  guint64                 told_seconds;
  guint64                 told_at;
  GPtrArray              *sites;
  guint64                 sites_at;
  guint64                 explained_at;
  gboolean                recorded;
} MemsnoopSuspicion;

MemsnoopSuspicion     *memsnoop_suspicion_new      (guint64 id, MemsnoopSuspicionKind kind);
void                   memsnoop_suspicion_free     (MemsnoopSuspicion *self);
MemsnoopSuspicionSite *memsnoop_suspicion_site_new (guint64      bytes,
                                                    guint64      count,
                                                    const gchar *frame,
                                                    const gchar *cache);

/** @frames: (transfer full): of a call stack in a heap; all but the first MEMSNOOP_SUSPICION_FRAMES are left out. */
MemsnoopSuspicionSite *memsnoop_suspicion_site_new_stack (guint64 bytes,
                                                          guint64 count,
                                                          GStrv   frames);
void                   memsnoop_suspicion_site_free (MemsnoopSuspicionSite *site);

/**
 * memsnoop_suspicion_update:
 * @verdict: a new one that suspects it.
 * @current: bytes that the process has now.
 *
 * Takes over what the verdict says. The beginning stays the earliest that was seen.
 */
void memsnoop_suspicion_update (MemsnoopSuspicion           *self,
                                const MemsnoopGrowthVerdict *verdict,
                                guint64                      now,
                                guint64                      current);

/**
 * memsnoop_suspicion_strengthen:
 * @strength: 0 to 1.
 *
 * Code was found that explains it. The growth and the code are two witnesses: both have to be wrong for the suspicion to be so.
 */
void memsnoop_suspicion_strengthen          (MemsnoopSuspicion *self, gdouble strength);

/**
 * memsnoop_suspicion_rest:
 * @current: bytes that the process has now.
 *
 * It is judged, and not seen growing at this moment: then nothing runs out of memory by it.
 */
void memsnoop_suspicion_rest                (MemsnoopSuspicion *self, guint64 current);

/**
 * memsnoop_suspicion_find_end:
 * @series: what the process has by now.
 *
 * Returns: why it is over when the growth is: MEMSNOOP_SUSPICION_RELEASED or MEMSNOOP_SUSPICION_STOPPED; else
 *   MEMSNOOP_SUSPICION_NOT_CLEARED.
 */
MemsnoopSuspicionReason memsnoop_suspicion_find_end (const MemsnoopSuspicion    *self,
                                                     const MemsnoopGrowthSeries *series);

/**
 * memsnoop_suspicion_is_worth_telling:
 *
 * Whether the level, the rate (by a factor of two), or whether memory is retained, is another than was told; or whether memory is
 * exhausted soon and that was not told (MEMSNOOP_SUSPICION_SOON), or was told and is not so by far any more
 * (MEMSNOOP_SUSPICION_NOT_SOON).
 */
gboolean memsnoop_suspicion_is_worth_telling (const MemsnoopSuspicion *self);

/**
 * memsnoop_suspicion_is_due:
 * @now: CLOCK_BOOTTIME nanoseconds.
 * @pause: nanoseconds from one telling to the next, unless it has become worse: the level has risen, or memory is exhausted soon.
 *
 * Whether it is to be told now.
 */
gboolean memsnoop_suspicion_is_due (const MemsnoopSuspicion *self,
                                    guint64                  now,
                                    guint64                  pause);

/** It is told now, as @state. */
void     memsnoop_suspicion_set_told (MemsnoopSuspicion     *self,
                                      MemsnoopSuspicionState state,
                                      guint64                now);

/**
 * memsnoop_suspicion_write_evidence:
 *
 * Returns: (transfer floating): the evidence as LeakSuspected broadcasts it, a{sv}: no path, no code.
 */
GVariant *memsnoop_suspicion_write_evidence (const MemsnoopSuspicion *self);

/** The evidence with pid, start-time, comm and exe, for ListSuspects; with sites, for GetSuspect. */
GVariant *memsnoop_suspicion_write_row      (const MemsnoopSuspicion *self, gboolean with_sites);

/** The kind of memory that is judged for @kind: a suspicion whose growth a heap explains is of the kind MEMSNOOP_SUSPICION_HEAP
 * from there on, and is judged as the MEMSNOOP_SUSPICION_RSS that it was. */
MemsnoopSuspicionKind memsnoop_suspicion_judged_kind (MemsnoopSuspicionKind kind);

const gchar *memsnoop_suspicion_kind_name   (MemsnoopSuspicionKind kind);
const gchar *memsnoop_suspicion_level_name  (MemsnoopSuspicionLevel level);
const gchar *memsnoop_suspicion_state_name  (MemsnoopSuspicionState state);
/** @reason: not MEMSNOOP_SUSPICION_NOT_CLEARED. */
const gchar *memsnoop_suspicion_reason_name (MemsnoopSuspicionReason reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopSuspicion, memsnoop_suspicion_free)

G_END_DECLS
