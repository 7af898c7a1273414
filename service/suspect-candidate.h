/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may become a suspicion, and how it is made sure of: whatever takes longer is done in a thread. For the main loop. */
#pragma once

#include "process-table.h"
#include "recording.h"
#include "suspicion.h"

G_BEGIN_DECLS

/**
 * MemsnoopSuspectCandidate:
 * @start_time: CLOCK_BOOTTIME nanoseconds.
 * @execution: which program it runs, as MemsnoopProcessMemory has it; 0 when that is not known.
 * @verdict: what suspects it.
 * @current: bytes that the process had...
 * @now: ...at that time.
 * @executable: its path as raw bytes.
 * @level, @sites, @sites_at: for kernel memory, once it is certain: as in MemsnoopSuspicion.
 */
typedef struct
{
  guint32                 pid;
  guint32                 uid;
  guint64                 start_time;
  guint64                 execution;
  MemsnoopSuspicionKind   kind;
  MemsnoopGrowthVerdict   verdict;
  guint64                 current;
  guint64                 now;
  gchar                  *executable;
  MemsnoopSuspicionLevel  level;
  GPtrArray              *sites;
  guint64                 sites_at;
} MemsnoopSuspectCandidate;

/** What a process has of one kind of memory now, in bytes. */
guint64  memsnoop_suspect_candidate_count_bytes  (const MemsnoopWatchedProcess *process,
                                                  MemsnoopUsageKind             kind,
                                                  guint64                       page_size);

/** Without its executable, which is the caller's to fill in. */
MemsnoopSuspectCandidate *
         memsnoop_suspect_candidate_new          (const MemsnoopWatchedProcess *process,
                                                  MemsnoopSuspicionKind         kind,
                                                  const MemsnoopGrowthVerdict  *verdict,
                                                  guint64                       current,
                                                  guint64                       now);
void     memsnoop_suspect_candidate_free         (MemsnoopSuspectCandidate *self);

/**
 * memsnoop_suspect_candidate_raise:
 * @process: the process, as it is now.
 *
 * Takes over what the candidate has found.
 *
 * Returns: (transfer full): the suspicion that it has become, of which nothing was told yet.
 */
MemsnoopSuspicion *
         memsnoop_suspect_candidate_raise        (MemsnoopSuspectCandidate     *self,
                                                  const MemsnoopWatchedProcess *process,
                                                  guint64                       id);

/**
 * memsnoop_suspect_candidate_check_async:
 * @source: of the result; kept until then.
 * @recording: the recording that shows growth of kernel memory.
 *
 * Finds out whether the growth is real: the counters that were judged may lag, and kernel memory may be free unseen or
 * given back when it is needed. The candidate has to be there until it is finished.
 */
void     memsnoop_suspect_candidate_check_async  (MemsnoopSuspectCandidate *self,
                                                  GObject                  *source,
                                                  MemsnoopRecording        *recording,
                                                  GAsyncReadyCallback       callback,
                                                  gpointer                  user_data);

/** Returns: whether it is certain. */
gboolean memsnoop_suspect_candidate_check_finish (GAsyncResult             *result);

G_END_DECLS
