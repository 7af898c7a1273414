/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socket-queue [MESSAGES [BYTES]]: at "go" queues that many messages of that size in a pair of
 * sockets, at "drain" receives them all.
 */
#include "target.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MAX 32768

static char buffer[BYTES_MAX];

static void
enlarge_queue (int socket)
{
  int size = 1 << 30;

  /* Without the right to force it, what the limit allows has to do. */
  if (setsockopt (socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    setsockopt (socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

int
main (int argc, char **argv)
{
  long messages = target_number (argc, argv, 1, 1, 1000);
  long bytes = target_number (argc, argv, 2, 1, 100);
  int sockets[2];

  if (bytes > BYTES_MAX)
    bytes = BYTES_MAX;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, sockets) != 0)
    target_fail ("socketpair");
  enlarge_queue (sockets[0]);
  target_ready ();

  target_await ("go");
  for (long i = 0; i < messages; i++)
    if (send (sockets[0], buffer, (size_t) bytes, MSG_DONTWAIT) != bytes)
      target_fail ("send");
  target_tell ("messages", messages);
  target_tell ("bytes", bytes);
  target_at ("queued");

  target_await ("drain");
  for (long i = 0; i < messages; i++)
    if (recv (sockets[1], buffer, sizeof buffer, MSG_DONTWAIT) != bytes)
      target_fail ("recv");
  target_at ("drained");
  target_await_exit ();
}
