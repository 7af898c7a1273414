/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where times and sizes are in a chart: time runs as one reads, sizes from the bottom up, with lines at round figures. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopChartScale:
 * @begin, @end: times, of any unit; @end is after @begin.
 * @step: bytes between two lines: a power of two; @lines of them up to the top.
 * @width, @height: of the chart, in pixels.
 * @mirrored: whether time runs from right to left.
 */
typedef struct
{
  guint64  begin;
  guint64  end;
  double   step;
  guint    lines;
  double   width;
  double   height;
  gboolean mirrored;
} MemsnoopChartScale;

/** Sets @step and @lines, of which there are 2 to 4, so that @most bytes find room. */
void    memsnoop_chart_scale_set_most (MemsnoopChartScale       *self,
                                       double                    most);
double  memsnoop_chart_scale_x        (const MemsnoopChartScale *self,
                                       guint64                   time);
double  memsnoop_chart_scale_y        (const MemsnoopChartScale *self,
                                       double                    bytes);
/** The time at @x, within @begin and @end. */
guint64 memsnoop_chart_scale_time     (const MemsnoopChartScale *self,
                                       double                    x);

G_END_DECLS
