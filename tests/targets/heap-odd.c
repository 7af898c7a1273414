/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-odd: does what programs do seldom with the allocator, and tells what a recording has to show
 * of it, as heap-calls does. unseen is how many frees no probe sees.
 */
#include "target.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define COROUTINES 10
#define STACK_BYTES 65536
#define THREADS 4
#define ROUNDS 5000
#define CHILDREN 20

#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

struct coroutine
{
  ucontext_t context;
  ucontext_t caller;
  void *blocks[100];
  int made;
};

static pthread_barrier_t barrier;
static char signal_stack[STACK_BYTES] __attribute__ ((aligned (16)));
static void *from_handler;
static struct coroutine coroutines[COROUTINES];
static struct coroutine *running;

static void
tell (long allocs, long frees, long alloc_bytes, long free_bytes)
{
  target_tell ("allocs", allocs);
  target_tell ("frees", frees);
  target_tell ("alloc-bytes", alloc_bytes);
  target_tell ("free-bytes", free_bytes);
}

static __attribute__ ((noinline)) void *
allocate (size_t size)
{
  void *block = malloc (size);

  if (block == NULL)
    target_fail ("malloc");
  KEEP (block);
  return block;
}

/* A block of no bytes is one, too. */
static void
zero (void)
{
  volatile size_t nothing = 0;
  void *blocks[] = { malloc (nothing), calloc (nothing, 8), calloc (8, nothing),
                     realloc (NULL, nothing) };

  for (int i = 0; i < 4; i++)
    {
      if (blocks[i] == NULL)
        target_refuse ("zero");
      free (blocks[i]);
    }
  tell (4, 4, 0, 0);
}

/* What the allocator has given on top may be used. */
static void
usable (void)
{
  char *block = allocate (13);
  size_t size = malloc_usable_size (block);

  memset (block, 'x', size);
  block = realloc (block, size);
  KEEP (block);
  free (block);
  tell (2, 2, 13 + (long) size, 13 + (long) size);
}

/* Calls from within the C library. */
static void
library (void)
{
  char text[1000];
  char *whole, *half;

  memset (text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  whole = strdup (text);
  half = strndup (text, 500);
  if (whole == NULL || half == NULL)
    target_fail ("strdup");
  free (half);
  KEEP (whole);
  tell (2, 1, 1501, 501);
}

/* Address space that runs out: what is there stays. */
static void
limited (void)
{
  struct rlimit limit, narrow;
  void *kept = allocate (MIB), *block;

  if (getrlimit (RLIMIT_AS, &limit) != 0)
    target_fail ("getrlimit");
  narrow = (struct rlimit){ 64 * MIB, limit.rlim_max };
  if (setrlimit (RLIMIT_AS, &narrow) != 0)
    target_fail ("setrlimit");
  if (malloc (512L * MIB) != NULL || realloc (kept, 512L * MIB) != NULL ||
      calloc (512, MIB) != NULL || posix_memalign (&block, 4096, 512L * MIB) != ENOMEM)
    target_refuse ("limited");
  setrlimit (RLIMIT_AS, &limit);
  free (kept);
  tell (1, 1, MIB, MIB);
}

static void
yield (void)
{
  swapcontext (&running->context, &running->caller);
}

static __attribute__ ((noinline)) void
run_coroutine (void)
{
  struct coroutine *self = running;

  for (; self->made < 100; self->made++)
    {
      self->blocks[self->made] = allocate (100);
      yield ();
    }
  for (int i = 0; i < 50; i++)
    {
      free (self->blocks[i]);
      yield ();
    }
}

static void
resume (struct coroutine *coroutine)
{
  running = coroutine;
  swapcontext (&coroutine->caller, &coroutine->context);
}

static __attribute__ ((noinline)) void
begin_coroutine (struct coroutine *coroutine)
{
  getcontext (&coroutine->context);
  coroutine->context.uc_stack.ss_sp = allocate (STACK_BYTES);
  coroutine->context.uc_stack.ss_size = STACK_BYTES;
  coroutine->context.uc_link = &coroutine->caller;
  makecontext (&coroutine->context, run_coroutine, 0);
}

/* They take turns, on stacks of the heap. */
static void
coroutine (void)
{
  for (int i = 0; i < COROUTINES; i++)
    begin_coroutine (&coroutines[i]);
  for (int turn = 0; turn < 151; turn++)
    for (int i = 0; i < COROUTINES; i++)
      resume (&coroutines[i]);
  tell (COROUTINES * 101, COROUTINES * 50, COROUTINES * (STACK_BYTES + 10000L), COROUTINES * 5000);
}

static void
handle (int number)
{
  free (from_handler);
  from_handler = allocate (70);
}

static void
raise_signals (int flags)
{
  struct sigaction action = { .sa_handler = handle, .sa_flags = flags };

  sigaction (SIGUSR1, &action, NULL);
  for (int i = 0; i < 50; i++)
    raise (SIGUSR1);
}

/* Handlers may allocate where no allocator is interrupted. */
static void
handler (void)
{
  stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };

  sigaltstack (&stack, NULL);
  raise_signals (0);
  raise_signals (SA_ONSTACK);
  tell (100, 99, 7000, 6930);
}

