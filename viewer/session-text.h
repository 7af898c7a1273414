/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a recording, in words. Everything that is returned is (transfer full) and fit for showing. */
#pragma once

#include "process-list.h"

G_BEGIN_DECLS

/** Whether it is going on. */
gboolean  memsnoop_session_text_is_recording (MemsnoopBusSession  *session);
/** The pid of a session of one process; 0 of others. */
guint32   memsnoop_session_text_get_pid      (MemsnoopBusSession  *session);
/** "Heap of tree (4711)". */
gchar    *memsnoop_session_text_title        (MemsnoopBusSession  *session,
                                              MemsnoopProcessList *processes);
/** "Recording for 3 minutes" or what has become of it, and whose it is, when it is another user's. @now: CLOCK_BOOTTIME nanoseconds. */
gchar    *memsnoop_session_text_state        (MemsnoopBusSession  *session,
                                              guint64              now);
/** Events, what was lost, what it costs, and whether the figures are exact. */
gchar    *memsnoop_session_text_figures      (MemsnoopBusSession  *session);
/** Sentences on what keeps the figures of a @source ("heap") from being exact, or that they are. */
gchar    *memsnoop_session_text_doubts       (MemsnoopBusSession  *session,
                                              const gchar         *source);

G_END_DECLS
