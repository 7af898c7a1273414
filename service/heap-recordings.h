/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recordings of heaps and of growth there are, one of each kind for each process that a session wants recorded. For the main
 * loop. */
#pragma once

#include "configuration.h"
#include "heap-recording.h"

G_BEGIN_DECLS

typedef struct _MemsnoopHeapRecordings MemsnoopHeapRecordings;

/** @worker: which all of them share. */
MemsnoopHeapRecordings *memsnoop_heap_recordings_new    (MemsnoopWorker           *worker);
void                    memsnoop_heap_recordings_free   (MemsnoopHeapRecordings   *self);

/**
 * memsnoop_heap_recordings_get:
 *
 * The recording of a process, whether it has begun or not.
 *
 * Returns: (transfer full): %NULL with %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when there is no such process,
 *   %G_DBUS_ERROR_NOT_SUPPORTED for one that has no heap to record (a kernel thread, a zombie, the service itself and its
 *   worker), %G_DBUS_ERROR_LIMITS_EXCEEDED when MEMSNOOP_HEAP_RECORDINGS_MAX others are in use.
 */
MemsnoopHeapRecording  *memsnoop_heap_recordings_get    (MemsnoopHeapRecordings   *self,
                                                         guint32                   pid,
                                                         GError                  **error);

/**
 * memsnoop_heap_recordings_lookup:
 *
 * Returns: (transfer none) (nullable): the active recording of the process with this pid and start time.
 */
MemsnoopHeapRecording  *memsnoop_heap_recordings_lookup (MemsnoopHeapRecordings   *self,
                                                         guint32                   pid,
                                                         guint64                   start_time);

/** The same for recordings of growth. The bound is on both kinds together. */
MemsnoopHeapRecording  *memsnoop_heap_recordings_get_growth    (MemsnoopHeapRecordings   *self,
                                                                guint32                   pid,
                                                                GError                  **error);
MemsnoopHeapRecording  *memsnoop_heap_recordings_lookup_growth (MemsnoopHeapRecordings   *self,
                                                                guint32                   pid,
                                                                guint64                   start_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapRecordings, memsnoop_heap_recordings_free)

G_END_DECLS
