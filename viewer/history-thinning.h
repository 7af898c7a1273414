/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histories of more points than a chart has pixels. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Points that are kept: some for each pixel of a wide chart, and far more than the service keeps. */
#define MEMSNOOP_HISTORY_THINNING_MAX 4096

/** How high a point is in a chart. */
typedef gdouble (*MemsnoopHistoryHeight) (gconstpointer point);

/**
 * memsnoop_history_thinning_apply:
 * @points: in order of time.
 *
 * Keeps MEMSNOOP_HISTORY_THINNING_MAX of @points at most: of each run of points beside each other the highest, so that peaks are
 * seen, and the last.
 */
void memsnoop_history_thinning_apply (GArray                *points,
                                      MemsnoopHistoryHeight  height);

G_END_DECLS
