/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memsnoopctl stats prints for people. */
#pragma once

#include "user-names.h"

G_BEGIN_DECLS

/**
 * memsnoop_stats_text:
 * @stats: what GetProcessStats returned, `a{sv}`; whatever is missing is left out.
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer full).
 */
gchar *memsnoop_stats_text (GVariant          *stats,
                            MemsnoopUserNames *users,
                            guint64            now,
                            gboolean           unicode);

G_END_DECLS
