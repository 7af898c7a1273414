/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * many-processes [COUNT]: that many sleeping children, until "exit".
 */
#include "target.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child closes its copy of @ready when it is as it is meant to be. */
static pid_t
start_child (int ready)
{
  pid_t parent = getpid ();
  pid_t child = fork ();

  if (child != 0)
    return child;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_NAME, "sleeping-child");
  close (ready);
  /* The parent may have gone before the signal was set. */
  while (getppid () == parent)
    pause ();
  _exit (0);
}

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, 1, 1000);
  pid_t *children = calloc ((size_t) count, sizeof *children);
  int ready[2];
  char byte;

  if (pipe (ready) != 0)
    target_fail ("pipe");
  for (long i = 0; i < count; i++)
    {
      children[i] = start_child (ready[1]);
      if (children[i] < 0)
        target_fail ("fork");
    }
  close (ready[1]);
  if (read (ready[0], &byte, 1) != 0)
    target_fail ("read");
  target_tell ("children", count);
  target_tell ("first-child", children[0]);
  target_tell ("last-child", children[count - 1]);
  target_ready ();

  target_await ("exit");
  for (long i = 0; i < count; i++)
    kill (children[i], SIGKILL);
  while (wait (NULL) > 0)
    ;
  return 0;
}
