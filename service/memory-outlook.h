/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the machine has left, and for how long. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More than a year is no forecast. */
#define MEMSNOOP_OUTLOOK_MAXIMUM (365 * 24 * G_GUINT64_CONSTANT (3600))

/**
 * memsnoop_memory_outlook_parse:
 * @meminfo: the text of /proc/meminfo.
 * @swappable: whether swap counts too.
 *
 * Returns: bytes that programs can still have: MemAvailable, the kernel's own estimate (memory that is free or can be
 *   reclaimed without swapping), and free swap; 0 when the text does not say.
 */
guint64 memsnoop_memory_outlook_parse   (const gchar *meminfo, gboolean swappable);

/** The same of this machine, now. Microseconds: the kernel has these numbers at hand. */
guint64 memsnoop_memory_outlook_read    (gboolean swappable);

/**
 * memsnoop_memory_outlook_seconds:
 * @rate: bytes per second.
 *
 * Returns: seconds until @available is used up; G_MAXUINT64 when that is further away than
 *   MEMSNOOP_OUTLOOK_MAXIMUM or does not come.
 */
guint64 memsnoop_memory_outlook_seconds (guint64 available, gdouble rate);

G_END_DECLS
