/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-family [BLOCKS [SIZE [PROGRAM]]]: has children that make blocks of their own. A command
 * makes some, tells them as child0, child1, …, and is done when all of them wait:
 *
 *   fork: one child; thread: one, by a thread; tree: one, its child, and the child of that; daemon:
 *   the child of a child that has exited; exec, vfork, spawn: one that executes PROGRAM (this one,
 *   unless it is given) after fork() or vfork() or by posix_spawn().
 *
 * At "go" each that waits makes the blocks in leak_block(), and the longest time that took one is
 * told as nanoseconds. At "again" those execute PROGRAM anew and wait. At "end" all exit. At
 * "storm" SIZE programs are executed one after the other that do nothing. "own" makes the blocks in
 * this process, and at "become" it executes PROGRAM, which exits.
 */
#include "target.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_BLOCKS 100000
#define MOST_CHILDREN 64
#define NUMBER_BYTES 24
#define OWN_PROGRAM "/proc/self/exe"

enum
{
  READING,
  WRITING,
};

/* Children begin with a byte of the first, and end, or execute, with one of the second; they tell
 * in the third that they wait. */
static int go[2], end[2], told[2];
static long n_blocks, block_size;
static const char *program;
static void *kept[MOST_BLOCKS];
static int n_children;
static bool have_gone;

void leak_block (long index);

__attribute__ ((noinline)) void
leak_block (long index)
{
  kept[index] = malloc ((size_t) block_size);
  if (kept[index] == NULL)
    target_fail ("malloc");
}

static void
make_blocks (void)
{
  for (long i = 0; i < n_blocks; i++)
    leak_block (i);
  __asm__ volatile("" : : : "memory");
}

static void execute (const char *path);

typedef struct
{
  long long nanoseconds;
  pid_t pid;
} Waiting;

static void
tell_waiting (long long nanoseconds)
{
  Waiting waiting = { nanoseconds, getpid () };

  if (write (told[WRITING], &waiting, sizeof waiting) != sizeof waiting)
    _exit (1);
}

static long long
clock_nanoseconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Without the parent, too, it is over. */
static char
await_byte (const int *pipe_ends)
{
  char byte;

  return read (pipe_ends[READING], &byte, 1) == 1 ? byte : 'e';
}

static void __attribute__ ((noreturn)) serve (void)
{
  long long begin;

  close (go[WRITING]);
  close (end[WRITING]);
  tell_waiting (0);
  if (await_byte (go) != 'g')
    _exit (0);
  begin = clock_nanoseconds ();
  make_blocks ();
  tell_waiting (clock_nanoseconds () - begin);
  if (await_byte (end) == 'x')
    execute (program);
  _exit (0);
}

static void
number (char *text, long value)
{
  snprintf (text, NUMBER_BYTES, "%ld", value);
}

/* Only what is allowed after vfork(): the texts were made before. */
static char texts[8][NUMBER_BYTES];
static char *arguments[] = { (char *) "heap-family",
                             (char *) "serve",
                             texts[0],
                             texts[1],
                             texts[2],
                             texts[3],
                             texts[4],
                             texts[5],
                             texts[6],
                             texts[7],
                             NULL };

static void
write_arguments (void)
{
  number (texts[0], n_blocks);
  number (texts[1], block_size);
  for (int i = 0; i < 2; i++)
    {
      number (texts[2 + i], go[i]);
      number (texts[4 + i], end[i]);
      number (texts[6 + i], told[i]);
    }
}

static void
execute (const char *path)
{
  execv (path, arguments);
  _exit (1);
}

static void __attribute__ ((noreturn)) serve_executed (char **argv)
{
  n_blocks = atol (argv[2]);
  block_size = atol (argv[3]);
  for (int i = 0; i < 2; i++)
    {
      go[i] = atoi (argv[4 + i]);
      end[i] = atoi (argv[6 + i]);
      told[i] = atoi (argv[8 + i]);
    }
  program = OWN_PROGRAM;
  write_arguments ();
  serve ();
}

static pid_t
fork_or_fail (void)
{
  pid_t child = fork ();

  if (child < 0)
    target_fail ("fork");
  return child;
}

static void *
fork_in_thread (void *unused)
{
  (void) unused;
  if (fork_or_fail () == 0)
    serve ();
  return NULL;
}

static void
make_thread (void)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, fork_in_thread, NULL) != 0 || pthread_join (thread, NULL) != 0)
    target_fail ("pthread_create");
}

