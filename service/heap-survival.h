/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of the blocks of a call stack: how old the live ones are, how long the freed ones lived, and whether what was allocated
 * at peaks stayed. Young garbage, caches and leaks differ in that. Pure functions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Ages by which live blocks are told apart, as for kernel memory: MEMSNOOP_SITE_AGES of snapshot.h. */
#define MEMSNOOP_HEAP_AGES 7
/* The same for the lifetimes of freed blocks, of which the last are all longer ones. */
#define MEMSNOOP_HEAP_LIFETIMES 6
/* The score from which Scalene reports a leak. */
#define MEMSNOOP_HEAP_SURVIVAL_LEAK 0.95

/**
 * MemsnoopHeapSurvival:
 * @count_by_age: live blocks younger than 20 s, then than 80 s, 320 s, 1280 s, 5120 s, 20480 s and 81920 s.
 * @freed_by_lifetime: freed blocks that lived for less than 20 s, then 80 s, 320 s, 1280 s, 5120 s, or longer. What realloc() moved
 *   is not among them.
 * @lifetime: nanoseconds that these lived, together.
 * @moved: blocks that realloc() made another one of: each is a free and an allocation in all other figures, but its memory is
 *   not given up.
 * @peak_samples: blocks that were allocated when the process's live heap had exceeded its last sampled peak by a percent.
 * @peak_samples_freed: those of them that were freed before the next was taken.
 *
 * Counts of sampled recordings are estimates, but for those of peaks.
 */
typedef struct
{
  guint64 count_by_age[MEMSNOOP_HEAP_AGES];
  guint64 freed_by_lifetime[MEMSNOOP_HEAP_LIFETIMES];
  gdouble lifetime;
  guint64 moved;
  guint64 peak_samples;
  guint64 peak_samples_freed;
} MemsnoopHeapSurvival;

/** Adds @part to @sum. */
void     memsnoop_heap_survival_add           (MemsnoopHeapSurvival       *sum,
                                               const MemsnoopHeapSurvival *part);

/** Freed blocks, without those that were moved. */
guint64  memsnoop_heap_survival_ended         (const MemsnoopHeapSurvival *self);

/** The mean lifetime of the freed blocks in nanoseconds; 0 without any. */
guint64  memsnoop_heap_survival_mean_lifetime (const MemsnoopHeapSurvival *self);

/**
 * memsnoop_heap_survival_score:
 *
 * How sure it is that blocks are not freed: 1 − (frees + 1) ÷ (allocations − frees + 2), the score of Scalene (E. D.
 * Berger, S. Stern, J. A. Pizzorno, Triangulating Python Performance Issues with Scalene, OSDI 2023), which takes
 * a block of each new peak as a sample.
 *
 * Returns: 0 to 1; 0.5 without allocations. From MEMSNOOP_HEAP_SURVIVAL_LEAK on it is taken for code that does not free.
 */
gdouble  memsnoop_heap_survival_score         (guint64                     allocations,
                                               guint64                     frees);

/** That score of the blocks that were allocated at peaks. */
gdouble  memsnoop_heap_survival_of_peaks      (const MemsnoopHeapSurvival *self);

/**
 * memsnoop_heap_survival_of_old:
 * @young: a step of age.
 *
 * That score of the blocks that have become older than blocks of this step: those that are live still, and those that were freed
 * at last. Garbage does not count in it, a cache that replaces its entries is low, and a leak high.
 */
gdouble  memsnoop_heap_survival_of_old        (const MemsnoopHeapSurvival *self,
                                               guint                       young);

/**
 * memsnoop_heap_survival_of_all:
 * @live: live blocks.
 *
 * That score of all blocks: of every one that is live or freed. As long as none was freed, what was moved survived: it is in the
 * live ones. Afterwards that cannot be told.
 */
gdouble  memsnoop_heap_survival_of_all        (const MemsnoopHeapSurvival *self,
                                               guint64                     live);

G_END_DECLS
