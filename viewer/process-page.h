/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All about one process: its memory over time, what is suspected of it, and the call stacks that hold its heap once that is recorded. */
#pragma once

#include "raised-anomalies.h"
#include "suspect-list.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_PROCESS_PAGE (memsnoop_process_page_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopProcessPage, memsnoop_process_page, MEMSNOOP, PROCESS_PAGE, AdwBin)

/**
 * memsnoop_process_page_new:
 * @suspects: of whose suspicions it shows those of this process, as of @anomalies.
 *
 * Signals: "back": the user wants to leave it; "failed" (const gchar *what, GError *error).
 */
GtkWidget *memsnoop_process_page_new     (MemsnoopService         *service,
                                          MemsnoopSuspectList     *suspects,
                                          MemsnoopRaisedAnomalies *anomalies,
                                          guint32                  pid);
/** Whether something is started, stopped or exported, of which it tells how that ends. */
gboolean   memsnoop_process_page_is_busy (MemsnoopProcessPage *self);
/** It is of the process that began at @start_time, as the service has it, and not of another one of this pid; 0 when that is not known. */
void       memsnoop_process_page_expect  (MemsnoopProcessPage *self,
                                          guint64              start_time);
/** Moves the focus to the search for functions, where there is one. */
void       memsnoop_process_page_search  (MemsnoopProcessPage *self);

G_END_DECLS
