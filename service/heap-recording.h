/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording of one process's heap, or of its growth, which the sessions that want it share. It begins with the first lease and ends
 * with the last; then nothing of it is left in the kernel. All its sessions read the same figures. For the main
 * loop; whatever takes time happens in other threads and in the worker.
 *
 * Emits "cost-changed" when something was done to have it cost less, or is done no more, and "over-budget" when nothing helps
 * but to give the leases back.
 */
#pragma once

#include "heap-expense.h"
#include "heap-snapshot.h"
#include "process-identity.h"
#include "snapshot.h"
#include "worker.h"

G_BEGIN_DECLS

/* Frames of a call stack that are kept, innermost first. */
#define MEMSNOOP_STACK_DEPTH_DEFAULT 128
#define MEMSNOOP_STACK_DEPTH_MAX 512

#define MEMSNOOP_TYPE_HEAP_RECORDING (memsnoop_heap_recording_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopHeapRecording, memsnoop_heap_recording, MEMSNOOP, HEAP_RECORDING, GObject)

/**
 * MemsnoopHeapOptions:
 * @map_memory: bytes for all maps.
 * @sample_interval: bytes; 0 to record every block.
 * @stack_depth: frames to keep of a call stack, 1 to MEMSNOOP_STACK_DEPTH_MAX.
 * @cpu_budget: share of one core that the recording may cost as far as this lease is concerned; 0 for no such limit.
 */
typedef struct
{
  guint64 map_memory;
  guint64 sample_interval;
  guint   stack_depth;
  gdouble cpu_budget;
} MemsnoopHeapOptions;

/**
 * memsnoop_heap_recording_new:
 * @worker: which unwinds and looks up symbols.
 * @identity: (transfer full): of the process; kept open, so that the pid cannot come to mean another one.
 */
MemsnoopHeapRecording *memsnoop_heap_recording_new             (MemsnoopWorker               *worker,
                                                                MemsnoopProcessIdentity      *identity);

/** A recording of the growth of the process, of which all below is as true. */
MemsnoopHeapRecording *memsnoop_heap_recording_new_growth      (MemsnoopWorker               *worker,
                                                                MemsnoopProcessIdentity      *identity);

MemsnoopStackSource    memsnoop_heap_recording_get_source      (MemsnoopHeapRecording        *self);
guint32                memsnoop_heap_recording_get_pid         (MemsnoopHeapRecording        *self);
guint64                memsnoop_heap_recording_get_start_time  (MemsnoopHeapRecording        *self);

/** Whether there are figures now: between the first lease and the last. */
gboolean               memsnoop_heap_recording_is_active       (MemsnoopHeapRecording        *self);

/**
 * memsnoop_heap_recording_acquire_async:
 * @options: of the first lease count; later ones join what is recorded. But of the budgets that all leases have the largest
 *   counts, and none while a lease has none.
 *
 * Takes a lease. Fails with %G_DBUS_ERROR_NOT_SUPPORTED when the process has no allocator that can be recorded,
 * %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when it is gone.
 */
void                   memsnoop_heap_recording_acquire_async   (MemsnoopHeapRecording        *self,
                                                                const MemsnoopHeapOptions    *options,
                                                                GAsyncReadyCallback           callback,
                                                                gpointer                      user_data);
gboolean               memsnoop_heap_recording_acquire_finish  (MemsnoopHeapRecording        *self,
                                                                GAsyncResult                 *result,
                                                                GError                      **error);

/**
 * memsnoop_heap_recording_release_async:
 *
 * Gives a lease back. With the last one everything is detached. Cannot fail.
 */
void                   memsnoop_heap_recording_release_async   (MemsnoopHeapRecording        *self,
                                                                GAsyncReadyCallback           callback,
                                                                gpointer                      user_data);
/** Returns: (transfer full): the last figures. */
MemsnoopHeapSnapshot  *memsnoop_heap_recording_release_finish  (MemsnoopHeapRecording        *self,
                                                                GAsyncResult                 *result);

/** A lease with this budget, if any, is about to be given back. */
void                   memsnoop_heap_recording_drop_budget     (MemsnoopHeapRecording        *self,
                                                                gdouble                       budget);

/**
 * memsnoop_heap_recording_snapshot_async:
 * @fresh: figures of now or later, instead of some that may be MEMSNOOP_SNAPSHOT_AGE old.
 */
void                   memsnoop_heap_recording_snapshot_async  (MemsnoopHeapRecording        *self,
                                                                gboolean                      fresh,
                                                                GAsyncReadyCallback           callback,
                                                                gpointer                      user_data);
/** Returns: (transfer full): %NULL with %MEMSNOOP_ERROR_NOT_RECORDING when nothing is recorded. */
MemsnoopHeapSnapshot  *memsnoop_heap_recording_snapshot_finish (MemsnoopHeapRecording        *self,
                                                                GAsyncResult                 *result,
                                                                GError                      **error);

/** Looks for allocators that the process has loaded since, as it does from time to time. Nothing when nothing is recorded. */
void                   memsnoop_heap_recording_look_for_modules (MemsnoopHeapRecording       *self);

/** The process has forked another one, which is not to be recorded: soon it will not have the probes any more either. */
void                   memsnoop_heap_recording_note_fork       (MemsnoopHeapRecording        *self);

/** Live bytes now; 0 when nothing is recorded. Microseconds. */
guint64                memsnoop_heap_recording_get_live_bytes  (MemsnoopHeapRecording        *self);

/** What a session tells of it; all 0 when nothing is recorded. Microseconds. */
void                   memsnoop_heap_recording_get_totals      (MemsnoopHeapRecording        *self,
                                                                MemsnoopTracerTotals         *totals);

/** What it costs; nothing when nothing is recorded. Microseconds. */
void                   memsnoop_heap_recording_get_expense     (MemsnoopHeapRecording        *self,
                                                                MemsnoopHeapExpense          *expense);

G_END_DECLS
