/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-list.h"

#include "boot-time.h"
#include "heap-suspect.h"
#include "kernel-suspect.h"
#include "process-identity.h"
#include "shared-growth.h"
#include "suspect-candidate.h"
#include "suspect-heaps.h"
#include "suspect-room.h"
#include "suspects-left-out.h"

struct _MemsnoopSuspectList
{
  GObject parent_instance;

  MemsnoopProcessTable *table;
  MemsnoopRecording *recording;
  MemsnoopIgnoreList *ignored;
  const MemsnoopGrowthThresholds *thresholds;
  /* As it was read last. */
  MemsnoopMachineMemory machine;
  /* Of the machine, only shared memory. */
  MemsnoopUsageHistory *machine_history;
  /* MemsnoopSuspicion. */
  GPtrArray *suspicions;
  /* MemsnoopSuspectCandidate: those that are being made sure of. */
  GPtrArray *candidates;
  guint64 next_id;
  /* NULL where heaps are not recorded. */
  MemsnoopSuspectHeaps *heaps;
  MemsnoopSuspectsLeftOut *left_out;
};

G_DEFINE_FINAL_TYPE (MemsnoopSuspectList, memsnoop_suspect_list, G_TYPE_OBJECT)

static guint suspicion_signal;

static const MemsnoopUsageKind usage_kinds[MEMSNOOP_SUSPICION_N_KINDS] = {
  [MEMSNOOP_SUSPICION_RSS] = MEMSNOOP_USAGE_PRIVATE,
  [MEMSNOOP_SUSPICION_SHMEM] = MEMSNOOP_USAGE_SHARED,
  [MEMSNOOP_SUSPICION_KERNEL] = MEMSNOOP_USAGE_KERNEL,
};

guint
memsnoop_suspect_list_count_left_out (MemsnoopSuspectList *self)
{
  return memsnoop_suspects_left_out_count (self->left_out);
}

static void
tell (MemsnoopSuspectList *self, MemsnoopSuspicion *suspicion, MemsnoopSuspicionState state)
{
  memsnoop_suspicion_set_told (suspicion, state, memsnoop_boot_time ());
  g_signal_emit (self, suspicion_signal, 0, suspicion);
}

static void
clear (MemsnoopSuspectList *self, guint index, MemsnoopSuspicionReason reason)
{
  MemsnoopSuspicion *suspicion = g_ptr_array_steal_index (self->suspicions, index);

  suspicion->reason = reason;
  tell (self, suspicion, MEMSNOOP_SUSPICION_CLEARED);
  memsnoop_suspicion_free (suspicion);
}

typedef gboolean (*Condition) (MemsnoopSuspectList *self,
                               const MemsnoopSuspicion *suspicion,
                               gconstpointer data);

static void
clear_if (MemsnoopSuspectList *self,
          Condition condition,
          gconstpointer data,
          MemsnoopSuspicionReason reason)
{
  for (guint i = self->suspicions->len; i-- > 0;)
    if (condition (self, g_ptr_array_index (self->suspicions, i), data))
      clear (self, i, reason);
}

static gboolean
is_of_kind (MemsnoopSuspectList *self, const MemsnoopSuspicion *suspicion, gconstpointer data)
{
  return suspicion->kind == *(const MemsnoopSuspicionKind *) data;
}

static gboolean
is_gone (MemsnoopSuspectList *self, const MemsnoopSuspicion *suspicion, gconstpointer data)
{
  const MemsnoopWatchedProcess *process =
      memsnoop_process_table_lookup (self->table, suspicion->pid);

  return process == NULL ||
         !memsnoop_watched_process_is (process, suspicion->pid, suspicion->start_time);
}

static gboolean
runs_another_program (MemsnoopSuspectList *self,
                      const MemsnoopSuspicion *suspicion,
                      gconstpointer data)
{
  const MemsnoopWatchedProcess *process =
      memsnoop_process_table_lookup (self->table, suspicion->pid);

  return process != NULL && !memsnoop_watched_process_runs (process, suspicion->execution);
}

static gboolean
is_ignored (MemsnoopSuspectList *self, const MemsnoopSuspicion *suspicion, gconstpointer data)
{
  return memsnoop_ignore_list_contains (self->ignored, suspicion->executable);
}

