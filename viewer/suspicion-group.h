/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suspicion on the page of its process: the evidence in sentences, and the code that holds what has grown. */
#pragma once

#include "suspect-list.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SUSPICION_GROUP (memsnoop_suspicion_group_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspicionGroup, memsnoop_suspicion_group, MEMSNOOP, SUSPICION_GROUP, AdwPreferencesGroup)

GtkWidget           *memsnoop_suspicion_group_new       (MemsnoopService        *service,
                                                         MemsnoopSuspectList    *list,
                                                         MemsnoopSuspectItem    *item);
MemsnoopSuspectItem *memsnoop_suspicion_group_get_item  (MemsnoopSuspicionGroup *self);
/** Takes in what GetSuspect returned: `a{sv}`. */
void                 memsnoop_suspicion_group_set_sites (MemsnoopSuspicionGroup *self,
                                                         GVariant               *suspect);
/** GetSuspect failed: the code that is shown stays, unless it may not be shown any more. Where there is none, it says what failed. */
void                 memsnoop_suspicion_group_set_failure (MemsnoopSuspicionGroup *self,
                                                         const GError           *error);
/**
 * memsnoop_suspicion_group_follow:
 * @box: keeps a group for each suspicion of process @pid, and is hidden while there is none.
 */
void                 memsnoop_suspicion_group_follow    (GtkBox                 *box,
                                                         MemsnoopService        *service,
                                                         MemsnoopSuspectList    *list,
                                                         guint32                 pid);
/** Whether the code is asked for, which is not to be before a person was asked for a password. At first it is not. @box: of memsnoop_suspicion_group_follow(). */
void                 memsnoop_suspicion_group_set_readable (GtkBox              *box,
                                                         gboolean                readable);

G_END_DECLS
