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
  gdouble  share = maximum > 0 ? MIN ((gdouble) value / (gdouble) maximum, 1.0) : 0;
  guint    eighths = (guint) lround (share * columns * 8);

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
  gsize               top = G_N_ELEMENTS (unicode_levels) - 1;
  gdouble             share = 0;

  if (highest > lowest)
    share = (gdouble) (value - lowest) / (gdouble) (highest - lowest);
  return levels[(gsize) lround (share * (gdouble) top)];
}

gchar *
memsnoop_chart_sparkline (const MemsnoopChartPoint *points,
                          guint                     n_points,
                          guint                     columns,
                          gboolean                  unicode)
{
  GString *line = g_string_new (NULL);
  guint64  lowest = G_MAXUINT64, highest = 0, span;
  guint    at = 0;

  for (guint i = 0; i < n_points; i++)
    {
      lowest = MIN (lowest, points[i].value);
      highest = MAX (highest, points[i].value);
    }
  if (n_points == 0)
    return g_string_free (line, FALSE);

  /* Each column shows the last value known at its end. */
  span = points[n_points - 1].time - points[0].time;
  for (guint column = 0; column < columns; column++)
    {
      gdouble share = (gdouble) (column + 1) / columns;
      guint64 end = points[0].time + (guint64) (share * (gdouble) span);

      while (at + 1 < n_points && (points[at + 1].time <= end || column + 1 == columns))
        at++;
      g_string_append (line, level_of (points[at].value, lowest, highest, unicode));
    }
  return g_string_free (line, FALSE);
}
