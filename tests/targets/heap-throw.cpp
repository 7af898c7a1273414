// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * heap-throw: C++ that makes objects and catches what their allocation throws. At "go" it makes 1000 blocks of 40 bytes
 * with operator new, and after each tries to get more than there can be; half are deleted. It tells
 * allocs, frees and current-bytes, and how many exceptions it has caught.
 */
extern "C" {
#include "target.h"
}

#include <cstddef>
#include <new>
#include <stdexcept>

static volatile std::size_t too_large = static_cast<std::size_t> (-1) / 2 - 65536;

static long
count_caught ()
{
  long caught = 0;

  try
    {
      void *block = ::operator new (too_large);

      __asm__ volatile ("" : : "r"(block));
    }
  catch (const std::bad_alloc &)
    {
      caught++;
    }
  return caught;
}

int
main ()
{
  static void *blocks[1000];
  long caught = 0;

  target_ready ();
  target_await ("go");
  for (int i = 0; i < 1000; i++)
    {
      blocks[i] = ::operator new (40);
      caught += count_caught ();
    }
  for (int i = 0; i < 500; i++)
    ::operator delete (blocks[i]);
  /* Each exception is a block, too, of a size that only the runtime knows. */
  target_tell ("allocs", 1000 + caught);
  target_tell ("frees", 500 + caught);
  target_tell ("current-bytes", 20000);
  target_tell ("caught", caught);
  target_at ("done");
  target_await_exit ();
}
