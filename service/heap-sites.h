/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts together the sites of a heap snapshot from the figures of its calling contexts. Several contexts
 * may have the same call stack, as when the stack was higher in one call: they are one site. For one thread, until the
 * snapshot is made.
 */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

typedef struct _MemsnoopHeapSites MemsnoopHeapSites;

/** For @snapshot, which has no sites yet. */
MemsnoopHeapSites   *memsnoop_heap_sites_new       (MemsnoopHeapSnapshot       *snapshot);

/** Frees what was needed to put them together; without memsnoop_heap_sites_finish(), the sites are lost. */
void                 memsnoop_heap_sites_free      (MemsnoopHeapSites          *self);

/**
 * memsnoop_heap_sites_add_frame:
 * @module: (nullable): path of the mapped file, printable text.
 * @offset: in it, or an address.
 * @functions: (array length=n_functions) (nullable): what is known of it, printable texts, the innermost first; copied.
 *
 * Returns: the frame of this place, the same for each call with this module and offset, owned by the snapshot. Once
 *   functions are given for it, they are those of its other calls, too.
 */
const MemsnoopFrame *memsnoop_heap_sites_add_frame (MemsnoopHeapSites          *self,
                                                    const gchar                *module,
                                                    guint64                     offset,
                                                    const MemsnoopFunction     *functions,
                                                    guint                       n_functions);

/**
 * memsnoop_heap_sites_add:
 * @context: the figures of one calling context. Its frames are of memsnoop_heap_sites_add_frame(), and their array is
 *   copied; none when its stack is not known.
 *
 * Adds it to what has the same frames, ends in the same way and is of the same kind. Standard errors add up as those of independent estimates
 * do: the square is the sum of the squares.
 */
void                 memsnoop_heap_sites_add       (MemsnoopHeapSites          *self,
                                                    const MemsnoopHeapSite     *context);

/** Puts the sites into the snapshot: by live bytes, those with equal ones by allocated bytes, descending. */
void                 memsnoop_heap_sites_finish    (MemsnoopHeapSites          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapSites, memsnoop_heap_sites_free)

G_END_DECLS
