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
 *   blocks of the first level (at most all, at least four); 0 before that, and never negative zero.
 * @judge: a block of the first level was completed by the last update.
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
 * @gone: called for each process that is not there any more, or now runs another program, before it is forgotten.
 *
 * A reading at a tick that was read already, or before it, is ignored.
 */
void memsnoop_process_table_update (MemsnoopProcessTable    *self,
                                    const GArray            *samples,
                                    guint64                  now,
                                    MemsnoopWatchedFunction  gone,
                                    gpointer                 user_data);

/** The process with this pid, %NULL when there is none. */
MemsnoopWatchedProcess *memsnoop_process_table_lookup  (MemsnoopProcessTable *self, guint32 pid);

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
 * the very process (pid, start time, execution), the history is dropped.
 */
void memsnoop_process_table_adopt (MemsnoopProcessTable *self,
                                   guint32               pid,
                                   guint64               start_time,
                                   guint64               execution,
                                   guint64               first_seen,
                                   MemsnoopUsageHistory *history);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessTable, memsnoop_process_table_free)

G_END_DECLS
