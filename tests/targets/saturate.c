/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * saturate [SECONDS [THREADS]]: at each "go" every thread (default: one for each online core)
 * opens and closes eventfds as fast as it can for that long; says how many.
 */
#include "target.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Pairs between two looks at the clock. */
#define BATCH 256

struct worker
{
  pthread_t thread;
  long number;
  long long pairs;
};

static pthread_barrier_t start, finish;
static long long deadline;

static long long
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void
stay_on_core (long number)
{
  cpu_set_t allowed, chosen;
  long left;

  CPU_ZERO (&chosen);
  if (sched_getaffinity (0, sizeof allowed, &allowed) != 0)
    return;
  left = number % CPU_COUNT (&allowed);
  for (int core = 0; core < CPU_SETSIZE; core++)
    if (CPU_ISSET (core, &allowed) && left-- == 0)
      CPU_SET (core, &chosen);
  sched_setaffinity (0, sizeof chosen, &chosen);
}

static void *
work (void *data)
{
  struct worker *worker = data;

  stay_on_core (worker->number);
  for (;;)
    {
      pthread_barrier_wait (&start);
      worker->pairs = 0;
      while (now () < deadline)
        for (int i = 0; i < BATCH; i++, worker->pairs++)
          {
            int file = eventfd (0, 0);

            if (file < 0)
              target_fail ("eventfd");
            close (file);
          }
      pthread_barrier_wait (&finish);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  long seconds = target_number (argc, argv, 1, 1, 5);
  long threads = target_number (argc, argv, 2, 1, sysconf (_SC_NPROCESSORS_ONLN));
  struct worker *workers = calloc ((size_t) threads, sizeof *workers);
  const char *command;

  pthread_barrier_init (&start, NULL, (unsigned) threads + 1);
  pthread_barrier_init (&finish, NULL, (unsigned) threads + 1);
  for (long i = 0; i < threads; i++)
    {
      workers[i].number = i;
      if (pthread_create (&workers[i].thread, NULL, work, &workers[i]) != 0)
        target_fail ("pthread_create");
    }
  target_tell ("threads", threads);
  target_ready ();

  while (strcmp (command = target_next_command (), "exit") != 0)
    {
      long long pairs = 0;

      if (strcmp (command, "go") != 0)
        target_refuse (command);
      deadline = now () + seconds * 1000000000LL;
      pthread_barrier_wait (&start);
      pthread_barrier_wait (&finish);
      for (long i = 0; i < threads; i++)
        pairs += workers[i].pairs;
      target_tell ("pairs", pairs);
      target_at ("done");
    }
  exit (0);
}
