/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GetProcessStats tells, as rows of names and values; figures that are not known have no row. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef struct _MemsnoopProcessFiguresView MemsnoopProcessFiguresView;

/** Rows are added to @group, which has to live as long. */
MemsnoopProcessFiguresView *memsnoop_process_figures_view_new  (AdwPreferencesGroup        *group);
void                        memsnoop_process_figures_view_free (MemsnoopProcessFiguresView *self);
/** @stats: `a{sv}`, what GetProcessStats returned. */
void                        memsnoop_process_figures_view_set  (MemsnoopProcessFiguresView *self,
                                                                GVariant                   *stats);
/**
 * memsnoop_process_figures_read_heap_history:
 * @now: CLOCK_BOOTTIME nanoseconds.
 *
 * The live bytes of the recorded heap, from when the recording began till now.
 *
 * Returns: (transfer full) (nullable) (element-type MemsnoopChartPoint): %NULL when it is not recorded.
 */
GArray                     *memsnoop_process_figures_read_heap_history (GVariant           *stats,
                                                                        guint64             now);
/** What the colours of the chart mean. */
void                        memsnoop_process_figures_fill_legend (GtkFlowBox               *box);

/**
 * memsnoop_process_figures_read_history:
 * @stats: of GetProcessStats, of @now: CLOCK_BOOTTIME nanoseconds.
 * @known: (element-type MemsnoopMemoryPoint): the same for each call: what the last one returned.
 *
 * Returns: (transfer full) (element-type MemsnoopMemoryPoint): the history; before it, what was known from before it
 *   begins, as of a service that was restarted; and after it what was seen since.
 */
GArray *memsnoop_process_figures_read_history (GVariant *stats,
                                               guint64   now,
                                               GArray   *known);

G_END_DECLS
