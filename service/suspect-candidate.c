/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-candidate.h"

#include "kernel-suspect.h"

guint64
memsnoop_suspect_candidate_count_bytes (const MemsnoopWatchedProcess *process,
                                        MemsnoopUsageKind kind,
                                        guint64 page_size)
{
  switch (kind)
    {
    case MEMSNOOP_USAGE_PRIVATE:
      return ((guint64) process->now.anonymous + process->now.swap) * page_size;
    case MEMSNOOP_USAGE_SHARED:
      return process->now.shared * page_size;
    case MEMSNOOP_USAGE_KERNEL:
    case MEMSNOOP_USAGE_N_KINDS:
    default:
      return process->kernel_bytes;
    }
}

MemsnoopSuspectCandidate *
memsnoop_suspect_candidate_new (const MemsnoopWatchedProcess *process,
                                MemsnoopSuspicionKind kind,
                                const MemsnoopGrowthVerdict *verdict,
                                guint64 current,
                                guint64 now)
{
  MemsnoopSuspectCandidate *self = g_new0 (MemsnoopSuspectCandidate, 1);

  self->pid = process->pid;
  self->uid = process->uid;
  self->start_time = process->start_time;
  self->execution = process->execution;
  self->kind = kind;
  self->verdict = *verdict;
  self->current = current;
  self->now = now;
  return self;
}

void
memsnoop_suspect_candidate_free (MemsnoopSuspectCandidate *self)
{
  g_free (self->executable);
  g_clear_pointer (&self->sites, g_ptr_array_unref);
  g_free (self);
}

MemsnoopSuspicion *
memsnoop_suspect_candidate_raise (MemsnoopSuspectCandidate *self,
                                  const MemsnoopWatchedProcess *process,
                                  guint64 id)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (id, self->kind);

  suspicion->pid = process->pid;
  suspicion->uid = process->uid;
  suspicion->start_time = process->start_time;
  suspicion->execution = process->execution;
  g_free (suspicion->comm);
  suspicion->comm = g_strdup (process->comm);
  g_free (suspicion->executable);
  suspicion->executable = g_steal_pointer (&self->executable);
  suspicion->level = self->level;
  if (self->sites != NULL)
    {
      g_clear_pointer (&suspicion->sites, g_ptr_array_unref);
      suspicion->sites = g_steal_pointer (&self->sites);
      suspicion->sites_at = self->sites_at;
      suspicion->explained_at = self->now;
    }
  memsnoop_suspicion_update (suspicion, &self->verdict, self->now, self->current);
  return suspicion;
}

/* The counters that were judged may lag; these are counted when they are asked for. */
static void
look_closely_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const MemsnoopSuspectCandidate *self = data;
  guint64 before = self->current - MIN (self->verdict.bytes, self->current);
  MemsnoopProcessDetails details;
  guint64 bytes;

  if (!memsnoop_process_memory_read_details (self->pid, self->start_time, &details, NULL))
    {
      g_task_return_boolean (task, FALSE);
      return;
    }
  bytes =
      self->kind == MEMSNOOP_SUSPICION_SHMEM ? details.rss_shmem : details.rss_anon + details.swap;
  g_task_return_boolean (task, bytes >= before + self->verdict.bytes / 2);
}

static void
snapshot_taken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MemsnoopSuspectCandidate *self = g_task_get_task_data (task);
  MemsnoopSnapshot *snapshot =
      memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, NULL);
  gboolean explained;

  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
  explained = snapshot != NULL && memsnoop_kernel_suspect_explain (
                                      snapshot, self->pid, self->start_time, self->verdict.bytes,
                                      self->verdict.since, self->sites, &self->level);
  self->sites_at = explained ? snapshot->taken_at : 0;
  g_clear_pointer (&snapshot, memsnoop_snapshot_unref);
  g_task_return_boolean (task, explained);
}

/* Of kernel memory: which code holds what grows. Without any, frees that cannot be seen look the
 * same. */
void
memsnoop_suspect_candidate_check_async (MemsnoopSuspectCandidate *self,
                                        GObject *source,
                                        MemsnoopRecording *recording,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, NULL, callback, user_data);

  g_task_set_source_tag (task, memsnoop_suspect_candidate_check_async);
  g_task_set_task_data (task, self, NULL);
  if (self->kind == MEMSNOOP_SUSPICION_KERNEL)
    memsnoop_recording_snapshot_async (recording, TRUE, snapshot_taken, g_steal_pointer (&task));
  else
    g_task_run_in_thread (task, look_closely_in_thread);
}

gboolean
memsnoop_suspect_candidate_check_finish (GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}