static void
ignored_changed (MemsnoopSuspectList *self)
{
  clear_if (self, is_ignored, NULL, MEMSNOOP_SUSPICION_IGNORED);
}

void
memsnoop_suspect_list_stop (MemsnoopSuspectList *self)
{
  g_signal_handlers_disconnect_by_data (self->ignored, self);
  g_clear_pointer (&self->heaps, memsnoop_suspect_heaps_free);
  self->table = NULL;
}

void
memsnoop_suspect_list_sweep (MemsnoopSuspectList *self)
{
  clear_if (self, is_gone, NULL, MEMSNOOP_SUSPICION_EXITED);
  clear_if (self, runs_another_program, NULL, MEMSNOOP_SUSPICION_OTHER_PROGRAM);
  memsnoop_suspects_left_out_sweep (self->left_out, self->table);
}

void
memsnoop_suspect_list_end_kind (MemsnoopSuspectList *self, MemsnoopSuspicionKind kind)
{
  clear_if (self, is_of_kind, &kind, MEMSNOOP_SUSPICION_NOT_RECORDED);
}

/* The machine */

void
memsnoop_suspect_list_set_machine (MemsnoopSuspectList *self,
                                   const MemsnoopMachineMemory *memory,
                                   guint64 now)
{
  guint64 page_size = memsnoop_process_table_get_page_size (self->table);
  MemsnoopUsage usage = { .shared = (guint32) MIN (memory->shared / page_size, G_MAXUINT32) };

  self->machine = *memory;
  if (memory->shared != MEMSNOOP_MEMORY_UNKNOWN)
    memsnoop_usage_history_add (self->machine_history,
                                memsnoop_process_table_tick_of (self->table, now), &usage);
}

const MemsnoopUsageHistory *
memsnoop_suspect_list_get_machine_history (MemsnoopSuspectList *self)
{
  return self->machine_history;
}

void
memsnoop_suspect_list_adopt_machine_history (MemsnoopSuspectList *self,
                                             MemsnoopUsageHistory *history)
{
  memsnoop_usage_history_free (self->machine_history);
  self->machine_history = history;
}

/* Raising */

static void
update_outlook (MemsnoopSuspectList *self, MemsnoopSuspicion *suspicion)
{
  /* Kernel memory stays where it is. */
  suspicion->time_to_exhaustion = memsnoop_memory_outlook_seconds (
      &self->machine, suspicion->kind != MEMSNOOP_SUSPICION_KERNEL, suspicion->rate);
}

static void
look_into_heap (MemsnoopSuspectList *self, MemsnoopSuspicion *suspicion, guint64 now)
{
  if (self->heaps != NULL)
    memsnoop_suspect_heaps_look (self->heaps, suspicion, now);
}

static void
raise_suspicion (MemsnoopSuspectList *self,
                 MemsnoopSuspectCandidate *candidate,
                 const MemsnoopWatchedProcess *process)
{
  MemsnoopSuspicion *suspicion =
      memsnoop_suspect_candidate_raise (candidate, process, self->next_id++);

  update_outlook (self, suspicion);
  g_ptr_array_add (self->suspicions, suspicion);
  tell (self, suspicion, MEMSNOOP_SUSPICION_RAISED);
  look_into_heap (self, suspicion, candidate->now);
}

/* Raises it when there is room. */
static void
find_place (MemsnoopSuspectList *self,
            MemsnoopSuspectCandidate *candidate,
            const MemsnoopWatchedProcess *process)
{
  guint displaced;

  if (!memsnoop_suspect_room_find (self->suspicions, process->uid, &displaced))
    {
      memsnoop_suspects_left_out_add (self->left_out, process->pid, candidate->kind);
      return;
    }
  if (displaced < self->suspicions->len)
    {
      const MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, displaced);

      memsnoop_suspects_left_out_add (self->left_out, suspicion->pid, suspicion->kind);
      clear (self, displaced, MEMSNOOP_SUSPICION_DISPLACED);
    }
  raise_suspicion (self, candidate, process);
}

