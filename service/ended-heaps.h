/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last figures of heaps, and of growth, whose recordings a session has given back before its end: of children that have exited. */
#pragma once

#include "session-figures.h"

G_BEGIN_DECLS

/* So many are kept; the oldest are forgotten for others. */
#define MEMSNOOP_ENDED_HEAPS_MAX 32

typedef struct _MemsnoopEndedHeaps MemsnoopEndedHeaps;

MemsnoopEndedHeaps *memsnoop_ended_heaps_new  (void);
void                memsnoop_ended_heaps_free (MemsnoopEndedHeaps         *self);

/**
 * memsnoop_ended_heaps_keep:
 * @shown: (nullable): kept before, and now to be replaced, unless it is forgotten since.
 * @snapshot: (transfer full).
 */
void                memsnoop_ended_heaps_keep (MemsnoopEndedHeaps         *self,
                                               const MemsnoopHeapSnapshot *shown,
                                               MemsnoopHeapSnapshot       *snapshot);

/** Adds what is kept to @figures, but what these have already: it may have ended after they were read. And how many are forgotten. */
void                memsnoop_ended_heaps_show (const MemsnoopEndedHeaps   *self,
                                               MemsnoopSessionFigures     *figures);

/** Appends the pids of the processes to @pids, of guint32. */
void                memsnoop_ended_heaps_list (const MemsnoopEndedHeaps   *self,
                                               GArray                     *pids);

G_END_DECLS
