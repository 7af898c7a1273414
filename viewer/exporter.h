/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a recording into a file that a person chooses. */
#pragma once

#include "recorder.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_EXPORTER (memsnoop_exporter_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopExporter, memsnoop_exporter, MEMSNOOP, EXPORTER, GObject)

/**
 * memsnoop_exporter_new:
 * @widget: gets the action "recording.export", whose parameter is a format. It has to live as long.
 * @source: what is recorded, for the name of the file.
 *
 * Signals: "changed": whether it is busy; "told" (const gchar *text): it is done; "failed" (const gchar *what, GError *error).
 */
MemsnoopExporter *memsnoop_exporter_new     (MemsnoopRecorder *recorder,
                                             GtkWidget        *widget,
                                             guint32           pid,
                                             const gchar      *source);
gboolean          memsnoop_exporter_is_busy (MemsnoopExporter *self);
/** What is being written is not written any more; nothing is left of it. */
void              memsnoop_exporter_cancel  (MemsnoopExporter *self);

G_END_DECLS
