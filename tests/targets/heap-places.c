/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-places BLOCKS: at "go" makes that many blocks of 48 bytes, in turn in each of 10,000 calling
 * contexts: a hundred places in a function, called at a hundred depths. At each "again" it replaces
 * one block of each context. Tells allocs.
 */
#include "target.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SIZE 48
#define PLACES 100
#define DEPTHS 100

/* Each of them a call instruction of its own. */
#define PLACE(number)                                                                              \
  case number:                                                                                     \
    block = malloc (SIZE);                                                                         \
    __asm__ volatile("# " #number : "+r"(block));                                                  \
    break;
#define TEN_PLACES(tens)                                                                           \
  PLACE (tens##0)                                                                                  \
  PLACE (tens##1)                                                                                  \
  PLACE (tens##2) PLACE (tens##3) PLACE (tens##4) PLACE (tens##5) PLACE (tens##6) PLACE (tens##7)  \
      PLACE (tens##8) PLACE (tens##9)

static __attribute__ ((noinline)) void *
allocate_in (long place)
{
  void *block = NULL;

  switch (place)
    {
      TEN_PLACES ()
      TEN_PLACES (1)
      TEN_PLACES (2)
      TEN_PLACES (3)
      TEN_PLACES (4)
      TEN_PLACES (5)
      TEN_PLACES (6)
      TEN_PLACES (7)
      TEN_PLACES (8)
      TEN_PLACES (9)
    }
  return block;
}

static __attribute__ ((noinline)) void *
allocate_at (long depth, long place)
{
  volatile char room[8];
  void *block;

  room[0] = (char) depth;
  block = depth > 0 ? allocate_at (depth - 1, place) : allocate_in (place);
  room[1] = room[0];
  return block;
}

static void
allocate (void **blocks, long i)
{
  blocks[i] = allocate_at (i / PLACES % DEPTHS, i % PLACES);
  if (blocks[i] == NULL)
    target_fail ("malloc");
}

static void
tell (long count)
{
  target_tell ("allocs", count);
  target_at ("done");
}

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, PLACES * DEPTHS, 1000000), allocs = count;
  void **blocks = mmap (NULL, (size_t) count * sizeof *blocks, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

  if (blocks == MAP_FAILED)
    target_fail ("mmap");
  target_ready ();
  target_await ("go");
  for (long i = 0; i < count; i++)
    allocate (blocks, i);
  tell (allocs);
  for (;;)
    {
      target_await ("again");
      for (long i = 0; i < PLACES * DEPTHS; i++)
        {
          free (blocks[i]);
          allocate (blocks, i);
        }
      allocs += PLACES * DEPTHS;
      tell (allocs);
    }
}
