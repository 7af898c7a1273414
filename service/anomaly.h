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
 * @value, @threshold: in the unit of the kind: a share (churn, fragmentation), bytes (large-allocation), bytes per
 *   second (burst).
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

/* What is remembered of a process from one look to the next: a bounded number of bytes. */
typedef struct _MemsnoopAnomalyMemory MemsnoopAnomalyMemory;

MemsnoopAnomalyMemory *memsnoop_anomaly_memory_new  (void);
void                   memsnoop_anomaly_memory_free (MemsnoopAnomalyMemory *self);

/**
 * memsnoop_anomaly_judge:
 * @figures: the process's figures now.
 * @now: CLOCK_BOOTTIME nanoseconds; not before that of the last look.
 * @found: (out): what begins or ends with this look.
 *
 * An anomaly is raised once, and cleared once when it has been over (with some hysteresis).
 *
 * Returns: how many are in @found.
 */
guint memsnoop_anomaly_judge (MemsnoopAnomalyMemory           *self,
                              const MemsnoopProcessFigures    *figures,
                              const MemsnoopAnomalyThresholds *thresholds,
                              guint64                          now,
                              MemsnoopAnomaly                  found[MEMSNOOP_ANOMALY_N_KINDS]);

/** What is raised now, as cleared: for a process that exits or a recording that ends. */
guint memsnoop_anomaly_clear (MemsnoopAnomalyMemory *self,
                              MemsnoopAnomaly        found[MEMSNOOP_ANOMALY_N_KINDS]);

/** "churn", "large-allocation", "fragmentation", "burst". */
const gchar *memsnoop_anomaly_kind_name (MemsnoopAnomalyKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAnomalyMemory, memsnoop_anomaly_memory_free)

G_END_DECLS
