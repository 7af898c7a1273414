/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "requests.h"

#include "mapped-file.h"
#include "memsnoop-opener-protocol.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

union control
{
  struct cmsghdr header;
  char bytes[CMSG_SPACE (sizeof (int))];
};

static int
send_answer (int socket, int error, int descriptor)
{
  struct memsnoop_opener_answer answer = { .error = error };
  struct iovec vector = { &answer, sizeof answer };
  union control control = { 0 };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

  if (descriptor >= 0)
    {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof descriptor);
      memcpy (CMSG_DATA (&control.header), &descriptor, sizeof descriptor);
    }
  return sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof answer ? 0 : -errno;
}

int
memsnoop_opener_announce (int socket, int error)
{
  return send_answer (socket, error, -1);
}

/* Returns: the descriptor that came; -1 when none did. */
static int
take_descriptor (struct msghdr *message)
{
  struct cmsghdr *header = CMSG_FIRSTHDR (message);
  int descriptor = -1;

  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN (sizeof descriptor))
    memcpy (&descriptor, CMSG_DATA (header), sizeof descriptor);
  return descriptor;
}

/* Returns: the socket to answer on; -EINTR when a child has ended; -ENODATA at the end; else a
 * negative errno. */
static int
receive (int socket, struct memsnoop_opener_request *request)
{
  struct iovec vector = { request, sizeof *request };
  union control control = { 0 };
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  ssize_t length;
  int reply;

  length = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  if (length < 0)
    return -errno;
  reply = take_descriptor (&message);
  if (length == 0 && reply < 0)
    return -ENODATA;
  if (length == sizeof *request && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
      reply >= 0)
    return reply;
  return -EPROTO;
}

static _Noreturn void
answer_in_child (const struct memsnoop_opener_request *request, int reply)
{
  int result;

  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  alarm (MEMSNOOP_OPENER_SECONDS_MAX);
  result = memsnoop_mapped_file_open (request);
  send_answer (reply, result < 0 ? -result : 0, result);
  _exit (0);
}

static unsigned int
count_ended (void)
{
  unsigned int n = 0;

  while (waitpid (-1, NULL, WNOHANG) > 0)
    n++;
  return n;
}

/* Without what the C library does around fork(), as the child does only what is async-signal-safe.
 */
static int
answer (const struct memsnoop_opener_request *request, int reply)
{
  long child = syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);

  if (child == 0)
    answer_in_child (request, reply);
  return child > 0 ? 0 : -errno;
}

/* So that who waits for a request learns of it. */
static void
on_child_ended (int signal_number)
{
}

static void
begin_to_answer (const struct memsnoop_opener_request *request, int reply, unsigned int *n_children)
{
  int result = *n_children < MEMSNOOP_OPENER_REQUESTS_MAX ? answer (request, reply) : -EBUSY;

  if (result == 0)
    (*n_children)++;
  else
    send_answer (reply, -result, -1);
  close (reply);
}

int
memsnoop_opener_serve (int socket)
{
  struct memsnoop_opener_request request;
  unsigned int n_children = 0;
  int reply;

  do
    {
      reply = receive (socket, &request);
      n_children -= count_ended ();
      if (reply >= 0)
        begin_to_answer (&request, reply, &n_children);
    }
  while (reply >= 0 || reply == -EINTR);
  return reply == -ENODATA ? 0 : reply;
}

int
memsnoop_opener_prepare (void)
{
  const struct sigaction action = { .sa_handler = on_child_ended, .sa_flags = SA_NOCLDSTOP };

  return sigaction (SIGCHLD, &action, NULL) == 0 ? 0 : -errno;
}
