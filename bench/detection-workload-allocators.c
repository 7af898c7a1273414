/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is kept for later use: arenas, an allocator that retains, pools of threads and
 * processes. */
#include "detection-workload.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENAS 8
#define BLOCKS 16384

/* What is taken from an arena grows to @bytes within a phase; what it has had once it keeps. */
static void
arena_use (struct region *arena, double bytes)
{
  if (bytes > (double) arena->resident)
    region_resize (arena, bytes);
}

/* A phase has period ticks, after which the arena is reset. A phase needs size at most; little is
 * more usual. */
void
arena_resets (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region arena = region_new (parameters->size);

  memory_take (parameters->base);
  for (;;)
    {
      double bytes = fmin (parameters->size, run_exponential (run, parameters->size / 4));

      for (double tick = 0; tick < parameters->period; tick++)
        {
          run_next_tick (run);
          arena_use (&arena, bytes * tick / parameters->period);
        }
    }
}

/* The same with several arenas, one of which is used for each request; period ticks on average
 * between them. */
void
arenas_reset (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region arenas[ARENAS];

  memory_take (parameters->base);
  for (unsigned i = 0; i < ARENAS; i++)
    arenas[i] = region_new (parameters->size / ARENAS);
  for (;;)
    {
      unsigned chosen = (unsigned) run_between (run, 0, ARENAS);

      arena_use (&arenas[chosen], run_exponential (run, parameters->size / ARENAS / 4));
      run_wait (run, ceil (run_exponential (run, parameters->period)));
    }
}

/* Takes blocks of at most @most up to @bytes within @ticks, and frees all of them afterwards. */
static void
work_once (struct run *run, double bytes, double most, double ticks)
{
  static void *blocks[BLOCKS];
  double taken = 0;
  size_t count = 0;

  for (double tick = 1; tick <= ticks; tick++)
    {
      while (count < BLOCKS && taken < bytes * tick / ticks)
        {
          double size = run_between (run, 64, most);

          blocks[count++] = memory_take (size);
          taken += size;
        }
      run_next_tick (run);
    }
  while (count > 0)
    free (blocks[--count]);
}

/* Jobs of rise ticks every period ticks, which need size at most and half of it at least; nothing
 * is given back. */
void
allocator_retains (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;

  mallopt (M_TRIM_THRESHOLD, INT_MAX);
  mallopt (M_MMAP_THRESHOLD, INT_MAX);
  memory_take (parameters->base);
  for (;;)
    {
      work_once (run, parameters->size * run_between (run, 0.5, 1), parameters->block,
                 parameters->rise);
      run_wait (run, parameters->period - parameters->rise);
    }
}

struct pool_thread
{
  struct run run;
  double begins;
  double lasts;
};

/* Comes some time, has its own memory, works with blocks that it frees. */
static void *
serve (void *data)
{
  struct pool_thread *thread = data;
  struct run *run = &thread->run;
  const struct workload_parameters *parameters = run->parameters;
  void *own;

  run_wait (run, thread->begins);
  own = memory_take (parameters->size / parameters->count);
  for (double tick = 0; tick < thread->lasts; tick++)
    {
      void *block = memory_take (run_between (run, 64, parameters->block));

      run_next_tick (run);
      free (block);
    }
  free (own);
  free (thread);
  return NULL;
}

static void
start_server (struct run *run, double begins, double lasts)
{
  struct pool_thread *thread = malloc (sizeof *thread);
  pthread_t started;

  if (thread == NULL)
    run_fail ("malloc");
  *thread = (struct pool_thread){ .run = run_split (run), .begins = begins, .lasts = lasts };
  errno = pthread_create (&started, NULL, serve, thread);
  if (errno != 0)
    run_fail ("pthread_create");
  pthread_detach (started);
}

/* count threads, which come within rise ticks and stay. */
void
threads_pooled (struct run *run)
{
  memory_take (run->parameters->base);
  for (unsigned i = 0; i < run->parameters->count; i++)
    start_server (run, floor (run->parameters->rise * run_chance (run)), (double) run->ends);
  for (;;)
    run_next_tick (run);
}

/* count threads come within rise ticks and go after as many, every period ticks; some come in
 * between. */
void
threads_elastic (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;

  memory_take (parameters->base);
  for (;;)
    {
      unsigned count = (unsigned) run_between (run, parameters->count / 2.0, parameters->count);

      for (unsigned i = 0; i < count; i++)
        start_server (run, floor (parameters->rise * run_chance (run)),
                      parameters->rise * run_between (run, 0.5, 1.5));
      run_wait (run, parameters->period);
    }
}

/* Grows to any part of size within at most rise ticks, and ends. */
static void
do_job (struct run *run)
{
  struct region work = region_new (run->parameters->size);
  double ticks = ceil (run_between (run, 0.2, 1) * run->parameters->rise);
  double bytes = run->parameters->size * run_between (run, 0.2, 1);

  for (double tick = 1; tick <= ticks; tick++)
    {
      region_resize (&work, bytes * tick / ticks);
      run_next_tick (run);
    }
}

/* A child for each job, a new one every period ticks on average: as make does it. */
void
children_short (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    {
      run_in_child (run, do_job);
      run_wait (run, ceil (run_exponential (run, run->parameters->period)));
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
    }
}

/* Serves period ticks: fills its own cache within rise, and then works with it. */
static void
serve_and_end (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region cache = region_new (parameters->size);
  struct region noise = region_new (parameters->noise);

  for (double tick = 0; tick < parameters->period; tick++)
    {
      region_resize (&cache, parameters->size * fmin (1, tick / parameters->rise));
      region_resize (&noise, parameters->noise * run_chance (run));
      run_next_tick (run);
    }
}

/* count children, each of which is replaced after period ticks, not all at the same time. */
void
children_preforked (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;

  unsigned running = 0;

  memory_take (parameters->base);
  for (;;)
    {
      while (waitpid (-1, NULL, WNOHANG) > 0)
        running--;
      if (running < parameters->count && run->now % 37 == 0)
        {
          run_in_child (run, serve_and_end);
          running++;
        }
      run_next_tick (run);
    }
}

/* A child every period ticks, which has all that its parent has and ends after rise ticks: to write
 * it out. */
void
child_snapshots (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  char *data = memory_take (parameters->size);

  for (;;)
    {
      pid_t child = run_in_child (run, phases_idle);

      for (double tick = 0; tick < parameters->period; tick++)
        {
          for (unsigned i = 0; i < parameters->count; i++)
            data[(size_t) (parameters->size * run_chance (run))]++;
          if (tick == parameters->rise)
            kill (child, SIGKILL);
          run_next_tick (run);
        }
      waitpid (child, NULL, 0);
    }
}
