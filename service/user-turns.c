/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-turns.h"

#include <poll.h>
#include <unistd.h>

typedef struct
{
  guint64 number;
  guint32 uid;
  /* Monotonic time. */
  gint64 begin;
  /* -1: somebody waits for its end. */
  int hanging;
} Turn;

static gboolean
has_ended (const Turn *turn)
{
  struct pollfd polled = { .fd = turn->hanging, .events = POLLIN };

  return turn->hanging >= 0 && poll (&polled, 1, 0) > 0;
}

static void
remove_ended (MemsnoopUserTurns *self)
{
  for (guint i = self->turns->len; i > 0; i--)
    {
      const Turn *turn = &g_array_index (self->turns, Turn, i - 1);

      if (!has_ended (turn))
        continue;
      close (turn->hanging);
      g_array_remove_index_fast (self->turns, i - 1);
    }
}

static gboolean
hangs (const Turn *turn)
{
  return turn->hanging >= 0 ||
         g_get_monotonic_time () - turn->begin > MEMSNOOP_USER_TURN_HANGS * G_TIME_SPAN_SECOND;
}

static guint
count_turns (const MemsnoopUserTurns *self, guint32 uid, gboolean only_hanging)
{
  guint n = 0;

  for (guint i = 0; i < self->turns->len; i++)
    {
      const Turn *turn = &g_array_index (self->turns, Turn, i);

      n += turn->uid == uid && (!only_hanging || hangs (turn));
    }
  return n;
}

/* Returns: whether there is a place. Wakes up now and then, as nobody tells that a turn hangs. */
static gboolean
await_place (MemsnoopUserTurns *self, guint32 uid, gint64 deadline)
{
  remove_ended (self);
  while (count_turns (self, uid, FALSE) >= MEMSNOOP_USER_TURNS_MAX)
    {
      gint64 now = g_get_monotonic_time ();

      if (now >= deadline || count_turns (self, uid, TRUE) >= MEMSNOOP_USER_TURNS_MAX)
        return FALSE;
      g_cond_wait_until (&self->changed, &self->mutex, MIN (deadline, now + G_TIME_SPAN_SECOND));
      remove_ended (self);
    }
  return TRUE;
}

guint64
memsnoop_user_turns_take (MemsnoopUserTurns *self, guint32 uid, guint seconds)
{
  Turn turn = { .uid = uid, .begin = g_get_monotonic_time (), .hanging = -1 };

  g_mutex_lock (&self->mutex);
  if (self->turns == NULL)
    self->turns = g_array_new (FALSE, FALSE, sizeof (Turn));
  if (await_place (self, uid, turn.begin + seconds * G_TIME_SPAN_SECOND))
    {
      turn.begin = g_get_monotonic_time ();
      turn.number = ++self->last_number;
      g_array_append_val (self->turns, turn);
    }
  g_mutex_unlock (&self->mutex);
  return turn.number;
}

void
memsnoop_user_turns_give_back (MemsnoopUserTurns *self, guint64 number, int hanging)
{
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->turns->len; i++)
    {
      Turn *turn = &g_array_index (self->turns, Turn, i);

      if (turn->number != number)
        continue;
      if (hanging >= 0)
        turn->hanging = hanging;
      else
        g_array_remove_index_fast (self->turns, i);
      break;
    }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}
