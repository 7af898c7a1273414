/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-blocks [SECONDS]: holds up to 1000 blocks. "allocate" makes them of 100 bytes each, "resize"
 * gives each 200, "free" frees them; "spin" allocates and frees one as fast as it can, for so many
 * seconds. Each tells how many of its calls there were.
 */
#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCKS 1000
/* Calls between two looks at the clock. */
#define BURST 1024

#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

static void *blocks[BLOCKS];
static long seconds;

static void
allocate (void)
{
  for (int i = 0; i < BLOCKS; i++)
    if ((blocks[i] = malloc (100)) == NULL)
      target_fail ("malloc");
  target_tell ("calls", BLOCKS);
}

static void
resize (void)
{
  for (int i = 0; i < BLOCKS; i++)
    if ((blocks[i] = realloc (blocks[i], 200)) == NULL)
      target_fail ("realloc");
  target_tell ("calls", BLOCKS);
}

static void
release (void)
{
  for (int i = 0; i < BLOCKS; i++)
    free (blocks[i]);
  target_tell ("calls", BLOCKS);
}

static double
now (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* What else runs on the machine takes none of the processor time. */
static void
spin (void)
{
  double end = now (CLOCK_MONOTONIC) + (double) seconds, begin = now (CLOCK_THREAD_CPUTIME_ID);
  long calls = 0;

  while (now (CLOCK_MONOTONIC) < end)
    for (int i = 0; i < BURST; i++, calls++)
      {
        void *block = malloc (64);

        KEEP (block);
        free (block);
      }
  target_tell ("calls", calls);
  target_tell ("cpu-milliseconds", (long) ((now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1000));
}

int
main (int argc, char **argv)
{
  seconds = target_number (argc, argv, 1, 1, 60);
  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();

      if (strcmp (command, "exit") == 0)
        return 0;
      if (strcmp (command, "allocate") == 0)
        allocate ();
      else if (strcmp (command, "resize") == 0)
        resize ();
      else if (strcmp (command, "free") == 0)
        release ();
      else if (strcmp (command, "spin") == 0)
        spin ();
      else
        target_refuse (command);
      target_at ("done");
    }
}
