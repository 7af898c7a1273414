/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places of known names and lines: the innermost is inlined twice. */
#include "places.h"

#define HERE(place)                                                                                \
  do                                                                                               \
    {                                                                                              \
      void *address;                                                                               \
      __asm__ volatile("lea 0(%%rip), %0" : "=r"(address));                                        \
      (place)->address = address;                                                                  \
      (place)->lines[0] = __LINE__;                                                                \
    }                                                                                              \
  while (0)

static inline __attribute__ ((always_inline)) void
innermost (struct place *place)
{
  HERE (place);
}

static inline __attribute__ ((always_inline)) void
middle (struct place *place)
{
  place->lines[1] = __LINE__ + 1;
  innermost (place);
}

__attribute__ ((noinline)) void
find_inlined_place (struct place *place)
{
  place->lines[2] = __LINE__ + 1;
  middle (place);
}

__attribute__ ((noinline)) static void
find_hidden_place (struct place *place)
{
  HERE (place);
}

void
find_places (struct place *inlined, struct place *hidden)
{
  find_inlined_place (inlined);
  find_hidden_place (hidden);
}
