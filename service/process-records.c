/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-records.h"

#include "boot-time.h"
#include "process-identity.h"

#include <errno.h>
#include <signal.h>

/* The last minute, and the epoch that is not over. */
#define CHURN_EPOCHS (60 / MEMSNOOP_EPOCH_SECONDS + 1)
/* At most so many executables are looked up in one tick. */
#define EXECUTABLES_PER_TICK 64

G_STATIC_ASSERT (CHURN_EPOCHS < MEMSNOOP_EPOCH_RING);
G_STATIC_ASSERT (MEMSNOOP_SIZE_HISTOGRAM_BUCKETS == MEMSNOOP_SIZE_BUCKETS);
G_STATIC_ASSERT (MEMSNOOP_RECENT_SIZE_COUNT == MEMSNOOP_RECENT_SIZES);

gboolean
memsnoop_process_record_is_used (const struct memsnoop_process_record *record, guint32 index)
{
  if (index < MEMSNOOP_RECORD_FIRST)
    return record->alloc_bytes != 0;
  return record->state != MEMSNOOP_PROCESS_FREE;
}

static MemsnoopProcessKind
kind_of (const struct memsnoop_process_record *record, guint32 index)
{
  if (index == MEMSNOOP_RECORD_INTERRUPTS)
    return MEMSNOOP_PROCESS_KIND_INTERRUPTS;
  if (index == MEMSNOOP_RECORD_RETIRED)
    return MEMSNOOP_PROCESS_KIND_RETIRED;
  return record->flags & MEMSNOOP_PROCESS_KERNEL_THREAD ? MEMSNOOP_PROCESS_KIND_KERNEL_THREAD
                                                        : MEMSNOOP_PROCESS_KIND_PROGRAM;
}

static gdouble
churn_of (const struct memsnoop_process_record *record, guint32 epoch)
{
  guint64 allocated = 0, freed = 0;

  for (guint i = 0; i < CHURN_EPOCHS && i <= epoch; i++)
    {
      const struct memsnoop_epoch_counts *counts =
          &record->epochs[(epoch - i) % MEMSNOOP_EPOCH_RING];

      freed += counts->freed;
      allocated += counts->allocated;
    }
  return allocated == 0 ? 0 : MIN (1.0, (gdouble) freed / (gdouble) allocated);
}

static void
read_recent_sizes (const struct memsnoop_process_record *record, MemsnoopProcessFigures *figures)
{
  guint32 next = record->recent_next;

  figures->n_recent_sizes = MIN (next, MEMSNOOP_RECENT_SIZES);
  for (guint i = 0; i < figures->n_recent_sizes; i++)
    figures->recent_sizes[i] =
        record->recent_sizes[(next - figures->n_recent_sizes + i) % MEMSNOOP_RECENT_SIZES];
}

static void
read_identity (const struct memsnoop_process_record *record,
               guint32 index,
               MemsnoopProcessFigures *figures)
{
  figures->kind = kind_of (record, index);
  figures->pid = record->pid;
  figures->uid = record->uid;
  figures->several_users = (record->flags & MEMSNOOP_PROCESS_SEVERAL_USERS) != 0;
  figures->start_time = record->start_time;
  figures->exited_at = record->exited_at;
  figures->parent_pid = record->parent_pid;
  figures->parent_start_time = record->parent_start_time;
  memcpy (figures->comm, record->comm, MEMSNOOP_COMM);
  memcpy (figures->exe, record->exe, MEMSNOOP_EXE);
}

