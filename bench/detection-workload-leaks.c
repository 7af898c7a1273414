/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaks of private memory that differ in when they happen, and in what happens beside them. */
#include "detection-workload.h"

#include <math.h>

/* rate in each tick beside base, in blocks of at most block. */
void
leak_steadily (struct run *run)
{
  struct leak leak = { 0 };

  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      leak_add (run, &leak, run->parameters->rate);
    }
}

/* size every period ticks; with share 1 both are random with these means. */
void
leak_in_bursts (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  bool random = parameters->share > 0;
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      run_wait (run,
                random ? ceil (run_exponential (run, parameters->period)) : parameters->period);
      leak_add (run, &leak, random ? run_exponential (run, parameters->size) : parameters->size);
    }
}

/*
 * rate in each tick beside noise that comes and goes: another amount in every tick, or one that
 * follows the tick before it with share.
 */
void
leak_beside_noise (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region noise = region_new (parameters->noise);
  struct leak leak = { 0 };
  double level = 0.5;

  memory_take (parameters->base);
  for (;;)
    {
      run_next_tick (run);
      level = parameters->share * level + (1 - parameters->share) * run_chance (run);
      region_resize (&noise, level * parameters->noise);
      leak_add (run, &leak, parameters->rate);
    }
}

/* rate in each tick beside garbage of size that is collected every period ticks; share: how far
 * both vary. */
void
leak_beside_garbage (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region garbage = region_new (parameters->size);
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      double varied = run_between (run, 1 - parameters->share, 1);
      double period = ceil (parameters->period * varied);

      for (double tick = 0; tick < period; tick++)
        {
          run_next_tick (run);
          region_resize (&garbage, parameters->size * varied * tick / period);
          leak_add (run, &leak, parameters->rate);
        }
    }
}

/* rate in each tick, and every period ticks for rise of them a job that needs size. */
void
leak_beside_batches (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region job = region_new (parameters->size);
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period);

      region_resize (&job,
                     into < parameters->rise ? parameters->size * into / parameters->rise : 0);
      leak_add (run, &leak, parameters->rate);
      run_next_tick (run);
    }
}

/* size within about rise ticks (a straight line, or with share 1 a curve), and rate in each tick
 * from pause on. */
void
leak_after_warm_up (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region warm = region_new (parameters->size);
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      double into = (double) run->now / parameters->rise;

      region_resize (&warm,
                     parameters->size * (parameters->share > 0 ? 1 - exp (-into) : fmin (into, 1)));
      if ((double) run->now >= parameters->pause)
        leak_add (run, &leak, parameters->rate);
      run_next_tick (run);
    }
}

/* rate at tick period, and in proportion before and after. */
void
leak_faster_linearly (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      run_next_tick (run);
      leak_add (run, &leak, parameters->rate * (double) run->now / parameters->period);
    }
}

/* rate at the beginning, and twice as much after every period ticks. */
void
leak_faster_doubling (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      run_next_tick (run);
      leak_add (run, &leak, parameters->rate * exp2 ((double) run->now / parameters->period));
    }
}

/* rate in the first rise ticks of every period, in which also size is in use. */
void
leak_under_load (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region work = region_new (parameters->size);
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      bool busy = fmod ((double) run->now, parameters->period) < parameters->rise;

      region_resize (&work, busy ? parameters->size * run_between (run, 0.5, 1) : 0);
      if (busy)
        leak_add (run, &leak, parameters->rate);
      run_next_tick (run);
    }
}

/* block with each request, and a request every period ticks on average. */
void
leak_by_request (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      run_wait (run, ceil (run_exponential (run, parameters->period)));
      leak_add (run, &leak, parameters->rate * parameters->period);
    }
}

/* rate at noon, nothing by night; a day has period ticks, and its work takes size at noon. */
void
leak_by_daylight (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region work = region_new (parameters->size);
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      double light = fmax (0, sin (2 * M_PI * (double) run->now / parameters->period));

      region_resize (&work, parameters->size * light);
      leak_add (run, &leak, parameters->rate * light);
      run_next_tick (run);
    }
}
