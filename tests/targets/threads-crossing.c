/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads-crossing [THREADS [OBJECTS]]: at "go" every thread opens that many eventfds, one after
 * another, and closes those of the thread before it; spread over all cores. Nothing is left at the
 * end.
 */
#include "target.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker
{
  pthread_t thread;
  /* By object: the file plus one; 0 is not opened yet. */
  _Atomic int *files;
  struct worker *neighbour;
  long core;
};

static pthread_barrier_t start, finish;
static long objects;

static void
stay_on_core (long number)
{
  cpu_set_t cores;

  CPU_ZERO (&cores);
  CPU_SET (number, &cores);
  /* Where that core is not allowed the thread stays where it is: the totals are the same. */
  sched_setaffinity (0, sizeof cores, &cores);
}

static void
close_of_neighbour (struct worker *worker, long object)
{
  int file;

  while ((file = atomic_load (&worker->neighbour->files[object])) == 0)
    sched_yield ();
  close (file - 1);
}

static void *
work (void *data)
{
  struct worker *worker = data;

  stay_on_core (worker->core);
  pthread_barrier_wait (&start);
  for (long object = 0; object < objects; object++)
    {
      int file = eventfd (0, 0);

      if (file < 0)
        target_fail ("eventfd");
      atomic_store (&worker->files[object], file + 1);
      close_of_neighbour (worker, object);
    }
  pthread_barrier_wait (&finish);
  return NULL;
}

int
main (int argc, char **argv)
{
  long threads = target_number (argc, argv, 1, 2, 50);
  long cores = sysconf (_SC_NPROCESSORS_ONLN);
  struct worker *workers;

  objects = target_number (argc, argv, 2, 1, 100);
  workers = calloc ((size_t) threads, sizeof *workers);
  target_allow_files (threads * 2);
  pthread_barrier_init (&start, NULL, (unsigned) threads + 1);
  pthread_barrier_init (&finish, NULL, (unsigned) threads + 1);
  for (long i = 0; i < threads; i++)
    {
      workers[i].files = (_Atomic int *) target_file_array (objects);
      workers[i].neighbour = &workers[(i + threads - 1) % threads];
      workers[i].core = i % cores;
      if (pthread_create (&workers[i].thread, NULL, work, &workers[i]) != 0)
        target_fail ("pthread_create");
    }
  target_tell ("threads", threads);
  target_tell ("cores", cores);
  target_ready ();

  target_await ("go");
  pthread_barrier_wait (&start);
  pthread_barrier_wait (&finish);
  target_tell ("opened", threads * objects);
  target_tell ("closed", threads * objects);
  target_at ("done");
  target_await_exit ();
}
