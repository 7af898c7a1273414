/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recordings of heaps tell about processes that are suspected: looks into those that there are, and, where that is
 * configured, records the heaps of suspects itself for a while, one at a time. For the main loop; whatever takes time happens
 * elsewhere.
 */
#pragma once

#include "heap-recordings.h"
#include "session.h"
#include "suspicion.h"

G_BEGIN_DECLS

/* Intervals of the watch from one look to the next, until code was found that explains the growth... */
#define MEMSNOOP_SUSPECT_HEAPS_SEARCH_TICKS 30
/* ... and from then on. A recording of the service's own lasts so long, too... */
#define MEMSNOOP_SUSPECT_HEAPS_FOLLOW_TICKS (MEMSNOOP_OBSERVATION_TICKS / 2)
/* ... but not longer than this, in seconds. */
#define MEMSNOOP_SUSPECT_HEAPS_SECONDS_MAX 600
/* Bytes from one recorded block of such a recording to the next, on average. */
#define MEMSNOOP_SUSPECT_HEAPS_SAMPLE_INTERVAL 65536

/* Share of a core that it may cost. */
#define MEMSNOOP_SUSPECT_HEAPS_CPU_BUDGET 0.1

typedef struct _MemsnoopSuspectHeaps MemsnoopSuspectHeaps;

/**
 * MemsnoopSuspectSessionFunc:
 *
 * Makes a session that records the heap of a process; see memsnoop_own_session_new().
 *
 * Returns: (transfer full): %NULL with an error when that is not possible.
 */
typedef MemsnoopSession *(*MemsnoopSuspectSessionFunc) (guint32                     pid,
                                                        guint64                     start_time,
                                                        const MemsnoopHeapOptions  *options,
                                                        gpointer                    user_data,
                                                        GError                    **error);

/**
 * MemsnoopSuspectHeapsFunc:
 * @id: of the suspicion that was looked into; it may be withdrawn meanwhile.
 * @snapshot: of the heap of its process.
 */
typedef void (*MemsnoopSuspectHeapsFunc) (guint64                     id,
                                          const MemsnoopHeapSnapshot *snapshot,
                                          gpointer                    user_data);

/**
 * memsnoop_suspect_heaps_new:
 * @recordings: outlives it.
 * @interval: nanoseconds of a tick.
 * @begin: (nullable): by which the heaps of suspects are recorded that nobody else records; %NULL to leave that.
 * @func: is told what was seen.
 */
MemsnoopSuspectHeaps *memsnoop_suspect_heaps_new  (MemsnoopHeapRecordings   *recordings,
                                                   guint64                   interval,
                                                   MemsnoopSuspectSessionFunc begin,
                                                   gpointer                  begin_data,
                                                   MemsnoopSuspectHeapsFunc  func,
                                                   gpointer                  user_data);

/** Nothing is told any more, and a session of its own is left to whoever ends all of them. When the service ends. */
void                  memsnoop_suspect_heaps_free (MemsnoopSuspectHeaps     *self);

/**
 * memsnoop_suspect_heaps_look:
 * @suspicion: one that has been seen growing now; it notes in it when it was looked into.
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Looks into the heap of its process when that is recorded, and it is time. Does nothing with suspicions of other memory
 * than a heap can have.
 */
void                  memsnoop_suspect_heaps_look (MemsnoopSuspectHeaps     *self,
                                                   MemsnoopSuspicion        *suspicion,
                                                   guint64                   now);

G_END_DECLS
