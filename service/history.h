/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A value over time in a bounded number of points: as they age they are thinned out, not dropped. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_HISTORY_POINTS 96

/**
 * MemsnoopHistoryPoint:
 * @time: CLOCK_BOOTTIME nanoseconds.
 * @bytes: the value then.
 */
typedef struct
{
  guint64 time;
  guint64 bytes;
} MemsnoopHistoryPoint;

/** An empty history: an array of MemsnoopHistoryPoint. */
GArray *memsnoop_history_new (void);

/**
 * memsnoop_history_add:
 * @time: not before that of the last point.
 *
 * Adds a point. While the value stays the same only the end of the plateau moves. When the history is
 * full, every second point of its older half goes; the first one stays.
 */
void    memsnoop_history_add (GArray  *history,
                              guint64  time,
                              guint64  bytes);

G_END_DECLS
