/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of the bus as those of the clock on the wall. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_wall_time_format:
 * @time, @now: CLOCK_BOOTTIME nanoseconds.
 * @wall_now: what the clock on the wall shows at @now.
 *
 * Returns: (transfer full): "2026-11-23 09:12:01", as the clock showed at @time, or would have with its
 *   present setting; "-" when there is no such date.
 */
gchar *memsnoop_wall_time_format (guint64    time,
                                  guint64    now,
                                  GDateTime *wall_now);

G_END_DECLS
