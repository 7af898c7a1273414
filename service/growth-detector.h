/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether memory grows and should not. Pure functions of histories: no clock, no I/O and no state, so
 * that every case can be replayed. docs/detection.md explains the tests and where their thresholds come
 * from.
 */
#pragma once

#include "usage-history.h"

G_BEGIN_DECLS

/* The least time of observation before anything is suspected, in intervals of the watch: steady growth shorter than
 * this is never reported. */
#define MEMSNOOP_OBSERVATION_TICKS 240

/**
 * MemsnoopGrowthLevel:
 * @spacing: nanoseconds from one value to the next.
 * @end: when the time of the last value ends, CLOCK_BOOTTIME nanoseconds.
 * @n_values, @values: bytes, the least in each block of time, oldest first; MEMSNOOP_USAGE_GAP where nothing
 *   was observed.
 */
typedef struct
{
  guint64 spacing;
  guint64 end;
  guint   n_values;
  guint64 values[MEMSNOOP_USAGE_BLOCKS];
} MemsnoopGrowthLevel;

/**
 * MemsnoopGrowthSeries:
 * @levels: the same memory at several resolutions, the finest first.
 * @current: bytes now.
 *
 * One kind of memory of one process.
 */
typedef struct
{
  guint               n_levels;
  MemsnoopGrowthLevel levels[MEMSNOOP_USAGE_LEVELS];
  guint64             current;
} MemsnoopGrowthSeries;

/**
 * MemsnoopGrowthThresholds:
 * @minimum_bytes: growth in the window judged that is worth an alarm.
 * @minimum_share: the same as a share of @current, 0 to 1; the larger of both counts.
 */
typedef struct
{
  guint64 minimum_bytes;
  gdouble minimum_share;
} MemsnoopGrowthThresholds;

/* Why a series is not taken for a leak: the test that it failed last, at the resolution that came furthest. */
typedef enum
{
  MEMSNOOP_GROWTH_SUSPECTED,
  MEMSNOOP_GROWTH_TOO_SHORT,    /* not observed long enough, or with too many gaps */
  MEMSNOOP_GROWTH_TOO_LITTLE,   /* less than the thresholds */
  MEMSNOOP_GROWTH_NO_TREND,     /* the rank test does not reject chance */
  MEMSNOOP_GROWTH_NOT_STEADY,   /* in few blocks only: a phase, a step */
  MEMSNOOP_GROWTH_SLOWING,      /* a warm-up, a cache that fills */
  MEMSNOOP_GROWTH_BEEN_THERE,   /* it was that high before and came down: a cycle */
} MemsnoopGrowthReason;

/**
 * MemsnoopGrowthVerdict:
 * @reason: MEMSNOOP_GROWTH_SUSPECTED, or why not.
 * @since: the start of the growth that was seen, CLOCK_BOOTTIME nanoseconds.
 * @bytes: grown since then, on the lower envelope.
 * @rate: bytes per second: the median slope of the lower envelope.
 * @confidence: 0 to 1; docs/detection.md tells what it means.
 * @window: nanoseconds that were judged.
 *
 * All but @reason are 0 unless it is suspected.
 */
typedef struct
{
  MemsnoopGrowthReason reason;
  guint64              since;
  guint64              bytes;
  gdouble              rate;
  gdouble              confidence;
  guint64              window;
} MemsnoopGrowthVerdict;

/** Judges a series. */
void memsnoop_growth_detector_judge (const MemsnoopGrowthSeries     *series,
                                     const MemsnoopGrowthThresholds *thresholds,
                                     MemsnoopGrowthVerdict          *verdict);

/**
 * memsnoop_growth_detector_has_stopped:
 * @last: the last verdict that suspected it.
 * @judged_at: when that was, CLOCK_BOOTTIME nanoseconds.
 * @judged_bytes: the series' @current then.
 *
 * Whether growth that was suspected is over: the lower envelope has not risen for a third of @last's window, and
 * for not less than half of the minimum time of observation; or more than half of what had grown was given back.
 */
gboolean memsnoop_growth_detector_has_stopped (const MemsnoopGrowthSeries  *series,
                                               const MemsnoopGrowthVerdict *last,
                                               guint64                      judged_at,
                                               guint64                      judged_bytes);

/** Fills @series from a history. @interval: nanoseconds of a tick; @page_size: bytes. */
void memsnoop_growth_series_fill (MemsnoopGrowthSeries       *series,
                                  const MemsnoopUsageHistory *history,
                                  MemsnoopUsageKind           kind,
                                  guint64                     interval,
                                  guint64                     page_size,
                                  guint64                     current);

/** The name of a reason, for logs and tables: "slowing". */
const gchar *memsnoop_growth_reason_name (MemsnoopGrowthReason reason);

G_END_DECLS
