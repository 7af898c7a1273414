/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's recordings, the latest first, of which the window shows some. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/** More are no list that a person reads; a service may have thousands. */
#define MEMSNOOP_SESSION_LIST_MAX 200

#define MEMSNOOP_TYPE_SESSION_LIST (memsnoop_session_list_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSessionList, memsnoop_session_list, MEMSNOOP, SESSION_LIST, GObject)

/** Follows @service. Emits "updated" when the list is as the service has it now. */
MemsnoopSessionList *memsnoop_session_list_new          (MemsnoopService     *service);
/** (transfer none): of MemsnoopBusSession; those that stay in it keep their rows. */
GListModel          *memsnoop_session_list_get_sessions (MemsnoopSessionList *self);
/** How many there are beside those in the list. */
guint                memsnoop_session_list_get_left_out (MemsnoopSessionList *self);
/**
 * memsnoop_session_list_take:
 * @sessions: (element-type MemsnoopBusSession): all there are, which are sorted.
 *
 * What "updated" follows.
 */
void                 memsnoop_session_list_take         (MemsnoopSessionList *self,
                                                         GPtrArray           *sessions);

G_END_DECLS
