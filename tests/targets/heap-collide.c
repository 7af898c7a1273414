/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-collide: functions outer_0 to outer_19 that differ in nothing but their place, and of which
 * each lets the same function allocate: so all blocks come with the same return address at the same
 * height. A command "FIRST LAST BLOCKS" has each of these outer functions make that many, of 100
 * bytes plus the function's number, in turn; they are never freed.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

#define OUTERS 20

static void *last_block;

__attribute__ ((noinline)) static void
allocate (size_t size)
{
  void *block = malloc (size);

  if (block == NULL)
    target_fail ("malloc");
  last_block = block;
  __asm__ volatile("" : : "r"(block) : "memory");
}

/* The two do not inline, and do not jump instead of calling. */
#define OUTER(number)                                                                              \
  __attribute__ ((noinline, noclone)) static void outer_##number (size_t size)                     \
  {                                                                                                \
    allocate (size + (number));                                                                    \
    __asm__ volatile("" : : "i"(number) : "memory");                                               \
  }

OUTER (0)
OUTER (1)
OUTER (2)
OUTER (3)
OUTER (4)
OUTER (5)
OUTER (6)
OUTER (7)
OUTER (8)
OUTER (9)
OUTER (10)
OUTER (11)
OUTER (12)
OUTER (13)
OUTER (14)
OUTER (15)
OUTER (16)
OUTER (17)
OUTER (18)
OUTER (19)

static void (*const volatile outers[OUTERS]) (size_t) = {
  outer_0,  outer_1,  outer_2,  outer_3,  outer_4,  outer_5,  outer_6,
  outer_7,  outer_8,  outer_9,  outer_10, outer_11, outer_12, outer_13,
  outer_14, outer_15, outer_16, outer_17, outer_18, outer_19,
};

static void
run (const char *command)
{
  int first, last;
  long blocks;

  if (sscanf (command, "%d %d %ld", &first, &last, &blocks) != 3 || first < 0 || last >= OUTERS)
    target_refuse (command);
  for (long i = 0; i < blocks; i++)
    for (int j = first; j <= last; j++)
      outers[j](100);
}

int
main (void)
{
  const char *command;

  target_ready ();
  while ((command = target_next_command ()) != NULL)
    {
      run (command);
      target_at ("done");
    }
  return 0;
}