/* Frees the candidate. */
static void
settle (MemsnoopSuspectList *self, MemsnoopSuspectCandidate *candidate, gboolean certain)
{
  const MemsnoopWatchedProcess *process =
      self->table != NULL ? memsnoop_process_table_lookup (self->table, candidate->pid) : NULL;

  /* It may have exited, run another program, or have been ignored, meanwhile. */
  if (certain && process != NULL &&
      memsnoop_watched_process_is (process, candidate->pid, candidate->start_time) &&
      memsnoop_watched_process_runs (process, candidate->execution) &&
      !memsnoop_ignore_list_contains (self->ignored, candidate->executable))
    find_place (self, candidate, process);
  g_ptr_array_remove_fast (self->candidates, candidate);
}

static void
candidate_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  settle (MEMSNOOP_SUSPECT_LIST (source), user_data,
          memsnoop_suspect_candidate_check_finish (result));
}

static gboolean
is_candidate (MemsnoopSuspectList *self,
              const MemsnoopWatchedProcess *process,
              MemsnoopSuspicionKind kind)
{
  for (guint i = 0; i < self->candidates->len; i++)
    {
      const MemsnoopSuspectCandidate *candidate = g_ptr_array_index (self->candidates, i);

      if (candidate->pid == process->pid && candidate->kind == kind)
        return TRUE;
    }
  return FALSE;
}

/* So that nobody keeps the threads busy for herself. */
static gboolean
may_be_candidate (MemsnoopSuspectList *self, guint32 uid)
{
  guint count = 0;

  for (guint i = 0; i < self->candidates->len; i++)
    count +=
        ((const MemsnoopSuspectCandidate *) g_ptr_array_index (self->candidates, i))->uid == uid;
  return count < MEMSNOOP_CANDIDATES_MAXIMUM;
}

static gboolean
has_room (MemsnoopSuspectList *self, guint32 uid)
{
  guint displaced;

  return may_be_candidate (self, uid) &&
         memsnoop_suspect_room_find (self->suspicions, uid, &displaced);
}

static void
consider (MemsnoopSuspectList *self,
          const MemsnoopWatchedProcess *process,
          MemsnoopSuspicionKind kind,
          const MemsnoopGrowthVerdict *verdict,
          guint64 current,
          guint64 now)
{
  g_autoptr (MemsnoopProcessIdentity) identity = NULL;
  MemsnoopSuspectCandidate *candidate;

  if (is_candidate (self, process, kind))
    return;
  if (!has_room (self, process->uid))
    {
      memsnoop_suspects_left_out_add (self->left_out, process->pid, kind);
      return;
    }
  memsnoop_suspects_left_out_remove (self->left_out, process->pid, kind);
  identity = memsnoop_process_identity_open_again (
      process->pid, memsnoop_round_start_time (process->start_time), NULL);
  if (identity == NULL)
    return;
  candidate = memsnoop_suspect_candidate_new (process, kind, verdict, current, now);
  candidate->executable = memsnoop_process_identity_read_executable (identity);
  g_ptr_array_add (self->candidates, candidate);
  if (memsnoop_ignore_list_contains (self->ignored, candidate->executable))
    settle (self, candidate, FALSE);
  else
    memsnoop_suspect_candidate_check_async (candidate, G_OBJECT (self), self->recording,
                                            candidate_checked, candidate);
}

/* Following */

static gboolean
find_index (MemsnoopSuspectList *self,
            const MemsnoopWatchedProcess *process,
            MemsnoopSuspicionKind kind,
            guint *index)
{
  for (*index = 0; *index < self->suspicions->len; ++*index)
    {
      const MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, *index);

      if (memsnoop_suspicion_judged_kind (suspicion->kind) == kind &&
          memsnoop_watched_process_is (process, suspicion->pid, suspicion->start_time) &&
          memsnoop_watched_process_runs (process, suspicion->execution))
        return TRUE;
    }
  return FALSE;
}

static guint64
pause_of (MemsnoopSuspectList *self)
{
  return MEMSNOOP_OBSERVATION_TICKS / 2 * memsnoop_process_table_get_interval (self->table);
}

