/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoll-pairs [PAIRS]: at each "go" adds one file to an epoll set and removes it again,
 * that many times. The kernel frees what EPOLL_CTL_ADD allocates with kfree_rcu, which fires no
 * kmem tracepoint.
 */
#include "target.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

int
main (int argc, char **argv)
{
  long pairs = target_number (argc, argv, 1, 0, 10000);
  int set = epoll_create1 (0);
  int file = eventfd (0, 0);
  const char *command;

  if (set < 0 || file < 0)
    target_fail ("epoll_create1 or eventfd");
  target_ready ();

  while (strcmp (command = target_next_command (), "exit") != 0)
    {
      struct epoll_event event = { .events = EPOLLIN };

      if (strcmp (command, "go") != 0)
        target_refuse (command);
      for (long i = 0; i < pairs; i++)
        if (epoll_ctl (set, EPOLL_CTL_ADD, file, &event) != 0 ||
            epoll_ctl (set, EPOLL_CTL_DEL, file, NULL) != 0)
          target_fail ("epoll_ctl");
      target_tell ("pairs", pairs);
      target_at ("done");
    }
  return 0;
}
