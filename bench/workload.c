/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workload.h"

#include "series.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

/* Empty messages that a queue of System V takes. */
#define QUEUE_MESSAGES 16384
#define QUEUES 62
/* A little more than a million. */
#define LIVE_BLOCKS (QUEUES * QUEUE_MESSAGES)

struct empty_message
{
  long type;
};

typedef struct
{
  const BenchWorkload *workload;
  pthread_barrier_t *start;
  guint number;
  guint pairs;
  guint slices;
  gdouble *times; /* nanoseconds for one pair, by slice */
} Worker;

static gint queues[QUEUES];
static guint64 next_queue;

static gdouble
thread_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gdouble) time.tv_sec * 1e9 + (gdouble) time.tv_nsec;
}

static void
open_and_close (guint pairs)
{
  for (guint i = 0; i < pairs; i++)
    close (eventfd (0, 0));
}

/* The oldest block goes, a new one comes; over all queues in turn. */
static void
replace_messages (guint pairs)
{
  struct empty_message message = { 1 };

  for (guint i = 0; i < pairs; i++)
    {
      gint queue = queues[next_queue++ % QUEUES];

      if (msgrcv (queue, &message, 0, 0, IPC_NOWAIT) < 0 ||
          msgsnd (queue, &message, 0, IPC_NOWAIT) < 0)
        g_error ("Replacing a message failed: %s", g_strerror (errno));
    }
}

static gboolean
fill_queues (GError **error)
{
  struct empty_message message = { 1 };
  guint sent = 0;

  /* Queues of a namespace of one's own go with the process. */
  if (unshare (CLONE_NEWIPC) == 0)
    for (guint i = 0; i < QUEUES; i++)
      for (queues[i] = msgget (IPC_PRIVATE, 0600); sent < (i + 1) * QUEUE_MESSAGES; sent++)
        if (msgsnd (queues[i], &message, 0, IPC_NOWAIT) != 0)
          break;
  if (sent == LIVE_BLOCKS)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               "Cannot make %d live blocks of messages: after %u of them: %s", LIVE_BLOCKS, sent,
               g_strerror (errno));
  return FALSE;
}

/* Afterwards each of the blocks has been allocated under the eyes of who is attached now. */
static gboolean
renew_messages (GError **error)
{
  static gboolean filled;

  if (!filled && !fill_queues (error))
    return FALSE;
  if (filled)
    replace_messages (LIVE_BLOCKS);
  filled = TRUE;
  return TRUE;
}

guint
bench_workload_threads (const BenchWorkload *workload)
{
  cpu_set_t allowed;

  if (workload->threads != 0)
    return workload->threads;
  return sched_getaffinity (0, sizeof allowed, &allowed) == 0 ? (guint) CPU_COUNT (&allowed) : 1;
}

static void
stay_on_cpu (guint number)
{
  cpu_set_t allowed, chosen;

  CPU_ZERO (&chosen);
  if (sched_getaffinity (0, sizeof allowed, &allowed) != 0)
    return;
  for (gint cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET (cpu, &allowed) && number-- == 0)
      CPU_SET (cpu, &chosen);
  sched_setaffinity (0, sizeof chosen, &chosen);
}

static void *
work (void *data)
{
  Worker *worker = data;

  stay_on_cpu (worker->number);
  /* A table of files of its own, so that the threads meet in the tracer and not in a lock of
   * theirs. */
  if (unshare (CLONE_FILES) != 0)
    g_error ("unshare: %s", g_strerror (errno));
  pthread_barrier_wait (worker->start);
  worker->workload->run (worker->pairs);
  for (guint i = 0; i < worker->slices; i++)
    {
      gdouble began = thread_time ();

      worker->workload->run (worker->pairs);
      worker->times[i] = (thread_time () - began) / worker->pairs;
    }
  return NULL;
}

gdouble
bench_workload_measure (const BenchWorkload *workload, guint pairs, guint slices)
{
  guint n_threads = bench_workload_threads (workload);
  g_autofree pthread_t *threads = g_new (pthread_t, n_threads);
  g_autofree Worker *workers = g_new (Worker, n_threads);
  g_autoptr (GArray) times = bench_series_new ();
  pthread_barrier_t start;

  g_array_set_size (times, n_threads * slices);
  pthread_barrier_init (&start, NULL, n_threads);
  for (guint i = 0; i < n_threads; i++)
    {
      workers[i] = (Worker){ workload, &start, i,
                             pairs,    slices, &g_array_index (times, gdouble, i * slices) };
      if (pthread_create (&threads[i], NULL, work, &workers[i]) != 0)
        g_error ("A thread cannot be started");
    }
  for (guint i = 0; i < n_threads; i++)
    pthread_join (threads[i], NULL);
  pthread_barrier_destroy (&start);
  return bench_series_summarize (times).median;
}

const BenchWorkload bench_eventfd_workload = {
  .name = "eventfd",
  .title = "eventfd and close, one thread",
  .threads = 1,
  .run = open_and_close,
};

const BenchWorkload bench_crowd_workload = {
  .name = "crowd",
  .title = "eventfd and close, threads of one process on every CPU",
  .run = open_and_close,
};

const BenchWorkload bench_live_blocks_workload = {
  .name = "live-blocks",
  .title = "a million live blocks, the oldest freed and a new one allocated",
  .threads = 1,
  .prepare = renew_messages,
  .run = replace_messages,
};
