/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service signals, as sentences. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Returns: (transfer full): "firefox (4711)", fit for a terminal. */
gchar *memsnoop_watch_sentence_process (guint32      pid,
                                        const gchar *comm,
                                        gboolean     unicode);

/**
 * memsnoop_watch_sentence_growth:
 * @evidence: `a{sv}`; what is missing in it, or has an unexpected type, is not mentioned.
 * @now: CLOCK_BOOTTIME nanoseconds; the evidence was read then.
 *
 * Returns: (transfer full): "firefox (4711) has grown by 12 MiB a minute for 40 minutes, 480 MiB in
 *   all", or, when it grows no longer, "… has grown by 480 MiB in 40 minutes; it last grew 5 minutes ago, by
 *   12 MiB a minute then"; fit for a terminal.
 */
gchar *memsnoop_watch_sentence_growth  (guint32      pid,
                                        const gchar *comm,
                                        GVariant    *evidence,
                                        guint64      now,
                                        gboolean     unicode);

/** Returns: (transfer full) (nullable): "memory is full in about 3 hours"; %NULL when it is not growing
 * towards that. */
gchar *memsnoop_watch_sentence_exhaustion (GVariant *evidence);

/** What the level of the suspicion means: "a leak is suspected, though growth alone is no proof". */
const gchar *memsnoop_watch_sentence_verdict (GVariant *evidence);

/** Returns: (transfer full): all of these, on a suspicion that stands. */
gchar *memsnoop_watch_sentence_standing (guint32     pid,
                                        const gchar *comm,
                                        GVariant    *evidence,
                                        guint64      now,
                                        gboolean     unicode);

/**
 * memsnoop_watch_sentence_leak:
 * @before: (nullable): the evidence that was told of the same suspicion last.
 *
 * Returns: (transfer full): a sentence on LeakSuspected, fit for a terminal, without a full stop.
 */
gchar *memsnoop_watch_sentence_leak    (guint32      pid,
                                        const gchar *comm,
                                        GVariant    *evidence,
                                        GVariant    *before,
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
