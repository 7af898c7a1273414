/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which code holds the kernel memory by which a process has grown, and whether it is evidence at all: what the kernel
 * frees unseen, and what it keeps as a cache, looks like a leak without being one. Pure functions of a snapshot.
 */
#pragma once

#include "snapshot.h"
#include "suspicion.h"

G_BEGIN_DECLS

/**
 * memsnoop_kernel_suspect_explain:
 * @pid, @start_time: the process; @start_time to the kernel's clock tick.
 * @grown: bytes by which its live kernel memory has grown...
 * @since: ...since then, CLOCK_BOOTTIME nanoseconds.
 * @sites: (out): where MemsnoopSuspicionSite are added: at most 16 that can have grown by something that matters, by how
 *   much they can have grown, descending.
 * @level: (out): MEMSNOOP_SUSPICION_PROBABLE when named sites whose blocks are all live explain at least half of
 *   the growth, MEMSNOOP_SUSPICION_GROWTH otherwise.
 *
 * A site can have grown by what was allocated there since then and is not freed. What of this may be free already (as many blocks as
 * were found freed unseen from there; all, where the kernel has fewer) and what is reclaimable is
 * taken from @grown; what remains is certain to be elsewhere.
 *
 * Returns: whether this is evidence: at least an eighth of the growth is certain. %FALSE also for a process that is not in
 * the snapshot. @sites and @level are unchanged then.
 */
gboolean memsnoop_kernel_suspect_explain (const MemsnoopSnapshot *snapshot,
                                          guint32                 pid,
                                          guint64                 start_time,
                                          guint64                 grown,
                                          guint64                 since,
                                          GPtrArray              *sites,
                                          MemsnoopSuspicionLevel *level);

/**
 * memsnoop_kernel_suspect_explain_again:
 * @suspicion: one of kernel memory that is followed.
 *
 * Gives it the sites of @snapshot, and the level that they show when that is higher; when they are no evidence, it stays as it is.
 */
void memsnoop_kernel_suspect_explain_again (const MemsnoopSnapshot *snapshot,
                                            MemsnoopSuspicion      *suspicion);

G_END_DECLS
