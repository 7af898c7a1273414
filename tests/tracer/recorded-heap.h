/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target whose heap is recorded as the service does it, with the real worker. */
#pragma once

#include "heap-recordings.h"
#include "target-process.h"

typedef struct
{
  MemsnoopWorker         *worker;
  MemsnoopHeapRecordings *recordings;
  TargetProcess          *target; /* NULL: the test has none, or has ended it */
  MemsnoopHeapRecording  *recording;
  gboolean                recorded;
  GAsyncResult           *requested;
} RecordedHeap;

/** Makes everything but the target. */
void                  recorded_heap_set_up_alone (RecordedHeap *heap, gconstpointer unused);

/** And the target of this name. */
void                  recorded_heap_set_up     (RecordedHeap *heap, gconstpointer target);
/** The same, but for a recording of its growth. */
void                  recorded_heap_set_up_growth (RecordedHeap *heap, gconstpointer target);
void                  recorded_heap_tear_down  (RecordedHeap *heap, gconstpointer unused);

/** Takes the recording of @pid, without beginning it. */
void                  recorded_heap_choose     (RecordedHeap *heap, guint32 pid);

/** Begins; the error is for the caller. */
gboolean              recorded_heap_try        (RecordedHeap *heap, GError **error);

/** Begins, and lets the caller go on before it is done; recorded_heap_await() has to follow. */
void                  recorded_heap_request    (RecordedHeap *heap);
gboolean              recorded_heap_await      (RecordedHeap *heap, GError **error);

/** Begins, which has to succeed. */
void                  recorded_heap_begin      (RecordedHeap *heap);

/** Figures of now. */
MemsnoopHeapSnapshot *recorded_heap_take       (RecordedHeap *heap);

/** Ends the recording, and returns its last figures. */
MemsnoopHeapSnapshot *recorded_heap_end        (RecordedHeap *heap);

/** The same in two steps. */
void                  recorded_heap_request_end (RecordedHeap *heap);
MemsnoopHeapSnapshot *recorded_heap_await_end  (RecordedHeap *heap);

/** Ends the recording if it goes on, and lets go of it. */
void                  recorded_heap_drop       (RecordedHeap *heap);

/** Live bytes of all call stacks with this function. */
guint64               recorded_heap_live_bytes (const MemsnoopHeapSnapshot *snapshot, const gchar *function);
