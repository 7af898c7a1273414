/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memsnoop-opener: opens the files that processes execute, for memsnoopd, which has not the right
 * to. */
#include "confinement.h"
#include "memsnoop-names.h"
#include "memsnoop-opener-protocol.h"
#include "requests.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

static bool
is_socket (void)
{
  int type = 0;
  socklen_t length = sizeof type;

  return getsockopt (MEMSNOOP_OPENER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
         type == SOCK_SEQPACKET;
}

int
main (void)
{
  const char *what = "learn of the end of its children";
  int result;

  if (!is_socket ())
    {
      fprintf (stderr,
               "memsnoop-opener: this is a part of memsnoopd, which starts it with a socket as "
               "descriptor %d; it is of no use by itself\n",
               MEMSNOOP_OPENER_SOCKET);
      return EXIT_USAGE;
    }
  result = memsnoop_opener_prepare ();
  if (result == 0)
    result = memsnoop_confinement_enter (MEMSNOOP_USER, &what);
  /* That it lacks the rights is for the service to tell. */
  if (result != 0 && result != -EPERM)
    fprintf (stderr, "memsnoop-opener: cannot %s: %s\n", what, strerror (-result));
  if (memsnoop_opener_announce (MEMSNOOP_OPENER_SOCKET, -result) != 0 || result != 0)
    return EXIT_FAILED;
  /* Not exit(), which may do more than the filter lets it. */
  _exit (memsnoop_opener_serve (MEMSNOOP_OPENER_SOCKET) == 0 ? EXIT_OK : EXIT_FAILED);
}
