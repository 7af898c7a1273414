/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Abnormal use of recorded kernel memory: pure functions of a process's figures at successive times.
 * docs/detection.md has the source of each threshold.
 */
#pragma once

#include "tracer.h"

G_BEGIN_DECLS

typedef enum
{
  MEMSNOOP_ANOMALY_CHURN,
  MEMSNOOP_ANOMALY_LARGE_ALLOCATION,
  MEMSNOOP_ANOMALY_FRAGMENTATION,
  MEMSNOOP_ANOMALY_BURST,
  MEMSNOOP_ANOMALY_N_KINDS,
} MemsnoopAnomalyKind;

/**
 * MemsnoopAnomalyThresholds:
 * @churn: share of allocations freed within the churn window, 0 to 1, above which it counts...
 * @churn_rate: ...at not less than this many allocations in a second.
 * @large_allocation: bytes; one has to be larger than this...
 * @large_allocation_factor: ...and than this many times the mean of the process's allocations.
 * @burst_factor: how many times its own running mean the rate of allocated bytes has to be.
 * @burst_rate: and not less than this many bytes in a second.
 * @fragmentation: internal fragmentation, 0 to 1...
 * @fragmentation_bytes: ...of a process that has at least this much live.
 */
typedef struct
{
  gdouble churn;
  gdouble churn_rate;
  guint64 large_allocation;
  gdouble large_allocation_factor;
  gdouble burst_factor;
  guint64 burst_rate;
  gdouble fragmentation;
  guint64 fragmentation_bytes;
} MemsnoopAnomalyThresholds;

/**
 * MemsnoopAnomaly:
 * @pid, @comm: the process; @comm is that of the figures that were judged.
 * @raised: whether it begins, or is over.
 * @value, @threshold: in the unit of the kind: a share (churn, fragmentation), bytes (large-allocation), bytes per
 *   second (burst). Of one that is over, those of the last look that was over the threshold.
 */
typedef struct
{
  guint32              pid;
  const gchar         *comm;
  MemsnoopAnomalyKind  kind;
  gboolean             raised;
  gdouble              value;
  gdouble              threshold;
} MemsnoopAnomaly;

/* The most bytes that are remembered of a process from one look to the next. */
#define MEMSNOOP_ANOMALY_MEMORY_SIZE 288

/* What is remembered of a process from one look to the next. */
typedef struct _MemsnoopAnomalyMemory MemsnoopAnomalyMemory;

MemsnoopAnomalyMemory *memsnoop_anomaly_memory_new  (void);
void                   memsnoop_anomaly_memory_free (MemsnoopAnomalyMemory *self);

/**
 * memsnoop_anomaly_judge:
 * @figures: the process's figures now.
 * @now: CLOCK_BOOTTIME nanoseconds. A look that is not after the last one, or a hundred times sooner than usual, is
 *   left out: the next tells of it too.
 * @found: (out): what begins or ends with this look.
 *
 * An anomaly is raised once, and cleared once when it has been over for some looks:
 *
 * | kind             | raised after                 | cleared after                                          |
 * | churn            | 5 looks over both thresholds | 15 looks below 0.9 of the share or half of the rate    |
 * | large-allocation | the look that finds one      | 30 looks without another                               |
 * | fragmentation    | 5 looks over both thresholds | 15 looks below 0.9 of the share or half of the bytes   |
 * | burst            | 1 look, 30 looks being known | 5 looks below half of the threshold, which has risen by then |
 *
 * A burst is also at least three standard deviations above the running mean of the last 30 looks. The first look
 * judges nothing, and neither does one with counters lower than before, which begins everything but what is raised
 * anew. After a pause of more than ten times the last step, the rates in it are not judged.
 *
 * Returns: how many are in @found.
 */
guint memsnoop_anomaly_judge (MemsnoopAnomalyMemory           *self,
                              const MemsnoopProcessFigures    *figures,
                              const MemsnoopAnomalyThresholds *thresholds,
                              guint64                          now,
                              MemsnoopAnomaly                  found[MEMSNOOP_ANOMALY_N_KINDS]);

/**
 * memsnoop_anomaly_clear:
 * @found: (out): without pid and comm, which are the caller's to fill in.
 *
 * What is raised now, as cleared: for a process that exits or a recording that ends.
 *
 * Returns: how many are in @found.
 */
guint memsnoop_anomaly_clear (MemsnoopAnomalyMemory *self,
                              MemsnoopAnomaly        found[MEMSNOOP_ANOMALY_N_KINDS]);

/** "churn", "large-allocation", "fragmentation", "burst". */
const gchar *memsnoop_anomaly_kind_name (MemsnoopAnomalyKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAnomalyMemory, memsnoop_anomaly_memory_free)

G_END_DECLS
