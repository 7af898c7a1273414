/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the processes of a session that records heaps or growth: has the heaps of their children recorded too, tells the recordings
 * what becomes of the processes, and ends those that the session may not have any more. For the main loop.
 *
 * Emits "changed" when other processes are recorded, or the counts of children are others.
 */
#pragma once

#include "heap-recordings.h"
#include "lease-set.h"
#include "process-families.h"
#include "scope.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_FAMILY_RECORDER (memsnoop_family_recorder_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopFamilyRecorder, memsnoop_family_recorder, MEMSNOOP, FAMILY_RECORDER, GObject)

/**
 * memsnoop_family_recorder_new:
 * @families: outlives it, as @heaps does.
 * @leases: of the session, on the heaps or the growth of the processes that it names; those of children are added to them.
 * @options: with which children are recorded.
 * @limited: whether the session is for processes that are entirely @uid's.
 */
MemsnoopFamilyRecorder *memsnoop_family_recorder_new          (MemsnoopProcessFamilies    *families,
                                                               MemsnoopHeapRecordings     *heaps,
                                                               MemsnoopLeaseSet           *leases,
                                                               const MemsnoopHeapOptions  *options,
                                                               gboolean                    follow,
                                                               gboolean                    limited,
                                                               guint32                     uid);

/** Whether one more heap, that of a child, may be recorded; fails with %G_DBUS_ERROR_LIMITS_EXCEEDED. */
typedef gboolean (*MemsnoopFamilyRoomFunction) (MemsnoopHeapRecording  *recording,
                                                gpointer                user_data,
                                                GError                **error);

/** Asks @has_room before each child; without it there is room for as many as can be recorded at all. */
void                    memsnoop_family_recorder_set_room     (MemsnoopFamilyRecorder     *self,
                                                               MemsnoopFamilyRoomFunction  has_room,
                                                               gpointer                    user_data,
                                                               GDestroyNotify              destroy);

/**
 * memsnoop_family_recorder_start_async:
 *
 * From when this has finished no child is missed; they are recorded from memsnoop_family_recorder_record() on.
 */
void                    memsnoop_family_recorder_start_async  (MemsnoopFamilyRecorder     *self,
                                                               GAsyncReadyCallback         callback,
                                                               gpointer                    user_data);
gboolean                memsnoop_family_recorder_start_finish (MemsnoopFamilyRecorder     *self,
                                                               GAsyncResult               *result,
                                                               GError                    **error);

/** The session's own leases are taken. */
void                    memsnoop_family_recorder_record       (MemsnoopFamilyRecorder     *self);

/** Nothing is begun any more; finishes when nothing is on its way. The leases that it took are the set's. */
void                    memsnoop_family_recorder_stop_async   (MemsnoopFamilyRecorder     *self,
                                                               GAsyncReadyCallback         callback,
                                                               gpointer                    user_data);
void                    memsnoop_family_recorder_stop_finish  (MemsnoopFamilyRecorder     *self,
                                                               GAsyncResult               *result);

/** The last that is done with it: nothing of it is in the kernel then, unless other sessions follow processes. */
void                    memsnoop_family_recorder_leave_async  (MemsnoopFamilyRecorder     *self,
                                                               GAsyncReadyCallback         callback,
                                                               gpointer                    user_data);
void                    memsnoop_family_recorder_leave_finish (MemsnoopFamilyRecorder     *self,
                                                               GAsyncResult               *result);

/** Brings the counts among the set's figures up to date. */
void                    memsnoop_family_recorder_update       (MemsnoopFamilyRecorder     *self);

/** What became of the children. */
void                    memsnoop_family_recorder_get_counts   (MemsnoopFamilyRecorder     *self,
                                                               MemsnoopChildCounts        *counts);

G_END_DECLS
