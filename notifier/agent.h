/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the service suspects to the board of notifications, and from what the user chooses there to the service and the window. */
#pragma once

#include "board.h"
#include "service.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_AGENT (memsnoop_agent_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopAgent, memsnoop_agent, MEMSNOOP, AGENT, GObject)

/** @bus: the session bus. @uid: the user of the desktop. */
MemsnoopAgent *memsnoop_agent_new (GDBusConnection *bus,
                                   MemsnoopService *service,
                                   MemsnoopBoard   *board,
                                   guint32          uid);

G_END_DECLS
