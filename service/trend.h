/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Robust statistics of short series at equal distances. NAN stands for a value that is missing. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_trend_lower_envelope:
 *
 * Replaces each value by the least of it and all that follow: what was never given back since.
 */
void    memsnoop_trend_lower_envelope (gdouble *values, guint n_values);

/**
 * memsnoop_trend_rank_test:
 * @tau: (out) (optional): Kendall's rank correlation with time, -1 to 1.
 *
 * The Mann-Kendall test, with the correction for ties and for continuity (H. B. Mann, 1945; M. G. Kendall, 1975).
 *
 * Returns: the probability of ranks that rise at least so much by chance, 0 to 1; 1 with fewer than four values.
 */
gdouble memsnoop_trend_rank_test      (const gdouble *values,
                                       guint          n_values,
                                       gdouble       *tau);

/**
 * memsnoop_trend_rank_sum_test:
 *
 * The rank sum test, with the correction for ties and for continuity (H. B. Mann, D. R. Whitney, 1947). No value may be
 * missing.
 *
 * Returns: the probability, by the normal distribution, of newer values that are at least so much above the older ones by
 *   chance, 0 to 1; 1 when all are equal or there are none.
 */
gdouble memsnoop_trend_rank_sum_test  (const gdouble *older,
                                       guint          n_older,
                                       const gdouble *newer,
                                       guint          n_newer);

/**
 * memsnoop_trend_median_slope:
 *
 * The median of the slopes between all pairs of values, per step (P. K. Sen, 1968); 0 with fewer than two.
 */
gdouble memsnoop_trend_median_slope   (const gdouble *values, guint n_values);

G_END_DECLS
