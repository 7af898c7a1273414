/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-stacks BLOCKS STACKS: at "go" makes that many blocks of 48 bytes, in turn from as many call
 * stacks: each is a way through a tree of two calls on each of its levels.
 */
#include "target.h"

#include <stdlib.h>

#define SIZE 48
#define LEVELS 16

static __attribute__ ((noinline)) void
descend (unsigned long way, int level)
{
  if (level == 0)
    {
      if (malloc (SIZE) == NULL)
        target_fail ("malloc");
    }
  else if (way & 1)
    {
      descend (way >> 1, level - 1);
      __asm__ volatile("# one call" ::: "memory");
    }
  else
    {
      descend (way >> 1, level - 1);
      __asm__ volatile("# and the other" ::: "memory");
    }
}

int
main (int argc, char **argv)
{
  long blocks = target_number (argc, argv, 1, 1, 1000);
  long stacks = target_number (argc, argv, 2, 1, 10);

  if (stacks > 1 << LEVELS)
    target_fail ("so many call stacks");
  target_ready ();
  target_await ("go");
  for (long i = 0; i < blocks; i++)
    descend ((unsigned long) (i % stacks), LEVELS);
  target_at ("holding");
  target_await_exit ();
}
