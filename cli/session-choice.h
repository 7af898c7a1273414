/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which session a command reads. */
#pragma once

#include "brief-recording.h"
#include "session-list.h"

G_BEGIN_DECLS

/**
 * memsnoop_session_choose_to_read:
 * @name: (nullable): as given on the command line; %NULL for the one that is most likely meant.
 *
 * Tells the person which one it is, unless there is no other or it is the only one that runs. Returns: (nullable): owned by @sessions.
 */
const MemsnoopSessionEntry *memsnoop_session_choose_to_read (GPtrArray    *sessions,
                                                             const gchar  *name,
                                                             GError      **error);

/**
 * memsnoop_session_find_to_read:
 * @recording: to be made first, if it is wanted; that session is meant then.
 * @name: (nullable): as of memsnoop_session_choose_to_read().
 *
 * Returns: (transfer full): the path of the session.
 */
gchar                      *memsnoop_session_find_to_read   (GDBusConnection               *connection,
                                                             const MemsnoopBriefRecording  *recording,
                                                             const gchar                   *name,
                                                             GError                       **error);

G_END_DECLS
