/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a notification says about a suspicion, and when it is worth one. Pure: nothing here knows a bus. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As in the Desktop Notifications Specification: a desktop that is not to disturb shows only the last. */
typedef enum
{
  MEMSNOOP_URGENCY_LOW,
  MEMSNOOP_URGENCY_NORMAL,
  MEMSNOOP_URGENCY_CRITICAL,
} MemsnoopUrgency;

/* Seconds until memory is full, from which on a suspicion is urgent even to who does not want to be disturbed; LeakSuspected tells
 * when it comes to that. */
#define MEMSNOOP_NOTIFICATION_CRITICAL_SECONDS (10 * 60)

/**
 * MemsnoopNotification:
 * @summary, @body: plain text.
 */
typedef struct
{
  gchar          *summary;
  gchar          *body;
  MemsnoopUrgency urgency;
} MemsnoopNotification;

/**
 * memsnoop_notification_urgency:
 *
 * Low for growth, which is no proof; normal for a leak whose code was found; critical when memory is full within
 * MEMSNOOP_NOTIFICATION_CRITICAL_SECONDS.
 */
MemsnoopUrgency       memsnoop_notification_urgency     (GVariant             *evidence);
/**
 * memsnoop_notification_new:
 * @evidence: of LeakSuspected.
 * @read: when it came from the service, CLOCK_BOOTTIME nanoseconds.
 * @now: the same clock.
 *
 * Returns: (transfer full).
 */
MemsnoopNotification *memsnoop_notification_new         (guint32               pid,
                                                         const gchar          *comm,
                                                         GVariant             *evidence,
                                                         guint64               read,
                                                         guint64               now);
/**
 * memsnoop_notification_new_summary:
 * @n: how many suspicions, at least 1, are not told one by one, because there are too many.
 * @urgency: as urgent as the most urgent of them.
 * @has_window: whether there is one that shows them.
 */
MemsnoopNotification *memsnoop_notification_new_summary (guint                 n,
                                                         MemsnoopUrgency       urgency,
                                                         gboolean              has_window);
void                  memsnoop_notification_free        (MemsnoopNotification *self);
/**
 * memsnoop_notification_concerns:
 * @evidence: of LeakSuspected.
 * @uid: the user of the desktop.
 *
 * Whether the user is told: of the user's own processes and the system's (users below 1000), not of other people's.
 */
gboolean              memsnoop_notification_concerns    (GVariant             *evidence,
                                                         guint32               uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopNotification, memsnoop_notification_free)

G_END_DECLS
