/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter-attempt.h"

#include <glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns: the status that wait() tells. */
static int
try_filtered (FilterLoader load, FilterAttempt attempt)
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (load () != 0)
        _exit (100);
      _exit (attempt ());
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return status;
}

void
filter_attempt_assert_killed (FilterLoader load, FilterAttempt attempt)
{
  int status = try_filtered (load, attempt);

  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
}

void
filter_attempt_assert_allowed (FilterLoader load, FilterAttempt attempt)
{
  int status = try_filtered (load, attempt);

  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}
