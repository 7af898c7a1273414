/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a process's memory and of its live heap, as a chart shows it and as it is told. */
#pragma once

#include "memory-history.h"

G_BEGIN_DECLS

#define MEMSNOOP_MEMORY_N_LAYERS 4

/** The kinds that a chart puts on top of each other, from the bottom. */
extern const MemsnoopMemoryKind memsnoop_memory_layers[MEMSNOOP_MEMORY_N_LAYERS];

/**
 * MemsnoopMemoryCourse:
 * @history: (element-type MemsnoopMemoryPoint): oldest first.
 * @heap: (nullable) (element-type MemsnoopChartPoint): live bytes, oldest first.
 * @now: CLOCK_BOOTTIME nanoseconds: the end.
 * @span: seconds that are shown; 0 for all there is.
 */
typedef struct
{
  GArray  *history;
  GArray  *heap;
  guint64  now;
  guint    span;
} MemsnoopMemoryCourse;

const MemsnoopMemoryPoint *memsnoop_memory_course_point          (const MemsnoopMemoryCourse *self,
                                                                  guint                       i);
/** The bytes of all layers. */
double                     memsnoop_memory_course_sum            (const MemsnoopMemoryPoint  *point);
/** When what is shown begins. */
guint64                    memsnoop_memory_course_begin          (const MemsnoopMemoryCourse *self);
/** The largest sum or live heap that is shown; 0 when nothing is. */
double                     memsnoop_memory_course_most           (const MemsnoopMemoryCourse *self);
/** The point at @time or the next after it, or the last; %NULL when there is none. */
const MemsnoopMemoryPoint *memsnoop_memory_course_find           (const MemsnoopMemoryCourse *self,
                                                                  guint64                     time);
/** Live bytes at @time; %FALSE when they were not recorded then. */
gboolean                   memsnoop_memory_course_find_heap      (const MemsnoopMemoryCourse *self,
                                                                  guint64                     time,
                                                                  guint64                    *bytes);
/** "3 minutes ago" or "now". Returns: (transfer full), as the others are. */
gchar                     *memsnoop_memory_course_describe_age   (guint64                     time,
                                                                  guint64                     now);
/** "3 minutes ago (14:05:12)", and a line for each kind of memory then. */
gchar                     *memsnoop_memory_course_describe_point (const MemsnoopMemoryCourse *self,
                                                                  const MemsnoopMemoryPoint  *point);
/** From what to what the sum has changed in what is shown. */
gchar                     *memsnoop_memory_course_describe       (const MemsnoopMemoryCourse *self);
/** The same of each kind and of the live heap, a line each, and what is retained at the end; empty when nothing is known. */
gchar                     *memsnoop_memory_course_describe_kinds (const MemsnoopMemoryCourse *self);

G_END_DECLS
