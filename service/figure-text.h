/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures as people read them. All functions return new text, without any line break. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Bytes with an IEC unit: "1.2 GiB". */
gchar *memsnoop_figure_text_size     (guint64 bytes);

/** A number with its thousands apart: "12,345,678". */
gchar *memsnoop_figure_text_count    (guint64 count);

/** A number with a noun: "1 block", "2,000 blocks". */
gchar *memsnoop_figure_text_counted  (guint64      count,
                                      const gchar *singular,
                                      const gchar *plural);

/** A share from 0 to 1: "12.3 %". */
gchar *memsnoop_figure_text_share    (gdouble share);

/** The share of @part in @whole, which may be 0. */
gchar *memsnoop_figure_text_part     (guint64 part,
                                      guint64 whole);

/** Nanoseconds, in the largest two units: "3 h 12 min", "12 s". */
gchar *memsnoop_figure_text_duration (guint64 nanoseconds);

/** A moment of CLOCK_BOOTTIME (ns) as local date and time. */
gchar *memsnoop_figure_text_moment   (guint64 boottime);

G_END_DECLS
