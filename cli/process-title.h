/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process a page is about. */
#pragma once

#include "user-names.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_title_append:
 * @process: `a{sv}` with pid, comm, exe, uid and start-time, as far as they are known.
 *
 * Appends "firefox (4711) of alice, started 3 d 2 h ago", and in a line of its own the executable.
 */
void memsnoop_process_title_append (GString           *text,
                                    GVariant          *process,
                                    MemsnoopUserNames *users,
                                    guint64            now,
                                    gboolean           unicode);

G_END_DECLS
