/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "forked-child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t
forked_child_start (void (*prepare) (void))
{
  int ready[2];
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe (ready), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      if (prepare != NULL)
        prepare ();
      /* Left behind by a test that failed, it would keep the test's output open. */
      if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || write (ready[1], "r", 1) != 1)
        _exit (1);
      pause ();
      _exit (0);
    }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  return child;
}

void
forked_child_end (pid_t child)
{
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

void
forked_child_become_nobody (void)
{
  /* Whoever changes their user is no longer dumpable. */
  if (setresuid (NOBODY, NOBODY, NOBODY) != 0 || prctl (PR_SET_DUMPABLE, 1) != 0)
    _exit (1);
}
