/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leak that ./quickstart shows: a program that answers "requests" and never frees what it keeps
 * for them: eight kibibytes of its own memory, and an event descriptor, which costs an eventfd
 * context, a file and what belongs to that in the kernel's.
 *
 *     leaking-program [REQUESTS-PER-SECOND]
 *
 * When no more descriptors are to be had it goes on without.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS_PER_SECOND 1000000000L
#define RATE_DEFAULT 500
#define REQUEST_BYTES 8192
#define RATE_MAXIMUM 1000000

static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* Returns the requests per second, or -1 when @text is no such number. */
static long
parse_rate (const char *text)
{
  char *end;
  long rate;

  errno = 0;
  rate = strtol (text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || rate < 1 || rate > RATE_MAXIMUM)
    return -1;
  return rate;
}

static void
answer_requests (long rate)
{
  const struct timespec interval = {
    .tv_sec = rate == 1 ? 1 : 0,
    .tv_nsec = rate == 1 ? 0 : NANOSECONDS_PER_SECOND / rate,
  };

  for (;;)
    {
      char *request = malloc (REQUEST_BYTES);

      if (request == NULL)
        return;
      memset (request, 1, REQUEST_BYTES);
      eventfd (0, EFD_CLOEXEC);
      nanosleep (&interval, NULL);
    }
}

int
main (int argc, char **argv)
{
  long rate = argc > 1 ? parse_rate (argv[1]) : RATE_DEFAULT;

  if (argc > 2 || rate < 0)
    {
      fprintf (stderr, "usage: %s [REQUESTS-PER-SECOND], from 1 to %d\n", argv[0], RATE_MAXIMUM);
      return 2;
    }
  raise_descriptor_limit ();
  answer_requests (rate);
  perror ("malloc");
  return 1;
}
