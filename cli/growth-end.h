/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what is suspected still grows. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MEMSNOOP_GROWTH_END_SECONDS:
 *
 * Growth that was not seen for so long is told as over. A process is judged once in 15 intervals of the watch, whose figures are those of
 * that time together (docs/detection.md): every 30 seconds at the default interval of 2. So what grows was seen growing in the last 30
 * seconds, and what was not for twice as long has been judged without that.
 */
#define MEMSNOOP_GROWTH_END_SECONDS 60

/**
 * memsnoop_growth_end_find:
 * @evidence: `a{sv}` of LeakSuspected, ListSuspects or GetSuspect.
 * @read: when it came from the service, CLOCK_BOOTTIME nanoseconds. Evidence that nobody renews grows old while the growth goes on.
 * @last: (out): when it was last judged to be growing, the same clock; only set when that is over.
 *
 * What has a time until memory is full grew when it was judged last, whatever the interval of the watch is. What does not say when it
 * grew last, or says that it will, is taken to grow.
 *
 * Returns: whether the growth is over, and its rate with it.
 */
gboolean memsnoop_growth_end_find (GVariant *evidence,
                                   guint64   read,
                                   guint64  *last);

G_END_DECLS
