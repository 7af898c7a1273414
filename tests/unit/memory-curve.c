/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-curve.h"

#include <math.h>

#define KIB 1024.0
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define A (replay->curve->a)
#define B (replay->curve->b)
#define C (replay->curve->c)

/* From 0 to 1. */
static gdouble
chance (MemoryReplay *replay)
{
  return g_rand_double (replay->random);
}

/* Of a normal distribution, nearly (the sum of twelve). */
static gdouble
noise (MemoryReplay *replay)
{
  gdouble sum = -6;

  for (guint i = 0; i < 12; i++)
    sum += chance (replay);
  return sum;
}

static gdouble
since (const MemoryReplay *replay, guint tick)
{
  return tick > replay->curve->begins ? tick - replay->curve->begins : 0;
}

/* A is what is there, B what leaks in a tick. */

static gdouble
steady (MemoryReplay *replay, guint tick)
{
  return A + B * since (replay, tick);
}

/* Of the size C in 20 ticks, as a program that reads its data. */
static gdouble
start (gdouble size, guint tick)
{
  return size * MIN (tick, 20) / 20.0;
}

static gdouble
start_and_leak (MemoryReplay *replay, guint tick)
{
  return start (A, tick) + B * tick;
}

static gdouble
noisy_leak (MemoryReplay *replay, guint tick)
{
  return steady (replay, tick) + C * noise (replay);
}

/* The kernel adds up its counters in steps of C pages. */
static gdouble
lagging_leak (MemoryReplay *replay, guint tick)
{
  return floor (steady (replay, tick) / (C * 4096)) * C * 4096;
}

static gdouble
peak_and_leak (MemoryReplay *replay, guint tick)
{
  return tick < C ? 3 * A : steady (replay, tick);
}

static gdouble
warm_up_and_leak (MemoryReplay *replay, guint tick)
{
  return A * (1 - exp (-(gdouble) tick / C)) + B * tick;
}

static gdouble
warm_up (const MemoryReplay *replay, guint tick)
{
  return A * (1 - exp (-(gdouble) tick / C));
}

static gdouble
leak_after_warm_up (MemoryReplay *replay, guint tick)
{
  return 20 * MIB + warm_up (replay, tick) + B * since (replay, tick);
}

/* By 32 KiB at a time, at random. */
static gdouble
leak_after_random_warm_up (MemoryReplay *replay, guint tick)
{
  gdouble due = warm_up (replay, tick + 1) - warm_up (replay, tick);

  due += tick > replay->curve->begins ? B : 0;
  for (guint i = 0; i < 500; i++)
    if (chance (replay) < due / (500 * 32 * KIB))
      replay->kept += 64 * KIB * chance (replay);
  return 20 * MIB + replay->kept;
}

static gdouble
leak_after_logarithm (MemoryReplay *replay, guint tick)
{
  return 20 * MIB + A * log1p (tick / C) + B * since (replay, tick);
}

static gdouble
accelerating_leak (MemoryReplay *replay, guint tick)
{
  return A + B * tick + B * tick * tick / C;
}

/* B each time, every C ticks. */
static gdouble
chunks (MemoryReplay *replay, guint tick)
{
  return A + B * floor (since (replay, tick) / C);
}

/* B each time, every 30 to 100 ticks. */
static gdouble
irregular_chunks (MemoryReplay *replay, guint tick)
{
  if (tick >= replay->next)
    {
      replay->kept += replay->next > 0 ? B : 0;
      replay->next = tick + (guint) g_rand_int_range (replay->random, 30, 101);
    }
  return A + replay->kept;
}

/* One in C ticks leaks B. */
static gdouble
connections (MemoryReplay *replay, guint tick)
{
  if (chance (replay) < 1 / C)
    replay->kept += B * 2 * chance (replay);
  return A + replay->kept;
}

/* Load for C ticks, none for as many. */
static gdouble
leak_under_load (MemoryReplay *replay, guint tick)
{
  replay->kept += fmod (tick, 2 * C) < C ? B : 0;
  return A + replay->kept;
}

