/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growth that ends by itself: caches, warm-up, indexes. One of the caches leaks. */
#include "detection-workload.h"

#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Keeps @bytes, beside noise. */
static void
hold (struct run *run, struct region *region, struct region *noise, double bytes)
{
  region_resize (region, bytes);
  region_resize (noise, run->parameters->noise * run_chance (run));
  run_next_tick (run);
}

/* After pause a straight line to size within rise ticks, and no further. */
void
cache_fills (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region cache = region_new (parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    {
      double into = ((double) run->now - parameters->pause) / parameters->rise;

      hold (run, &cache, &noise, parameters->size * fmin (fmax (into, 0), 1));
    }
}

/* The same, and once more after period ticks: a second cache. */
void
cache_fills_twice (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region caches = region_new (2 * parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    {
      double now = (double) run->now;
      double second = fmax (0, now - parameters->period);

      hold (run, &caches, &noise,
            parameters->size *
                (fmin (now / parameters->rise, 1) + fmin (second / parameters->rise, 1)));
    }
}

/* 1 - exp(-t/rise) of size: a cache of things that are asked for with equal probability. */
void
cache_approaches (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region cache = region_new (parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    hold (run, &cache, &noise,
          parameters->size * (1 - exp (-(double) run->now / parameters->rise)));
}

/* size * ln(1 + t/rise). */
void
cache_logarithmic (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region cache = region_new (20 * parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    hold (run, &cache, &noise, parameters->size * log1p ((double) run->now / parameters->rise));
}

#define CACHE_ENTRIES 65536

struct cache
{
  void *entries[CACHE_ENTRIES];
  double sizes[CACHE_ENTRIES];
  size_t first;
  size_t end;
  double bytes;
};

/* Drops the oldest entry; with probability share its memory is forgotten rather than freed. */
static void
cache_drop (struct run *run, struct cache *cache)
{
  size_t index = cache->first++ % CACHE_ENTRIES;

  cache->bytes -= cache->sizes[index];
  if (run_chance (run) >= run->parameters->share)
    free (cache->entries[index]);
}

static void
cache_insert (struct run *run, struct cache *cache, double size)
{
  while (cache->bytes + size > run->parameters->size || cache->end - cache->first == CACHE_ENTRIES)
    cache_drop (run, cache);
  cache->entries[cache->end % CACHE_ENTRIES] = memory_take (size);
  cache->sizes[cache->end % CACHE_ENTRIES] = size;
  cache->end++;
  cache->bytes += size;
}

/*
 * At most size, the oldest entries are dropped; count new ones of at most block in each tick. The
 * usual size of an entry swings within period ticks when that is given.
 */
void
cache_evicts (struct run *run)
{
  static struct cache cache;
  const struct workload_parameters *parameters = run->parameters;

  memory_take (parameters->base);
  for (;;)
    {
      double swing =
          parameters->period > 0 ? sin (2 * M_PI * (double) run->now / parameters->period) : 0;
      double most = parameters->block * (1 + 0.6 * swing);

      run_next_tick (run);
      for (unsigned i = 0; i < parameters->count; i++)
        cache_insert (run, &cache, run_between (run, 64, most));
    }
}

/* The same; share of what is dropped is not freed. */
void
leak_missed_evictions (struct run *run)
{
  cache_evicts (run);
}

/* count steps of rise ticks each, with period from one to the next, each of half the size of the
 * one before. */
void
warm_up_stages (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region warm = region_new (2 * parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    {
      double bytes = 0;

      for (unsigned stage = 0; stage < parameters->count; stage++)
        {
          double into = ((double) run->now - stage * parameters->period) / parameters->rise;

          bytes += parameters->size / exp2 (stage) * fmin (fmax (into, 0), 1);
        }
      hold (run, &warm, &noise, bytes);
    }
}

/* count features of block each, which are loaded when they are first used: each about twice as late
 * as the last. */
void
warm_up_lazily (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;

  memory_take (parameters->base);
  for (unsigned i = 0; i < parameters->count; i++)
    {
      memory_take (parameters->block);
      run_wait (run, ceil (exp2 (i / 1.5) * run_between (run, 0.7, 1.4)));
    }
  for (;;)
    run_next_tick (run);
}

/* In rise ticks to size, which is then searched for good, with noise for what is found. */
void
build_index (struct run *run)
{
  cache_fills (run);
}

/* In rise ticks to size, half of which is dropped when it is merged; the same again every period
 * ticks. */
void
build_and_merge (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region parts = region_new (parameters->size);
  struct region noise = region_new (parameters->noise);

  memory_take (parameters->base);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period) / parameters->rise;
      double rest = run->now < parameters->period ? 0 : 0.5;

      hold (run, &parts, &noise, parameters->size * (into < 1 ? fmax (into, rest) : 0.5));
    }
}

static void
build_once (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region index = region_new (parameters->size);
  double began = (double) run->now;

  while ((double) run->now - began < parameters->rise + 40)
    {
      region_resize (&index, parameters->size * ((double) run->now - began) / parameters->rise);
      run_next_tick (run);
    }
}

/* A child every period ticks, which takes rise of them to grow to size, and ends. */
void
build_in_child (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    {
      run_in_child (run, build_once);
      run_wait (run, run->parameters->period);
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
    }
}
