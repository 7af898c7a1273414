/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-paths: blocks whose call stacks differ only far out. At a command "WAY BLOCKS" it makes as
 * many blocks on each path of LEVELS calls of left() and right(): all paths lead to the same place,
 * at the same height. A block on path P has 100 + P bytes and is never freed. The ways are
 * "plainly", "coroutine" (on a stack of its own) and "signal" (in a handler).
 */
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define LEVELS 6
#define PATHS (1 << LEVELS)
#define COROUTINE_STACK (256 * 1024)

static void *last_block;
static int wanted_path;
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
  if (level == LEVELS)
    allocate (path);
  else if (path >> level & 1)
    right (level + 1, path);
  else
    left (level + 1, path);
  __asm__ volatile("" : : : "memory");
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

static void
run_coroutine (void)
{
  choose (0, wanted_path);
}

static void
make_in_coroutine (int path)
{
  static char stack[COROUTINE_STACK];

  wanted_path = path;
  getcontext (&coroutine_context);
  coroutine_context.uc_stack.ss_sp = stack;
  coroutine_context.uc_stack.ss_size = sizeof stack;
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
        make_in_coroutine (path);
      else if (strcmp (way, "signal") == 0)
        make_in_handler (path);
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
