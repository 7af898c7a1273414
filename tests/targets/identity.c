/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity [--uids=REAL,EFFECTIVE,SAVED] [--dumpable=0|1] [--name=HEX]: waits with that identity,
 * and opens a hundred eventfds at "go". The name is given as the hexadecimal digits of its bytes,
 * so that any byte can be in it. Started as root it leaves all groups.
 */
#include "target.h"

#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FILES 100

static void
become (const char *uids)
{
  unsigned real, effective, saved;

  if (sscanf (uids, "%u,%u,%u", &real, &effective, &saved) != 3)
    {
      fprintf (stderr, "--uids=%s is not REAL,EFFECTIVE,SAVED\n", uids);
      exit (2);
    }
  if (setgroups (0, NULL) != 0 || setresuid (real, effective, saved) != 0)
    target_fail ("setresuid");
  /* Which leaves the process not dumpable, as nothing else of it is hidden. */
  if (prctl (PR_SET_DUMPABLE, 1) != 0)
    target_fail ("prctl");
}

static void
rename_to (const char *digits)
{
  char name[16] = { 0 };
  unsigned byte;

  for (size_t i = 0; i < sizeof name - 1 && sscanf (digits + 2 * i, "%2x", &byte) == 1; i++)
    name[i] = (char) byte;
  if (prctl (PR_SET_NAME, name) != 0)
    target_fail ("prctl");
}

int
main (int argc, char **argv)
{
  static const struct option options[] = {
    { "uids", required_argument, NULL, 'u' },
    { "dumpable", required_argument, NULL, 'd' },
    { "name", required_argument, NULL, 'n' },
    { 0 },
  };
  int files[FILES];
  int option;

  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1)
    switch (option)
      {
      case 'u':
        become (optarg);
        break;
      case 'd':
        if (prctl (PR_SET_DUMPABLE, atoi (optarg)) != 0)
          target_fail ("prctl");
        break;
      case 'n':
        rename_to (optarg);
        break;
      default:
        return 2;
      }
  target_tell ("dumpable", prctl (PR_GET_DUMPABLE));
  target_ready ();
  target_await ("go");
  target_open_eventfds (files, FILES);
  target_at ("opened");
  target_await_exit ();
}
