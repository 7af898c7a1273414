/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeated measurements, and what is told of them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gdouble least;
  gdouble median;
  gdouble most;
} BenchSummary;

/** An array of gdouble. */
GArray      *bench_series_new       (void);
void         bench_series_add       (GArray       *series,
                                     gdouble       value);
/** Sorts @series, which must not be empty. */
BenchSummary bench_series_summarize (GArray       *series);
/** "median (least–most)" with so many @decimals; owned by the caller. */
gchar       *bench_summary_format   (BenchSummary  summary,
                                     guint         decimals);

G_END_DECLS
