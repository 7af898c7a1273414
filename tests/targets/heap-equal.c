/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-equal [BLOCKS]: at "go" makes that many blocks of 100 bytes, and at "free" frees them. Its
 * addresses are the same in every process: it executes itself without their randomization.
 */
#include "target.h"

#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

int
main (int argc, char **argv)
{
  long count = target_number (argc, argv, 1, 1, 1000);
  void **blocks;

  if (!(personality (0xffffffff) & ADDR_NO_RANDOMIZE))
    {
      if (personality (ADDR_NO_RANDOMIZE) < 0)
        target_fail ("personality");
      execv ("/proc/self/exe", argv);
      target_fail ("execv");
    }
  blocks = calloc ((size_t) count, sizeof *blocks);
  if (blocks == NULL)
    target_fail ("calloc");
  target_ready ();
  target_await ("go");
  for (long i = 0; i < count; i++)
    blocks[i] = malloc (100);
  target_tell ("address", (long long) (size_t) blocks[0]);
  target_tell ("allocs", count);
  target_tell ("alloc-bytes", 100 * count);
  target_at ("done");
  target_await ("free");
  for (long i = 0; i < count; i++)
    free (blocks[i]);
  target_tell ("allocs", count);
  target_tell ("alloc-bytes", 100 * count);
  target_tell ("frees", count);
  target_tell ("free-bytes", 100 * count);
  target_at ("done");
  target_await_exit ();
}