void
memsnoop_process_record_read (MemsnoopKernelMaps *maps,
                              guint32 index,
                              MemsnoopProcessFigures *figures)
{
  const struct memsnoop_process_record *record = &maps->records[index];

  memset (figures, 0, sizeof *figures);
  read_identity (record, index, figures);

  /* Frees before allocations, so that what happens meanwhile never shows more freed than allocated.
   */
  figures->free_count = record->free_count;
  figures->free_bytes = record->free_bytes;
  figures->current_bytes = (guint64) MAX (record->current_bytes, 0);
  /* A program raises the peak after the current bytes. */
  figures->peak_bytes = MAX (record->peak_bytes, figures->current_bytes);
  figures->alloc_bytes = record->alloc_bytes;
  figures->requested_bytes = record->requested_bytes;
  for (guint i = 0; i < MEMSNOOP_SIZE_BUCKETS; i++)
    {
      figures->size_histogram[i] = record->size_histogram[i];
      figures->alloc_count += figures->size_histogram[i];
    }
  figures->churn = churn_of (record, *memsnoop_kernel_maps_epoch (maps));
  read_recent_sizes (record, figures);
  figures->last_thread = record->last_thread;
  figures->lost = record->lost;
  figures->unseen_frees = record->unseen_frees;
  figures->exact = figures->lost == 0 && figures->unseen_frees == 0 &&
                   (index < MEMSNOOP_RECORD_FIRST ||
                    record->start_time > memsnoop_kernel_maps_processes_full_at (maps));
}

static void
begin_epoch (MemsnoopKernelMaps *maps)
{
  guint32 *epoch = memsnoop_kernel_maps_epoch (maps);
  guint slot = (*epoch + 1) % MEMSNOOP_EPOCH_RING;

  for (guint32 i = 0; i < memsnoop_kernel_maps_records_end (maps); i++)
    if (memsnoop_process_record_is_used (&maps->records[i], i))
      maps->records[i].epochs[slot] = (struct memsnoop_epoch_counts){ 0 };
  __atomic_store_n (epoch, *epoch + 1, __ATOMIC_RELEASE);
}

static void
look_up_executable (struct memsnoop_process_record *record)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (record->pid, NULL);
  g_autofree gchar *executable = NULL;

  if (identity == NULL || !memsnoop_process_identity_started_at (identity, record->start_time))
    return;
  executable = memsnoop_process_identity_read_executable (identity);
  g_strlcpy (record->exe, executable, MEMSNOOP_EXE);
}

static void
look_up_executables (MemsnoopKernelMaps *maps)
{
  guint32 end = memsnoop_kernel_maps_records_end (maps);
  guint looked_up = 0;

  for (guint32 i = MEMSNOOP_RECORD_FIRST; i < end && looked_up < EXECUTABLES_PER_TICK; i++)
    {
      struct memsnoop_process_record *record = &maps->records[i];

      if (record->state != MEMSNOOP_PROCESS_RUNNING || record->exe[0] != '\0' ||
          record->flags & (MEMSNOOP_PROCESS_KERNEL_THREAD | MEMSNOOP_PROCESS_EXE_LOOKED_UP))
        continue;
      __atomic_or_fetch (&record->flags, MEMSNOOP_PROCESS_EXE_LOOKED_UP, __ATOMIC_RELAXED);
      look_up_executable (record);
      looked_up++;
    }
}

#define MOVE(from, to, member)                                                                     \
  __atomic_fetch_add (&(to)->member, __atomic_exchange_n (&(from)->member, 0, __ATOMIC_SEQ_CST),   \
                      __ATOMIC_SEQ_CST)

static void
move_figures (struct memsnoop_process_record *from, struct memsnoop_process_record *to)
{
  MOVE (from, to, current_bytes);
  MOVE (from, to, alloc_bytes);
  MOVE (from, to, free_bytes);
  MOVE (from, to, requested_bytes);
  MOVE (from, to, free_count);
  MOVE (from, to, lost);
  MOVE (from, to, unseen_frees);
  MOVE (from, to, unseen_free_bytes);
  for (guint i = 0; i < MEMSNOOP_SIZE_BUCKETS; i++)
    MOVE (from, to, size_histogram[i]);
  to->peak_bytes = MAX (to->peak_bytes, (guint64) MAX (to->current_bytes, 0));
}

