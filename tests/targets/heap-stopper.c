/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library that stops the program that it is loaded into by LD_PRELOAD before main() and after it,
 * when HEAP_STOPPER is set: the file for what heap-counter.c has counted between. It allocates
 * nothing, and stops no child.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void heap_counter_begin (void) __attribute__ ((weak));
void heap_counter_end (const char *file) __attribute__ ((weak));

static char file[4096];
static pid_t stopped;

__attribute__ ((constructor)) static void
begin (void)
{
  const char *value = getenv ("HEAP_STOPPER");

  if (value == NULL)
    return;
  strncpy (file, value, sizeof file - 1);
  unsetenv ("HEAP_STOPPER");
  stopped = getpid ();
  raise (SIGSTOP);
  if (heap_counter_begin != NULL)
    heap_counter_begin ();
}

__attribute__ ((destructor)) static void
end (void)
{
  if (getpid () != stopped)
    return;
  if (heap_counter_end != NULL)
    heap_counter_end (file);
  raise (SIGSTOP);
}
