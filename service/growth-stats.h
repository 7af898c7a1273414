/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GetProcessStats tells about the growth of a process. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_growth_stats_write:
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * Returns: (transfer floating): the dictionary "growth", as a{sv}.
 */
GVariant *memsnoop_growth_stats_write (const MemsnoopHeapSnapshot *growth,
                                       guint64                     now);

G_END_DECLS
