/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-threads [THREADS [CALLS]]: at "go" each thread does that many allocator calls as fast as it
 * can, with blocks that go from thread to thread, and then tells allocs, frees and their bytes. At
 * "free" everything is freed.
 */
#include "target.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS 1024

struct worker
{
  pthread_t thread;
  long allocs;
  long frees;
  long alloc_bytes;
  long free_bytes;
  unsigned random;
};

/* Each block tells its size. */
static size_t *slots[SLOTS];
static long calls;
static pthread_barrier_t barrier;

static unsigned
next_random (struct worker *worker)
{
  worker->random = worker->random * 1664525 + 1013904223;
  return worker->random >> 8;
}

static void
drop (struct worker *worker, size_t *block)
{
  if (block == NULL)
    return;
  worker->frees++;
  worker->free_bytes += (long) *block;
  free (block);
}

static size_t *
take (struct worker *worker, size_t *old, size_t size)
{
  size_t *block;

  if (old != NULL)
    {
      worker->frees++;
      worker->free_bytes += (long) *old;
    }
  block = realloc (old, size);
  if (block == NULL)
    target_fail ("realloc");
  *block = size;
  worker->allocs++;
  worker->alloc_bytes += (long) size;
  return block;
}

static void *
work (void *data)
{
  struct worker *worker = data;

  pthread_barrier_wait (&barrier);
  for (long i = 0; i < calls; i++)
    {
      unsigned choice = next_random (worker);
      size_t size = 16 + choice % 5000;
      size_t **slot = &slots[next_random (worker) % SLOTS];
      size_t *old = __atomic_exchange_n (slot, NULL, __ATOMIC_ACQ_REL);

      if (choice % 8 == 0)
        old = take (worker, old, size);
      else
        {
          drop (worker, old);
          old = take (worker, NULL, size);
        }
      drop (worker, __atomic_exchange_n (slot, old, __ATOMIC_ACQ_REL));
    }
  return NULL;
}

static void
tell (const struct worker *workers, long count)
{
  struct worker sum = { 0 };

  for (long i = 0; i < count; i++)
    {
      sum.allocs += workers[i].allocs;
      sum.frees += workers[i].frees;
      sum.alloc_bytes += workers[i].alloc_bytes;
      sum.free_bytes += workers[i].free_bytes;
    }
  target_tell ("allocs", sum.allocs);
  target_tell ("frees", sum.frees);
  target_tell ("alloc-bytes", sum.alloc_bytes);
  target_tell ("free-bytes", sum.free_bytes);
  /* The C library frees the caches of the threads. */
  target_tell ("untracked", -1);
}

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, 1, 2);
  struct worker *workers = calloc ((size_t) count, sizeof *workers);

  calls = target_number (argc, argv, 2, 1, 100000);
  if (workers == NULL)
    target_fail ("calloc");
  pthread_barrier_init (&barrier, NULL, (unsigned) count + 1);
  for (long i = 0; i < count; i++)
    {
      workers[i].random = (unsigned) i + 1;
      if (pthread_create (&workers[i].thread, NULL, work, &workers[i]) != 0)
        target_fail ("pthread_create");
    }
  target_ready ();
  target_await ("go");
  pthread_barrier_wait (&barrier);
  for (long i = 0; i < count; i++)
    pthread_join (workers[i].thread, NULL);
  tell (workers, count);
  target_at ("done");
  target_await ("free");
  for (int i = 0; i < SLOTS; i++)
    drop (&workers[0], slots[i]);
  tell (workers, count);
  target_at ("done");
  target_await_exit ();
}
