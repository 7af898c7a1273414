/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A curve of sizes over time with labelled axes, in characters. */
#pragma once

#include "chart.h"

G_BEGIN_DECLS

/**
 * MemsnoopLineChart:
 * @points: nanoseconds and bytes, in the order of time, not necessarily evenly spaced.
 * @from, @to: the ends of the axis of time; @to is labelled as the present.
 * @columns, @lines: of the whole chart, with its axes and labels.
 * @from_zero: whether the axis of sizes has to begin at 0.
 * @unicode: whether Braille can be shown.
 */
typedef struct
{
  const MemsnoopChartPoint *points;
  guint                     n_points;
  guint64                   from;
  guint64                   to;
  guint                     columns;
  guint                     lines;
  gboolean                  from_zero;
  gboolean                  unicode;
} MemsnoopLineChart;

/**
 * memsnoop_line_chart_draw:
 *
 * Points are joined by lines, but not over a time in which far more points are missing than around it. Returns: (transfer full): @lines
 * lines, at least 3, none wider than @columns; a chart that is too narrow for labels has none.
 */
gchar *memsnoop_line_chart_draw (const MemsnoopLineChart *self);

G_END_DECLS
