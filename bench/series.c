/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "series.h"

GArray *
bench_series_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (gdouble));
}

void
bench_series_add (GArray *series, gdouble value)
{
  g_array_append_val (series, value);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble left = *(const gdouble *) a, right = *(const gdouble *) b;

  return (left > right) - (left < right);
}

BenchSummary
bench_series_summarize (GArray *series)
{
  guint last = series->len - 1;

  g_array_sort (series, compare);
  return (BenchSummary){
    .least = g_array_index (series, gdouble, 0),
    .median = (g_array_index (series, gdouble, last / 2) +
               g_array_index (series, gdouble, (last + 1) / 2)) /
              2,
    .most = g_array_index (series, gdouble, last),
  };
}

gchar *
bench_summary_format (BenchSummary summary, guint decimals)
{
  return g_strdup_printf ("%.*f (%.*f–%.*f)", (gint) decimals, summary.median, (gint) decimals,
                          summary.least, (gint) decimals, summary.most);
}
