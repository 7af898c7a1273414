/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memsnoop-symbolizer: unwinds stacks and looks up symbols for memsnoopd, in files of whoever is
 * recorded. */
#include "memsnoop-names.h"
#include "requests.h"
#include "sandbox.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where the service puts the socket. */
#define SOCKET 3

enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
};

static gboolean
is_socket (void)
{
  int type = 0;
  socklen_t length = sizeof type;

  return getsockopt (SOCKET, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!is_socket ())
    {
      fprintf (stderr,
               "memsnoop-symbolizer: this is a part of memsnoopd, which starts it with a socket as "
               "descriptor %d; it is of no use by itself\n",
               SOCKET);
      return EXIT_USAGE;
    }
  /* The service is in more of a hurry than this. */
  setpriority (PRIO_PROCESS, 0, 0);
  if (!memsnoop_sandbox_enter (SOCKET, MEMSNOOP_USER, &error))
    {
      fprintf (stderr, "memsnoop-symbolizer: %s\n", error->message);
      return EXIT_FAILED;
    }
  /* Not exit(): what is freed now is of no use to anybody. */
  _exit (memsnoop_requests_serve (memsnoop_requests_new (), SOCKET, &error) ? EXIT_OK
                                                                            : EXIT_FAILED);
}