static void
tell_change (MemsnoopSuspectList *self, MemsnoopSuspicion *suspicion, guint64 now)
{
  if (memsnoop_suspicion_is_due (suspicion, now, pause_of (self)))
    tell (self, suspicion, MEMSNOOP_SUSPICION_CHANGED);
}

static MemsnoopSuspicion *
find (MemsnoopSuspectList *self, guint64 id)
{
  for (guint i = 0; i < self->suspicions->len; i++)
    {
      MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, i);

      if (suspicion->id == id)
        return suspicion;
    }
  return NULL;
}

static void
explained_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSuspectList) self = user_data;
  MemsnoopSnapshot *snapshot =
      memsnoop_recording_snapshot_finish (MEMSNOOP_RECORDING (source), result, NULL);

  for (guint i = 0; snapshot != NULL && self->table != NULL && i < self->suspicions->len; i++)
    {
      MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, i);

      if (suspicion->kind != MEMSNOOP_SUSPICION_KERNEL)
        continue;
      memsnoop_kernel_suspect_explain_again (snapshot, suspicion);
      tell_change (self, suspicion, suspicion->judged_at);
    }
  g_clear_pointer (&snapshot, memsnoop_snapshot_unref);
}

/* Which code holds what grows by now: of all, since the snapshot has them all. */
static void
explain_again (MemsnoopSuspectList *self, const MemsnoopSuspicion *due, guint64 now)
{
  if (due->kind != MEMSNOOP_SUSPICION_KERNEL || now < due->explained_at + pause_of (self))
    return;
  for (guint i = 0; i < self->suspicions->len; i++)
    {
      MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, i);

      if (suspicion->kind == MEMSNOOP_SUSPICION_KERNEL)
        suspicion->explained_at = now;
    }
  memsnoop_recording_snapshot_async (self->recording, TRUE, explained_again, g_object_ref (self));
}

static void
heap_seen (guint64 id, const MemsnoopHeapSnapshot *snapshot, gpointer user_data)
{
  MemsnoopSuspectList *self = user_data;
  MemsnoopSuspicion *suspicion = find (self, id);

  if (suspicion == NULL)
    return;
  memsnoop_heap_suspect_explain_again (snapshot, suspicion);
  tell_change (self, suspicion, suspicion->judged_at);
}

void
memsnoop_suspect_list_set_heap_recordings (MemsnoopSuspectList *self,
                                           MemsnoopHeapRecordings *recordings,
                                           MemsnoopSuspectSessionFunc begin,
                                           gpointer begin_data)
{
  g_return_if_fail (self->heaps == NULL);
  self->heaps =
      memsnoop_suspect_heaps_new (recordings, memsnoop_process_table_get_interval (self->table),
                                  begin, begin_data, heap_seen, self);
}

/* @verdict: NULL when it is not suspected at this moment. */
static void
follow (MemsnoopSuspectList *self,
        guint index,
        const MemsnoopGrowthSeries *series,
        const MemsnoopGrowthVerdict *verdict,
        guint64 now)
{
  MemsnoopSuspicion *suspicion = g_ptr_array_index (self->suspicions, index);
  MemsnoopSuspicionReason end;

  if (verdict != NULL)
    {
      memsnoop_suspicion_update (suspicion, verdict, now, series->current);
      update_outlook (self, suspicion);
      explain_again (self, suspicion, now);
      look_into_heap (self, suspicion, now);
      tell_change (self, suspicion, now);
      return;
    }
  memsnoop_suspicion_rest (suspicion, series->current);
  end = memsnoop_suspicion_find_end (suspicion, series);
  if (end != MEMSNOOP_SUSPICION_NOT_CLEARED)
    clear (self, index, end);
}

