/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

long
target_number (int argc, char **argv, int index, long least, long fallback)
{
  char *end;
  long number;

  if (index >= argc)
    return fallback;
  errno = 0;
  number = strtol (argv[index], &end, 10);
  if (errno != 0 || *end != '\0' || end == argv[index] || number < least)
    {
      fprintf (stderr, "%s: argument %d is '%s', but a number from %ld up is needed\n", argv[0],
               index, argv[index], least);
      exit (2);
    }
  return number;
}

/* dprintf() would allocate its buffer. */
static void
write_line (const char *line, int length)
{
  if (write (STDOUT_FILENO, line, (size_t) length) != length)
    target_fail ("writing a line");
}

void
target_tell (const char *key, long long value)
{
  char line[96];

  write_line (line, snprintf (line, sizeof line, "%s=%lld\n", key, value));
}

void
target_at (const char *phase)
{
  char line[96];

  write_line (line, snprintf (line, sizeof line, "at=%s\n", phase));
}

void
target_ready (void)
{
  target_tell ("pid", getpid ());
  target_at ("ready");
}

const char *
target_next_command (void)
{
  static char line[64];
  size_t length = 0;

  while (length < sizeof line - 1)
    {
      ssize_t count = read (STDIN_FILENO, &line[length], 1);

      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        target_fail ("reading a command");
      if (count == 0)
        exit (0);
      if (line[length] == '\n')
        break;
      length++;
    }
  line[length] = '\0';
  return line;
}

void
target_await (const char *command)
{
  const char *given = target_next_command ();

  if (strcmp (given, command) != 0)
    target_refuse (given);
}

void
target_await_exit (void)
{
  target_await ("exit");
  exit (0);
}

void
target_serve (const TargetCommand *commands)
{
  for (;;)
    {
      const char *name = target_next_command ();
      const TargetCommand *command = commands;

      if (strcmp (name, "exit") == 0)
        return;
      while (command->name != NULL && strcmp (name, command->name) != 0)
        command++;
      if (command->name == NULL)
        target_refuse (name);
      command->run ();
      target_at ("done");
    }
}

void
target_refuse (const char *command)
{
  fprintf (stderr, "'%s' is not a command here\n", command);
  exit (2);
}

void
target_fail (const char *what)
{
  fprintf (stderr, "%s: %s\n", what, strerror (errno));
  exit (1);
}

void
target_allow_files (long count)
{
  struct rlimit limit;
  /* Beside the standard streams and whatever the test has left open. */
  const rlim_t others = 64;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    target_fail ("getrlimit");
  if (limit.rlim_max < (rlim_t) count + others)
    {
      fprintf (stderr, "%ld files do not fit the limit of %llu\n", count,
               (unsigned long long) limit.rlim_max);
      exit (1);
    }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    target_fail ("setrlimit");
}

void
target_open_eventfds (int *files, long count)
{
  for (long i = 0; i < count; i++)
    {
      files[i] = eventfd (0, 0);
      if (files[i] < 0)
        target_fail ("eventfd");
    }
}

void
target_close_files (const int *files, long count)
{
  for (long i = 0; i < count; i++)
    close (files[i]);
}

int *
target_file_array (long count)
{
  size_t size = (size_t) (count > 0 ? count : 1) * sizeof (int);
  int *files =
      mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

  if (files == MAP_FAILED)
    target_fail ("mmap");
  return files;
}
