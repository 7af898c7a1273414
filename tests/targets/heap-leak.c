/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-leak [BLOCKS [SIZE]]: at "go" leak_block(), called by serve(), makes that many blocks of
 * that size (1000 of 100 bytes) and keeps them; use_block() makes as many and frees them. At "free"
 * half of what is kept is freed, at "exec" it executes itself anew, and at "child" a child does
 * what "go" does and exits. At "hide" it is nobody's own any more, as a program is that has changed
 * its user, and at "show" it may be looked into by its user.
 */
#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void **kept;
static long n_kept;

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

void leak_block (long index, size_t size);
void use_block (size_t size);
void serve (long blocks, size_t size);

FUNCTION void
leak_block (long index, size_t size)
{
  kept[index] = malloc (size);
  if (kept[index] == NULL)
    target_fail ("malloc");
}

FUNCTION void
use_block (size_t size)
{
  void *block = malloc (size);

  __asm__ volatile("" : "+r"(block) : : "memory");
  free (block);
}

FUNCTION void
serve (long blocks, size_t size)
{
  for (long i = 0; i < blocks; i++)
    {
      leak_block (i, size);
      use_block (size);
    }
  __asm__ volatile("" : : : "memory");
}

static void
free_half (void)
{
  for (long i = 0; i < n_kept / 2; i++)
    free (kept[i]);
}

static void
serve_in_child (long blocks, size_t size)
{
  pid_t child = fork ();

  if (child == 0)
    {
      serve (blocks, size);
      _exit (0);
    }
  if (child < 0 || waitpid (child, NULL, 0) != child)
    target_fail ("fork");
}

static void
obey (const char *command, long blocks, size_t size, char **argv)
{
  if (strcmp (command, "go") == 0)
    {
      serve (blocks, size);
      n_kept = blocks;
    }
  else if (strcmp (command, "free") == 0)
    free_half ();
  else if (strcmp (command, "child") == 0)
    serve_in_child (blocks, size);
  else if (strcmp (command, "exec") == 0)
    {
      execv ("/proc/self/exe", argv);
      target_fail ("execv");
    }
  else if (strcmp (command, "hide") == 0 || strcmp (command, "show") == 0)
    {
      if (prctl (PR_SET_DUMPABLE, command[0] == 's') != 0)
        target_fail ("prctl");
    }
  else if (strcmp (command, "exit") == 0)
    exit (0);
  else
    target_refuse (command);
}

int
main (int argc, char **argv)
{
  long blocks = target_number (argc, argv, 1, 2, 1000);
  size_t size = (size_t) target_number (argc, argv, 2, 1, 100);

  kept = calloc ((size_t) blocks, sizeof *kept);
  if (kept == NULL)
    target_fail ("calloc");
  target_ready ();
  for (;;)
    {
      obey (target_next_command (), blocks, size, argv);
      target_at ("done");
    }
}
