/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a process, from all who know something, for a list of them. */
#pragma once

#include "process-list.h"

G_BEGIN_DECLS

typedef struct
{
  const MemsnoopProcessMemory *memory;
  /* These two are NULL where nothing is recorded. */
  const MemsnoopRecordedProcess *recorded;
  const MemsnoopRecordedHeap *heap;
  /* NULL where nothing is known yet. */
  const MemsnoopWatchedGrowth *watched;
  /* Bytes are exact in it up to eight PiB. */
  gdouble key;
} MemsnoopProcessRow;

/** As memsnoop_process_list_build(). Returns: (transfer full): of MemsnoopProcessRow, sorted; they point into the arguments. */
GArray  *memsnoop_process_rows_make          (const GArray              *memory,
                                              const GArray              *recorded,
                                              const GArray              *heaps,
                                              const MemsnoopWatchedList *watched,
                                              MemsnoopProcessListSort    sort);
/** Bytes per second. */
gdouble  memsnoop_process_row_growth_rate    (const MemsnoopProcessRow  *row);
/** What is resident and neither live nor mapped by the program itself; of a row with a heap. */
guint64  memsnoop_process_row_retained_bytes (const MemsnoopProcessRow  *row);

G_END_DECLS
