/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes that a session follows: those that it names, and those that they have forked since. Decides which child is to be
 * recorded when, and counts those that are not. Without a clock and without a system, so that each course of events is
 * replayed in tests. Times are nanoseconds of any one clock.
 */
#pragma once

#include "child-counts.h"

#include <linux/types.h>

#include "memsnoop-family-layout.h"

G_BEGIN_DECLS

#define MEMSNOOP_FAMILY_MILLISECOND G_GUINT64_CONSTANT (1000000)

/* A child that executes a program within this is set up once, for that. */
#define MEMSNOOP_FAMILY_FORK_DELAY (50 * MEMSNOOP_FAMILY_MILLISECOND)
/* In which a dynamic loader maps what a program is linked with; doubled at each attempt that does not find an allocator. */
#define MEMSNOOP_FAMILY_EXEC_DELAY (20 * MEMSNOOP_FAMILY_MILLISECOND)
#define MEMSNOOP_FAMILY_ATTEMPTS_MAX 6
/* After which room is looked for again. */
#define MEMSNOOP_FAMILY_ROOM_DELAY (1000 * MEMSNOOP_FAMILY_MILLISECOND)
/* Children of one session that are recorded at one time. */
#define MEMSNOOP_FAMILY_RECORDED_MAX 16
/* And that wait for it; more are left out at once. */
#define MEMSNOOP_FAMILY_WAITING_MAX 1024

/**
 * MemsnoopRelativePhase:
 * @MEMSNOOP_RELATIVE_NAMED: named by the session, and recorded from its beginning to its end.
 * @MEMSNOOP_RELATIVE_SHARING: uses its parent's memory until it executes a program.
 * @MEMSNOOP_RELATIVE_WAITING: to be recorded in a moment.
 * @MEMSNOOP_RELATIVE_STARTING: its recording begins.
 * @MEMSNOOP_RELATIVE_RECORDED: is being recorded.
 * @MEMSNOOP_RELATIVE_LEFT_OUT: is not recorded, unless it executes another program.
 */
typedef enum
{
  MEMSNOOP_RELATIVE_NAMED,
  MEMSNOOP_RELATIVE_SHARING,
  MEMSNOOP_RELATIVE_WAITING,
  MEMSNOOP_RELATIVE_STARTING,
  MEMSNOOP_RELATIVE_RECORDED,
  MEMSNOOP_RELATIVE_LEFT_OUT,
} MemsnoopRelativePhase;

/**
 * MemsnoopRelative:
 * @start_time: CLOCK_BOOTTIME ns with the kernel's full precision; of those that are named, of a clock tick.
 * @due: when it is to be recorded, while it waits.
 * @attempts: how often no allocator was found in its present program.
 * @executed: it has executed a program while its recording was begun.
 * @counted: it is or was recorded.
 * @loss: why it is not.
 */
typedef struct
{
  guint32               pid;
  guint64               start_time;
  MemsnoopRelativePhase phase;
  guint64               due;
  guint                 attempts;
  gboolean              executed;
  gboolean              counted;
  MemsnoopChildLoss     loss;
} MemsnoopRelative;

/**
 * MemsnoopRecordingOutcome:
 * @MEMSNOOP_OUTCOME_RECORDED: it records.
 * @MEMSNOOP_OUTCOME_NO_ROOM: a limit of recordings is reached; there is room again when another recording ends.
 * @MEMSNOOP_OUTCOME_NOT_OWN: the session may not.
 * @MEMSNOOP_OUTCOME_NO_HEAP: there is nothing to record, or not yet.
 * @MEMSNOOP_OUTCOME_GONE: it has exited, which is about to be told.
 * @MEMSNOOP_OUTCOME_FAILED: for any other reason.
 */
typedef enum
{
  MEMSNOOP_OUTCOME_RECORDED,
  MEMSNOOP_OUTCOME_NO_ROOM,
  MEMSNOOP_OUTCOME_NOT_OWN,
  MEMSNOOP_OUTCOME_NO_HEAP,
  MEMSNOOP_OUTCOME_GONE,
  MEMSNOOP_OUTCOME_FAILED,
} MemsnoopRecordingOutcome;

/** @error: (nullable): of a recording that did not begin, or of what was checked before. */
MemsnoopRecordingOutcome memsnoop_recording_outcome_of (const GError *error);

typedef struct _MemsnoopFamily MemsnoopFamily;

/** @follow: whether children become members. */
MemsnoopFamily       *memsnoop_family_new         (gboolean                            follow);
void                  memsnoop_family_free        (MemsnoopFamily                     *self);

void                  memsnoop_family_add_named   (MemsnoopFamily                     *self,
                                                   guint32                             pid,
                                                   guint64                             start_time);

/**
 * memsnoop_family_take_event:
 *
 * Returns: (transfer none) (nullable): the member that it is about, for a fork the new one, as it is afterwards; %NULL when it
 *   is not about this family. One that has exited is not a member any more, and valid until the next call.
 */
const MemsnoopRelative *memsnoop_family_take_event (MemsnoopFamily                    *self,
                                                   const struct memsnoop_family_event *event,
                                                   guint64                             now);

const MemsnoopRelative *memsnoop_family_find      (MemsnoopFamily                     *self,
                                                   guint32                             pid);

/** Whether the process is a member, or was named. */
gboolean              memsnoop_family_contains    (MemsnoopFamily                     *self,
                                                   guint32                             pid);

/**
 * memsnoop_family_next:
 * @due: (out): when to ask again, if there is none now; G_MAXUINT64 when there is nothing to wait for but events.
 *
 * Chooses the child that has waited longest past its time, and regards its recording as begun; one at a time.
 *
 * Returns: (transfer none) (nullable): the child, whose outcome is to be told; %NULL when there is none, or when one is being begun.
 */
const MemsnoopRelative *memsnoop_family_next      (MemsnoopFamily                     *self,
                                                   guint64                             now,
                                                   guint64                            *due);

/**
 * memsnoop_family_set_outcome:
 *
 * Of what memsnoop_family_next() returned. The process may have exited meanwhile.
 *
 * Returns: whether the recording is wanted: %FALSE when the process has exited.
 */
gboolean              memsnoop_family_set_outcome (MemsnoopFamily                     *self,
                                                   guint32                             pid,
                                                   guint64                             start_time,
                                                   MemsnoopRecordingOutcome            outcome,
                                                   guint64                             now);

/** A child that was recorded, and may just have exited, is recorded no more, because the session may not. */
void                  memsnoop_family_leave_out   (MemsnoopFamily                     *self,
                                                   guint32                             pid);

/** What became of the children up to now; those that wait count as nothing yet, but for want of room. */
void                  memsnoop_family_get_counts  (MemsnoopFamily                     *self,
                                                   MemsnoopChildCounts                *counts);

/** Calls @function with the pid of each member, as pointer. */
void                  memsnoop_family_foreach     (MemsnoopFamily                     *self,
                                                   GFunc                               function,
                                                   gpointer                            user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopFamily, memsnoop_family_free)

G_END_DECLS
