/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * many-blocks [BLOCKS]: at "go" makes that many live blocks in kernel memory, one for each empty
 * message in queues of System V, and holds them until "free"; then again. As root the queues are in
 * a namespace of their own and go with the process however it ends.
 */
#include "target.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

/* Empty messages that a queue takes: as many as its limit has bytes. */
#define QUEUE_MESSAGES 16384

struct empty_message
{
  long type;
};

static int
new_queue (void)
{
  int queue = msgget (IPC_PRIVATE, 0600);

  if (queue < 0)
    target_fail ("msgget");
  return queue;
}

static long
fill_queue (int queue, long blocks)
{
  struct empty_message message = { 1 };
  struct msqid_ds status;
  long count;

  if (msgctl (queue, IPC_STAT, &status) != 0)
    target_fail ("msgctl");
  if (blocks > (long) status.msg_qbytes)
    blocks = (long) status.msg_qbytes;
  for (count = 0; count < blocks; count++)
    if (msgsnd (queue, &message, 0, IPC_NOWAIT) != 0)
      target_fail ("msgsnd");
  return count;
}

static void
remove_queues (const int *queues, long count)
{
  for (long i = 0; i < count; i++)
    msgctl (queues[i], IPC_RMID, NULL);
}

int
main (int argc, char **argv)
{
  long blocks = target_number (argc, argv, 1, 1, 1000000);
  int *queues = target_file_array (blocks / QUEUE_MESSAGES + 1);
  const char *command;

  if (geteuid () == 0 && unshare (CLONE_NEWIPC) != 0)
    target_fail ("unshare");
  target_ready ();
  while (strcmp (command = target_next_command (), "go") == 0)
    {
      long count = 0;

      for (long left = blocks; left > 0; count++)
        left -= fill_queue (queues[count] = new_queue (), left);
      target_tell ("blocks", blocks);
      target_tell ("queues", count);
      target_at ("holding");

      target_await ("free");
      remove_queues (queues, count);
      target_at ("freed");
    }
  if (strcmp (command, "exit") != 0)
    target_refuse (command);
  return 0;
}
