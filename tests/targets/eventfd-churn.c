/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventfd-churn [PAIRS [RATE]]: at each "go" opens and closes that many eventfds one after
 * another, RATE a second (0, the default: as fast as it can), and keeps none.
 */
#include "target.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static void
churn (long pairs, long rate)
{
  struct timespec next;

  clock_gettime (CLOCK_MONOTONIC, &next);
  for (long i = 0; i < pairs; i++)
    {
      int file = eventfd (0, 0);

      if (file < 0)
        target_fail ("eventfd");
      close (file);
      if (rate == 0)
        continue;
      next.tv_nsec += 1000000000 / rate;
      next.tv_sec += next.tv_nsec / 1000000000;
      next.tv_nsec %= 1000000000;
      clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
}

int
main (int argc, char **argv)
{
  long pairs = target_number (argc, argv, 1, 0, 1000);
  long rate = target_number (argc, argv, 2, 0, 0);
  const char *command;

  target_ready ();
  while (strcmp (command = target_next_command (), "exit") != 0)
    {
      if (strcmp (command, "go") != 0)
        target_refuse (command);
      churn (pairs, rate);
      target_tell ("pairs", pairs);
      target_at ("done");
    }
  return 0;
}
