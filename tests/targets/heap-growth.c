/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-growth KIND BYTES MILLISECONDS: at "grow" takes that many more BYTES every so many
 * MILLISECONDS, until the next command; at "hold" keeps what it has. KIND is "leak", where
 * leak_block() keeps every block, beside garbage that use_block() frees at once; or "retain", where
 * all that is taken is memory that was mapped before, so that the heap does not grow.
 */
#include "target.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Address space for everything that it may ever take. */
#define SPACE (8UL << 30)
#define BLOCK 4096

static char *space;
static size_t used;

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

void leak_block (void);
void use_block (void);

FUNCTION void
leak_block (void)
{
  char *block = malloc (BLOCK);

  if (block == NULL)
    target_fail ("malloc");
  memset (block, 1, BLOCK);
  __asm__ volatile("" : "+r"(block) : : "memory");
}

FUNCTION void
use_block (void)
{
  char *block = malloc (BLOCK);

  if (block == NULL)
    target_fail ("malloc");
  memset (block, 1, BLOCK);
  __asm__ volatile("" : "+r"(block) : : "memory");
  free (block);
}

static void
leak (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    {
      leak_block ();
      use_block ();
    }
}

static void
retain (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    use_block ();
  if (used + bytes > SPACE)
    target_fail ("taking more than was reserved");
  memset (space + used, 1, bytes);
  used += bytes;
}

static void
grow (void (*take) (size_t), size_t bytes, long milliseconds)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  const struct timespec pause = { .tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000 };

  while (poll (&input, 1, 0) == 0)
    {
      take (bytes);
      nanosleep (&pause, NULL);
    }
}

int
main (int argc, char **argv)
{
  const char *kind = argc > 1 ? argv[1] : "leak";
  size_t bytes = (size_t) target_number (argc, argv, 2, 1, 131072);
  long milliseconds = target_number (argc, argv, 3, 1, 50);

  space = mmap (NULL, SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1, 0);
  if (space == MAP_FAILED)
    target_fail ("mmap");
  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();

      if (strcmp (command, "grow") == 0)
        {
          target_at ("growing");
          grow (strcmp (kind, "retain") == 0 ? retain : leak, bytes, milliseconds);
        }
      else if (strcmp (command, "hold") == 0)
        target_at ("holding");
      else if (strcmp (command, "exit") == 0)
        return 0;
      else
        target_refuse (command);
    }
}
