/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recordings of a session's heaps cost, and what was done to have them cost less, for people. */
#pragma once

#include "session-list.h"

G_BEGIN_DECLS

/** Returns: (transfer full) (nullable): a line without its end; %NULL for a session without heaps, or of which nothing is known. */
gchar *memsnoop_session_cost_text (const MemsnoopSessionEntry *session);

G_END_DECLS
