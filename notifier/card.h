/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been told of one suspicion, and whether there is something to be told again. Pure. */
#pragma once

#include "notification.h"

G_BEGIN_DECLS

/* Seconds between two changes of a notification that is shown. */
#define MEMSNOOP_CARD_UPDATE_SECONDS 30
/* New notifications at once, and seconds until there may be another one. */
#define MEMSNOOP_CARD_BURST 3
#define MEMSNOOP_CARD_INTERVAL_SECONDS 300

/**
 * MemsnoopCard:
 * @id: the suspicion's.
 * @notification: id of the notification; 0 when none is shown.
 * @told: whether one has ever been shown; of @urgency then.
 * @told_at: when the notification was shown or changed last, microseconds of g_get_monotonic_time().
 */
typedef struct
{
  guint64         id;
  guint32         pid;
  gchar          *comm;
  GVariant       *evidence;
  guint           notification;
  gboolean        told;
  MemsnoopUrgency urgency;
  gint64          told_at;
} MemsnoopCard;

/* What is to be done with a card now. */
typedef enum
{
  /* Nothing: the user has seen and closed it, and it has not become more urgent. */
  MEMSNOOP_CARD_REST,
  /* A notification that is not there yet, if there may be another one. */
  MEMSNOOP_CARD_SHOW,
  /* The one that is there is to be changed. */
  MEMSNOOP_CARD_UPDATE,
  /* That too, but not so soon. */
  MEMSNOOP_CARD_WAIT,
} MemsnoopCardAction;

MemsnoopCard       *memsnoop_card_new          (guint64       id);
void                memsnoop_card_free         (MemsnoopCard *self);
/** Takes in new evidence. */
void                memsnoop_card_set          (MemsnoopCard *self,
                                                guint32       pid,
                                                const gchar  *comm,
                                                GVariant     *evidence);
/** @now: microseconds of g_get_monotonic_time(). */
MemsnoopCardAction  memsnoop_card_decide       (const MemsnoopCard *self,
                                                gint64              now);
/** A notification with the present evidence is on its way. */
void                memsnoop_card_set_told     (MemsnoopCard *self,
                                                gint64        now);

/**
 * MemsnoopAllowance:
 *
 * A token bucket for new notifications.
 */
typedef struct
{
  gint64  filled_at;
  gdouble tokens;
} MemsnoopAllowance;

void     memsnoop_allowance_init (MemsnoopAllowance *self,
                                  gint64             now);
/** Whether there may be a new notification; it is counted then. */
gboolean memsnoop_allowance_take (MemsnoopAllowance *self,
                                  gint64             now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopCard, memsnoop_card_free)

G_END_DECLS
