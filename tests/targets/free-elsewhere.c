/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free-elsewhere [OBJECTS]: at "go" opens eventfds, hands them to another process
 * through a socket and closes its own; at "free" the other process, whose pid is told as
 * "receiver", closes the last reference to each. At "leave" the first process exits and the
 * receiver takes the commands.
 */
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Files in one message; the kernel allows 253. */
#define BATCH 100

union control
{
  char space[CMSG_SPACE (BATCH * sizeof (int))];
  struct cmsghdr align;
};

static struct msghdr
message_of (union control *control, struct iovec *byte)
{
  struct msghdr message = { 0 };

  memset (control, 0, sizeof *control);
  message.msg_iov = byte;
  message.msg_iovlen = 1;
  message.msg_control = control->space;
  message.msg_controllen = sizeof control->space;
  return message;
}

static void
send_files (int socket, const int *files, long count)
{
  union control control;
  char byte = 'f';
  struct iovec vector = { &byte, 1 };
  struct msghdr message = message_of (&control, &vector);
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  size_t size = (size_t) count * sizeof (int);

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (size);
  memcpy (CMSG_DATA (header), files, size);
  message.msg_controllen = CMSG_SPACE (size);
  if (sendmsg (socket, &message, 0) != 1)
    target_fail ("sendmsg");
}

static long
receive_files (int socket, int *files)
{
  union control control;
  char byte;
  struct iovec vector = { &byte, 1 };
  struct msghdr message = message_of (&control, &vector);
  struct cmsghdr *header;
  size_t size;

  if (recvmsg (socket, &message, 0) != 1)
    target_fail ("recvmsg");
  header = CMSG_FIRSTHDR (&message);
  if (header == NULL || (message.msg_flags & MSG_CTRUNC) != 0)
    target_fail ("files were cut off a message");
  size = header->cmsg_len - CMSG_LEN (0);
  memcpy (files, CMSG_DATA (header), size);
  return (long) (size / sizeof (int));
}

static void
acknowledge (int socket)
{
  if (write (socket, "k", 1) != 1)
    target_fail ("write");
}

static void
await_acknowledgement (int socket)
{
  char byte;

  if (read (socket, &byte, 1) != 1)
    target_fail ("read");
}

/* Commands when the first process has left. */
static void
take_over (int *files, long count)
{
  target_at ("alone");
  target_await ("free");
  target_close_files (files, count);
  target_at ("freed");
  target_await_exit ();
}

static void
receive (int data, int order, long objects)
{
  int *files = target_file_array (objects);
  long count = 0;
  char byte;

  while (count < objects)
    count += receive_files (data, files + count);
  acknowledge (order);
  if (read (order, &byte, 1) != 1)
    take_over (files, count);
  target_close_files (files, count);
  acknowledge (order);
  /* Until the first process is gone. */
  while (read (order, &byte, 1) == 1)
    ;
  _exit (0);
}

static void
hand_over (int data, int order, long objects)
{
  int files[BATCH];

  for (long left = objects; left > 0;)
    {
      long count = left < BATCH ? left : BATCH;

      target_open_eventfds (files, count);
      send_files (data, files, count);
      target_close_files (files, count);
      left -= count;
    }
  await_acknowledgement (order);
}

int
main (int argc, char **argv)
{
  long objects = target_number (argc, argv, 1, 1, 1000);
  int data[2], order[2];
  const char *command;
  pid_t receiver;

  target_allow_files (objects);
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, data) != 0 ||
      socketpair (AF_UNIX, SOCK_STREAM, 0, order) != 0)
    target_fail ("socketpair");
  receiver = fork ();
  if (receiver < 0)
    target_fail ("fork");
  if (receiver == 0)
    {
      close (order[0]);
      receive (data[1], order[1], objects);
    }
  close (order[1]);
  target_tell ("receiver", receiver);
  target_ready ();

  target_await ("go");
  hand_over (data[0], order[0], objects);
  target_tell ("handed", objects);
  target_at ("handed");

  command = target_next_command ();
  if (strcmp (command, "leave") == 0)
    _exit (0);
  if (strcmp (command, "free") != 0)
    target_refuse (command);
  acknowledge (order[0]);
  await_acknowledgement (order[0]);
  target_at ("freed");
  target_await ("exit");
  close (order[0]);
  waitpid (receiver, NULL, 0);
  return 0;
}
