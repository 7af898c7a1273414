/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-table.h"

#include "process-identity.h"
#include "trend.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* The growth over fewer blocks is noise. */
#define GROWTH_BLOCKS_MINIMUM 4
/* A block is completed in all histories at once. So that not all are judged at once, they take
 * turns when there are many: about this many at each update, and all before the next block is
 * complete. */
#define JUDGED_AT_ONCE 128
#define TURNS_MAXIMUM MEMSNOOP_USAGE_BLOCK_TICKS

#define SECOND 1e9

typedef struct
{
  /* First, since this is what others see. */
  MemsnoopWatchedProcess process;
  /* A block was completed since it was judged. */
  gboolean due;
} Entry;

/* What an earlier run of the service knew. */
typedef struct
{
  guint64 start_time;
  guint64 execution;
  guint64 first_seen;
  MemsnoopUsageHistory *history;
} Adopted;

struct _MemsnoopProcessTable
{
  guint64 interval;
  guint64 page_size;
  /* Of the last reading. */
  guint32 tick;
  guint64 n_updates;
  /* Entry, in the order of pids. */
  GPtrArray *processes;
  /* Pid to Adopted, until the next update; NULL when there is none. */
  GHashTable *adopted;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  memsnoop_usage_history_free (entry->process.history);
  g_free (entry);
}

static void
adopted_free (gpointer data)
{
  Adopted *adopted = data;

  g_clear_pointer (&adopted->history, memsnoop_usage_history_free);
  g_free (adopted);
}