/* From here on frees of its blocks are booked to the retired ones. */
static void
begin_retirement (MemsnoopKernelMaps *maps, guint32 index)
{
  struct memsnoop_process_record *record = &maps->records[index];

  memsnoop_kernel_maps_forget_process (maps, record->pid, record->start_time);
  record->pid = 0;
  record->start_time = 0;
  record->state = MEMSNOOP_PROCESS_FREE;
  __atomic_store_n (&record->generation, record->generation + 1, __ATOMIC_SEQ_CST);
  move_figures (record, &maps->records[MEMSNOOP_RECORD_RETIRED]);
}

static void
end_retirement (MemsnoopKernelMaps *maps, guint32 index)
{
  struct memsnoop_process_record *record = &maps->records[index];

  move_figures (record, &maps->records[MEMSNOOP_RECORD_RETIRED]);
  /* Around the generation: frees of its former blocks are told by it at every moment. */
  memset (record, 0, offsetof (struct memsnoop_process_record, generation));
  memset (&record->flags, 0, sizeof *record - offsetof (struct memsnoop_process_record, flags));
  memsnoop_kernel_maps_return_record (maps, index);
}

typedef struct
{
  guint64 exited_at;
  guint32 index;
} Exited;

static gint
compare_exited (gconstpointer a, gconstpointer b)
{
  const Exited *left = a, *right = b;

  return (left->exited_at > right->exited_at) - (left->exited_at < right->exited_at);
}

/* A process whose exit was missed, being in the middle of another event, must not keep its record.
 */
static void
notice_exit (struct memsnoop_process_record *record)
{
  if (kill ((pid_t) record->pid, 0) == 0 || errno != ESRCH)
    return;
  record->exited_at = memsnoop_boot_time ();
  record->state = MEMSNOOP_PROCESS_EXITED;
}

static void
notice_exits (MemsnoopKernelMaps *maps)
{
  for (guint32 i = MEMSNOOP_RECORD_FIRST; i < memsnoop_kernel_maps_records_end (maps); i++)
    if (maps->records[i].state == MEMSNOOP_PROCESS_RUNNING)
      notice_exit (&maps->records[i]);
}

static gboolean
is_short_of_records (MemsnoopKernelMaps *maps)
{
  return memsnoop_kernel_maps_free_records (maps) < maps->n_records / 2;
}

void
memsnoop_process_records_advance (MemsnoopKernelMaps *maps)
{
  begin_epoch (maps);
  look_up_executables (maps);
  if (is_short_of_records (maps))
    notice_exits (maps);
}

static void
retire_exited (MemsnoopKernelMaps *maps, GArray *retiring, gsize n)
{
  g_autoptr (GArray) exited = g_array_new (FALSE, FALSE, sizeof (Exited));

  for (guint32 i = MEMSNOOP_RECORD_FIRST; i < memsnoop_kernel_maps_records_end (maps); i++)
    {
      Exited candidate = { maps->records[i].exited_at, i };

      if (maps->records[i].state == MEMSNOOP_PROCESS_EXITED)
        g_array_append_val (exited, candidate);
    }
  g_array_sort (exited, compare_exited);
  for (guint i = 0; i < MIN (n, exited->len); i++)
    {
      begin_retirement (maps, g_array_index (exited, Exited, i).index);
      g_array_append_val (retiring, g_array_index (exited, Exited, i).index);
    }
}

void
memsnoop_process_records_make_room (MemsnoopKernelMaps *maps, GArray *retiring)
{
  for (guint i = 0; i < retiring->len; i++)
    end_retirement (maps, g_array_index (retiring, guint32, i));
  g_array_set_size (retiring, 0);
  /* Half of the records stay free for what is forked until those that are retired now are free. */
  if (is_short_of_records (maps))
    retire_exited (maps, retiring,
                   maps->n_records / 2 - memsnoop_kernel_maps_free_records (maps) +
                       maps->n_records / 8);
}
