/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes, durations and numbers as people write and read them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_quantity_parse_number:
 * @what: what the number is, for the message: "the process id".
 *
 * A decimal number from @minimum to @maximum, with nothing around it.
 */
gboolean memsnoop_quantity_parse_number (const gchar *text,
                                         const gchar *what,
                                         guint64      minimum,
                                         guint64      maximum,
                                         guint64     *value,
                                         GError     **error);

/**
 * memsnoop_quantity_parse_duration:
 *
 * Seconds: a whole number, alone or with s, m, h or d behind it; at most 32 bits of them.
 */
gboolean memsnoop_quantity_parse_duration (const gchar *text,
                                           const gchar *what,
                                           guint32     *seconds,
                                           GError     **error);

/**
 * memsnoop_quantity_parse_size:
 *
 * Bytes: a whole number, alone or with K, M, G or T (also KiB …) behind it, which are
 * powers of 1024.
 */
gboolean memsnoop_quantity_parse_size (const gchar *text,
                                       const gchar *what,
                                       guint64     *bytes,
                                       GError     **error);

/**
 * memsnoop_quantity_parse_share:
 *
 * A share of one, as "0.1" or "10%".
 */
gboolean memsnoop_quantity_parse_share (const gchar *text,
                                        const gchar *what,
                                        gdouble     *share,
                                        GError     **error);

/** "1.2 GiB". Returns: (transfer full). */
gchar *memsnoop_quantity_format_size (guint64 bytes);

/** Two or three digits, as a sentence has it: "1.2 GiB", "480 MiB". Returns: (transfer full). */
gchar *memsnoop_quantity_format_rounded_size (guint64 bytes);

/** "1.2 MiB a minute", or an hour when it is slow; without a sign. Returns: (transfer full). */
gchar *memsnoop_quantity_format_rate (gdouble bytes_per_second);

/** The same for a table: "12 MiB/min", "-12 MiB/min", "-" for none. Returns: (transfer full). */
gchar *memsnoop_quantity_format_short_rate (gdouble bytes_per_second);

/** "grows by 12 MiB a minute", "shrinks by …", "shows no steady growth". Returns: (transfer full). */
gchar *memsnoop_quantity_growth_in_words (gdouble bytes_per_second);

/** "1,204,332" as the locale groups digits. Returns: (transfer full). */
gchar *memsnoop_quantity_format_count (guint64 count);

/** "8.3 %" of a share from 0 to 1. Returns: (transfer full). */
gchar *memsnoop_quantity_format_share (gdouble share);

/** The two largest units: "3 h 12 min". Returns: (transfer full). */
gchar *memsnoop_quantity_format_duration (guint64 seconds);

/** One unit alone, rounded, as a sentence has it: "40 minutes". Returns: (transfer full). */
gchar *memsnoop_quantity_duration_in_words (guint64 seconds);

/** CLOCK_BOOTTIME in nanoseconds: the clock of every time on the bus. */
guint64 memsnoop_quantity_boot_time (void);

/** Seconds from @then to @now, CLOCK_BOOTTIME nanoseconds; 0 when @then is later. */
guint64 memsnoop_quantity_seconds_between (guint64 then,
                                           guint64 now);

G_END_DECLS
