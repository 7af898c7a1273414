/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-growth KIND BYTES MILLISECONDS: at "grow" takes that many more BYTES every so many
 * MILLISECONDS, until the next command; at "hold" keeps what it has. KIND is
 * "leak", where leak_block() keeps every block, beside garbage that use_block() frees at once;
 * "churn", where a call of make_block() makes both, and one block of eight is kept;
 * "many", where leak_block() leaks among a hundred call stacks that replace what they have;
 * "vector", where realloc() in enlarge() makes one block larger;
 * "retain", where all that is taken is memory that was mapped before, so that the heap does not
 * grow; "turnover", the same with a cache whose oldest entries replace_entry() replaces; or
 * "phases", the same with memory that begin_phase() takes and that is freed at the end of a phase.
 */
#include "target.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Address space for everything that it may ever take. */
#define SPACE (8UL << 30)
#define BLOCK 4096

static char *space;
static size_t used;

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

void leak_block (void);
void use_block (void);
char *make_block (void);
void replace_at (int depth, size_t bytes);
void enlarge (size_t bytes);
void replace_entry (void);
void begin_phase (void);

FUNCTION void
leak_block (void)
{
  char *block = malloc (BLOCK);

  if (block == NULL)
    target_fail ("malloc");
  memset (block, 1, BLOCK);
  __asm__ volatile("" : "+r"(block) : : "memory");
}

FUNCTION void
use_block (void)
{
  char *block = malloc (BLOCK);

  if (block == NULL)
    target_fail ("malloc");
  memset (block, 1, BLOCK);
  __asm__ volatile("" : "+r"(block) : : "memory");
  free (block);
}

static void
leak (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    {
      leak_block ();
      use_block ();
    }
}

static void
retain (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    use_block ();
  if (used + bytes > SPACE)
    target_fail ("taking more than was reserved");
  memset (space + used, 1, bytes);
  used += bytes;
}

FUNCTION char *
make_block (void)
{
  char *block = malloc (BLOCK);

  if (block == NULL)
    target_fail ("malloc");
  memset (block, 1, BLOCK);
  return block;
}

static void
churn (size_t bytes)
{
  for (size_t i = 0; i < bytes / BLOCK * 8; i++)
    {
      char *block = make_block ();

      if (i % 8 != 0)
        free (block);
    }
}

#define DEPTHS 100
#define LEAKING_DEPTH 37

static char *kept[DEPTHS];

/* Each depth is a call stack of its own. */
FUNCTION void
replace_at (int depth, size_t bytes)
{
  free (kept[depth]);
  kept[depth] = make_block ();
  if (depth == LEAKING_DEPTH)
    for (size_t taken = 0; taken < bytes; taken += BLOCK)
      leak_block ();
  if (depth > 0)
    replace_at (depth - 1, bytes);
  /* No call is the last one. */
  __asm__ volatile("" ::: "memory");
}

static void
leak_among_many (size_t bytes)
{
  replace_at (DEPTHS - 1, bytes);
}

static char *vector;
static size_t vector_size;

FUNCTION void
enlarge (size_t bytes)
{
  char *larger = realloc (vector, vector_size + bytes);

  if (larger == NULL)
    target_fail ("realloc");
  memset (larger + vector_size, 1, bytes);
  vector = larger;
  vector_size += bytes;
}

#define ENTRIES 500

static char *entries[ENTRIES];
static size_t next_entry;

FUNCTION void
replace_entry (void)
{
  size_t i = next_entry++ % ENTRIES;

  free (entries[i]);
  entries[i] = malloc (BLOCK);
  if (entries[i] == NULL)
    target_fail ("malloc");
  memset (entries[i], 1, BLOCK);
}

static void
turn_over (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    replace_entry ();
  retain (bytes);
}

/* A phase takes a second, and 2 MiB. */
FUNCTION void
begin_phase (void)
{
  if (next_entry % ENTRIES == 0)
    for (size_t i = 0; i < ENTRIES; i++)
      {
        free (entries[i]);
        entries[i] = NULL;
      }
  replace_entry ();
}

static void
work_in_phases (size_t bytes)
{
  for (size_t taken = 0; taken < bytes; taken += BLOCK)
    begin_phase ();
  retain (bytes);
}

static const struct
{
  const char *name;
  void (*take) (size_t);
} kinds[] = {
  { "leak", leak },
  { "churn", churn },
  { "many", leak_among_many },
  { "vector", enlarge },
  { "retain", retain },
  { "turnover", turn_over },
  { "phases", work_in_phases },
};

static void
grow (void (*take) (size_t), size_t bytes, long milliseconds)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  const struct timespec pause = { .tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000 };

  while (poll (&input, 1, 0) == 0)
    {
      take (bytes);
      nanosleep (&pause, NULL);
    }
}

static void (*find_kind (const char *name)) (size_t)
{
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp (name, kinds[i].name) == 0)
      return kinds[i].take;
  target_refuse (name);
}

int
main (int argc, char **argv)
{
  const char *kind = argc > 1 ? argv[1] : "leak";
  size_t bytes = (size_t) target_number (argc, argv, 2, 1, 131072);
  long milliseconds = target_number (argc, argv, 3, 1, 50);

  space = mmap (NULL, SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1, 0);
  if (space == MAP_FAILED)
    target_fail ("mmap");
  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();

      if (strcmp (command, "grow") == 0)
        {
          target_at ("growing");
          grow (find_kind (kind), bytes, milliseconds);
        }
      else if (strcmp (command, "hold") == 0)
        target_at ("holding");
      else if (strcmp (command, "exit") == 0)
        return 0;
      else
        target_refuse (command);
    }
}
