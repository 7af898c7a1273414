/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of ListProcesses. */
#pragma once

#include "process-memory.h"
#include "process-table.h"
#include "snapshot.h"

G_BEGIN_DECLS

/* A longer list is cut at a row. */
#define MEMSNOOP_PROCESS_LIST_SIZE_MAX (16 * 1024 * 1024)

/* A recent value of a time in which nothing was sampled. A process that runs has private memory, so that 0 is free for it. */
#define MEMSNOOP_PROCESS_LIST_GAP 0

typedef enum
{
  MEMSNOOP_PROCESS_LIST_RSS_ANON,
  MEMSNOOP_PROCESS_LIST_RSS_FILE,
  MEMSNOOP_PROCESS_LIST_RSS_SHMEM,
  MEMSNOOP_PROCESS_LIST_SWAP,
  MEMSNOOP_PROCESS_LIST_GROWTH_RATE,
  MEMSNOOP_PROCESS_LIST_KERNEL_CURRENT_BYTES,
  MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES,
  MEMSNOOP_PROCESS_LIST_HEAP_CURRENT_BYTES,
  MEMSNOOP_PROCESS_LIST_HEAP_RETAINED_BYTES,
} MemsnoopProcessListSort;

/** What ListProcesses is asked for. @limit: rows, 0 for as many as fit; @history: rows with the last minutes. */
typedef struct
{
  MemsnoopProcessListSort sort;
  guint limit;
  gboolean history;
} MemsnoopProcessListOptions;

/** Reads an a{sv}; fails with %G_DBUS_ERROR_INVALID_ARGS. */
gboolean  memsnoop_process_list_options_parse   (GVariant                          *options,
                                                 MemsnoopProcessListOptions        *parsed,
                                                 GError                           **error);

/** What a recording knows of a process that runs. */
typedef struct
{
  guint32 pid;
  guint64 start_time;
  guint64 current_bytes;
  guint64 peak_bytes;
} MemsnoopRecordedProcess;

/** What the recording of a process's heap knows of it. @mapped_bytes: by the program itself. */
typedef struct
{
  guint32 pid;
  guint64 start_time;
  guint64 current_bytes;
  guint64 mapped_bytes;
} MemsnoopRecordedHeap;

/** What the watch knows of a process. @first_recent, @n_recent: where its values are in the list's recent ones. */
typedef struct
{
  guint32 pid;
  guint64 start_time;
  gdouble growth_rate;
  guint first_recent;
  guint n_recent;
} MemsnoopWatchedGrowth;

/** What the watch knows of all. @growth: of MemsnoopWatchedGrowth; @recent: bytes (guint64),
 * or MEMSNOOP_PROCESS_LIST_GAP. */
typedef struct
{
  GArray *growth;
  GArray *recent;
} MemsnoopWatchedList;

/**
 * memsnoop_process_list_read_watched:
 * @table: (nullable): the processes; %NULL when there is no watch.
 * @history: also the last minutes.
 *
 * Copies what a list needs, for a thread to write it. On the main loop; free with memsnoop_watched_list_free().
 */
MemsnoopWatchedList *memsnoop_process_list_read_watched (MemsnoopProcessTable  *table,
                                                         gboolean               history);
void                 memsnoop_watched_list_free         (MemsnoopWatchedList   *self);

/**
 * memsnoop_process_list_add_recorded:
 * @recorded: an array of MemsnoopRecordedProcess.
 *
 * Adds a process to @recorded if it still runs. A MemsnoopFiguresFunction.
 */
void      memsnoop_process_list_add_recorded    (const MemsnoopProcessFigures      *figures,
                                                 gpointer                           recorded);

/** Leaves in @memory (of MemsnoopProcessMemory) what is @uid's own. For worker threads. */
void      memsnoop_process_list_keep_own        (GArray                            *memory,
                                                 guint32                            uid);

/**
 * memsnoop_process_list_build:
 * @memory: an array of MemsnoopProcessMemory.
 * @recorded: an array of MemsnoopRecordedProcess; empty when nothing is recorded.
 * @heaps: an array of MemsnoopRecordedHeap; empty when none is recorded.
 * @watched: what the watch knows.
 *
 * Returns: (transfer floating): the rows as aa{sv}.
 */
GVariant *memsnoop_process_list_build           (const GArray                      *memory,
                                                 const GArray                      *recorded,
                                                 const GArray                      *heaps,
                                                 const MemsnoopWatchedList         *watched,
                                                 const MemsnoopProcessListOptions  *options);

G_END_DECLS