static gdouble
leak_under_irregular_load (MemoryReplay *replay, guint tick)
{
  if (tick >= replay->next)
    {
      replay->other = 1 - replay->other;
      replay->next = tick + (guint) (C * (0.3 + chance (replay)));
    }
  replay->kept += replay->other * B;
  return A + replay->kept;
}

/* Garbage of half a MiB a tick, collected every C ticks. */
static gdouble
leak_beside_garbage (MemoryReplay *replay, guint tick)
{
  return steady (replay, tick) + MIB / 2 * fmod (tick, C);
}

static gdouble
leak_beside_irregular_garbage (MemoryReplay *replay, guint tick)
{
  replay->other += MIB * chance (replay);
  if (replay->other > C * MIB / 2 * (0.7 + 0.6 * chance (replay)))
    replay->other = 0;
  return steady (replay, tick) + replay->other;
}

static gdouble
leak_beside_cycle (MemoryReplay *replay, guint tick)
{
  return steady (replay, tick) + 30 * MIB * (1 + cos (2 * G_PI * tick / C));
}

static gdouble
leak_of_huge_pages (MemoryReplay *replay, guint tick)
{
  return A + floor (B * tick / (2 * MIB)) * 2 * MIB;
}

/* Honest: A is what is there, B the size of what comes, C a time in ticks. */

static gdouble
flat (MemoryReplay *replay, guint tick)
{
  return A + B * noise (replay);
}

static gdouble
linear_fill (MemoryReplay *replay, guint tick)
{
  return A + B * MIN (since (replay, tick), C) / C;
}

static gdouble
saturating_fill (MemoryReplay *replay, guint tick)
{
  return A + B * (1 - exp (-since (replay, tick) / C));
}

/* A cache of random keys: a part of the requests misses, in random numbers. */
static gdouble
random_fill (MemoryReplay *replay, guint tick)
{
  for (guint i = 0; i < 20; i++)
    if (chance (replay) > replay->kept / B)
      replay->kept += B / C / 20;
  return A + MIN (replay->kept, B);
}

static gdouble
logarithmic (MemoryReplay *replay, guint tick)
{
  return A + B * log1p (since (replay, tick) / C);
}

/* C is the exponent. */
static gdouble
power (MemoryReplay *replay, guint tick)
{
  return A + B * pow (since (replay, tick), C);
}

/* By an eighth of a MiB at a time, at random, as fast as by the power C of the time. */
static gdouble
random_power (MemoryReplay *replay, guint tick)
{
  gdouble due = B * (pow (tick + 1, C) - pow (tick, C));

  for (guint i = 0; i < 100; i++)
    if (chance (replay) < due / (100 * MIB / 8))
      replay->kept += MIB / 4 * chance (replay);
  return A + replay->kept;
}

/* Another cache of the same size, 2,000 ticks later. */
static gdouble
two_saturating_fills (MemoryReplay *replay, guint tick)
{
  gdouble second = tick > 2000 ? tick - 2000 : 0;

  return A + B * (2 - exp (-(gdouble) tick / C) - exp (-second / C));
}

static gdouble
two_logarithms (MemoryReplay *replay, guint tick)
{
  return A + B * (log1p (tick / C) + log1p (tick > 2000 ? (tick - 2000) / C : 0));
}

static gdouble
sawtooth (MemoryReplay *replay, guint tick)
{
  return A + B * fmod (tick, C) / C;
}

static gdouble
irregular_sawtooth (MemoryReplay *replay, guint tick)
{
  replay->other += 2 * B / C * chance (replay);
  if (replay->other > B * (0.7 + 0.3 * chance (replay)))
    replay->other = 0;
  return A + replay->other;
}

/* Young garbage every C / 10 ticks, of which a part survives until all is collected. */
static gdouble
generations (MemoryReplay *replay, guint tick)
{
  return A + B * fmod (tick, C) / C + B * fmod (tick, C / 10) / C;
}

/* Grows for C ticks, stays for half as many, gives back, rests. */
static gdouble
batch_jobs (MemoryReplay *replay, guint tick)
{
  gdouble phase = fmod (tick, 2.5 * C);

  return A + (phase < C ? B * phase / C : phase < 1.5 * C ? B : 0);
}

