/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often blocks of which size were allocated, as bars; the same in words for those who cannot see them. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SIZE_HISTOGRAM (memsnoop_size_histogram_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSizeHistogram, memsnoop_size_histogram, MEMSNOOP, SIZE_HISTOGRAM, GtkWidget)

GtkWidget *memsnoop_size_histogram_new      (void);
/**
 * memsnoop_size_histogram_set:
 * @buckets: (nullable): size-histogram of GetProcessStats, a(tt): lower bounds and numbers, ascending. Anything else is as good as %NULL.
 *
 * Returns: whether there is anything to show.
 */
gboolean   memsnoop_size_histogram_set      (MemsnoopSizeHistogram *self,
                                             GVariant              *buckets);
/** "From 16 bytes: 1,204; from 32 bytes: 7". Returns: (transfer full). */
gchar     *memsnoop_size_histogram_describe (MemsnoopSizeHistogram *self);

G_END_DECLS
