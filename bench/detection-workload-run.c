/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time and the chance of a workload. */
#include "detection-workload.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NANOSECONDS 1000000000

void
run_fail (const char *what)
{
  fprintf (stderr, "detection-workload: %s: %s\n", what, strerror (errno));
  _exit (1);
}

static uint64_t
monotonic_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * NANOSECONDS + (uint64_t) now.tv_nsec;
}

void
run_begin (struct run *run,
           const struct workload_parameters *parameters,
           double tick,
           uint64_t ticks,
           uint64_t seed)
{
  *run = (struct run){
    .parameters = parameters,
    .tick_nanoseconds = (uint64_t) (tick * NANOSECONDS),
    .began = monotonic_now (),
    .ends = ticks,
    .random = seed,
  };
}

void
run_next_tick (struct run *run)
{
  struct timespec until;
  uint64_t nanoseconds;

  run->now++;
  if (run->now >= run->ends)
    _exit (0);
  nanoseconds = run->began + run->now * run->tick_nanoseconds;
  until.tv_sec = (time_t) (nanoseconds / NANOSECONDS);
  until.tv_nsec = (long) (nanoseconds % NANOSECONDS);
  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    ;
}

void
run_wait (struct run *run, double ticks)
{
  for (double waited = 0; waited < ticks; waited++)
    run_next_tick (run);
}

/* S. Vigna's splitmix64. */
static uint64_t
next_random (uint64_t *state)
{
  uint64_t mixed = *state += UINT64_C (0x9e3779b97f4a7c15);

  mixed = (mixed ^ mixed >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C (0x94d049bb133111eb);
  return mixed ^ mixed >> 31;
}

struct run
run_split (struct run *run)
{
  struct run other = *run;

  other.random = next_random (&run->random);
  return other;
}

int
run_in_child (struct run *run, void (*function) (struct run *run))
{
  struct run childs = run_split (run);
  pid_t parent = getpid ();
  pid_t child = fork ();

  if (child < 0)
    run_fail ("fork");
  if (child > 0)
    return child;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* The parent may have gone before the signal was set. */
  if (getppid () == parent)
    function (&childs);
  _exit (0);
}

double
run_chance (struct run *run)
{
  return (double) (next_random (&run->random) >> 11) * 0x1p-53;
}

double
run_exponential (struct run *run, double mean)
{
  return -mean * log1p (-run_chance (run));
}

double
run_between (struct run *run, double least, double most)
{
  return least + (most - least) * run_chance (run);
}