static void
make_tree (int depth)
{
  if (fork_or_fail () != 0)
    return;
  if (depth > 1)
    make_tree (depth - 1);
  serve ();
}

static void
make_daemon (void)
{
  pid_t child = fork_or_fail ();

  if (child == 0)
    {
      setsid ();
      if (fork_or_fail () == 0)
        serve ();
      _exit (0);
    }
  if (waitpid (child, NULL, 0) != child)
    target_fail ("waitpid");
}

static void
make_executed (void)
{
  if (fork_or_fail () == 0)
    execute (program);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void
make_by_vfork (void)
{
  pid_t child = vfork ();

  if (child == 0)
    execute (program);
  if (child < 0)
    target_fail ("vfork");
}
#pragma GCC diagnostic pop

static void
make_spawned (void)
{
  pid_t child;

  if (posix_spawn (&child, program, NULL, NULL, arguments, environ) != 0)
    target_fail ("posix_spawn");
}

/* Reads from as many children that they wait. */
static void
await_children (int n, bool are_new)
{
  long long longest = 0;

  for (int i = 0; i < n; i++)
    {
      char key[NUMBER_BYTES];
      Waiting waiting;

      if (read (told[READING], &waiting, sizeof waiting) != sizeof waiting)
        target_fail ("read");
      snprintf (key, sizeof key, "child%d", n_children + i);
      if (are_new)
        target_tell (key, waiting.pid);
      if (waiting.nanoseconds > longest)
        longest = waiting.nanoseconds;
    }
  if (!are_new)
    target_tell ("nanoseconds", longest);
}

static void
send (const int *pipe_ends, char byte)
{
  for (int i = 0; i < n_children; i++)
    if (write (pipe_ends[WRITING], &byte, 1) != 1)
      target_fail ("write");
}

static void
run_storm (void)
{
  for (long i = 0; i < block_size; i++)
    {
      pid_t child = fork_or_fail ();

      if (child == 0)
        {
          execl (OWN_PROGRAM, "heap-family", "nothing", NULL);
          _exit (1);
        }
      if (waitpid (child, NULL, 0) != child)
        target_fail ("waitpid");
    }
}

static int
make_children (const char *command)
{
  int n = 1;

  if (strcmp (command, "fork") == 0)
    make_tree (1);
  else if (strcmp (command, "thread") == 0)
    make_thread ();
  else if (strcmp (command, "tree") == 0)
    make_tree (n = 3);
  else if (strcmp (command, "daemon") == 0)
    make_daemon ();
  else if (strcmp (command, "exec") == 0)
    make_executed ();
  else if (strcmp (command, "vfork") == 0)
    make_by_vfork ();
  else if (strcmp (command, "spawn") == 0)
    make_spawned ();
  else
    return 0;
  return n;
}

static void
obey (const char *command)
{
  int n = make_children (command);

  await_children (n, true);
  n_children += n;
  if (strcmp (command, "go") == 0)
    send (go, 'g');
  else if (strcmp (command, "again") == 0)
    send (end, 'x');
  else if (strcmp (command, "end") == 0)
    send (have_gone ? end : go, 'e');
  else if (strcmp (command, "storm") == 0)
    run_storm ();
  else if (strcmp (command, "own") == 0)
    make_blocks ();
  else if (strcmp (command, "become") == 0)
    execute (program);
  else if (n == 0)
    target_refuse (command);
  if (strcmp (command, "go") == 0 || strcmp (command, "again") == 0)
    await_children (n_children, false);
  have_gone =
      strcmp (command, "go") == 0 || (have_gone && n == 0 && strcmp (command, "again") != 0);
  if (strcmp (command, "end") == 0)
    for (; n_children > 0; n_children--)
      waitpid (-1, NULL, 0);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "nothing") == 0)
    return 0;
  if (argc == 10 && strcmp (argv[1], "serve") == 0)
    serve_executed (argv);
  n_blocks = target_number (argc, argv, 1, 1, 1000);
  block_size = target_number (argc, argv, 2, 1, 100);
  program = argc > 3 ? argv[3] : OWN_PROGRAM;
  if (n_blocks > MOST_BLOCKS || pipe (go) != 0 || pipe (end) != 0 || pipe (told) != 0)
    target_fail ("pipe");
  write_arguments ();
  target_ready ();
  for (;;)
    {
      obey (target_next_command ());
      target_at ("done");
    }
}
