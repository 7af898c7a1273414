/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures and findings in words, in the language of the desktop. Everything that is returned is (transfer full) and may be shown as it is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Characters of a name that are kept at most. */
#define MEMSNOOP_WORDING_NAME_MAX 80

/**
 * memsnoop_wording_name:
 * @text: (nullable): a process's name, a path or a function, as hostile as may be.
 *
 * One line: controls as \xNN, what hides or turns around text as \uNNNN; the middle of a long one left out. No markup is escaped.
 */
gchar *memsnoop_wording_name       (const gchar *text,
                                    guint        most);
/**
 * memsnoop_wording_name_within:
 * @name: fit for showing.
 *
 * For sentences: letters that read from the right would turn around what stands behind them, the number of a process in
 * parentheses. Isolated by marks of Unicode's bidirectional algorithm (UAX #9) they do not. Other names stay as they are.
 */
gchar *memsnoop_wording_name_within (const gchar *name);
/** "1.2 GiB", as the locale has it. */
gchar *memsnoop_wording_size       (guint64      bytes);
/** "12 MiB a minute", or an hour when it is slow; without a sign. */
gchar *memsnoop_wording_rate       (gdouble      bytes_per_second);
/** For a table: "+12 MiB/min", "−12 MiB/min", empty for none. */
gchar *memsnoop_wording_short_rate (gdouble      bytes_per_second);
/** One unit, rounded: "40 minutes", "3 days". */
gchar *memsnoop_wording_duration   (guint64      seconds);
/** "firefox (4711) may be leaking memory" or, at level "probable", "… is probably leaking memory". */
gchar *memsnoop_wording_suspicion_title (guint32      pid,
                                         const gchar *comm,
                                         GVariant    *evidence);
/**
 * memsnoop_wording_suspicion:
 * @evidence: of LeakSuspected or ListSuspects.
 * @read: when the evidence came from the service, CLOCK_BOOTTIME nanoseconds.
 * @now: the same clock.
 *
 * Sentences: by how much it has grown since when and how fast, or when it last did and how fast it was then, when memory is used up, how sure that is and why.
 */
gchar *memsnoop_wording_suspicion  (GVariant    *evidence,
                                    guint64      read,
                                    guint64      now);

G_END_DECLS
