/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service signals, as sentences. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_watch_sentence_leak:
 * @evidence: `a{sv}`; what is missing in it, or has an unexpected type, is not mentioned.
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer full): a sentence on LeakSuspected, fit for a terminal, without a full stop.
 */
gchar *memsnoop_watch_sentence_leak    (guint32      pid,
                                        const gchar *comm,
                                        GVariant    *evidence,
                                        guint64      now,
                                        gboolean     unicode);

/** The same on AnomalyDetected, also of kinds that are not known yet. */
gchar *memsnoop_watch_sentence_anomaly (guint32      pid,
                                        const gchar *comm,
                                        const gchar *kind,
                                        GVariant    *details,
                                        gboolean     unicode);

/**
 * memsnoop_watch_sentence_session:
 * @state: (nullable): its state, or %NULL when it is gone.
 * @owner: the name of its user, fit for a terminal.
 * @subject: which processes: "all processes".
 */
gchar *memsnoop_watch_sentence_session (const gchar *path,
                                        const gchar *state,
                                        const gchar *owner,
                                        const gchar *subject,
                                        gboolean     unicode);

G_END_DECLS
