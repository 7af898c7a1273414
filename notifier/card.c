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
memsnoop_card_set (MemsnoopCard *self, guint32 pid, const gchar *comm, GVariant *evidence)
{
  self->pid = pid;
  g_free (self->comm);
  self->comm = g_strdup (comm);
  g_clear_pointer (&self->evidence, g_variant_unref);
  self->evidence = g_variant_ref (evidence);
}

MemsnoopCardAction
memsnoop_card_decide (const MemsnoopCard *self, gint64 now)
{
  gboolean more_urgent = memsnoop_notification_urgency (self->evidence) > self->urgency;

  if (!self->told)
    return MEMSNOOP_CARD_SHOW;
  if (self->notification == 0)
    return more_urgent ? MEMSNOOP_CARD_SHOW : MEMSNOOP_CARD_REST;
  if (more_urgent || now - self->told_at >= MEMSNOOP_CARD_UPDATE_SECONDS * G_USEC_PER_SEC)
    return MEMSNOOP_CARD_UPDATE;
  return MEMSNOOP_CARD_WAIT;
}

void
memsnoop_card_set_told (MemsnoopCard *self, gint64 now)
{
  self->told = TRUE;
  self->told_at = now;
  self->urgency = memsnoop_notification_urgency (self->evidence);
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
