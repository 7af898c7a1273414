/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest blocks of one resolution of a series, and what is asked of them before their growth is taken
 * for a leak. docs/detection.md explains each test.
 */
#pragma once

#include "growth-detector.h"

G_BEGIN_DECLS

/**
 * MemsnoopGrowthCurve:
 * @n_values: at most MEMSNOOP_USAGE_BLOCKS.
 * @spacing: nanoseconds from one value to the next.
 * @end: when the time of the last value ends, CLOCK_BOOTTIME nanoseconds.
 * @values: bytes, oldest first; NAN where nothing was observed.
 * @envelope: what was never given back after each value, up to now; in a gap that of the value before.
 *
 * One resolution of a series.
 */
typedef struct
{
  guint   n_values;
  gdouble spacing;
  gdouble end;
  gdouble values[MEMSNOOP_USAGE_BLOCKS];
  gdouble envelope[MEMSNOOP_USAGE_BLOCKS];
} MemsnoopGrowthCurve;

/**
 * MemsnoopGrowthWindow:
 * @curve: not owned.
 * @first: index of its first value; it goes to the end of the curve.
 */
typedef struct
{
  const MemsnoopGrowthCurve *curve;
  guint                      first;
} MemsnoopGrowthWindow;

/**
 * memsnoop_growth_curve_fill:
 * @least_since: bytes: the least seen after the end of @level.
 */
void     memsnoop_growth_curve_fill            (MemsnoopGrowthCurve       *self,
                                                const MemsnoopGrowthLevel *level,
                                                gdouble                    least_since);

guint    memsnoop_growth_window_get_length     (const MemsnoopGrowthWindow *self);

/** From its first value's time to its end, nanoseconds. */
gdouble  memsnoop_growth_window_get_duration   (const MemsnoopGrowthWindow *self);

/** What the envelope has gained. */
gdouble  memsnoop_growth_window_get_growth     (const MemsnoopGrowthWindow *self);

/** Whether enough of it was observed, the first value included. */
gboolean memsnoop_growth_window_is_observed    (const MemsnoopGrowthWindow *self);

/** Whether the values' ranks rise with time beyond chance. @tau: (out): Kendall's rank correlation. */
gboolean memsnoop_growth_window_has_trend      (const MemsnoopGrowthWindow *self, gdouble *tau);

/** Steps in which the envelope rises. */
guint    memsnoop_growth_window_count_rises    (const MemsnoopGrowthWindow *self);

/** The farthest that the envelope is from a straight line between its ends, as a share of its growth: 0 to 1. */
gdouble  memsnoop_growth_window_get_bend       (const MemsnoopGrowthWindow *self);

/** Whether it has grown less in its newer half than in its older one, apart from steps in that. */
gboolean memsnoop_growth_window_is_slowing     (const MemsnoopGrowthWindow *self);

/** For how long before @time the values were above @bytes, nanoseconds. */
gdouble  memsnoop_growth_curve_time_above      (const MemsnoopGrowthCurve *self, gdouble time, gdouble bytes);

G_END_DECLS
