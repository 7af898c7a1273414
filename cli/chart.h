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

/**
 * memsnoop_chart_values:
 * @values: evenly spaced; 0 where there is none.
 *
 * Their course in at most @columns characters, each the mean of as many values: a small bar that can be
 * compared with others, and so does not make much of little: what changes by less than an eighth of the
 * highest value does not fill its height. Where there is no value it is empty. Returns: (transfer full): as
 * many characters as there are values, when these are fewer.
 */
gchar *memsnoop_chart_values    (const guint64 *values,
                                 gsize          n_values,
                                 guint          columns,
                                 gboolean       unicode);

G_END_DECLS
