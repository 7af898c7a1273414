/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opener-turns.h"

#include <poll.h>
#include <unistd.h>

/* A request under way, or one that hangs. */
typedef struct
{
  guint32 uid;
  /* -1: somebody waits for its answer. */
  int hanging;
} Turn;

static GMutex mutex;
static GCond changed;
/* (element-type Turn); %NULL before the first. */
static GArray *turns;

static gboolean
has_ended (const Turn *turn)
{
  struct pollfd polled = { .fd = turn->hanging, .events = POLLIN };

  return turn->hanging >= 0 && poll (&polled, 1, 0) > 0;
}

static void
remove_ended (void)
{
  for (guint i = turns->len; i > 0; i--)
    {
      const Turn *turn = &g_array_index (turns, Turn, i - 1);

      if (!has_ended (turn))
        continue;
      close (turn->hanging);
      g_array_remove_index_fast (turns, i - 1);
    }
}

static guint
count_turns (guint32 uid, gboolean only_hanging)
{
  guint n = 0;

  for (guint i = 0; i < turns->len; i++)
    {
      const Turn *turn = &g_array_index (turns, Turn, i);

      n += turn->uid == uid && (!only_hanging || turn->hanging >= 0);
    }
  return n;
}

gboolean
memsnoop_opener_turns_take (guint32 uid, guint seconds)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
  Turn turn = { .uid = uid, .hanging = -1 };
  gboolean free = FALSE, in_time = TRUE;

  g_mutex_lock (&mutex);
  if (turns == NULL)
    turns = g_array_new (FALSE, FALSE, sizeof (Turn));
  while (in_time && !free &&
         (remove_ended (), count_turns (uid, TRUE)) < MEMSNOOP_OPENER_TURNS_OF_USER)
    {
      free = count_turns (uid, FALSE) < MEMSNOOP_OPENER_TURNS_OF_USER;
      in_time = free || g_cond_wait_until (&changed, &mutex, deadline);
    }
  if (free)
    g_array_append_val (turns, turn);
  g_mutex_unlock (&mutex);
  return free;
}

void
memsnoop_opener_turns_give_back (guint32 uid, int hanging)
{
  g_mutex_lock (&mutex);
  for (guint i = 0; i < turns->len; i++)
    {
      Turn *turn = &g_array_index (turns, Turn, i);

      if (turn->uid != uid || turn->hanging >= 0)
        continue;
      if (hanging >= 0)
        turn->hanging = hanging;
      else
        g_array_remove_index_fast (turns, i);
      break;
    }
  g_cond_broadcast (&changed);
  g_mutex_unlock (&mutex);
}
