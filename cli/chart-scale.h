/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which values a chart's axes show, and how these are written. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopSizeScale:
 * @bottom, @top: bytes at the ends of the axis, multiples of @step.
 * @step: bytes from one label to the next, a power of two.
 */
typedef struct
{
  guint64 bottom;
  guint64 top;
  guint64 step;
} MemsnoopSizeScale;

/**
 * memsnoop_size_scale_choose:
 * @lowest, @highest: bytes that are to be seen.
 * @steps: how many there are to be at most, at least 1.
 *
 * An axis from 0, or when @lowest is more than half of @highest and not @from_zero, from near @lowest: then
 * small changes of much memory can be seen, but not those by less than a thousandth.
 */
void   memsnoop_size_scale_choose     (MemsnoopSizeScale       *self,
                                       guint64                  lowest,
                                       guint64                  highest,
                                       guint                    steps,
                                       gboolean                 from_zero);

/** Returns: (transfer full): a multiple of the step in the unit that all labels of the axis have: "1.5 GiB". */
gchar *memsnoop_size_scale_label      (const MemsnoopSizeScale *self,
                                       guint64                  value);

/** Seconds from one label to the next, when @seconds are to have at most @steps, at least 1, of them. */
guint64 memsnoop_time_scale_choose    (guint64                  seconds,
                                       guint                    steps);

/** Returns: (transfer full): "2 h ago", in the largest unit in which it is a whole number; "now". */
gchar *memsnoop_time_scale_label      (guint64                  age_seconds);

G_END_DECLS
