/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leak that ./quickstart shows: a program that answers "requests" and never frees what it
 * remembers of them: eight kibibytes of its own memory, and an event descriptor, which costs an
 * eventfd context, a file and what belongs to that in the kernel's. What it reads a request with it
 * frees: that is no leak, and not to be taken for one.
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

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

struct request
{
  struct request *previous;
  char text[REQUEST_BYTES - sizeof (void *)];
};

static struct request *remembered;

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

FUNCTION static char *
read_request (void)
{
  char *text = malloc (REQUEST_BYTES);

  if (text != NULL)
    memset (text, 1, REQUEST_BYTES);
  return text;
}

/* Nothing ever looks at it again. */
FUNCTION static int
remember_request (const char *text)
{
  struct request *request = malloc (sizeof *request);

  if (request == NULL)
    return -1;
  memcpy (request->text, text, sizeof request->text);
  request->previous = remembered;
  remembered = request;
  return 0;
}

FUNCTION static int
answer_request (void)
{
  char *text = read_request ();
  int result = text != NULL ? remember_request (text) : -1;

  eventfd (0, EFD_CLOEXEC);
  free (text);
  return result;
}

FUNCTION static void
serve (long rate)
{
  const struct timespec interval = {
    .tv_sec = rate == 1 ? 1 : 0,
    .tv_nsec = rate == 1 ? 0 : NANOSECONDS_PER_SECOND / rate,
  };

  while (answer_request () == 0)
    nanosleep (&interval, NULL);
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
  serve (rate);
  perror ("malloc");
  return 1;
}
