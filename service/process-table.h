/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process that the watch sees, with its history. Fed with one reading of all processes at a
 * time; no clock and no I/O of its own. For the main loop.
 */
#pragma once

#include "process-memory.h"
#include "usage-history.h"

G_BEGIN_DECLS

/**
 * MemsnoopWatchedProcess:
 * @start_time: CLOCK_BOOTTIME nanoseconds, as MemsnoopProcessMemory has it.
 * @first_seen: when its history begins, CLOCK_BOOTTIME nanoseconds: since it runs its present program and the
 *   watch sees it.
 * @now: the newest sample.
 * @growth_rate: bytes per second: the median slope of the lower envelope of private memory over the last
 *   blocks of the first level (at most all, at least four); where that does not rise, of what shrinks for good, found
 *   the same way upside down. 0 before that, and never negative zero. As it was when @judge was true last.
 * @kernel_bytes: live kernel memory, as last set with the history's; 0 while none is recorded.
 * @judge: a block of the first level was completed, by the last update or, when many processes are watched, by one of the
 *   few before it: then they take turns, so that no update has to judge them all.
 */
typedef struct
{
  guint32                pid;
  guint32                uid;
  guint32                parent_pid;
  guint64                start_time;
  guint64                execution;
  guint64                control_group;
  guint64                first_seen;
  gchar                  comm[16 + 1];
  MemsnoopUsage          now;
  gdouble                growth_rate;
  guint64                kernel_bytes;
  gboolean               judge;
  MemsnoopUsageHistory  *history;
} MemsnoopWatchedProcess;

typedef struct _MemsnoopProcessTable MemsnoopProcessTable;

typedef void (*MemsnoopWatchedFunction) (MemsnoopWatchedProcess *process, gpointer user_data);

/** @interval: of the watch, in nanoseconds: what a tick is. */
MemsnoopProcessTable *memsnoop_process_table_new  (guint64 interval);
void                  memsnoop_process_table_free (MemsnoopProcessTable *self);

/**
 * memsnoop_process_table_update:
 * @samples: MemsnoopProcessMemory of all processes; kernel threads are left out.
 * @now: when they were read, CLOCK_BOOTTIME nanoseconds.
 * @gone: (nullable): called for each process that is not there any more, or now runs another program, before it is
 *   forgotten. The table has it no more then, and may have another one with its pid.
 *
 * A reading at a tick that was read already, or before it, is ignored, and nothing is to be judged after it. Where a sample's
 * execution is 0 it is taken for the same.
 */
void memsnoop_process_table_update (MemsnoopProcessTable    *self,
                                    const GArray            *samples,
                                    guint64                  now,
                                    MemsnoopWatchedFunction  gone,
                                    gpointer                 user_data);

/** The process with this pid, %NULL when there is none; valid until the next update. */
MemsnoopWatchedProcess *memsnoop_process_table_lookup  (MemsnoopProcessTable *self, guint32 pid);

/** Whether it is the process with this pid and start time, to the kernel's clock tick. */
gboolean memsnoop_watched_process_is   (const MemsnoopWatchedProcess *self,
                                        guint32                       pid,
                                        guint64                       start_time);

/** Whether it runs the program @execution, as MemsnoopProcessMemory has it. Where one of the two is not known, it may. */
gboolean memsnoop_watched_process_runs (const MemsnoopWatchedProcess *self,
                                        guint64                       execution);

/** In the order of pids; @function must not update the table. */
void    memsnoop_process_table_foreach  (MemsnoopProcessTable    *self,
                                         MemsnoopWatchedFunction  function,
                                         gpointer                 user_data);
guint   memsnoop_process_table_count    (MemsnoopProcessTable *self);
guint64 memsnoop_process_table_get_interval (MemsnoopProcessTable *self);
guint64 memsnoop_process_table_get_page_size (MemsnoopProcessTable *self);

/** The tick of a time, and the time at which a tick begins. */
guint32 memsnoop_process_table_tick_of (MemsnoopProcessTable *self, guint64 time);
guint64 memsnoop_process_table_time_of (MemsnoopProcessTable *self, guint32 tick);

/**
 * memsnoop_process_table_adopt:
 * @history: (transfer full): from before the service was restarted.
 *
 * Gives a process that is expected to be seen at the next update its history back; when that does not see
 * the very process (pid, start time, execution), or the history has a sample of that tick or later, it is dropped.
 */
void memsnoop_process_table_adopt (MemsnoopProcessTable *self,
                                   guint32               pid,
                                   guint64               start_time,
                                   guint64               execution,
                                   guint64               first_seen,
                                   MemsnoopUsageHistory *history);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessTable, memsnoop_process_table_free)

G_END_DECLS
