/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "line-chart.h"

#include "chart-scale.h"
#include "dot-canvas.h"
#include "terminal-text.h"

#include <math.h>
#include <string.h>

#define NANOSECONDS_PER_SECOND G_GUINT64_CONSTANT (1000000000)

/* The axis of time and its labels. */
#define LINES_BELOW 2
/* Of the axis of sizes from one label to the next, at least. */
#define LINES_OF_A_STEP 3
/* Of the axis of time, with "59 min ago" and space around it. */
#define COLUMNS_OF_A_STEP 14
/* The curve has at least so many, or there are no labels beside it. */
#define LEAST_COLUMNS 12

/* A time without points is a gap when it is this many times as long as those on both sides. Blocks
 * of a history become longer by a factor of four. */
#define GAP_FACTOR 4

/* A chart while it is drawn. */
typedef struct
{
  const MemsnoopLineChart *chart;
  MemsnoopSizeScale scale;
  MemsnoopDotCanvas *canvas;
  guint label_columns;
  guint columns;
  guint lines;
  gchar **labels;
} Drawing;

static guint
scale_to (gdouble share, guint size)
{
  return (guint) lround (CLAMP (share, 0, 1) * (size - 1));
}

static guint
x_of (const Drawing *drawing, gdouble time)
{
  const MemsnoopLineChart *chart = drawing->chart;
  gdouble span = (gdouble) (chart->to - chart->from);

  return scale_to (span > 0 ? (time - (gdouble) chart->from) / span : 1,
                   memsnoop_dot_canvas_get_width (drawing->canvas));
}

static guint
y_of (const Drawing *drawing, gdouble value)
{
  const MemsnoopSizeScale *scale = &drawing->scale;

  return scale_to ((value - (gdouble) scale->bottom) / (gdouble) (scale->top - scale->bottom),
                   memsnoop_dot_canvas_get_height (drawing->canvas));
}

/* Whether nothing was seen from the point at @index to the next one. */
static gboolean
is_gap (const MemsnoopLineChart *chart, guint index)
{
  const MemsnoopChartPoint *point = chart->points + index;
  guint64 before, after;

  if (index == 0 || index + 2 >= chart->n_points)
    return FALSE;
  before = point->time - point[-1].time;
  after = point[2].time - point[1].time;
  return (point[1].time - point->time) / GAP_FACTOR >= MAX (before, after);
}

/* From one point to another, or from the left edge when that is between them. */
static void
draw_segment (Drawing *drawing, const MemsnoopChartPoint *from, const MemsnoopChartPoint *to)
{
  gdouble start = MAX ((gdouble) from->time, (gdouble) drawing->chart->from);
  gdouble share = (start - (gdouble) from->time) / (gdouble) (to->time - from->time);
  gdouble value = (gdouble) from->value * (1 - share) + (gdouble) to->value * share;

  memsnoop_dot_canvas_draw_line (drawing->canvas, x_of (drawing, start), y_of (drawing, value),
                                 x_of (drawing, (gdouble) to->time),
                                 y_of (drawing, (gdouble) to->value));
}

static void
draw_point (Drawing *drawing, const MemsnoopChartPoint *point)
{
  guint x = x_of (drawing, (gdouble) point->time);
  guint y = y_of (drawing, (gdouble) point->value);

  memsnoop_dot_canvas_draw_line (drawing->canvas, x, y, x, y);
}

static void
draw_curve (Drawing *drawing)
{
  const MemsnoopLineChart *chart = drawing->chart;

  for (guint i = 0; i < chart->n_points; i++)
    {
      const MemsnoopChartPoint *point = chart->points + i;

      if (point->time >= chart->from)
        draw_point (drawing, point);
      if (i + 1 < chart->n_points && point[1].time >= chart->from && !is_gap (chart, i))
        draw_segment (drawing, point, point + 1);
    }
}

static void
choose_scale (Drawing *drawing)
{
  const MemsnoopLineChart *chart = drawing->chart;
  guint64 lowest = G_MAXUINT64, highest = 0;

  for (guint i = 0; i < chart->n_points; i++)
    if (chart->points[i].time >= chart->from)
      {
        lowest = MIN (lowest, chart->points[i].value);
        highest = MAX (highest, chart->points[i].value);
      }
  memsnoop_size_scale_choose (&drawing->scale, MIN (lowest, highest), highest,
                              MAX (drawing->lines / LINES_OF_A_STEP, 1), chart->from_zero);
}

