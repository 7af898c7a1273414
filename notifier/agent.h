/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the service suspects to what the desktop shows: one notification for each suspicion. */
#pragma once

#include "notification-server.h"
#include "service.h"

G_BEGIN_DECLS

/* Suspicions that are remembered at most: as many as the service lists. */
#define MEMSNOOP_AGENT_CARDS_MAX 256

#define MEMSNOOP_TYPE_AGENT (memsnoop_agent_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopAgent, memsnoop_agent, MEMSNOOP, AGENT, GObject)

/** @uid: the user of the desktop. */
MemsnoopAgent *memsnoop_agent_new (MemsnoopService            *service,
                                   MemsnoopNotificationServer *server,
                                   guint32                     uid);

G_END_DECLS
