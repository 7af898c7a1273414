/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pid-reuse [FIRST [SECOND]]: at "go" a child opens FIRST eventfds, tells its pid as "child" and
 * exits at "end"; at "again" another child with the same pid opens SECOND and waits for "exit".
 * Needs the right to choose a pid (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE).
 */
#include "target.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Choices of a pid, should another process get it first. */
#define ATTEMPTS 100

static pid_t
clone_with_pid (pid_t pid)
{
  struct clone_args arguments = { .exit_signal = SIGCHLD };

  arguments.set_tid = (uint64_t) (uintptr_t) &pid;
  arguments.set_tid_size = 1;
  return (pid_t) syscall (SYS_clone3, &arguments, sizeof arguments);
}

/* A pid that was free a moment ago. */
static pid_t
unused_pid (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  if (pid < 0 || waitpid (pid, NULL, 0) != pid)
    target_fail ("fork");
  return pid;
}

static pid_t
start_child (pid_t pid, int *files, long objects)
{
  int done[2];
  char byte;
  pid_t child;

  if (pipe (done) != 0)
    target_fail ("pipe");
  child = clone_with_pid (pid);
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      target_open_eventfds (files, objects);
      if (write (done[1], "k", 1) != 1)
        target_fail ("write");
      for (;;)
        pause ();
    }
  close (done[1]);
  if (child > 0 && read (done[0], &byte, 1) != 1)
    target_fail ("the child opened nothing: read");
  close (done[0]);
  return child;
}

static void
end_child (pid_t child)
{
  if (kill (child, SIGKILL) != 0 || waitpid (child, NULL, 0) != child)
    target_fail ("ending the child");
}

int
main (int argc, char **argv)
{
  long first = target_number (argc, argv, 1, 0, 100);
  long second = target_number (argc, argv, 2, 0, 300);
  int *files = target_file_array (first > second ? first : second);
  pid_t child = -1;

  target_ready ();

  target_await ("go");
  for (int i = 0; i < ATTEMPTS && child < 0; i++)
    {
      child = start_child (unused_pid (), files, first);
      if (child < 0 && errno != EEXIST)
        target_fail ("clone3");
    }
  if (child < 0)
    target_fail ("clone3");
  target_tell ("child", child);
  target_tell ("first", first);
  target_at ("first");

  target_await ("end");
  end_child (child);
  target_at ("ended");

  target_await ("again");
  if (start_child (child, files, second) != child)
    target_fail ("clone3");
  target_tell ("second", second);
  target_at ("second");
  target_await ("exit");
  end_child (child);
  return 0;
}
