/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is suspected now: has the histories of processes judged, makes sure before it raises a suspicion, follows it,
 * and withdraws it. For the main loop; whatever takes longer is done in a thread.
 *
 * Signal "suspicion" (MemsnoopSuspicion *): raised, changed or cleared, as its state says; valid during the call.
 */
#pragma once

#include "heap-recordings.h"
#include "ignore-list.h"
#include "memory-outlook.h"
#include "process-table.h"
#include "recording.h"
#include "suspect-heaps.h"
#include "suspicion.h"

G_BEGIN_DECLS

/* Users' processes that are made sure of at a time; the others' turn is when they are judged next. */
#define MEMSNOOP_CANDIDATES_MAXIMUM 64

#define MEMSNOOP_TYPE_SUSPECT_LIST (memsnoop_suspect_list_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspectList, memsnoop_suspect_list, MEMSNOOP, SUSPECT_LIST, GObject)

/**
 * memsnoop_suspect_list_new:
 * @table: the processes; outlives the list.
 * @thresholds: outlive the list.
 */
MemsnoopSuspectList     *memsnoop_suspect_list_new      (MemsnoopProcessTable           *table,
                                                         MemsnoopRecording              *recording,
                                                         MemsnoopIgnoreList             *ignored,
                                                         const MemsnoopGrowthThresholds *thresholds);

/**
 * memsnoop_suspect_list_set_heap_recordings:
 * @recordings: outlive the time until memsnoop_suspect_list_stop().
 * @begin: (nullable): by which heaps of suspects are recorded, too, for a while; see suspect-heaps.h.
 *
 * From here on suspicions of resident memory are explained by what is recorded of heaps. Once.
 */
void                     memsnoop_suspect_list_set_heap_recordings (MemsnoopSuspectList    *self,
                                                                    MemsnoopHeapRecordings *recordings,
                                                                    MemsnoopSuspectSessionFunc begin,
                                                                    gpointer                begin_data);

/** Lets go of the table, and tells nothing any more. */
void                     memsnoop_suspect_list_stop     (MemsnoopSuspectList            *self);

/**
 * memsnoop_suspect_list_set_machine:
 * @memory: what the machine has, read together with the processes...
 * @now: ...at that time.
 *
 * To be called after each reading, before what it has changed is judged.
 */
void                     memsnoop_suspect_list_set_machine (MemsnoopSuspectList         *self,
                                                            const MemsnoopMachineMemory *memory,
                                                            guint64                      now);

/** The machine's shared memory over time; owned by the list. */
const MemsnoopUsageHistory *memsnoop_suspect_list_get_machine_history (MemsnoopSuspectList *self);

/** @history: (transfer full): from before the service was restarted. */
void                     memsnoop_suspect_list_adopt_machine_history (MemsnoopSuspectList  *self,
                                                                      MemsnoopUsageHistory *history);

/** Judges one process of the table. To be called whenever a block of its history is complete. */
void                     memsnoop_suspect_list_judge    (MemsnoopSuspectList            *self,
                                                         const MemsnoopWatchedProcess   *process,
                                                         guint64                         now);

/** Withdraws what is suspected of processes that have exited or run another program, as the table has it. */
void                     memsnoop_suspect_list_sweep    (MemsnoopSuspectList            *self);

/** Withdraws all suspicions of @kind: what showed them is not recorded any more. */
void                     memsnoop_suspect_list_end_kind (MemsnoopSuspectList            *self,
                                                         MemsnoopSuspicionKind           kind);

/** Returns: (transfer none) (element-type MemsnoopSuspicion): all, oldest first. */
GPtrArray               *memsnoop_suspect_list_get      (MemsnoopSuspectList            *self);

/** How much is suspected (processes by kinds of memory), but not raised, because suspect-room.h has no place for it. */
guint                    memsnoop_suspect_list_count_left_out (MemsnoopSuspectList      *self);

/** %NULL when nothing with this id is suspected now. */
const MemsnoopSuspicion *memsnoop_suspect_list_find     (MemsnoopSuspectList            *self,
                                                         guint64                         id);

/** Takes a suspicion (transfer full) that was told before the service was restarted, unless its executable is ignored by
 * now; tells nothing. */
void                     memsnoop_suspect_list_adopt    (MemsnoopSuspectList            *self,
                                                         MemsnoopSuspicion              *suspicion);

/** The id of the next suspicion. */
guint64                  memsnoop_suspect_list_get_next_id (MemsnoopSuspectList         *self);
void                     memsnoop_suspect_list_set_next_id (MemsnoopSuspectList         *self,
                                                            guint64                      id);

G_END_DECLS
