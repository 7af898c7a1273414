/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the desktop is shown: one notification for each suspicion, and one for those that are too many at once. */
#pragma once

#include "notification-server.h"

G_BEGIN_DECLS

/* Suspicions that are remembered at most: as many as the service lists. */
#define MEMSNOOP_BOARD_CARDS_MAX 256

#define MEMSNOOP_TYPE_BOARD (memsnoop_board_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopBoard, memsnoop_board, MEMSNOOP, BOARD, GObject)

/* Seconds between two changes of a notification that is shown; it is not changed more often, unless it becomes more urgent. */
#define MEMSNOOP_BOARD_UPDATE_SECONDS 30

/**
 * memsnoop_board_new:
 * @update_seconds: at least 1; MEMSNOOP_BOARD_UPDATE_SECONDS unless someone wants another time.
 *
 * Signal "chosen" (guint64 id, guint pid, guint64 start_time, const gchar *action, const gchar *token): the user chose "ignore",
 * "show" or "default" of a suspicion; @id and @pid are 0 of the notification about several, @start_time when it is not known. @token
 * (nullable) is of the desktop, for the program that is started then.
 */
MemsnoopBoard *memsnoop_board_new            (MemsnoopNotificationServer *server,
                                              guint                       update_seconds);
/**
 * memsnoop_board_set:
 * @evidence: of LeakSuspected or ListSuspects.
 * @news: whether the service signalled it, and a notification that is shown is to be changed.
 */
void           memsnoop_board_set            (MemsnoopBoard              *self,
                                              guint64                     id,
                                              guint32                     pid,
                                              const gchar                *comm,
                                              GVariant                   *evidence,
                                              gboolean                    news);
/** It is not suspected any more. */
void           memsnoop_board_withdraw       (MemsnoopBoard              *self,
                                              guint64                     id);
/** Closes all notifications, whose actions would do nothing any more. */
void           memsnoop_board_withdraw_all   (MemsnoopBoard              *self);
/** Returns: (transfer full): ids (guint64) of all that is suspected. */
GArray        *memsnoop_board_get_suspicions (MemsnoopBoard              *self);
/** Something that went wrong; plain text. */
void           memsnoop_board_show_message   (MemsnoopBoard              *self,
                                              const gchar                *title,
                                              const gchar                *text);

G_END_DECLS
