/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaks of connections, threads and child processes. */
#include "detection-workload.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 512
#define THREAD_STACK ((size_t) 64 * 1024)

struct connection
{
  int sockets[2];
  void *buffer;
  double ends;
};

static void
connection_open (struct run *run, struct connection *connection)
{
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, connection->sockets) != 0)
    run_fail ("socketpair");
  connection->buffer = memory_take (run_between (run, 0.5, 1) * run->parameters->size);
  connection->ends = (double) run->now + 1 + run_exponential (run, run->parameters->period);
}

static void
connection_close (struct connection *connection)
{
  close (connection->sockets[0]);
  close (connection->sockets[1]);
  free (connection->buffer);
  connection->buffer = NULL;
}

/* Opens at most @count connections, and closes those that are over. Returns how many were closed.
 */
static unsigned
serve_connections (struct run *run, struct connection *connections, unsigned count)
{
  unsigned closed = 0;

  for (unsigned i = 0; i < CONNECTIONS; i++)
    if (connections[i].buffer != NULL && connections[i].ends <= (double) run->now)
      {
        connection_close (&connections[i]);
        closed++;
      }
    else if (connections[i].buffer == NULL && count > 0)
      {
        connection_open (run, &connections[i]);
        count--;
      }
  return closed;
}

/*
 * Up to count new connections in a tick, which last period ticks on average and use size meanwhile;
 * what each of them loses makes up rate in a tick.
 */
void
leak_connections (struct run *run)
{
  static struct connection connections[CONNECTIONS];
  const struct workload_parameters *parameters = run->parameters;
  double average = (1 + parameters->count) / 2.0;
  struct leak leak = { 0 };

  memory_take (parameters->base);
  for (;;)
    {
      unsigned count = (unsigned) run_between (run, 1, parameters->count + 1);
      unsigned closed = serve_connections (run, connections, count);

      leak_add (run, &leak, parameters->rate / average * closed);
      run_next_tick (run);
    }
}

static pthread_t
start_thread (void *(*function) (void *), void *data)
{
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, THREAD_STACK);
  errno = pthread_create (&thread, &attributes, function, data);
  pthread_attr_destroy (&attributes);
  if (errno != 0)
    run_fail ("pthread_create");
  return thread;
}

static void *
leave_block (void *size)
{
  memory_take (*(double *) size);
  return NULL;
}

/* count threads in a tick, each of which leaves block behind. */
void
leak_thread_blocks (struct run *run)
{
  double block = run->parameters->block;

  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < run->parameters->count; i++)
        pthread_join (start_thread (leave_block, &block), NULL);
    }
}

static void *
use_stack (void *size)
{
  volatile char *page = alloca (*(size_t *) size);

  for (size_t at = 0; at < *(size_t *) size; at += 4096)
    page[at] = 1;
  return NULL;
}

/* A thread every period ticks, which uses block of its stack and that nobody joins. */
void
leak_thread_stacks (struct run *run)
{
  size_t block = (size_t) run->parameters->block;

  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      start_thread (use_stack, &block);
    }
}

/* The parent is well; count children leak rate each. */
void
leak_in_workers (struct run *run)
{
  for (unsigned i = 0; i < run->parameters->count; i++)
    run_in_child (run, leak_steadily);
  for (;;)
    run_next_tick (run);
}

/* A child that leaks rate, and that is replaced every period ticks. */
void
leak_in_restarted (struct run *run)
{
  for (;;)
    {
      pid_t child = run_in_child (run, leak_steadily);

      run_wait (run, run->parameters->period);
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
    }
}

static void
end_at_once (struct run *run)
{
}

/* A child every period ticks, which ends and is never waited for. */
void
leak_zombies (struct run *run)
{
  for (;;)
    {
      run_wait (run, run->parameters->period);
      run_in_child (run, end_at_once);
    }
}

static void
wait_for_ever (struct run *run)
{
  for (;;)
    pause ();
}

/* A child every period ticks, which never ends. */
void
leak_lingering (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      run_in_child (run, wait_for_ever);
    }
}
