/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leases of one session: on the recording of kernel memory, and on those of the heaps and of the growth of several processes.
 * They are taken all or none, and given back together. For the main loop.
 *
 * Emits "cost-changed" and "over-budget" as the recordings of heaps do.
 */
#pragma once

#include "ended-heaps.h"
#include "heap-recording.h"
#include "recording.h"
#include "session-figures.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_LEASE_SET (memsnoop_lease_set_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopLeaseSet, memsnoop_lease_set, MEMSNOOP, LEASE_SET, GObject)

/** Without leases; they are added before anything else is done with it. */
MemsnoopLeaseSet       *memsnoop_lease_set_new              (void);

/** @map_memory: see memsnoop_recording_acquire_async(). */
void                    memsnoop_lease_set_add_kernel       (MemsnoopLeaseSet           *self,
                                                             MemsnoopRecording          *recording,
                                                             guint64                     map_memory);
void                    memsnoop_lease_set_add_heap         (MemsnoopLeaseSet           *self,
                                                             MemsnoopHeapRecording      *recording,
                                                             const MemsnoopHeapOptions  *options);

/**
 * memsnoop_lease_set_check_process:
 * @recording: of a heap or of growth, that was found by a pid.
 * @start_time: CLOCK_BOOTTIME nanoseconds, of the process that is meant.
 *
 * Whether it is of that process, so that a lease may be added; %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when another one has its pid
 * by now.
 */
gboolean                memsnoop_lease_set_check_process    (MemsnoopHeapRecording      *recording,
                                                             guint64                     start_time,
                                                             GError                    **error);

/** Forgets a lease, on a heap or on growth, that the caller gives back himself. */
void                    memsnoop_lease_set_remove_stacked   (MemsnoopLeaseSet           *self,
                                                             MemsnoopHeapRecording      *recording);

/** Returns: (transfer none): last figures of leases that were given back before the others, which are told with theirs. */
MemsnoopEndedHeaps     *memsnoop_lease_set_get_ended        (MemsnoopLeaseSet           *self);

/** Returns: (transfer none) (nullable): the recording of the heap of the process @pid on which there is a lease. */
MemsnoopHeapRecording  *memsnoop_lease_set_find_heap        (MemsnoopLeaseSet           *self,
                                                             guint32                     pid);

/** The same, but for that of its growth when there is none of its heap. */
MemsnoopHeapRecording  *memsnoop_lease_set_find_stacked     (MemsnoopLeaseSet           *self,
                                                             guint32                     pid);

/** Returns: (transfer full): guint32, the pids of all processes on whose heap or growth there is a lease, each once. */
GArray                 *memsnoop_lease_set_get_stacked_pids (MemsnoopLeaseSet           *self);

/** The process @pid, on whose heap or growth there is a lease, has once not been entirely its user's: the figures tell so from now on. */
void                    memsnoop_lease_set_mark_foreign     (MemsnoopLeaseSet           *self,
                                                             guint32                     pid);

/** The same of its growth. */
MemsnoopHeapRecording  *memsnoop_lease_set_find_growth      (MemsnoopLeaseSet           *self,
                                                             guint32                     pid);

/** Returns: (transfer full): guint32, the pids of all processes whose heaps or growth are told, also of those that have exited. */
GArray                 *memsnoop_lease_set_get_shown_pids   (MemsnoopLeaseSet           *self);

/** What is told of children with the figures; how many are forgotten is known here. */
void                    memsnoop_lease_set_set_children     (MemsnoopLeaseSet           *self,
                                                             const MemsnoopChildCounts  *children);

/** The same for a recording of growth. */
void                    memsnoop_lease_set_add_growth       (MemsnoopLeaseSet           *self,
                                                             MemsnoopHeapRecording      *recording,
                                                             const MemsnoopHeapOptions  *options);

gboolean                memsnoop_lease_set_has_kernel       (MemsnoopLeaseSet           *self);

/** Calls @function, as of GPtrArray, for each MemsnoopHeapRecording of growth. */
void                    memsnoop_lease_set_foreach_growth   (MemsnoopLeaseSet           *self,
                                                             GFunc                       function,
                                                             gpointer                    user_data);

/** Calls @function, as of GPtrArray, for each MemsnoopHeapRecording of a heap. */
void                    memsnoop_lease_set_foreach_heap     (MemsnoopLeaseSet           *self,
                                                             GFunc                       function,
                                                             gpointer                    user_data);

/**
 * memsnoop_lease_set_acquire_async:
 *
 * Takes all leases at the same time. When one of them cannot be had, those that were are given back before this
 * finishes with the error of the first that failed; one of a heap then names its process.
 */
void                    memsnoop_lease_set_acquire_async    (MemsnoopLeaseSet           *self,
                                                             GAsyncReadyCallback         callback,
                                                             gpointer                    user_data);
gboolean                memsnoop_lease_set_acquire_finish   (MemsnoopLeaseSet           *self,
                                                             GAsyncResult               *result,
                                                             GError                    **error);

/** Gives all leases back. Cannot fail. */
void                    memsnoop_lease_set_release_async    (MemsnoopLeaseSet           *self,
                                                             GAsyncReadyCallback         callback,
                                                             gpointer                    user_data);
/** Returns: (transfer full): the last figures of each. */
MemsnoopSessionFigures *memsnoop_lease_set_release_finish   (MemsnoopLeaseSet           *self,
                                                             GAsyncResult               *result);

/**
 * memsnoop_lease_set_snapshot_async:
 * @fresh: figures of now or later, instead of some that may be MEMSNOOP_SNAPSHOT_AGE old.
 */
void                    memsnoop_lease_set_snapshot_async   (MemsnoopLeaseSet           *self,
                                                             gboolean                    fresh,
                                                             GAsyncReadyCallback         callback,
                                                             gpointer                    user_data);
/** Returns: (transfer full): %NULL with %MEMSNOOP_ERROR_NOT_RECORDING when a recording has ended meanwhile. */
MemsnoopSessionFigures *memsnoop_lease_set_snapshot_finish  (MemsnoopLeaseSet           *self,
                                                             GAsyncResult               *result,
                                                             GError                    **error);

/** The sums of what the recordings tell of themselves, while they run. */
void                    memsnoop_lease_set_get_totals       (MemsnoopLeaseSet           *self,
                                                             MemsnoopTracerTotals       *totals);

/** What the recordings of heaps cost together, and what was done with the worst of them. */
void                    memsnoop_lease_set_get_expense      (MemsnoopLeaseSet           *self,
                                                             MemsnoopHeapExpense        *expense);

G_END_DECLS