/* The same with times and sizes by chance. */
static gdouble
irregular_jobs (MemoryReplay *replay, guint tick)
{
  if (tick >= replay->next)
    {
      replay->next = tick + (guint) (C * (0.3 + 0.7 * chance (replay)));
      replay->kept = replay->other > 0 ? 0 : B * chance (replay) / C;
      if (replay->kept <= 0)
        replay->other = 0;
    }
  replay->other += replay->kept;
  return A + replay->other;
}

/* A job of random size at a time; the allocator keeps the most there ever was. */
static gdouble
retaining (MemoryReplay *replay, guint tick)
{
  if (fmod (tick, C) < 1)
    replay->kept = MAX (replay->kept, B * -log (chance (replay) + 1e-9));
  return A + replay->kept;
}

static gdouble
cycle (MemoryReplay *replay, guint tick)
{
  return A + B * (1 + cos (2 * G_PI * tick / C)) / 2 + B / 100 * noise (replay);
}

/* A table that doubles when it is full; it fills within C ticks and has B in the end. */
static gdouble
doubling (MemoryReplay *replay, guint tick)
{
  gdouble filled = MIN (tick / C, 1);

  return A + (filled > 0 ? B * pow (2, ceil (log2 (filled))) : 0);
}

/* Remembers its state for C ticks. */
static gdouble
wandering (MemoryReplay *replay, guint tick)
{
  replay->kept += -replay->kept / C + sqrt (2 / C) * noise (replay);
  return A + B * replay->kept;
}

/* Memory tables that are flushed, and files that are merged every sixth time. */
static gdouble
database (MemoryReplay *replay, guint tick)
{
  return A + B * fmod (tick, C) / C + B / 4 * floor (fmod (tick, 6 * C) / C);
}

/* Requests of random length and size that hold memory while they last. */
static gdouble
requests (MemoryReplay *replay, guint tick)
{
  if (chance (replay) < 0.3)
    replay->kept += B * chance (replay);
  replay->kept *= 1 - 1 / C;
  return A + replay->kept;
}

static gdouble
window_of_work (MemoryReplay *replay, guint tick)
{
  return A + (tick > 1000 && tick < 1000 + C ? B : 0);
}

static gdouble
stairs (MemoryReplay *replay, guint tick)
{
  return A + B * MIN (floor (tick / C), 3);
}

#define LEAK(name, function, a, b, c, ticks, begins, found_by)                                     \
  {                                                                                                \
    name, function, a, b, c, ticks, TRUE, begins, found_by                                         \
  }
#define HONEST(name, function, a, b, c, ticks)                                                     \
  {                                                                                                \
    name, function, a, b, c, ticks, FALSE, 0, 0                                                    \
  }

