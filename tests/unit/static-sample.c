/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program to be linked statically. It is read, and never run. */
#include <stdlib.h>

int
main (void)
{
  void *volatile block = malloc (1);

  free (block);
  return 0;
}
