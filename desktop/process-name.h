/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How programs of the desktop name a process to each other: "4711", or "4711:123450000000", which is no later process with that pid. Pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_process_name_write:
 * @start_time: nanoseconds of CLOCK_BOOTTIME, as lists of the service have it; 0 when it is not known.
 *
 * Returns: (transfer full).
 */
gchar    *memsnoop_process_name_write (guint32      pid,
                                       guint64      start_time);
/**
 * memsnoop_process_name_read:
 * @pid: from 1 to G_MAXINT32.
 * @start_time: 0 when @text does not say it.
 *
 * Whether @text names a process; otherwise neither is changed.
 */
gboolean  memsnoop_process_name_read  (const gchar *text,
                                       guint32     *pid,
                                       guint64     *start_time);

G_END_DECLS