MemsnoopProcessTable *
memsnoop_process_table_new (guint64 interval)
{
  MemsnoopProcessTable *self = g_new0 (MemsnoopProcessTable, 1);

  g_return_val_if_fail (interval > 0, NULL);
  self->interval = interval;
  self->page_size = (guint64) sysconf (_SC_PAGESIZE);
  self->processes = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

void
memsnoop_process_table_free (MemsnoopProcessTable *self)
{
  g_ptr_array_unref (self->processes);
  g_clear_pointer (&self->adopted, g_hash_table_unref);
  g_free (self);
}

guint64
memsnoop_process_table_get_interval (MemsnoopProcessTable *self)
{
  return self->interval;
}

guint64
memsnoop_process_table_get_page_size (MemsnoopProcessTable *self)
{
  return self->page_size;
}

guint32
memsnoop_process_table_tick_of (MemsnoopProcessTable *self, guint64 time)
{
  return (guint32) MIN (time / self->interval, G_MAXUINT32);
}

guint64
memsnoop_process_table_time_of (MemsnoopProcessTable *self, guint32 tick)
{
  return tick * self->interval;
}

guint
memsnoop_process_table_count (MemsnoopProcessTable *self)
{
  return self->processes->len;
}

gboolean
memsnoop_watched_process_is (const MemsnoopWatchedProcess *self, guint32 pid, guint64 start_time)
{
  return self->pid == pid &&
         memsnoop_round_start_time (self->start_time) == memsnoop_round_start_time (start_time);
}

gboolean
memsnoop_watched_process_runs (const MemsnoopWatchedProcess *self, guint64 execution)
{
  return self->execution == execution || self->execution == 0 || execution == 0;
}

MemsnoopWatchedProcess *
memsnoop_process_table_lookup (MemsnoopProcessTable *self, guint32 pid)
{
  guint first = 0, end = self->processes->len;

  while (first < end)
    {
      guint middle = first + (end - first) / 2;
      MemsnoopWatchedProcess *process = g_ptr_array_index (self->processes, middle);

      if (process->pid == pid)
        return process;
      if (process->pid < pid)
        first = middle + 1;
      else
        end = middle;
    }
  return NULL;
}

void
memsnoop_process_table_foreach (MemsnoopProcessTable *self,
                                MemsnoopWatchedFunction function,
                                gpointer user_data)
{
  for (guint i = 0; i < self->processes->len; i++)
    function (g_ptr_array_index (self->processes, i), user_data);
}

/* Growth */

/* Bytes per block. What is not given back any more cannot fall: it rises by its slope, or is the
 * same all the time, which in most processes it is, and then that slope need not be looked for. */
static gdouble
lasting_growth (gdouble *values, guint n_values)
{
  guint last = n_values - 1;

  memsnoop_trend_lower_envelope (values, n_values);
  while (last > 0 && isnan (values[last]))
    last--;
  return values[last] > values[0] ? memsnoop_trend_median_slope (values, n_values) : 0;
}

/* The first value is no gap. */
static guint
get_private_bytes (MemsnoopProcessTable *self,
                   const MemsnoopUsageHistory *history,
                   gdouble sign,
                   gdouble values[MEMSNOOP_USAGE_BLOCKS],
                   guint *n_seen)
{
  guint64 bytes[MEMSNOOP_USAGE_BLOCKS];
  guint n_values = memsnoop_usage_history_get_blocks (history, MEMSNOOP_USAGE_PRIVATE, 0,
                                                      self->page_size, bytes);

  *n_seen = 0;
  for (guint i = 0; i < n_values; i++)
    {
      values[i] = bytes[i] != MEMSNOOP_USAGE_GAP ? sign * (gdouble) bytes[i] : NAN;
      *n_seen += bytes[i] != MEMSNOOP_USAGE_GAP;
    }
  return n_values;
}

/* A process shrinks as its negative grows. */
static gdouble
growth_rate (MemsnoopProcessTable *self, const MemsnoopUsageHistory *history)
{
  gdouble block_seconds = MEMSNOOP_USAGE_BLOCK_TICKS * (gdouble) self->interval / SECOND;
  gdouble values[MEMSNOOP_USAGE_BLOCKS];
  guint n_seen, n_values = get_private_bytes (self, history, 1, values, &n_seen);
  gdouble growth;

  if (n_seen < GROWTH_BLOCKS_MINIMUM)
    return 0;
  growth = lasting_growth (values, n_values);
  if (growth > 0)
    return growth / block_seconds;
  n_values = get_private_bytes (self, history, -1, values, &n_seen);
  growth = lasting_growth (values, n_values);
  return growth > 0 ? -growth / block_seconds : 0;
}

/* One reading */

static guint32
bytes_to_pages (MemsnoopProcessTable *self, guint64 bytes)
{
  return (guint32) MIN (bytes / self->page_size, G_MAXUINT32);
}

/* Whether it is its turn to be judged. */
static gboolean
has_turn (MemsnoopProcessTable *self, guint32 pid)
{
  guint turns = CLAMP (self->processes->len / JUDGED_AT_ONCE, 1, TURNS_MAXIMUM);

  return self->n_updates % turns == pid % turns;
}

static void
take_sample (MemsnoopProcessTable *self, Entry *entry, const MemsnoopProcessMemory *sample)
{
  MemsnoopWatchedProcess *process = &entry->process;

  process->uid = sample->uid;
  process->parent_pid = sample->parent_pid;
  process->control_group = sample->control_group;
  if (sample->execution != 0)
    process->execution = sample->execution;
  memcpy (process->comm, sample->comm, sizeof process->comm);
  process->now = (MemsnoopUsage){ .anonymous = bytes_to_pages (self, sample->rss_anon),
                                  .file = bytes_to_pages (self, sample->rss_file),
                                  .shared = bytes_to_pages (self, sample->rss_shmem),
                                  .swap = bytes_to_pages (self, sample->swap) };
  entry->due |= memsnoop_usage_history_add (process->history, self->tick, &process->now);
  process->judge = entry->due && has_turn (self, process->pid);
  if (process->judge)
    {
      entry->due = FALSE;
      process->growth_rate = growth_rate (self, process->history);
    }
}

/* Where either is not known, they may be the same. */
static gboolean
same_process (guint64 start_time,
              guint64 execution,
              guint64 other_start_time,
              guint64 other_execution)
{
  if (start_time != other_start_time &&
      memsnoop_round_start_time (start_time) != memsnoop_round_start_time (other_start_time))
    return FALSE;
  return execution == other_execution || execution == 0 || other_execution == 0;
}

/* A history that has a sample of now or later is none of this process. */
static void
take_adopted (MemsnoopProcessTable *self, Entry *entry, const MemsnoopProcessMemory *sample)
{
  Adopted *adopted = self->adopted == NULL
                         ? NULL
                         : g_hash_table_lookup (self->adopted, GUINT_TO_POINTER (sample->pid));

  if (adopted == NULL ||
      !same_process (adopted->start_time, adopted->execution, sample->start_time,
                     sample->execution) ||
      memsnoop_usage_history_get_newest (adopted->history) >= self->tick)
    return;
  entry->process.history = g_steal_pointer (&adopted->history);
  entry->process.first_seen = adopted->first_seen;
  entry->process.execution = adopted->execution;
  entry->due = TRUE;
  g_hash_table_remove (self->adopted, GUINT_TO_POINTER (sample->pid));
}

static Entry *
begin_process (MemsnoopProcessTable *self, const MemsnoopProcessMemory *sample, guint64 now)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->process.pid = sample->pid;
  entry->process.start_time = sample->start_time;
  entry->process.first_seen = now;
  take_adopted (self, entry, sample);
  if (entry->process.history == NULL)
    entry->process.history = memsnoop_usage_history_new ();
  return entry;
}

