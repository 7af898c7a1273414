/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small pictures of figures, in characters. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One point of a line: a time, in whatever unit, and a value. */
typedef struct
{
  guint64 time;
  guint64 value;
} MemsnoopChartPoint;

/**
 * memsnoop_chart_bar:
 *
 * A bar that is @columns long when @value is @maximum; at least a trace of one when @value is
 * not 0. Returns: (transfer full).
 */
gchar *memsnoop_chart_bar       (guint64  value,
                                 guint64  maximum,
                                 guint    columns,
                                 gboolean unicode);

/**
 * memsnoop_chart_sparkline:
 * @points: in the order of time, not necessarily evenly spaced.
 *
 * The course of the values over time, from the lowest to the highest of them. Returns: (transfer
 * full): @columns characters, none when there is no point.
 */
gchar *memsnoop_chart_sparkline (const MemsnoopChartPoint *points,
                                 guint                     n_points,
                                 guint                     columns,
                                 gboolean                  unicode);

G_END_DECLS
