/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been told of one suspicion, and whether there is something to be told again. Pure. */
#pragma once

#include "notification.h"

G_BEGIN_DECLS

/* New notifications at once, and seconds until there may be another one. */
#define MEMSNOOP_CARD_BURST 3
#define MEMSNOOP_CARD_INTERVAL_SECONDS 300

/**
 * MemsnoopCardState:
 * @MEMSNOOP_CARD_NEW: nothing was told of it.
 * @MEMSNOOP_CARD_COUNTED: told as one of several only, because there were too many.
 * @MEMSNOOP_CARD_SENT: its notification, or a change of it, is on its way.
 * @MEMSNOOP_CARD_SHOWN: its notification is shown.
 * @MEMSNOOP_CARD_CLOSED: it was shown, and the user, or time, has closed it.
 * @MEMSNOOP_CARD_LOST: it ought to be shown, but the server began anew or could not do it.
 */
typedef enum
{
  MEMSNOOP_CARD_NEW,
  MEMSNOOP_CARD_COUNTED,
  MEMSNOOP_CARD_SENT,
  MEMSNOOP_CARD_SHOWN,
  MEMSNOOP_CARD_CLOSED,
  MEMSNOOP_CARD_LOST,
} MemsnoopCardState;

/**
 * MemsnoopCard:
 * @id: the suspicion's.
 * @evidence: %NULL of the one that stands for several.
 * @read: when the evidence came from the service, CLOCK_BOOTTIME nanoseconds.
 * @notification: id of the notification; 0 when none is shown.
 * @changed: whether the service has said something new since it was told.
 * @urgency: as it was told.
 * @told_before: as it was told before that, while what was sent last is on its way.
 * @dismissed: whether what was told before was closed meanwhile.
 * @told_at: when the notification was shown or changed last, microseconds of g_get_monotonic_time().
 */
typedef struct
{
  guint64           id;
  guint32           pid;
  gchar            *comm;
  GVariant         *evidence;
  guint64           read;
  MemsnoopCardState state;
  guint             notification;
  gboolean          changed;
  MemsnoopUrgency   urgency;
  MemsnoopUrgency   told_before;
  gboolean          dismissed;
  gint64            told_at;
} MemsnoopCard;

/* What is to be done with a card now. */
typedef enum
{
  /* Nothing: all is told, or the user has closed it and it has not become more urgent. */
  MEMSNOOP_CARD_REST,
  /* A notification that is not there yet, if there may be another one. */
  MEMSNOOP_CARD_SHOW,
  /* The one that is there, or was lost, is to be changed. */
  MEMSNOOP_CARD_UPDATE,
  /* That too, but not so soon. */
  MEMSNOOP_CARD_WAIT,
} MemsnoopCardAction;

MemsnoopCard       *memsnoop_card_new          (guint64             id);
void                memsnoop_card_free         (MemsnoopCard       *self);
/** Takes in evidence, which is @news if the service signalled it. */
void                memsnoop_card_set          (MemsnoopCard       *self,
                                                guint32             pid,
                                                const gchar        *comm,
                                                GVariant           *evidence,
                                                gboolean            news);
/**
 * memsnoop_card_decide:
 * @urgency: of what there is to tell now.
 * @now: microseconds of g_get_monotonic_time().
 * @pause: microseconds between two changes of a notification that is shown.
 */
MemsnoopCardAction  memsnoop_card_decide       (const MemsnoopCard *self,
                                                MemsnoopUrgency     urgency,
                                                gint64              now,
                                                gint64              pause);
/** A notification that says this is on its way. */
void                memsnoop_card_set_sent     (MemsnoopCard       *self,
                                                MemsnoopUrgency     urgency,
                                                gint64              now);
/**
 * memsnoop_card_set_shown:
 *
 * What was sent is shown as @notification, or, with 0, could not be shown.
 *
 * Returns: %FALSE when it is to be closed at once: what it changes was closed meanwhile, and it is no more urgent.
 */
gboolean            memsnoop_card_set_shown    (MemsnoopCard       *self,
                                                guint               notification);
/** The user, or time, has closed it. */
void                memsnoop_card_set_closed   (MemsnoopCard       *self);
/** The server knows nothing of it any more. */
void                memsnoop_card_set_lost     (MemsnoopCard       *self);

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
