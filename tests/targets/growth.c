/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * growth KIND BYTES MILLISECONDS: at "grow" takes BYTES more memory every so many MILLISECONDS,
 * until the next command; at "hold" keeps what it has; at "release" gives all of it back. KIND is
 * "private" (anonymous memory), "shared" (one shared mapping) or "descriptors" (BYTES is then a
 * number of eventfds). Tells how many steps it made.
 */
#include "target.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Address space for everything that it may ever take. */
#define SPACE (8UL << 30)

static char *space;
static size_t used;

static void
reserve (int flags)
{
  space = mmap (NULL, SPACE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED)
    target_fail ("mmap");
}

static void
take_memory (size_t bytes)
{
  if (used + bytes > SPACE)
    target_fail ("taking more than was reserved");
  memset (space + used, 1, bytes);
  used += bytes;
}

static void
take_descriptors (size_t count)
{
  while (count-- > 0)
    if (eventfd (0, EFD_CLOEXEC) < 0)
      target_fail ("eventfd");
}

static void
release_memory (void)
{
  if (madvise (space, SPACE, MADV_REMOVE) != 0 && madvise (space, SPACE, MADV_DONTNEED) != 0)
    target_fail ("madvise");
  used = 0;
}

static void
pass_step (struct timespec *due, long milliseconds)
{
  due->tv_nsec += milliseconds % 1000 * 1000000;
  due->tv_sec += milliseconds / 1000 + due->tv_nsec / 1000000000;
  due->tv_nsec %= 1000000000;
  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

static long
grow (void (*take) (size_t), size_t amount, long milliseconds)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  struct timespec due;
  long steps = 0;

  clock_gettime (CLOCK_MONOTONIC, &due);
  for (; poll (&input, 1, 0) == 0; steps++)
    {
      take (amount);
      pass_step (&due, milliseconds);
    }
  return steps;
}

int
main (int argc, char **argv)
{
  const char *kind = argc > 1 ? argv[1] : "private";
  size_t amount = (size_t) target_number (argc, argv, 2, 1, 262144);
  long milliseconds = target_number (argc, argv, 3, 1, 50);
  void (*take) (size_t) = take_memory;

  if (strcmp (kind, "descriptors") == 0)
    {
      target_allow_files (0);
      take = take_descriptors;
    }
  else
    reserve (strcmp (kind, "shared") == 0 ? MAP_SHARED : MAP_PRIVATE);
  target_ready ();

  for (;;)
    {
      const char *command = target_next_command ();

      if (strcmp (command, "grow") == 0)
        {
          target_at ("growing");
          target_tell ("steps", grow (take, amount, milliseconds));
        }
      else if (strcmp (command, "hold") == 0)
        target_at ("holding");
      else if (strcmp (command, "release") == 0)
        {
          release_memory ();
          target_at ("released");
        }
      else if (strcmp (command, "exit") == 0)
        return 0;
      else
        target_refuse (command);
    }
}
