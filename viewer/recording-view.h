/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One source of a process's memory, or the kernel's of all: recording it, and the call stacks that were found, as a flame graph and as a table. */
#pragma once

#include "recorder.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_RECORDING_VIEW (memsnoop_recording_view_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopRecordingView, memsnoop_recording_view, MEMSNOOP, RECORDING_VIEW, AdwBin)

/**
 * memsnoop_recording_view_set_up:
 * @pid, @source: as memsnoop_recorder_new() takes them.
 *
 * Once, after it was made. Signals: "failed" (const gchar *what, GError *error).
 */
void     memsnoop_recording_view_set_up    (MemsnoopRecordingView *self,
                                            MemsnoopService       *service,
                                            guint32                pid,
                                            const gchar           *source);
/** @stats: of GetProcessStats. */
void     memsnoop_recording_view_set_stats (MemsnoopRecordingView *self,
                                            GVariant              *stats);
/** Tells how long it has been recording, and other figures of now. */
void     memsnoop_recording_view_update    (MemsnoopRecordingView *self);
/** The process is not there any more: what was recorded stays, but nothing can be begun. */
void     memsnoop_recording_view_set_gone  (MemsnoopRecordingView *self,
                                            gboolean               gone);
/** Reads what was refused, when a person has been asked for a password meanwhile. */
void     memsnoop_recording_view_read_again (MemsnoopRecordingView *self);
/** Whether a recording is being started or stopped. */
gboolean memsnoop_recording_view_is_busy   (MemsnoopRecordingView *self);
/** Starts or stops the recording, as its button does. */
void     memsnoop_recording_view_toggle    (MemsnoopRecordingView *self);
/** Moves the focus to the search for functions; %FALSE when nothing was recorded. */
gboolean memsnoop_recording_view_search    (MemsnoopRecordingView *self);

G_END_DECLS
