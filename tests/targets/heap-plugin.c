/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-plugin: at "load" opens a library that has an allocator of its own and uses it
 * (heap-plugin-library.c); then "go" has that make a hundred blocks of 100 bytes, which are never
 * freed, and "duplicate" has it take one from the C library.
 */
#include "target.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void (*make) (long, size_t);
static void (*duplicate) (void);

static void
load (const char *program)
{
  char path[4096];
  void *library;

  snprintf (path, sizeof path, "%.*s/heap-plugin-library.so",
            (int) (strrchr (program, '/') - program), program);
  library = dlopen (path, RTLD_NOW);
  if (library == NULL)
    target_fail ("dlopen");
  make = (void (*) (long, size_t)) dlsym (library, "plugin_make");
  duplicate = (void (*) (void)) dlsym (library, "plugin_duplicate");
}

int
main (int argc, char **argv)
{
  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();

      if (strcmp (command, "load") == 0)
        load (argv[0]);
      else if (strcmp (command, "go") == 0 && make != NULL)
        make (100, 100);
      else if (strcmp (command, "duplicate") == 0 && duplicate != NULL)
        duplicate ();
      else if (strcmp (command, "exit") == 0)
        return 0;
      else
        target_refuse (command);
      target_at ("done");
    }
}
