/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the watch knows, over a restart of the service: the histories of running processes and what is suspected. One
 * file in the state folder, written atomically, with a checksum; of use only to the same boot of the machine and with the
 * same interval. A file that is damaged is set aside with a warning and never stops the start. Blocks: for worker
 * threads, and for start and end of the service.
 */
#pragma once

#include "watch.h"

G_BEGIN_DECLS

/**
 * memsnoop_state_folder_prepare:
 * @user: the account that the service will change to.
 *
 * The folder that keeps state: $STATE_DIRECTORY (as systemd sets it) or MEMSNOOP_STATEDIR. Creates it, with mode 0700
 * and owned by @user, when we are root and may. Call it before privileges are dropped.
 *
 * Returns: (transfer full) (nullable): %NULL, after a warning, when there is none that can be written; the service
 *   runs without it.
 */
gchar    *memsnoop_state_folder_prepare (const gchar *user);

/** Writes what @watch knows; on the main loop's side only what has to be copied is copied. */
gboolean  memsnoop_watch_state_save     (MemsnoopWatch *watch, const gchar *folder, GError **error);

/** Gives @watch back what was saved, before it is started. Says by message what happened. */
void      memsnoop_watch_state_restore  (MemsnoopWatch *watch, const gchar *folder);

G_END_DECLS