/* The widest label decides how much is left for the curve. */
static void
choose_columns (Drawing *drawing)
{
  const MemsnoopSizeScale *scale = &drawing->scale;
  guint columns = drawing->chart->columns;

  for (guint64 value = scale->bottom; value <= scale->top; value += scale->step)
    {
      g_autofree gchar *label = memsnoop_size_scale_label (scale, value);

      drawing->label_columns = MAX (drawing->label_columns, (guint) strlen (label));
    }
  /* A space and the axis. */
  if (columns >= drawing->label_columns + 2 + LEAST_COLUMNS)
    {
      drawing->columns = columns - drawing->label_columns - 2;
      return;
    }
  drawing->label_columns = 0;
  drawing->columns = MAX (columns, 2) - 1;
}

/* The labels of sizes, by the line that they are in. */
static void
place_labels (Drawing *drawing)
{
  const MemsnoopSizeScale *scale = &drawing->scale;

  drawing->labels = g_new0 (gchar *, drawing->lines);
  for (guint64 value = scale->bottom; value <= scale->top; value += scale->step)
    {
      guint line = memsnoop_dot_canvas_get_line (drawing->canvas, y_of (drawing, (gdouble) value));

      g_free (drawing->labels[line]);
      drawing->labels[line] = memsnoop_size_scale_label (scale, value);
    }
}

static void
append_margin (const Drawing *drawing, const gchar *label, GString *text)
{
  if (drawing->label_columns == 0)
    return;
  memsnoop_terminal_text_append_fitted (text, label, drawing->label_columns, TRUE, FALSE);
  g_string_append_c (text, ' ');
}

static void
append_curve (const Drawing *drawing, GString *text)
{
  gboolean unicode = drawing->chart->unicode;

  for (guint line = 0; line < drawing->lines; line++)
    {
      const gchar *label = drawing->labels[line];

      append_margin (drawing, label != NULL ? label : "", text);
      if (label != NULL)
        g_string_append (text, unicode ? "┤" : "+");
      else
        g_string_append (text, unicode ? "│" : "|");
      memsnoop_dot_canvas_append_line (drawing->canvas, line, text);
      g_string_append_c (text, '\n');
    }
}

/* Writes a label so that its middle is at @column, when it fits between @free_from and the end.
 * Returns: where the next one may begin. */
static guint
put_time_label (gchar *line, guint columns, guint free_from, guint column, const gchar *label)
{
  guint length = (guint) strlen (label);
  guint start = column > length / 2 ? column - length / 2 : 0;

  if (start + length > columns)
    start = columns > length ? columns - length : 0;
  if (start < free_from || start + length > columns)
    return free_from;
  memcpy (line + start, label, length);
  return start + length + 1;
}

/* The axis of time, marked where it is labelled, and the labels. */
static void
append_time_axis (const Drawing *drawing, GString *text)
{
  const MemsnoopLineChart *chart = drawing->chart;
  gboolean unicode = chart->unicode;
  guint64 seconds = (chart->to - chart->from) / NANOSECONDS_PER_SECOND;
  guint64 step =
      memsnoop_time_scale_choose (seconds, MAX (drawing->columns / COLUMNS_OF_A_STEP, 1));
  g_autofree gchar *line = g_strnfill (drawing->columns, ' ');
  g_autofree gboolean *marked = g_new0 (gboolean, drawing->columns);
  guint dots = memsnoop_dot_canvas_get_width (drawing->canvas) / drawing->columns;
  guint free_from = 0;

  for (guint64 age = seconds / step * step;; age -= step)
    {
      g_autofree gchar *label = memsnoop_time_scale_label (age);
      gdouble time = (gdouble) chart->to - (gdouble) age * (gdouble) NANOSECONDS_PER_SECOND;
      guint column = x_of (drawing, time) / dots;

      free_from = put_time_label (line, drawing->columns, free_from, column, label);
      marked[column] = TRUE;
      if (age == 0)
        break;
    }

  append_margin (drawing, "", text);
  g_string_append (text, unicode ? "└" : "+");
  for (guint i = 0; i < drawing->columns; i++)
    g_string_append (text, marked[i] ? (unicode ? "┴" : "+") : (unicode ? "─" : "-"));
  g_string_append_c (text, '\n');
  append_margin (drawing, "", text);
  g_string_append_printf (text, " %s\n", g_strchomp (line));
}

gchar *
memsnoop_line_chart_draw (const MemsnoopLineChart *self)
{
  GString *text = g_string_new (NULL);
  Drawing drawing = { .chart = self, .lines = MAX (self->lines, LINES_BELOW + 1) - LINES_BELOW };

  choose_scale (&drawing);
  choose_columns (&drawing);
  drawing.canvas = memsnoop_dot_canvas_new (drawing.columns, drawing.lines, self->unicode);
  draw_curve (&drawing);
  place_labels (&drawing);
  append_curve (&drawing, text);
  append_time_axis (&drawing, text);

  for (guint i = 0; i < drawing.lines; i++)
    g_free (drawing.labels[i]);
  g_free (drawing.labels);
  memsnoop_dot_canvas_free (drawing.canvas);
  return g_string_free (text, FALSE);
}
