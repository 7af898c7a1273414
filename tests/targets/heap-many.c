/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-many BLOCKS DEPTHS: at "go" makes that many blocks of 48 bytes, in as many calling contexts
 * as there are depths, and at "free" frees them; at "exec" it executes itself anew instead.
 */
#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 48

/* Each turn uses a little more stack. */
static __attribute__ ((noinline)) void *
allocate_at (long depth)
{
  volatile char room[8];
  void *block;

  room[0] = (char) depth;
  block = depth > 0 ? allocate_at (depth - 1) : malloc (SIZE);
  room[1] = room[0];
  return block;
}

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, 1, 1000), depths = target_number (argc, argv, 2, 1, 1);
  const char *command;
  void **blocks = mmap (NULL, (size_t) count * sizeof *blocks, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

  if (blocks == MAP_FAILED)
    target_fail ("mmap");
  target_ready ();
  target_await ("go");
  for (long i = 0; i < count; i++)
    {
      blocks[i] = allocate_at (i % depths);
      if (blocks[i] == NULL)
        target_fail ("malloc");
    }
  target_tell ("allocs", count);
  target_tell ("alloc-bytes", SIZE * count);
  target_at ("done");
  command = target_next_command ();
  if (strcmp (command, "exec") == 0)
    {
      execv ("/proc/self/exe", argv);
      target_fail ("execv");
    }
  if (strcmp (command, "free") != 0)
    target_refuse (command);
  for (long i = 0; i < count; i++)
    free (blocks[i]);
  target_tell ("allocs", count);
  target_tell ("alloc-bytes", SIZE * count);
  target_tell ("frees", count);
  target_tell ("free-bytes", SIZE * count);
  target_at ("done");
  target_await_exit ();
}