const MemoryCurve memory_curves[] = {
  LEAK ("steady-from-the-start", steady, 20 * MIB, 64 * KIB, 0, 1000, 0, 345),
  LEAK ("steady-of-nothing", steady, 0, 64 * KIB, 0, 1000, 0, 345),
  LEAK ("steady-after-rest", steady, 100 * MIB, 64 * KIB, 0, 6000, 5003, 5348),
  LEAK ("steady-beside-much", steady, 2 * GIB, GIB / 10 / 360, 0, 3000, 1007, 1007 + 360),
  LEAK ("8-MiB-in-360-ticks", steady, 150 * MIB, 8 * MIB / 360, 0, 3000, 1009, 1009 + 360),
  LEAK ("8-MiB-in-500-ticks", steady, 150 * MIB, 8 * MIB / 500, 0, 3000, 1009, 1009 + 500),
  LEAK ("8-MiB-in-700-ticks", steady, 150 * MIB, 8 * MIB / 700, 0, 3000, 1009, 1009 + 700),
  LEAK ("8-MiB-in-1000-ticks", steady, 150 * MIB, 8 * MIB / 1000, 0, 4000, 1009, 1009 + 1000),
  LEAK ("8-MiB-in-2000-ticks", steady, 150 * MIB, 8 * MIB / 2000, 0, 6000, 1009, 1009 + 2000),
  LEAK ("8-MiB-in-5000-ticks", steady, 150 * MIB, 8 * MIB / 5000, 0, 12000, 1009, 1009 + 5000),
  LEAK ("8-MiB-in-20000-ticks", steady, 150 * MIB, 8 * MIB / 20000, 0, 40000, 1009, 1009 + 20000),
  LEAK ("1-KiB-a-second-beside-500-MiB", start_and_leak, 500 * MIB, 2 * KIB, 0, 13000, 0, 12800),
  LEAK ("start-and-leak", start_and_leak, 200 * MIB, 64 * KIB, 0, 2000, 0, 380),
  LEAK ("start-and-fast-leak", start_and_leak, 50 * MIB, MIB, 0, 1000, 0, 380),
  LEAK ("noisy", noisy_leak, 100 * MIB, 64 * KIB, MIB, 4000, 500, 1600),
  LEAK ("very-noisy", noisy_leak, 100 * MIB, 64 * KIB, 5 * MIB, 6000, 500, 3500),
  LEAK (
      "counters-lag-by-32-pages", lagging_leak, 100 * MIB, 8 * MIB / 360, 32, 2000, 500, 500 + 375),
  LEAK (
      "counters-lag-by-64-pages", lagging_leak, 100 * MIB, 8 * MIB / 360, 64, 2000, 500, 500 + 375),
  LEAK ("counters-lag-by-128-pages",
        lagging_leak,
        100 * MIB,
        8 * MIB / 360,
        128,
        2000,
        500,
        500 + 750),
  LEAK ("after-a-short-peak", peak_and_leak, 100 * MIB, 64 * KIB, 30, 2000, 100, 100 + 345),
  LEAK ("after-warm-up", warm_up_and_leak, 100 * MIB, 64 * KIB, 40, 4000, 0, 1500),
  LEAK ("after-long-warm-up", warm_up_and_leak, 100 * MIB, 64 * KIB, 300, 10000, 0, 7500),
  LEAK ("some-time-after-warm-up", leak_after_warm_up, 80 * MIB, 32 * KIB, 60, 4000, 500, 845),
  LEAK ("some-time-after-slow-warm-up",
        leak_after_warm_up,
        200 * MIB,
        32 * KIB,
        200,
        6000,
        1400,
        1745),
  LEAK ("some-time-after-very-slow-warm-up",
        leak_after_warm_up,
        100 * MIB,
        24 * KIB,
        400,
        8000,
        2500,
        2845),
  LEAK ("some-time-after-random-warm-up",
        leak_after_random_warm_up,
        100 * MIB,
        48 * KIB,
        250,
        6000,
        1500,
        1845),
  LEAK ("some-time-after-logarithmic-growth",
        leak_after_logarithm,
        10 * MIB,
        48 * KIB,
        30,
        6000,
        2000,
        2345),
  LEAK ("slowly-after-warm-up", leak_after_warm_up, 150 * MIB, 6 * KIB, 100, 6000, 600, 600 + 1500),
  LEAK ("accelerating", accelerating_leak, 100 * MIB, 64 * KIB, 1000, 2000, 0, 400),
  LEAK ("chunks-every-30-ticks", chunks, 100 * MIB, 2 * MIB, 30, 6000, 500, 2000),
  LEAK ("chunks-every-60-ticks", chunks, 100 * MIB, 2 * MIB, 60, 6000, 500, 2000),
  LEAK ("chunks-every-100-ticks", chunks, 100 * MIB, 2 * MIB, 100, 6000, 500, 2500),
  LEAK ("chunks-every-400-ticks", chunks, 100 * MIB, 2 * MIB, 400, 20000, 500, 12000),
  LEAK ("irregular-chunks", irregular_chunks, 100 * MIB, 2 * MIB, 0, 6000, 0, 3000),
  LEAK ("connections", connections, 100 * MIB, 64 * KIB, 1, 4000, 0, 1500),
  LEAK ("rare-connections", connections, 100 * MIB, MIB, 10, 8000, 0, 4000),
  LEAK ("under-load-of-100-ticks", leak_under_load, 100 * MIB, 128 * KIB, 100, 8000, 0, 3000),
  LEAK ("under-load-of-200-ticks", leak_under_load, 100 * MIB, 128 * KIB, 200, 12000, 0, 7000),
  LEAK ("under-load-of-600-ticks", leak_under_load, 100 * MIB, 128 * KIB, 600, 12000, 0, 345),
  LEAK (
      "under-irregular-load", leak_under_irregular_load, 100 * MIB, 128 * KIB, 100, 12000, 0, 8000),
  LEAK ("beside-garbage-of-10-ticks", leak_beside_garbage, 100 * MIB, 64 * KIB, 10, 4000, 0, 500),
  LEAK ("beside-garbage-of-40-ticks", leak_beside_garbage, 100 * MIB, 64 * KIB, 40, 6000, 0, 2500),
  LEAK (
      "beside-garbage-of-100-ticks", leak_beside_garbage, 100 * MIB, 64 * KIB, 100, 8000, 0, 4000),
  LEAK ("beside-garbage-of-300-ticks",
        leak_beside_garbage,
        100 * MIB,
        64 * KIB,
        300,
        16000,
        0,
        12000),
  LEAK ("beside-irregular-garbage",
        leak_beside_irregular_garbage,
        100 * MIB,
        64 * KIB,
        60,
        9000,
        0,
        6000),
  LEAK ("beside-a-cycle", leak_beside_cycle, 100 * MIB, 64 * KIB, 1000, 40000, 0, 40000),
  LEAK ("of-huge-pages", leak_of_huge_pages, 100 * MIB, 64 * KIB, 0, 6000, 0, 1500),

  HONEST ("flat", flat, 100 * MIB, 0, 0, 6000),
  HONEST ("flat-with-noise", flat, 100 * MIB, MIB, 0, 20000),
  HONEST ("flat-with-much-noise", flat, 100 * MIB, 10 * MIB, 0, 20000),
  HONEST ("nothing-at-all", flat, 0, 0, 0, 6000),
  HONEST ("fill-in-100-ticks", linear_fill, 20 * MIB, 100 * MIB, 100, 6000),
  HONEST ("fill-in-200-ticks", linear_fill, 20 * MIB, 100 * MIB, 200, 6000),
  HONEST ("fill-in-239-ticks", linear_fill, 20 * MIB, 100 * MIB, 239, 6000),
  HONEST ("saturating-in-20-ticks", saturating_fill, 20 * MIB, 200 * MIB, 20, 6000),
  HONEST ("saturating-in-60-ticks", saturating_fill, 20 * MIB, 200 * MIB, 60, 6000),
  HONEST ("saturating-in-200-ticks", saturating_fill, 20 * MIB, 200 * MIB, 200, 8000),
  HONEST ("saturating-in-600-ticks", saturating_fill, 20 * MIB, 200 * MIB, 600, 12000),
  HONEST ("saturating-in-1500-ticks", saturating_fill, 20 * MIB, 200 * MIB, 1500, 24000),
  HONEST ("random-keys-in-60-ticks", random_fill, 20 * MIB, 200 * MIB, 60, 6000),
  HONEST ("random-keys-in-200-ticks", random_fill, 20 * MIB, 200 * MIB, 200, 8000),
  HONEST ("random-keys-in-500-ticks", random_fill, 20 * MIB, 200 * MIB, 500, 12000),
  HONEST ("logarithmic-from-1-tick", logarithmic, 20 * MIB, 30 * MIB, 1, 40000),
  HONEST ("logarithmic-from-10-ticks", logarithmic, 20 * MIB, 30 * MIB, 10, 40000),
  HONEST ("logarithmic-from-60-ticks", logarithmic, 20 * MIB, 30 * MIB, 60, 40000),
  HONEST ("logarithmic-from-300-ticks", logarithmic, 20 * MIB, 30 * MIB, 300, 40000),
  HONEST ("logarithmic-from-1000-ticks", logarithmic, 20 * MIB, 30 * MIB, 1000, 40000),
  HONEST ("square-root", power, 20 * MIB, 4 * MIB, 0.5, 40000),
  HONEST ("square-root-of-nothing", power, 0, 4 * MIB, 0.5, 40000),
  HONEST ("cubic-root", power, 0, 20 * MIB, 1 / 3.0, 40000),
  HONEST ("power-of-0.7", power, 0, MIB, 0.7, 40000),
  HONEST ("power-of-0.3-at-random", random_power, 20 * MIB, 40 * MIB, 0.3, 20000),
  HONEST ("two-caches-saturating-in-60-ticks", two_saturating_fills, 20 * MIB, 60 * MIB, 60, 6000),
  HONEST (
      "two-caches-saturating-in-200-ticks", two_saturating_fills, 20 * MIB, 60 * MIB, 200, 8000),
  HONEST ("two-logarithmic-from-10-ticks", two_logarithms, 20 * MIB, 20 * MIB, 10, 8000),
  HONEST ("garbage-every-7-ticks", sawtooth, 50 * MIB, 50 * MIB, 7, 6000),
  HONEST ("garbage-every-40-ticks", sawtooth, 50 * MIB, 50 * MIB, 40, 6000),
  HONEST ("garbage-every-97-ticks", sawtooth, 50 * MIB, 50 * MIB, 97, 12000),
  HONEST ("garbage-every-239-ticks", sawtooth, 50 * MIB, 50 * MIB, 239, 20000),
  HONEST ("irregular-garbage-of-30-ticks", irregular_sawtooth, 50 * MIB, 50 * MIB, 30, 12000),
  HONEST ("irregular-garbage-of-120-ticks", irregular_sawtooth, 50 * MIB, 50 * MIB, 120, 20000),
  HONEST ("generations-of-200-ticks", generations, 50 * MIB, 60 * MIB, 200, 20000),
  HONEST ("batch-jobs-of-50-ticks", batch_jobs, 20 * MIB, 60 * MIB, 50, 12000),
  HONEST ("batch-jobs-of-230-ticks", batch_jobs, 20 * MIB, 60 * MIB, 230, 24000),
  HONEST ("irregular-jobs", irregular_jobs, 20 * MIB, 60 * MIB, 230, 24000),
  HONEST ("an-allocator-that-retains", retaining, 20 * MIB, 30 * MIB, 10, 24000),
  HONEST ("an-allocator-that-retains-slowly", retaining, 20 * MIB, 30 * MIB, 100, 40000),
  HONEST ("a-cycle-of-400-ticks", cycle, 50 * MIB, 60 * MIB, 400, 20000),
  HONEST ("a-cycle-of-1000-ticks", cycle, 50 * MIB, 60 * MIB, 1000, 20000),
  HONEST ("a-cycle-of-5000-ticks", cycle, 50 * MIB, 60 * MIB, 5000, 60000),
  HONEST ("doubling-in-100-ticks", doubling, 20 * MIB, 200 * MIB, 100, 6000),
  HONEST ("doubling-in-230-ticks", doubling, 20 * MIB, 200 * MIB, 230, 6000),
  HONEST ("doubling-in-2000-ticks", doubling, 20 * MIB, 200 * MIB, 2000, 12000),
  HONEST ("wandering-in-5-ticks", wandering, 100 * MIB, 5 * MIB, 5, 40000),
  HONEST ("wandering-in-30-ticks", wandering, 100 * MIB, 5 * MIB, 30, 40000),
  HONEST ("wandering-in-100-ticks", wandering, 100 * MIB, 5 * MIB, 100, 40000),
  HONEST ("a-database", database, 100 * MIB, 20 * MIB, 30, 12000),
  HONEST ("requests-of-20-ticks", requests, 100 * MIB, 4 * MIB, 20, 20000),
  HONEST ("one-job-of-400-ticks", window_of_work, 100 * MIB, 50 * MIB, 400, 6000),
  HONEST ("three-stairs", stairs, 100 * MIB, 30 * MIB, 150, 6000),
};

const guint n_memory_curves = G_N_ELEMENTS (memory_curves);
