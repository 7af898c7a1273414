/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-lives: blocks of known lives. "hold" allocates 100 small blocks and "release" frees them;
 * "leak" allocates 41 large ones and keeps them, "waste" 42 and frees each at once, and "enlarge"
 * makes one larger 43 times by realloc(); "drop" frees that one. The numbers tell their call stacks
 * apart.
 */
#include "target.h"

#include <stdlib.h>
#include <string.h>

#define SMALL 64
#define LARGE (256 * 1024)
#define HELD 100
#define LEAKED 41
#define WASTED 42
#define ENLARGED 43

static void *held[HELD];
static char *vector;
static size_t vector_size;

/* Inlined, so that each caller is a call stack of its own, whatever is kept of it. */
__attribute__ ((always_inline)) static inline void *
allocate (size_t size)
{
  void *block = malloc (size);

  if (block == NULL)
    target_fail ("malloc");
  __asm__ volatile("" : "+r"(block) : : "memory");
  return block;
}

static void
hold (void)
{
  for (int i = 0; i < HELD; i++)
    held[i] = allocate (SMALL);
}

static void
release (void)
{
  for (int i = 0; i < HELD; i++)
    free (held[i]);
}

static void
leak (void)
{
  for (int i = 0; i < LEAKED; i++)
    allocate (LARGE);
}

/* Each is a new peak, for it is larger than the one before. */
static void
waste (void)
{
  for (size_t i = 1; i <= WASTED; i++)
    free (allocate (i * LARGE));
}

static void
enlarge (void)
{
  for (int i = 0; i < ENLARGED; i++)
    {
      char *larger = realloc (vector, vector_size + LARGE);

      if (larger == NULL)
        target_fail ("realloc");
      vector = larger;
      vector_size += LARGE;
    }
}

int
main (void)
{
  static const struct
  {
    const char *name;
    void (*run) (void);
  } commands[] = {
    { "hold", hold },   { "release", release }, { "leak", leak },
    { "waste", waste }, { "enlarge", enlarge },
  };

  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();
      size_t i = 0;

      if (strcmp (command, "exit") == 0)
        return 0;
      while (i < sizeof commands / sizeof *commands && strcmp (command, commands[i].name) != 0)
        i++;
      if (strcmp (command, "drop") == 0)
        free (vector);
      else if (i == sizeof commands / sizeof *commands)
        target_refuse (command);
      else
        commands[i].run ();
      target_at ("done");
    }
}
