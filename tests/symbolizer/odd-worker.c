/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker that does what no worker should: ODDITY says what. */
#include "worker-message.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET 3

enum
{
  CRASHES,
  HANGS,
  WRITES_GARBAGE,
  ANSWERS_OTHERS,
  LIES,
  WANTS_FOREVER,
  SPEAKS_UNASKED,
  ENDS_AT_ONCE,
};

static void
answer (guint32 sequence, guint16 kind, const gchar *body)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE (memsnoop_worker_message_type (kind)), body,
                                     NULL, NULL, &error);

  g_assert_no_error (error);
  if (!memsnoop_worker_message_send (SOCKET, kind, sequence, value, -1, &error))
    _exit (1);
}

static void
react (const MemsnoopWorkerMessage *request)
{
  switch (ODDITY)
    {
    case CRASHES:
      abort ();
    case HANGS:
      for (;;)
        pause ();
    case WRITES_GARBAGE:
      send (SOCKET, "What is this?", 13, 0);
      break;
    case ANSWERS_OTHERS:
      answer (request->sequence + 1, MEMSNOOP_WORKER_DONE, "()");
      break;
    case LIES:
      if (request->kind == MEMSNOOP_WORKER_SYMBOLIZE)
        answer (request->sequence, MEMSNOOP_WORKER_SYMBOLS, "@aa(ssu) []");
      else
        answer (request->sequence, MEMSNOOP_WORKER_FRAMES, "(0, 1, [(99, 0, 0, 0, 6, 0, 0, 0)])");
      break;
    case WANTS_FOREVER:
      if (request->kind == MEMSNOOP_WORKER_PROVIDE)
        answer (request->sequence, MEMSNOOP_WORKER_DONE, "()");
      else
        answer (request->sequence, MEMSNOOP_WORKER_WANTED,
                "[(1, 'a', '../../etc', '../shadow'), (200, '', '', '')]");
      break;
    case SPEAKS_UNASKED:
      answer (request->sequence, MEMSNOOP_WORKER_FAILED, "('no',)");
      answer (request->sequence, MEMSNOOP_WORKER_DONE, "()");
      break;
    default:
      break;
    }
}

int
main (void)
{
  while (ODDITY != ENDS_AT_ONCE)
    {
      g_auto (MemsnoopWorkerMessage) request = MEMSNOOP_WORKER_MESSAGE_INIT;

      if (!memsnoop_worker_message_receive (SOCKET, &request, NULL))
        break;
      react (&request);
    }
  return 0;
}