static void
judge_kind (MemsnoopSuspectList *self,
            const MemsnoopWatchedProcess *process,
            MemsnoopSuspicionKind kind,
            guint64 now)
{
  MemsnoopUsageKind usage = usage_kinds[kind];
  guint64 page_size = memsnoop_process_table_get_page_size (self->table);
  guint64 current = memsnoop_suspect_candidate_count_bytes (process, usage, page_size);
  MemsnoopGrowthSeries series;
  MemsnoopGrowthVerdict verdict;
  guint index;
  gboolean known = find_index (self, process, kind, &index);
  gboolean suspected;

  /* Most processes have none of some kinds. */
  if (current == 0 && !known)
    {
      memsnoop_suspects_left_out_remove (self->left_out, process->pid, kind);
      return;
    }
  memsnoop_growth_series_fill (&series, process->history, usage,
                               memsnoop_process_table_get_interval (self->table), page_size,
                               current);
  memsnoop_growth_detector_judge (&series, self->thresholds, &verdict);
  suspected = verdict.reason == MEMSNOOP_GROWTH_SUSPECTED &&
              (kind != MEMSNOOP_SUSPICION_SHMEM ||
               memsnoop_shared_growth_is_of_machine (self->machine_history, self->table,
                                                     self->machine.shared, &verdict));
  if (known)
    follow (self, index, &series, suspected ? &verdict : NULL, now);
  else if (suspected)
    consider (self, process, kind, &verdict, current, now);
  else
    memsnoop_suspects_left_out_remove (self->left_out, process->pid, kind);
}

void
memsnoop_suspect_list_judge (MemsnoopSuspectList *self,
                             const MemsnoopWatchedProcess *process,
                             guint64 now)
{
  judge_kind (self, process, MEMSNOOP_SUSPICION_RSS, now);
  judge_kind (self, process, MEMSNOOP_SUSPICION_SHMEM, now);
  judge_kind (self, process, MEMSNOOP_SUSPICION_KERNEL, now);
}

/* What others ask */

GPtrArray *
memsnoop_suspect_list_get (MemsnoopSuspectList *self)
{
  return self->suspicions;
}

const MemsnoopSuspicion *
memsnoop_suspect_list_find (MemsnoopSuspectList *self, guint64 id)
{
  return find (self, id);
}

void
memsnoop_suspect_list_adopt (MemsnoopSuspectList *self, MemsnoopSuspicion *suspicion)
{
  self->next_id = MAX (self->next_id, suspicion->id + 1);
  /* It was told as withdrawn then; only what was saved before a crash is older than that. */
  if (is_ignored (self, suspicion, NULL))
    memsnoop_suspicion_free (suspicion);
  else
    g_ptr_array_add (self->suspicions, suspicion);
}

guint64
memsnoop_suspect_list_get_next_id (MemsnoopSuspectList *self)
{
  return self->next_id;
}

void
memsnoop_suspect_list_set_next_id (MemsnoopSuspectList *self, guint64 id)
{
  self->next_id = MAX (self->next_id, id);
}

static void
memsnoop_suspect_list_dispose (GObject *object)
{
  MemsnoopSuspectList *self = MEMSNOOP_SUSPECT_LIST (object);

  g_clear_pointer (&self->suspicions, g_ptr_array_unref);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_clear_pointer (&self->left_out, memsnoop_suspects_left_out_free);
  g_clear_pointer (&self->machine_history, memsnoop_usage_history_free);
  g_clear_object (&self->ignored);
  g_clear_object (&self->recording);
  G_OBJECT_CLASS (memsnoop_suspect_list_parent_class)->dispose (object);
}

static void
memsnoop_suspect_list_class_init (MemsnoopSuspectListClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_suspect_list_dispose;
  suspicion_signal = g_signal_new ("suspicion", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
memsnoop_suspect_list_init (MemsnoopSuspectList *self)
{
  self->suspicions = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_free);
  self->candidates =
      g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspect_candidate_free);
  self->left_out = memsnoop_suspects_left_out_new ();
  self->next_id = 1;
  memsnoop_machine_memory_parse ("", &self->machine);
  self->machine_history = memsnoop_usage_history_new ();
}

MemsnoopSuspectList *
memsnoop_suspect_list_new (MemsnoopProcessTable *table,
                           MemsnoopRecording *recording,
                           MemsnoopIgnoreList *ignored,
                           const MemsnoopGrowthThresholds *thresholds)
{
  MemsnoopSuspectList *self = g_object_new (MEMSNOOP_TYPE_SUSPECT_LIST, NULL);

  self->table = table;
  self->recording = g_object_ref (recording);
  self->ignored = g_object_ref (ignored);
  self->thresholds = thresholds;
  g_signal_connect_object (ignored, "changed", G_CALLBACK (ignored_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}
