/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process's memory over time: anonymous, file, shared and swapped bytes on top of each other and, where it is recorded, the
 * live bytes of its heap as a line. What lies between that line and the anonymous memory is retained, and hatched. Arrows move
 * through time, Home and End to its ends, and Escape ends that.
 */
#pragma once

#include "memory-course.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_MEMORY_CHART (memsnoop_memory_chart_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopMemoryChart, memsnoop_memory_chart, MEMSNOOP, MEMORY_CHART, GtkWidget)

GtkWidget *memsnoop_memory_chart_new      (void);
/**
 * memsnoop_memory_chart_set:
 * @history: (element-type MemsnoopMemoryPoint): oldest first.
 * @heap: (nullable) (element-type MemsnoopChartPoint): live bytes, oldest first.
 * @now: CLOCK_BOOTTIME nanoseconds: the end of time.
 */
void       memsnoop_memory_chart_set      (MemsnoopMemoryChart *self,
                                           GArray              *history,
                                           GArray              *heap,
                                           guint64              now);
/** Shows the last @seconds; 0 for all there is. */
void       memsnoop_memory_chart_set_span (MemsnoopMemoryChart *self,
                                           guint                seconds);
/** The colour of a kind of memory, for a legend. */
GdkRGBA    memsnoop_memory_chart_color    (MemsnoopMemoryKind   kind);
/** The colour of the line of live bytes. */
GdkRGBA    memsnoop_memory_chart_heap_color (void);

G_END_DECLS
