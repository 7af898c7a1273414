/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one recording of kernel memory, shared by all sessions that want it: it
 * runs while there is a lease on it. Keeps what the tracer does not: the
 * history of each process, and snapshots that are at most
 * MEMSNOOP_SNAPSHOT_AGE old for those who ask. All functions are for the main
 * loop; none blocks.
 */
#pragma once

#include "history.h"
#include "tracer.h"

G_BEGIN_DECLS

/* How old the sites of a reply may be, in nanoseconds. */
#define MEMSNOOP_SNAPSHOT_AGE (5 * G_GUINT64_CONSTANT (1000000000))

#define MEMSNOOP_TYPE_RECORDING (memsnoop_recording_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopRecording, memsnoop_recording, MEMSNOOP, RECORDING, GObject)

MemsnoopRecording *memsnoop_recording_new            (MemsnoopTracer       *tracer);

/**
 * memsnoop_recording_acquire_async:
 * @map_memory: bytes for the maps; of use only to the lease that begins the recording.
 *
 * Takes a lease. The first one loads and attaches the tracer; others that come
 * meanwhile wait for the same start. Each successful acquire is balanced by one
 * release.
 */
void               memsnoop_recording_acquire_async  (MemsnoopRecording    *self,
                                                      guint64               map_memory,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
gboolean           memsnoop_recording_acquire_finish (MemsnoopRecording    *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);

/**
 * memsnoop_recording_release_async:
 *
 * Gives a lease back. finish returns the last figures (owned by the caller; never %NULL). When it was the
 * last lease, everything is detached by then.
 */
void               memsnoop_recording_release_async  (MemsnoopRecording    *self,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MemsnoopSnapshot  *memsnoop_recording_release_finish (MemsnoopRecording    *self,
                                                      GAsyncResult         *result);

/** Whether figures can be read now. */
gboolean           memsnoop_recording_is_active      (MemsnoopRecording    *self);

/** Current figures of the process with this pid, as MemsnoopTracerClass.lookup. */
gboolean           memsnoop_recording_lookup         (MemsnoopRecording      *self,
                                                      guint32                 pid,
                                                      MemsnoopProcessFigures *figures);

/**
 * memsnoop_recording_get_history:
 *
 * The usage history of a process, oldest first; see history.h. Returns: (transfer full): an array of
 * MemsnoopHistoryPoint, empty when there is none yet.
 */
GArray            *memsnoop_recording_get_history    (MemsnoopRecording    *self,
                                                      guint32               pid,
                                                      guint64               start_time);

void               memsnoop_recording_foreach        (MemsnoopRecording       *self,
                                                      MemsnoopFiguresFunction  function,
                                                      gpointer                 user_data);

void               memsnoop_recording_get_totals     (MemsnoopRecording    *self,
                                                      MemsnoopTracerTotals *totals);

/**
 * memsnoop_recording_snapshot_async:
 * @fresh: gather anew even when a recent snapshot is at hand.
 *
 * A snapshot at most MEMSNOOP_SNAPSHOT_AGE old. Requests that come while one is
 * being gathered share it. While snapshots are asked for they are renewed in the
 * background, so that only the first waits. Fails with
 * %MEMSNOOP_ERROR_NOT_RECORDING when nothing is recorded.
 */
void               memsnoop_recording_snapshot_async (MemsnoopRecording    *self,
                                                      gboolean              fresh,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
MemsnoopSnapshot  *memsnoop_recording_snapshot_finish (MemsnoopRecording   *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);

G_END_DECLS
