/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one call stack of a heap is evidence of: by how much it has grown, and what shows that it does not free. Pure functions.
 * docs/detection.md tells where the thresholds come from.
 */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * MemsnoopHeapPart:
 * @time: nanoseconds until the snapshot.
 * @whole: the recording has begun with it or later: no block that it knows is older.
 *
 * What a recording has seen of the time in which its process grew.
 */
typedef struct
{
  guint64  time;
  gboolean whole;
} MemsnoopHeapPart;

/* Why a call stack is taken for one that does not free. */
typedef enum
{
  /* Nothing shows it. */
  MEMSNOOP_HEAP_REASON_NONE,
  /* Hardly any of its blocks was ever freed. */
  MEMSNOOP_HEAP_REASON_NEVER_FREED,
  /* Blocks that are no young garbage stay: hardly any that became old was freed. */
  MEMSNOOP_HEAP_REASON_OLD_STAY,
  /* Blocks that were allocated at new peaks of the heap stayed. */
  MEMSNOOP_HEAP_REASON_PEAKS_STAY,
  /* It makes what it has larger with realloc(), and has never freed it. */
  MEMSNOOP_HEAP_REASON_REALLOCATED,
  MEMSNOOP_HEAP_N_REASONS,
} MemsnoopHeapReason;

/**
 * MemsnoopHeapEvidence:
 * @growth: bytes by which it has grown steadily; 0 when it does not, or that cannot be told yet.
 * @survival: 0 to 1: how sure it is that its blocks stay.
 */
typedef struct
{
  gdouble            growth;
  gdouble            survival;
  MemsnoopHeapReason reason;
} MemsnoopHeapEvidence;

/**
 * memsnoop_heap_evidence_find:
 *
 * Growth is steady where blocks survive and live bytes grow from snapshot to snapshot, and where blocks that are old survive and
 * there are old ones as well as young ones: growth by the lesser of the rates at which blocks of both ages were kept.
 */
MemsnoopHeapEvidence  memsnoop_heap_evidence_find          (const MemsnoopHeapSite *site,
                                                            const MemsnoopHeapPart *part);

/** By how much live bytes have grown in the part, steadily or not. */
gdouble               memsnoop_heap_evidence_change        (const MemsnoopHeapSite *site,
                                                            const MemsnoopHeapPart *part);

/** Live bytes that can be of the part. */
gdouble               memsnoop_heap_evidence_live          (const MemsnoopHeapSite *site,
                                                            const MemsnoopHeapPart *part);

/** The name of a reason on the bus; empty for none. */
const gchar          *memsnoop_heap_reason_name            (MemsnoopHeapReason      reason);

G_END_DECLS
