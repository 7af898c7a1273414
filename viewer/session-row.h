/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording in the list of those that the service has. */
#pragma once

#include "process-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SESSION_ROW (memsnoop_session_row_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSessionRow, memsnoop_session_row, MEMSNOOP, SESSION_ROW, GtkListBoxRow)

/**
 * memsnoop_session_row_new:
 * @processes: what processes are called.
 *
 * Signals: "show-process" (guint pid) and "stop": a person wants it.
 */
GtkWidget          *memsnoop_session_row_new         (MemsnoopBusSession  *session,
                                                      MemsnoopProcessList *processes);
MemsnoopBusSession *memsnoop_session_row_get_session (MemsnoopSessionRow  *self);
/** Tells anew what depends on the time. */
void                memsnoop_session_row_update      (MemsnoopSessionRow  *self);
/** Whether it is being stopped. */
void                memsnoop_session_row_set_busy    (MemsnoopSessionRow  *self,
                                                      gboolean             busy);

G_END_DECLS
