/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

MemsnoopCard *
memsnoop_card_new (guint64 id)
{
  MemsnoopCard *self = g_new0 (MemsnoopCard, 1);

  self->id = id;
  return self;
}

void
memsnoop_card_free (MemsnoopCard *self)
{
  g_clear_pointer (&self->evidence, g_variant_unref);
  g_free (self->comm);
  g_free (self);
}

void
memsnoop_card_set (
    MemsnoopCard *self, guint32 pid, const gchar *comm, GVariant *evidence, gboolean news)
{
  self->pid = pid;
  g_free (self->comm);
  self->comm = g_strdup (comm);
  g_clear_pointer (&self->evidence, g_variant_unref);
  self->evidence = g_variant_ref (evidence);
  self->changed |= news;
}

static MemsnoopCardAction
decide_by_time (const MemsnoopCard *self, gint64 now, gint64 pause)
{
  return now - self->told_at >= pause ? MEMSNOOP_CARD_UPDATE : MEMSNOOP_CARD_WAIT;
}

MemsnoopCardAction
memsnoop_card_decide (const MemsnoopCard *self, MemsnoopUrgency urgency, gint64 now, gint64 pause)
{
  gboolean more_urgent = urgency > self->urgency;

  switch (self->state)
    {
    case MEMSNOOP_CARD_NEW:
      return MEMSNOOP_CARD_SHOW;
    case MEMSNOOP_CARD_COUNTED:
    case MEMSNOOP_CARD_CLOSED:
      return more_urgent ? MEMSNOOP_CARD_SHOW : MEMSNOOP_CARD_REST;
    case MEMSNOOP_CARD_SHOWN:
      if (more_urgent)
        return MEMSNOOP_CARD_UPDATE;
      return self->changed ? decide_by_time (self, now, pause) : MEMSNOOP_CARD_REST;
    case MEMSNOOP_CARD_LOST:
      return decide_by_time (self, now, pause);
    case MEMSNOOP_CARD_SENT:
    default:
      return MEMSNOOP_CARD_REST;
    }
}

void
memsnoop_card_set_sent (MemsnoopCard *self, MemsnoopUrgency urgency, gint64 now)
{
  self->state = MEMSNOOP_CARD_SENT;
  self->changed = FALSE;
  self->told_before = self->urgency;
  self->dismissed = FALSE;
  self->urgency = urgency;
  self->told_at = now;
}

/* What is more urgent than what was closed is shown. */
static gboolean
stay_closed (MemsnoopCard *self)
{
  if (!self->dismissed || self->urgency > self->told_before)
    return FALSE;
  self->notification = 0;
  self->state = MEMSNOOP_CARD_CLOSED;
  self->urgency = self->told_before;
  return TRUE;
}

gboolean
memsnoop_card_set_shown (MemsnoopCard *self, guint notification)
{
  if (stay_closed (self))
    return FALSE;
  self->notification = notification;
  self->state = notification != 0 ? MEMSNOOP_CARD_SHOWN : MEMSNOOP_CARD_LOST;
  return TRUE;
}

void
memsnoop_card_set_closed (MemsnoopCard *self)
{
  self->notification = 0;
  if (self->state == MEMSNOOP_CARD_SHOWN)
    self->state = MEMSNOOP_CARD_CLOSED;
  else if (self->state == MEMSNOOP_CARD_SENT)
    self->dismissed = TRUE;
}

void
memsnoop_card_set_lost (MemsnoopCard *self)
{
  self->notification = 0;
  if (self->state == MEMSNOOP_CARD_SENT && stay_closed (self))
    return;
  if (self->state == MEMSNOOP_CARD_SHOWN || self->state == MEMSNOOP_CARD_SENT)
    self->state = MEMSNOOP_CARD_LOST;
}

void
memsnoop_allowance_init (MemsnoopAllowance *self, gint64 now)
{
  self->filled_at = now;
  self->tokens = MEMSNOOP_CARD_BURST;
}

gboolean
memsnoop_allowance_take (MemsnoopAllowance *self, gint64 now)
{
  gdouble seconds = (gdouble) (now - self->filled_at) / G_USEC_PER_SEC;

  self->tokens = MIN (MEMSNOOP_CARD_BURST, self->tokens + seconds / MEMSNOOP_CARD_INTERVAL_SECONDS);
  self->filled_at = now;
  if (self->tokens < 1)
    return FALSE;
  self->tokens -= 1;
  return TRUE;
}
