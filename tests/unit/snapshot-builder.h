/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots made by hand, for tests of what reads them. */
#pragma once

#include "snapshot.h"

/* A process that holds @bytes in one block; valid until the next one is added. */
static inline MemsnoopProcessSnapshot *
add_process (MemsnoopSnapshot *snapshot, guint32 pid, guint64 start_time, const gchar *comm,
             guint64 bytes)
{
  MemsnoopProcessSnapshot process = { 0 };

  process.figures.kind = MEMSNOOP_PROCESS_KIND_PROGRAM;
  process.figures.pid = pid;
  process.figures.start_time = start_time;
  process.figures.uid = 1000;
  g_strlcpy (process.figures.comm, comm, sizeof process.figures.comm);
  process.figures.alloc_count = 1;
  process.figures.alloc_bytes = bytes;
  process.figures.requested_bytes = bytes;
  process.figures.current_bytes = bytes;
  process.figures.peak_bytes = bytes;
  process.figures.exact = TRUE;
  g_array_append_val (snapshot->processes, process);
  return &g_array_index (snapshot->processes, MemsnoopProcessSnapshot,
                         snapshot->processes->len - 1);
}

static inline void
add_child (MemsnoopSnapshot *snapshot, guint32 pid, guint64 start_time, guint32 parent_pid,
           guint64 parent_start_time)
{
  MemsnoopProcessSnapshot *child = add_process (snapshot, pid, start_time, "child", 64);

  child->figures.parent_pid = parent_pid;
  child->figures.parent_start_time = parent_start_time;
}
