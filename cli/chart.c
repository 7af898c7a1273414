/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chart.h"

#include <math.h>

/* By eighths of a character. */
static const gchar *const bar_ends[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };

static const gchar *const unicode_levels[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const gchar *const ascii_levels[] = { "_", ".", ":", "-", "=", "+", "*", "#" };

G_STATIC_ASSERT (G_N_ELEMENTS (unicode_levels) == G_N_ELEMENTS (ascii_levels));

gchar *
memsnoop_chart_bar (guint64 value, guint64 maximum, guint columns, gboolean unicode)
{
  GString *bar = g_string_new (NULL);
  gdouble share = maximum > 0 ? MIN ((gdouble) value / (gdouble) maximum, 1.0) : 0;
  guint eighths = (guint) lround (share * columns * 8);

  if (value > 0)
    eighths = MAX (eighths, unicode ? 1 : 8);
  if (!unicode)
    eighths = (eighths + 4) / 8 * 8;

  for (guint i = 0; i < eighths / 8; i++)
    g_string_append (bar, unicode ? "█" : "#");
  g_string_append (bar, bar_ends[eighths % 8]);
  return g_string_free (bar, FALSE);
}

static const gchar *
level_of (guint64 value, guint64 lowest, guint64 highest, gboolean unicode)
{
  const gchar *const *levels = unicode ? unicode_levels : ascii_levels;
  gsize top = G_N_ELEMENTS (unicode_levels) - 1;
  gdouble share = 0;

  if (highest > lowest)
    share = (gdouble) (value - lowest) / (gdouble) (highest - lowest);
  return levels[(gsize) lround (share * (gdouble) top)];
}

/* The value at @time, on the straight line between the points around it; @at moves along. */
static guint64
value_at (const MemsnoopChartPoint *points, guint n_points, guint *at, gdouble time)
{
  const MemsnoopChartPoint *from, *to;
  gdouble share;

  while (*at + 1 < n_points && (gdouble) points[*at + 1].time <= time)
    (*at)++;
  from = &points[*at];
  if (*at + 1 >= n_points)
    return from->value;

  to = from + 1;
  share = (time - (gdouble) from->time) / (gdouble) (to->time - from->time);
  return (guint64) ((gdouble) from->value * (1 - share) + (gdouble) to->value * share);
}

gchar *
memsnoop_chart_sparkline (const MemsnoopChartPoint *points,
                          guint n_points,
                          guint columns,
                          gboolean unicode)
{
  GString *line = g_string_new (NULL);
  guint64 lowest = G_MAXUINT64, highest = 0;
  gdouble step;
  guint at = 0;

  for (guint i = 0; i < n_points; i++)
    {
      lowest = MIN (lowest, points[i].value);
      highest = MAX (highest, points[i].value);
    }
  if (n_points == 0)
    return g_string_free (line, FALSE);

  step = (gdouble) (points[n_points - 1].time - points[0].time) / MAX (columns - 1, 1);
  for (guint column = 0; column < columns; column++)
    {
      gdouble time = (gdouble) points[0].time + column * step;
      guint64 value = value_at (points, n_points, &at, time);

      g_string_append (line, level_of (CLAMP (value, lowest, highest), lowest, highest, unicode));
    }
  return g_string_free (line, FALSE);
}

/* What part of the highest value a bar's whole height stands for at least. */
#define LEAST_SHARE 8

/* Of those that there are; 0 when there is none. */
static guint64
mean_of (const guint64 *values, gsize from, gsize to)
{
  gdouble sum = 0;
  gsize count = 0;

  for (gsize i = from; i < to; i++)
    if (values[i] != 0)
      {
        sum += (gdouble) values[i];
        count++;
      }
  /* Rounding could take it out of range. */
  return count > 0 ? (guint64) MIN (sum / (gdouble) count, (gdouble) G_MAXINT64) : 0;
}

gchar *
memsnoop_chart_values (const guint64 *values, gsize n_values, guint columns, gboolean unicode)
{
  GString *line = g_string_new (NULL);
  gsize count = MIN (n_values, columns);
  guint64 lowest = G_MAXUINT64, highest = 0;

  for (gsize i = 0; i < n_values; i++)
    if (values[i] != 0)
      {
        lowest = MIN (lowest, values[i]);
        highest = MAX (highest, values[i]);
      }
  /* Steady values lie at the bottom. */
  if (highest > 0)
    highest = MAX (highest, lowest + highest / LEAST_SHARE);

  for (gsize i = 0; i < count; i++)
    {
      guint64 mean = mean_of (values, i * n_values / count, (i + 1) * n_values / count);

      g_string_append (line,
                       mean > 0 ? level_of (CLAMP (mean, lowest, highest), lowest, highest, unicode)
                                : " ");
    }
  return g_string_free (line, FALSE);
}
