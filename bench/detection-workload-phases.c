/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is given back, sooner or later. */
#include "detection-workload.h"

#include <math.h>

/* Keeps size times @share, beside noise, for a tick. */
static void
hold (struct run *run, struct region *region, struct region *noise, double share)
{
  region_resize (region, run->parameters->size * share);
  region_resize (noise, run->parameters->noise * run_chance (run));
  run_next_tick (run);
}

static void
begin (struct run *run, struct region *region, struct region *noise)
{
  *region = region_new (run->parameters->size);
  *noise = region_new (run->parameters->noise);
  memory_take (run->parameters->base);
}

/* A job every period ticks, which grows to size within rise of them and ends. */
void
phases_of_batches (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region job, noise;

  begin (run, &job, &noise);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period) / parameters->rise;

      hold (run, &job, &noise, into < 1 ? into : 0);
    }
}

/* The same with jobs of any length up to rise and any size, after pauses of any length. */
void
phases_at_random (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region job, noise;

  begin (run, &job, &noise);
  for (;;)
    {
      double rise = ceil (run_between (run, 0.3, 1) * parameters->rise);
      double size = run_between (run, 0.2, 1);

      for (double tick = 0; tick < rise; tick++)
        hold (run, &job, &noise, size * tick / rise);
      for (double pause = run_exponential (run, parameters->period); pause > 0; pause--)
        hold (run, &job, &noise, 0);
    }
}

/* A wave of period ticks; with share its height varies within four periods and a half. */
void
phases_sine (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region load, noise;

  begin (run, &load, &noise);
  for (;;)
    {
      double turn = 2 * M_PI * (double) run->now / parameters->period;
      double height = 1 - parameters->share * (0.5 - 0.5 * cos (turn / 4.5));

      hold (run, &load, &noise, height * (0.5 - 0.5 * cos (turn)));
    }
}

/* A day has period ticks: night, a morning of rise, work until two thirds of it, and an evening. */
void
phases_day (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region load, noise;

  begin (run, &load, &noise);
  for (;;)
    {
      double hour = fmod ((double) run->now, parameters->period) - parameters->period / 5;
      double evening = parameters->period * 2 / 3 - parameters->period / 5;
      double share = hour < 0 ? 0 : fmin (hour / parameters->rise, 1);

      if (hour > evening)
        share = fmax (0, 1 - (hour - evening) / parameters->rise);
      hold (run, &load, &noise, share);
    }
}

/* A straight line to size within period ticks, and back at once. */
void
phases_sawtooth (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region heap, noise;

  begin (run, &heap, &noise);
  for (;;)
    hold (run, &heap, &noise, fmod ((double) run->now, parameters->period) / parameters->period);
}

/* Three of them: of period ticks, of that times share, and of rise, which rises ever slower. */
void
phases_mixed (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region heap, noise;

  begin (run, &heap, &noise);
  for (;;)
    {
      double now = (double) run->now;
      double shorter = parameters->period * parameters->share;
      double slowing = 1 - exp (-6 * fmod (now, parameters->rise) / parameters->rise);

      hold (run, &heap, &noise,
            (fmod (now, parameters->period) / parameters->period + fmod (now, shorter) / shorter +
             slowing) /
                3);
    }
}

/* A collection every period ticks leaves share of the garbage, until one of everything every rise
 * ticks. */
void
phases_generations (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region heap, noise;

  begin (run, &heap, &noise);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->rise);
      double young = fmod (into, parameters->period) / parameters->period;

      hold (run, &heap, &noise,
            (1 - parameters->share) * young + parameters->share * into / parameters->rise);
    }
}

/* 1 - exp(-t/rise) of size, written out every period ticks: what is there already is overwritten
 * ever more often. */
void
phases_memtable (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region table, noise;

  begin (run, &table, &noise);
  for (;;)
    hold (run, &table, &noise,
          1 - exp (-fmod ((double) run->now, parameters->period) / parameters->rise));
}

static double
go_to (struct run *run,
       struct region *work,
       struct region *noise,
       double from,
       double to,
       double ticks)
{
  for (double tick = 0; tick < ticks; tick++)
    hold (run, work, noise, from + (to - from) * tick / ticks);
  return to;
}

/* Up for at most rise ticks, perhaps some rest, and down again at any speed. */
void
phases_up_and_down (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region work, noise;
  double share = 0;

  begin (run, &work, &noise);
  for (;;)
    {
      share = go_to (run, &work, &noise, share, run_between (run, 0.4, 1),
                     ceil (run_between (run, 0.5, 1) * parameters->rise));
      share = go_to (run, &work, &noise, share, share,
                     floor (run_between (run, 0, 1) * parameters->pause));
      share = go_to (run, &work, &noise, share, run_between (run, 0, 0.1),
                     ceil (run_between (run, 0, 1) * parameters->period));
    }
}

/* Another amount in each tick. */
void
phases_noise (struct run *run)
{
  struct region work, noise;

  begin (run, &work, &noise);
  for (;;)
    hold (run, &work, &noise, 0);
}

/* An amount that follows the one before with share. */
void
phases_slow_noise (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  double spread = sqrt ((1 - parameters->share) / (1 + parameters->share));
  struct region work, noise;
  double level = 0.5;

  begin (run, &work, &noise);
  for (;;)
    {
      level = parameters->share * level + (1 - parameters->share) * run_chance (run);
      hold (run, &work, &noise, 0.5 + (level - 0.5) * 0.5 / spread);
    }
}

/* Another level after every period ticks on average. */
void
phases_levels (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region work, noise;

  begin (run, &work, &noise);
  for (;;)
    {
      double level = run_chance (run);

      for (double left = run_exponential (run, parameters->period); left > 0; left--)
        hold (run, &work, &noise, level);
    }
}

/* count documents at most are open: one is opened or closed every period ticks on average. */
void
phases_documents (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region documents, noise;
  double most = parameters->count;
  double open = 0;

  begin (run, &documents, &noise);
  for (;;)
    {
      open += run_chance (run) < (most - open) / most ? 1 : -1;
      for (double left = run_exponential (run, parameters->period); left > 0; left--)
        hold (run, &documents, &noise, open / most);
    }
}

/* From size down to half of it within period ticks, then within rise up to nine tenths, and again.
 */
void
phases_shrink (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region work, noise;
  double share = 1;

  begin (run, &work, &noise);
  for (;;)
    {
      share = go_to (run, &work, &noise, share, 0.5, parameters->period);
      share = go_to (run, &work, &noise, share, 0.9, parameters->rise);
    }
}

/* Nothing but base. */
void
phases_idle (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    run_next_tick (run);
}
