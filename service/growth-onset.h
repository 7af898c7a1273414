/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether growth that goes on now is another than that before it: a leak after a warm-up. docs/detection.md explains
 * the tests.
 */
#pragma once

#include "growth-window.h"

G_BEGIN_DECLS

/**
 * memsnoop_growth_onset_find_lull:
 * @curves: the resolutions of one series, the finest first.
 * @observation: nanoseconds; what has grown for less is no growth yet.
 *
 * Looks for the last lull after which memory grows again, up to now: at about a third of the speed or less, beyond
 * chance, and with no other lull before it.
 *
 * Returns: when the lull began, CLOCK_BOOTTIME nanoseconds; -INFINITY when there is none.
 */
gdouble  memsnoop_growth_onset_find_lull   (const MemsnoopGrowthCurve *curves,
                                            guint                      n_curves,
                                            gdouble                    observation);

/**
 * memsnoop_growth_onset_excludes_roots:
 * @beginning: since when memory may have been growing, CLOCK_BOOTTIME nanoseconds; -INFINITY when that is not known.
 *
 * Whether @window slows so little, beyond chance, that it cannot be a part of growth by a root or the logarithm of the time
 * since @beginning.
 */
gboolean memsnoop_growth_onset_excludes_roots (const MemsnoopGrowthWindow *window, gdouble beginning);

G_END_DECLS
