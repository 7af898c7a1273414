/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recordings of one process, or of the kernel memory of all, that the window knows of: which session records it, starting, stopping and reading it. */
#pragma once

#include "call-profile.h"
#include "service.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_RECORDER (memsnoop_recorder_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopRecorder, memsnoop_recorder, MEMSNOOP, RECORDER, GObject)

/* What a process can be recorded for, as the names of sources on the bus. */
#define MEMSNOOP_RECORDER_HEAP "heap"
#define MEMSNOOP_RECORDER_GROWTH "growth"
#define MEMSNOOP_RECORDER_KERNEL "kernel"

/**
 * memsnoop_recorder_new:
 * @pid: 0 for every process, of which only kernel memory can be recorded.
 * @source: MEMSNOOP_RECORDER_HEAP, MEMSNOOP_RECORDER_GROWTH or MEMSNOOP_RECORDER_KERNEL.
 *
 * Signals:
 *
 * - "changed": the session, or its properties, or whether something is under way.
 * - "profile" (MemsnoopCallProfile *profile): call stacks have been read.
 * - "failed" (const gchar *what, GError *error): what could not be done, as a sentence without a full stop, and why.
 */
MemsnoopRecorder   *memsnoop_recorder_new         (MemsnoopService     *service,
                                                   guint32              pid,
                                                   const gchar         *source);
/** Returns: (transfer none) (nullable): the session that records the process: one that the caller may stop is preferred. */
MemsnoopBusSession *memsnoop_recorder_get_session (MemsnoopRecorder    *self);
/** Whether it is being started or stopped. */
gboolean            memsnoop_recorder_is_busy     (MemsnoopRecorder    *self);
/** @start_time: of the process, CLOCK_BOOTTIME nanoseconds: recordings that were stopped are found from then on. */
void                memsnoop_recorder_set_start_time (MemsnoopRecorder *self,
                                                   guint64              start_time);
/** Whether the session is of every process, and not of the one that this is about. */
gboolean            memsnoop_recorder_is_shared   (MemsnoopRecorder    *self);
/** Whether the session is another user's that was not read, for want of a permission: one of one's own can be started. */
gboolean            memsnoop_recorder_is_refused  (MemsnoopRecorder    *self);
/** Whether the session said, when it was read last, that the process holds nothing that it recorded. Of kernel memory that may last. */
gboolean            memsnoop_recorder_has_nothing (MemsnoopRecorder    *self);
/** Starts a session of this process and its children; the user may be asked for a password. */
void                memsnoop_recorder_start       (MemsnoopRecorder    *self);
void                memsnoop_recorder_stop        (MemsnoopRecorder    *self);
/**
 * memsnoop_recorder_read:
 *
 * Reads the call stacks, and asks nobody for a password.
 *
 * Returns: whether that was begun. It is not while another reading goes on, and when there is nothing new.
 */
gboolean            memsnoop_recorder_read        (MemsnoopRecorder    *self);
/** Reads what was refused. @ask: whether a person waits for it, who may be asked for a password. */
void                memsnoop_recorder_read_again  (MemsnoopRecorder    *self,
                                                   gboolean             ask);
/** For good: what is read now, or later, is dropped. */
void                memsnoop_recorder_stop_reading (MemsnoopRecorder   *self);
/** Seconds until it is to be read again. */
guint               memsnoop_recorder_get_pause   (MemsnoopRecorder    *self);
/** The same after a reading that took @taken microseconds: so many that reading takes a tenth of the time at most, and no less than 5. */
guint               memsnoop_recorder_pause_after (gint64               taken);
/**
 * memsnoop_recorder_export_async:
 * @format: "pprof", "folded" or "json".
 *
 * Writes to @file, which is replaced only when all is written.
 */
void                memsnoop_recorder_export_async  (MemsnoopRecorder     *self,
                                                     GFile                *file,
                                                     const gchar          *format,
                                                     GCancellable         *cancellable,
                                                     GAsyncReadyCallback   callback,
                                                     gpointer              user_data);
gboolean            memsnoop_recorder_export_finish (GAsyncResult         *result,
                                                     GError              **error);

G_END_DECLS
