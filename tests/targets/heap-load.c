/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-load [BLOCKS [SECONDS [IDLE]]]: a program of known truth. At "fill" it allocates that many
 * blocks; at "go" a thread for each CPU frees its oldest block and allocates another as fast as it
 * can, for that many seconds. Besides there are so many threads that only sleep. Each phase tells
 * allocs, frees and their bytes since the start.
 */
#include "target.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 256
/* Calls between two looks at the clock. */
#define BURST 256

struct worker
{
  pthread_t thread;
  /* Each block tells its size. */
  long **blocks;
  long oldest;
  long allocs;
  long frees;
  long alloc_bytes;
  long free_bytes;
  unsigned random;
};

static struct worker workers[THREADS_MAX];
static long threads;
static long blocks_each;
static long seconds;
static pthread_barrier_t filled, begin, done;
static pthread_t sleepers[1024];

static void
allocate (struct worker *worker, long **slot)
{
  long size;

  worker->random = worker->random * 1664525 + 1013904223;
  size = 16 + (worker->random >> 8) % 112;
  *slot = malloc ((size_t) size);
  if (*slot == NULL)
    target_fail ("malloc");
  **slot = size;
  worker->allocs++;
  worker->alloc_bytes += size;
}

static void
replace_oldest (struct worker *worker)
{
  long **slot = &worker->blocks[worker->oldest];

  worker->oldest = (worker->oldest + 1) % blocks_each;
  worker->frees++;
  worker->free_bytes += **slot;
  free (*slot);
  allocate (worker, slot);
}

static void *
work (void *data)
{
  struct worker *worker = data;
  time_t end;

  pthread_barrier_wait (&filled);
  for (long i = 0; i < blocks_each; i++)
    allocate (worker, &worker->blocks[i]);
  pthread_barrier_wait (&filled);
  pthread_barrier_wait (&begin);
  end = time (NULL) + seconds;
  while (time (NULL) < end)
    for (int i = 0; i < BURST; i++)
      replace_oldest (worker);
  pthread_barrier_wait (&done);
  pause ();
  return NULL;
}

static void *
rest (void *data)
{
  pause ();
  return data;
}

static void
tell (void)
{
  struct worker sum = { 0 };

  for (long i = 0; i < threads; i++)
    {
      sum.allocs += workers[i].allocs;
      sum.frees += workers[i].frees;
      sum.alloc_bytes += workers[i].alloc_bytes;
      sum.free_bytes += workers[i].free_bytes;
    }
  target_tell ("threads", threads);
  target_tell ("allocs", sum.allocs);
  target_tell ("frees", sum.frees);
  target_tell ("alloc-bytes", sum.alloc_bytes);
  target_tell ("free-bytes", sum.free_bytes);
  target_at ("done");
}

static void
start_worker (struct worker *worker, unsigned seed)
{
  worker->random = seed;
  worker->blocks = mmap (NULL, (size_t) blocks_each * sizeof *worker->blocks,
                         PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (worker->blocks == MAP_FAILED)
    target_fail ("mmap");
  if (pthread_create (&worker->thread, NULL, work, worker) != 0)
    target_fail ("pthread_create");
}

int
main (int argc, char **argv)
{
  long idle = target_number (argc, argv, 3, 0, 0);

  threads = sysconf (_SC_NPROCESSORS_ONLN);
  threads = threads > THREADS_MAX ? THREADS_MAX : threads;
  blocks_each = target_number (argc, argv, 1, threads, 1000000) / threads;
  seconds = target_number (argc, argv, 2, 1, 60);
  pthread_barrier_init (&filled, NULL, (unsigned) threads + 1);
  pthread_barrier_init (&begin, NULL, (unsigned) threads + 1);
  pthread_barrier_init (&done, NULL, (unsigned) threads + 1);
  for (long i = 0; i < threads; i++)
    start_worker (&workers[i], (unsigned) i + 1);
  for (long i = 0; i < idle && i < 1024; i++)
    if (pthread_create (&sleepers[i], NULL, rest, NULL) != 0)
      target_fail ("pthread_create");
  target_ready ();
  target_await ("fill");
  pthread_barrier_wait (&filled);
  pthread_barrier_wait (&filled);
  tell ();
  target_await ("go");
  pthread_barrier_wait (&begin);
  pthread_barrier_wait (&done);
  tell ();
  target_await_exit ();
}
