/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library with an allocator of its own, which it uses itself whatever others use: it is linked
 * with -Bsymbolic. */
#include <stddef.h>
#include <string.h>

void *malloc (size_t size);
void free (void *block);
void plugin_make (long blocks, size_t size);
void plugin_duplicate (void);

static _Alignas(16) char memory[1 << 24];
static size_t used;
static void *volatile last;

__attribute__ ((noinline)) void *
malloc (size_t size)
{
  size_t whole = (size + 15) & ~(size_t) 15;

  if (whole > sizeof memory - used)
    return NULL;
  used += whole;
  return &memory[used - whole];
}

__attribute__ ((noinline)) void
free (void *block)
{
  last = block;
}

__attribute__ ((noinline)) void
plugin_make (long blocks, size_t size)
{
  for (long i = 0; i < blocks; i++)
    last = malloc (size);
}

/* One block from the C library's allocator. */
__attribute__ ((noinline)) void
plugin_duplicate (void)
{
  last = strdup ("duplicate");
  /* It is a call, not a jump. */
  __asm__ volatile("" : : : "memory");
}
