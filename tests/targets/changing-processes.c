/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changing-processes COUNT CHANGING ENDING: that many children, until "exit". Each second all those
 * that change touch more memory or give some back, and as many as that end and are followed by
 * others.
 */
#include "target.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND 1000
/* Different ones, so that the order of a table changes, too. */
#define NAMES 40
#define PAGES_MAX 1024
#define STEP_MAX 16

static void
resize (char *memory, size_t page, long from, long to)
{
  for (long i = from; i < to; i++)
    memory[(size_t) i * page] = 1;
  if (to < from)
    madvise (memory + (size_t) to * page, (size_t) (from - to) * page, MADV_DONTNEED);
}

/* Private memory that goes up and down by small steps: no leak. */
static void
change (unsigned seed)
{
  size_t page = (size_t) sysconf (_SC_PAGESIZE);
  char *memory =
      mmap (NULL, PAGES_MAX * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long pages = 0, next = rand_r (&seed) % PAGES_MAX;

  if (memory == MAP_FAILED)
    target_fail ("mmap");
  for (;;)
    {
      resize (memory, page, pages, next);
      pages = next;
      next = labs (pages + rand_r (&seed) % (2 * STEP_MAX + 1) - STEP_MAX);
      next = next < PAGES_MAX ? next : PAGES_MAX - STEP_MAX;
      usleep (SECOND * 1000);
    }
}

static pid_t
start_child (long number, long changing)
{
  pid_t parent = getpid ();
  pid_t child = fork ();
  char name[16];

  if (child < 0)
    target_fail ("fork");
  if (child > 0)
    return child;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  snprintf (name, sizeof name, "%s-%ld", number < changing ? "changing" : "sleeping",
            number % NAMES);
  prctl (PR_SET_NAME, name);
  if (number < changing)
    change ((unsigned) number);
  while (getppid () == parent)
    pause ();
  _exit (0);
}

/* The ones that sleep end, in turn. */
static long
replace (pid_t *children, long count, long changing, long ending, long next)
{
  for (long i = 0; i < ending && changing < count; i++)
    {
      next = next < count ? next : changing;
      kill (children[next], SIGKILL);
      waitpid (children[next], NULL, 0);
      children[next] = start_child (next, changing);
      next++;
    }
  return next;
}

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, 1, 1000);
  long changing = target_number (argc, argv, 2, 0, 0);
  long ending = target_number (argc, argv, 3, 0, 0), next = changing;
  pid_t *children = calloc ((size_t) count, sizeof *children);
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

  for (long i = 0; i < count; i++)
    children[i] = start_child (i, changing);
  target_tell ("first-child", children[0]);
  target_ready ();
  while (poll (&input, 1, SECOND) == 0)
    next = replace (children, count, changing, ending, next);
  /* The children go with it. */
  target_await_exit ();
}
