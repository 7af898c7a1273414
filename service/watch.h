/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watch: looks at every process once in an interval, keeps the histories, has them judged, and keeps the
 * suspicions. Data flows one way: reading → process table → detector → suspicions → whoever listens.
 *
 * Signals:
 * - "suspicion" (MemsnoopSuspicion *): raised, changed or cleared, as its state says; valid during the call.
 * - "anomaly" (MemsnoopAnomaly *): the same for anomalies.
 * - "left-out" (guint): how much is suspected, but finds no room in the list; when that changes.
 * - "iterator" (gboolean, const gchar *): whether readings are made with the process iterator from here on, and if not,
 *   why, as a sentence.
 */
#pragma once

#include "anomaly.h"
#include "configuration.h"
#include "heap-recordings.h"
#include "suspect-heaps.h"
#include "ignore-list.h"
#include "process-table.h"
#include "recording.h"
#include "suspicion.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_WATCH (memsnoop_watch_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopWatch, memsnoop_watch, MEMSNOOP, WATCH, GObject)

/**
 * memsnoop_watch_new:
 * @recording: whose figures are looked at too, while it runs.
 * @configuration: outlives the watch.
 *
 * Does nothing before memsnoop_watch_start().
 */
MemsnoopWatch        *memsnoop_watch_new         (MemsnoopRecording           *recording,
                                                  MemsnoopIgnoreList          *ignored,
                                                  const MemsnoopConfiguration *configuration);

/**
 * memsnoop_watch_set_heap_recordings:
 * @recordings: outlive the watch.
 * @begin: makes sessions; is called while the watch runs.
 *
 * Before memsnoop_watch_start(): what the watch suspects is explained by heaps that are recorded, and recorded itself, in sessions
 * that @begin makes, when the configuration says so.
 */
void                  memsnoop_watch_set_heap_recordings (MemsnoopWatch              *self,
                                                          MemsnoopHeapRecordings     *recordings,
                                                          MemsnoopSuspectSessionFunc  begin,
                                                          gpointer                    begin_data);

void                  memsnoop_watch_start       (MemsnoopWatch               *self);

/** Ends it, after a reading that is under way; nothing is signalled afterwards. Blocks for milliseconds. */
void                  memsnoop_watch_stop        (MemsnoopWatch               *self);

MemsnoopProcessTable *memsnoop_watch_get_table   (MemsnoopWatch               *self);

/** Returns: (element-type MemsnoopSuspicion): what is suspected now, oldest first; owned by the watch. */
GPtrArray            *memsnoop_watch_get_suspects (MemsnoopWatch              *self);

/** %NULL when nothing with this id is suspected now. */
const MemsnoopSuspicion *memsnoop_watch_find_suspect (MemsnoopWatch           *self,
                                                      guint64                  id);

/**
 * memsnoop_watch_adopt_suspicion:
 * @suspicion: (transfer full): from before the service was restarted; its last telling counts.
 *
 * Goes on with it under its id, before memsnoop_watch_start(). That its process is gone meanwhile shows at the first
 * reading, which then withdraws it.
 */
void                  memsnoop_watch_adopt_suspicion (MemsnoopWatch           *self,
                                                      MemsnoopSuspicion       *suspicion);

/** The machine's shared memory over time; owned by the watch. To adopt: (transfer full), from before a restart. */
const MemsnoopUsageHistory *memsnoop_watch_get_machine_history (MemsnoopWatch  *self);
void                  memsnoop_watch_adopt_machine_history (MemsnoopWatch        *self,
                                                            MemsnoopUsageHistory *history);

/** The id that the next suspicion gets; an id is not used again while the machine runs, so it only grows. */
guint64               memsnoop_watch_get_next_id     (MemsnoopWatch           *self);
void                  memsnoop_watch_set_next_id     (MemsnoopWatch           *self,
                                                      guint64                  next_id);

G_END_DECLS