static void
spawn (void)
{
  char name[] = "true";
  char *arguments[] = { name, NULL };
  void *block = allocate (10);

  for (int i = 0; i < 5; i++)
    {
      pid_t child;

      if (posix_spawnp (&child, "true", NULL, NULL, arguments, environ) == 0)
        waitpid (child, NULL, 0);
    }
  KEEP (block);
  tell (1, 0, 10, 0);
}

/* Its child has the memory of its parent, and not its parent's probes. */
static void
borrow (void)
{
  static void *volatile blocks[5];
  static void *volatile block;
  pid_t child;

  block = allocate (40000);
  child = vfork ();
  if (child < 0)
    target_fail ("vfork");
  if (child == 0)
    {
      for (int i = 0; i < 5; i++)
        blocks[i] = malloc (50);
      free (block);
      _exit (0);
    }
  waitpid (child, NULL, 0);
  for (int i = 0; i < 5; i++)
    free (blocks[i]);
  /* It is given the address that the child has freed. */
  if (allocate (40000) != block)
    target_refuse ("borrow");
  tell (2, 1, 80000, 40000);
  target_tell ("untracked", 5);
  target_tell ("unseen", 1);
}

static void *
churn (void *unused)
{
  for (;;)
    {
      pthread_barrier_wait (&barrier);
      for (int i = 1; i <= ROUNDS; i++)
        {
          void *block = allocate ((size_t) i % 100 + 1);

          if (i % 2 == 0)
            free (block);
        }
      pthread_barrier_wait (&barrier);
    }
  return NULL;
}

static void
fork_child (void)
{
  pid_t child = fork ();

  if (child < 0)
    target_fail ("fork");
  if (child == 0)
    {
      for (int i = 0; i < 100; i++)
        free (allocate (300));
      allocate (300);
      _exit (0);
    }
  waitpid (child, NULL, 0);
}

/* Children come while other threads are within the allocator. */
static void
fork_threads (void)
{
  long all = 0, even = 0;

  for (int i = 1; i <= ROUNDS; i++)
    {
      all += i % 100 + 1;
      even += i % 2 == 0 ? i % 100 + 1 : 0;
    }
  pthread_barrier_wait (&barrier);
  for (int i = 0; i < CHILDREN; i++)
    fork_child ();
  pthread_barrier_wait (&barrier);
  tell (THREADS * ROUNDS, THREADS * ROUNDS / 2, THREADS * all, THREADS * even);
}

static const TargetCommand commands[] = {
  { "zero", zero },       { "usable", usable },       { "library", library },
  { "limited", limited }, { "coroutine", coroutine }, { "handler", handler },
  { "spawn", spawn },     { "borrow", borrow },       { "fork-threads", fork_threads },
  { NULL, NULL },
};

int
main (void)
{
  pthread_barrier_init (&barrier, NULL, THREADS + 1);
  for (int i = 0; i < THREADS; i++)
    {
      pthread_t thread;

      if (pthread_create (&thread, NULL, churn, NULL) != 0)
        target_fail ("pthread_create");
    }
  target_ready ();
  target_serve (commands);
  return 0;
}
