/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a heap recording share: its life (heap-recording.c) and its figures (heap-recording-figures.c). */
#pragma once

#include "heap-budget.h"
#include "heap-gatherer.h"
#include "heap-recording.h"
#include "heap-setup.h"

G_BEGIN_DECLS

typedef enum
{
  MEMSNOOP_HEAP_PHASE_IDLE,
  MEMSNOOP_HEAP_PHASE_STARTING,
  MEMSNOOP_HEAP_PHASE_ACTIVE,
  /* The last lease is given back. */
  MEMSNOOP_HEAP_PHASE_DETACHING,
  /* Nothing is recorded any more, but stacks are still being unwound. */
  MEMSNOOP_HEAP_PHASE_SETTLING,
  /* The last figures are being gathered. */
  MEMSNOOP_HEAP_PHASE_ENDING,
} MemsnoopHeapPhase;

struct _MemsnoopHeapRecording
{
  GObject parent_instance;

  MemsnoopWorker *worker;
  MemsnoopProcessIdentity *identity;
  MemsnoopStackSource source;

  MemsnoopHeapPhase phase;
  guint leases;
  GArray *budgets; /* gdouble: of those leases that have one */
  MemsnoopHeapOptions options;
  GQueue acquirers; /* GTask, with its MemsnoopHeapOptions: they wait for the recording to begin */

  MemsnoopHeapSetup *setup;
  GCancellable *extending; /* while it is looked for allocators that were loaded later */
  MemsnoopHeapTracer *tracer;
  MemsnoopHeapGatherer *gatherer; /* of the thread that gathers */
  MemsnoopHeapStacks *stacks;
  MemsnoopHeapBudget *budget; /* of a heap */
  MemsnoopRunMeter meter;     /* of growth */
  /* Of these, for the figures, when they were looked at last. */
  gdouble cpu_budget;
  gdouble cpu_cost;
  guint captures; /* source: while few captures wait */
  guint tick;

  MemsnoopHeapSnapshot *snapshot;
  gboolean gathering;
  guint patience;       /* until it begins all the same */
  GQueue waiting;       /* GTask: for the snapshot that is being gathered */
  GQueue waiting_fresh; /* GTask: for one that is begun after that */

  GTask *ending; /* the release of the last lease */
  guint settling;
};

/** Notes what it costs, for its next figures and the last. */
void memsnoop_heap_recording_note_cost      (MemsnoopHeapRecording  *self);

/** Has a snapshot made at once that waits for the names of new stacks, if one does. */
void memsnoop_heap_recording_lose_patience  (MemsnoopHeapRecording  *self);

/** @task: (transfer full): returns figures of now or later, or some that may be MEMSNOOP_SNAPSHOT_AGE old. */
void memsnoop_heap_recording_request        (MemsnoopHeapRecording  *self,
                                             gboolean                fresh,
                                             GTask                  *task);

/** Has the stacks unwound that are captured now... */
void memsnoop_heap_recording_take_captures  (MemsnoopHeapRecording  *self);
/** ... and from now on, as long as few wait. Again when that was too many. */
void memsnoop_heap_recording_watch_captures (MemsnoopHeapRecording  *self);

G_END_DECLS
