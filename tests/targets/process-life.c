/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process-life [OBJECTS]: keeps what it opens. Commands: "allocate" opens eventfds; "fork" makes a
 * child that opens as many, tells its pid as "child" and waits; "reap" ends that child; "exec" goes
 * on, in the same process, as the program process-afterlife in the same folder, which takes the
 * same commands; "exit" ends.
 */
#include "target.h"

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
await_signal (void)
{
  for (;;)
    pause ();
}

static pid_t
fork_child (int *files, long objects)
{
  int done[2];
  char byte;
  pid_t child;

  if (pipe (done) != 0)
    target_fail ("pipe");
  child = fork ();
  if (child < 0)
    target_fail ("fork");
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      target_open_eventfds (files, objects);
      if (write (done[1], "k", 1) != 1)
        target_fail ("write");
      await_signal ();
    }
  if (read (done[0], &byte, 1) != 1)
    target_fail ("the child opened nothing: read");
  close (done[0]);
  close (done[1]);
  return child;
}

static void
exec_successor (char **argv)
{
  static char path[PATH_MAX], successor[PATH_MAX + 32];
  ssize_t length = readlink ("/proc/self/exe", path, sizeof path - 1);

  if (length < 0)
    target_fail ("readlink /proc/self/exe");
  snprintf (successor, sizeof successor, "%s/process-afterlife", dirname (path));
  execv (successor, argv);
  target_fail (successor);
}

static void
reap (pid_t child)
{
  if (kill (child, SIGKILL) != 0 || waitpid (child, NULL, 0) != child)
    target_fail ("ending the child");
}

int
main (int argc, char **argv)
{
  long objects = target_number (argc, argv, 1, 0, 100);
  int *files = target_file_array (objects);
  pid_t child = 0;
  const char *command;

  target_ready ();
  while (strcmp (command = target_next_command (), "exit") != 0)
    {
      if (strcmp (command, "allocate") == 0)
        target_open_eventfds (files, objects);
      else if (strcmp (command, "fork") == 0)
        target_tell ("child", child = fork_child (files, objects));
      else if (strcmp (command, "reap") == 0)
        reap (child);
      else if (strcmp (command, "exec") == 0)
        exec_successor (argv);
      else
        target_refuse (command);
      target_tell ("objects", objects);
      target_at (command);
    }
  return 0;
}
