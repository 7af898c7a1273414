/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program with an allocator. It says that it runs, and waits until nobody wants it any more. */
#include <stdlib.h>
#include <unistd.h>

int
main (void)
{
  char *volatile block = malloc (1);
  int said = write (STDOUT_FILENO, "ready\n", 6) == 6;

  while (said && read (STDIN_FILENO, block, 1) > 0)
    ;
  free (block);
  return said ? 0 : 1;
}
