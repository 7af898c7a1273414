/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a recording into a file that a person chooses. It goes on when the widget is left, and when the window is closed:
 * how it ended is told by the window ("win.tell", "win.tell-failure") or, when there is none any more, by a notification.
 */
#pragma once

#include "recorder.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_EXPORTER (memsnoop_exporter_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopExporter, memsnoop_exporter, MEMSNOOP, EXPORTER, GObject)

/**
 * memsnoop_exporter_new:
 * @widget: gets the action "recording.export", whose parameter is a format. It has to live as long as what is returned is
 *   kept; what is being written lives longer.
 * @source: what is recorded, for the name of the file.
 *
 * Signals: "changed": whether it is busy.
 */
MemsnoopExporter *memsnoop_exporter_new     (MemsnoopRecorder *recorder,
                                             GtkWidget        *widget,
                                             guint32           pid,
                                             const gchar      *source);
gboolean          memsnoop_exporter_is_busy (MemsnoopExporter *self);
/** What is being written is not written any more; nothing is left of it. */
void              memsnoop_exporter_cancel  (MemsnoopExporter *self);
/** Its widget goes: what is being written cannot be cancelled there any more. */
void              memsnoop_exporter_leave   (MemsnoopExporter *self);

/** Returns: (transfer none): exporters that were left, until they have written; it says when that changes. */
GListModel       *memsnoop_exporter_get_left    (void);
/** Cancels what those write. */
void              memsnoop_exporter_cancel_left (void);

G_END_DECLS
