/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-paths: blocks whose call stacks differ only far out. At a command "WAY BLOCKS" it makes as
 * many blocks on each path of LEVELS calls of left() and right(): all paths lead to the same place,
 * at the same height. A block on path P has 100 + P bytes and is never freed. The ways are
 * "plainly", "coroutine" (on a stack of its own), "signal" (in a handler) and "end" (as in a
 * coroutine, right after a call so deep that there is less of the stack above).
 */
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define LEVELS 6
#define PATHS (1 << LEVELS)
#define COROUTINE_STACK (256 * 1024)
#define DEEP 200

static void *last_block;
static int wanted_path, wanted_depth;
static ucontext_t main_context, coroutine_context;

static void left (int level, int path);
static void right (int level, int path);

static __attribute__ ((noinline, noclone)) void
allocate (int path)
{
  last_block = malloc ((size_t) (100 + path));
  if (last_block == NULL)
    target_fail ("malloc");
}

static __attribute__ ((noinline, noclone)) void
choose (int level, int path)
{
  volatile char room[100];

  room[0] = (char) level;
  if (level == LEVELS)
    allocate (path);
  else if (path >> level & 1)
    right (level + 1, path);
  else
    left (level + 1, path);
  room[1] = room[0];
}

static __attribute__ ((noinline, noclone)) void
left (int level, int path)
{
  choose (level, path);
  __asm__ volatile("" : : "i"(1) : "memory");
}

static __attribute__ ((noinline, noclone)) void
right (int level, int path)
{
  choose (level, path);
  __asm__ volatile("" : : "i"(2) : "memory");
}

static __attribute__ ((noinline, noclone)) void
allocate_deep (int depth)
{
  volatile char room[32];

  room[0] = (char) depth;
  if (depth > 0)
    allocate_deep (depth - 1);
  else
    {
      last_block = malloc (8);
      __asm__ volatile("" : : : "memory");
      free (last_block);
    }
  room[1] = room[0];
}

/* With nothing behind its end. */
static char *
map_stack (void)
{
  char *stack = mmap (NULL, COROUTINE_STACK + 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (stack == MAP_FAILED || mprotect (stack + COROUTINE_STACK, 4096, PROT_NONE) != 0)
    target_fail ("mmap");
  return stack;
}

static void
run_coroutine (void)
{
  allocate_deep (wanted_depth);
  choose (0, wanted_path);
}

static void
make_in_coroutine (int path, int depth)
{
  static char *stack;

  if (stack == NULL)
    stack = map_stack ();
  wanted_path = path;
  wanted_depth = depth;
  getcontext (&coroutine_context);
  coroutine_context.uc_stack.ss_sp = stack;
  coroutine_context.uc_stack.ss_size = COROUTINE_STACK;
  coroutine_context.uc_link = &main_context;
  makecontext (&coroutine_context, run_coroutine, 0);
  swapcontext (&main_context, &coroutine_context);
}

static void
handle_signal (int number)
{
  choose (0, wanted_path);
}

static void
make_in_handler (int path)
{
  wanted_path = path;
  raise (SIGUSR2);
}

static void
run (const char *command)
{
  char way[16];
  long blocks;

  if (sscanf (command, "%15s %ld", way, &blocks) != 2)
    target_refuse (command);
  for (long i = 0; i < blocks; i++)
    for (int path = 0; path < PATHS; path++)
      if (strcmp (way, "coroutine") == 0)
        make_in_coroutine (path, 0);
      else if (strcmp (way, "signal") == 0)
        make_in_handler (path);
      else if (strcmp (way, "end") == 0)
        make_in_coroutine (path, DEEP);
      else
        choose (0, path);
}

int
main (void)
{
  const char *command;

  signal (SIGUSR2, handle_signal);
  target_ready ();
  while ((command = target_next_command ()) != NULL)
    {
      run (command);
      target_at ("done");
    }
  return 0;
}