typedef struct
{
  MemsnoopProcessTable *table;
  guint64 now;
  /* How many of the table's processes were met. */
  guint n_met;
  GPtrArray *present;
  GPtrArray *gone;
} Merge;

/* Moves on to the process with this pid; those on the way are gone. */
static Entry *
find_next (Merge *merge, guint32 pid)
{
  GPtrArray *processes = merge->table->processes;

  while (merge->n_met < processes->len)
    {
      Entry *entry = g_ptr_array_index (processes, merge->n_met);

      if (entry->process.pid > pid)
        return NULL;
      merge->n_met++;
      if (entry->process.pid == pid)
        return entry;
      g_ptr_array_add (merge->gone, entry);
    }
  return NULL;
}

static void
merge_sample (Merge *merge, const MemsnoopProcessMemory *sample)
{
  Entry *entry = find_next (merge, sample->pid);

  if (entry != NULL && !same_process (entry->process.start_time, entry->process.execution,
                                      sample->start_time, sample->execution))
    {
      g_ptr_array_add (merge->gone, entry);
      entry = NULL;
    }
  if (entry == NULL)
    entry = begin_process (merge->table, sample, merge->now);
  take_sample (merge->table, entry, sample);
  g_ptr_array_add (merge->present, entry);
}

static gint
compare_pids (gconstpointer a, gconstpointer b)
{
  const MemsnoopProcessMemory *left = a, *right = b;

  return left->pid < right->pid ? -1 : left->pid > right->pid;
}

/* Samples come in the order of pids from everywhere that is known, though nobody promises it. */
static GArray *
order_samples (const GArray *samples)
{
  GArray *ordered;

  for (guint i = 1; i < samples->len; i++)
    if (g_array_index (samples, MemsnoopProcessMemory, i).pid <
        g_array_index (samples, MemsnoopProcessMemory, i - 1).pid)
      {
        ordered = g_array_sized_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory), samples->len);
        g_array_append_vals (ordered, samples->data, samples->len);
        g_array_sort (ordered, compare_pids);
        return ordered;
      }
  return g_array_ref ((GArray *) samples);
}

/* The table has only what is left when the others are told of. */
static void
replace_processes (Merge *merge, MemsnoopWatchedFunction gone, gpointer user_data)
{
  MemsnoopProcessTable *self = merge->table;

  g_ptr_array_set_free_func (self->processes, NULL);
  g_ptr_array_unref (self->processes);
  self->processes = g_steal_pointer (&merge->present);
  for (guint i = 0; i < merge->gone->len && gone != NULL; i++)
    gone (g_ptr_array_index (merge->gone, i), user_data);
}

static void
merge_samples (Merge *merge, const GArray *samples)
{
  for (guint i = 0; i < samples->len; i++)
    {
      const MemsnoopProcessMemory *sample = &g_array_index (samples, MemsnoopProcessMemory, i);
      gboolean is_again = i > 0 && sample[-1].pid == sample->pid;

      if (!sample->kernel_thread && !is_again)
        merge_sample (merge, sample);
    }
  find_next (merge, G_MAXUINT32);
}

static void
forget_judgement (MemsnoopWatchedProcess *process, gpointer unused)
{
  process->judge = FALSE;
}

void
memsnoop_process_table_update (MemsnoopProcessTable *self,
                               const GArray *samples,
                               guint64 now,
                               MemsnoopWatchedFunction gone,
                               gpointer user_data)
{
  guint32 tick = memsnoop_process_table_tick_of (self, now);
  g_autoptr (GArray) ordered = NULL;
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (entry_free);
  Merge merge = { .table = self, .now = now, .gone = left };

  if (self->n_updates > 0 && tick <= self->tick)
    {
      memsnoop_process_table_foreach (self, forget_judgement, NULL);
      return;
    }
  self->tick = tick;
  self->n_updates++;
  merge.present = g_ptr_array_new_full (samples->len, entry_free);
  ordered = order_samples (samples);
  merge_samples (&merge, ordered);
  replace_processes (&merge, gone, user_data);
  g_clear_pointer (&self->adopted, g_hash_table_unref);
}

void
memsnoop_process_table_adopt (MemsnoopProcessTable *self,
                              guint32 pid,
                              guint64 start_time,
                              guint64 execution,
                              guint64 first_seen,
                              MemsnoopUsageHistory *history)
{
  Adopted *adopted = g_new (Adopted, 1);

  *adopted = (Adopted){ start_time, execution, first_seen, history };
  if (self->adopted == NULL)
    self->adopted = g_hash_table_new_full (NULL, NULL, NULL, adopted_free);
  g_hash_table_insert (self->adopted, GUINT_TO_POINTER (pid), adopted);
}
