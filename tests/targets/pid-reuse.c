/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pid-reuse [FIRST [SECOND [BLOCKS]]]: at "go" a child opens FIRST eventfds, tells its pid as
 * "child" and exits at "end"; at "again" another child with the same pid opens SECOND and waits for
 * "exit". At "allocate" that makes BLOCKS blocks of the heap, in make_blocks(), before. Needs the
 * right to choose a pid (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE).
 */
#include "target.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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

static long n_blocks;
static int done[2];

void make_blocks (void);

__attribute__ ((noinline)) void
make_blocks (void)
{
  for (long i = 0; i < n_blocks; i++)
    if (malloc (100) == NULL)
      target_fail ("malloc");
  __asm__ volatile("" : : : "memory");
}

static void
await_byte (void)
{
  char byte;

  if (read (done[0], &byte, 1) != 1)
    target_fail ("the child did nothing: read");
}

static void __attribute__ ((noreturn)) live (const sigset_t *signals)
{
  int number;

  for (;;)
    {
      if (write (done[1], "k", 1) != 1)
        target_fail ("write");
      sigwait (signals, &number);
      make_blocks ();
    }
}

static pid_t
start_child (pid_t pid, int *files, long objects)
{
  sigset_t signals;
  pid_t child;

  if (pipe (done) != 0)
    target_fail ("pipe");
  sigemptyset (&signals);
  sigaddset (&signals, SIGUSR1);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  child = clone_with_pid (pid);
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      target_open_eventfds (files, objects);
      live (&signals);
    }
  close (done[1]);
  if (child > 0)
    await_byte ();
  else
    close (done[0]);
  return child;
}

static void
end_child (pid_t child)
{
  if (kill (child, SIGKILL) != 0 || waitpid (child, NULL, 0) != child)
    target_fail ("ending the child");
  close (done[0]);
}

int
main (int argc, char **argv)
{
  long first = target_number (argc, argv, 1, 0, 100);
  long second = target_number (argc, argv, 2, 0, 300);
  int *files = target_file_array (first > second ? first : second);
  const char *command;
  pid_t child = -1;

  n_blocks = target_number (argc, argv, 3, 0, 0);
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
  for (command = target_next_command (); strcmp (command, "allocate") == 0;
       command = target_next_command ())
    {
      kill (child, SIGUSR1);
      await_byte ();
      target_at ("allocated");
    }
  if (strcmp (command, "exit") != 0)
    target_refuse (command);
  end_child (child);
  return 0;
}
