/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the watch knows, over a restart of the service: the histories of running processes, what is suspected and which
 * ids are used up. The file "watch" in the state folder, written atomically, with a checksum; of use only to the same
 * boot of the machine, the same version and the same interval (the ids to every interval). A file that is damaged is set
 * aside with a warning and never stops the start.
 *
 * The file is written and read in pieces of some 64 processes, so that nothing is held twice in memory.
 */
#pragma once

#include "watch.h"

G_BEGIN_DECLS

/**
 * memsnoop_watch_state_save:
 *
 * Writes what @watch knows. Blocks until it is on the disk (tenths of a second with 10,000 processes): for the end of the service,
 * when nothing else is answered any more. As long as nothing was observed, what was kept before stays and nothing is written.
 */
gboolean  memsnoop_watch_state_save        (MemsnoopWatch        *watch,
                                            const gchar          *folder,
                                            GError              **error);

/**
 * memsnoop_watch_state_save_async:
 * @cancellable: cancelled, nothing is put in the place of what was kept.
 *
 * The same while the service runs, against a crash. On the main loop histories are only copied, for less than a
 * millisecond at a time, with other work going first; all else is done in a thread. So processes are as they were at
 * slightly different times, which no history minds. One of them at a time; before memsnoop_watch_state_save() it has to be
 * cancelled, but need not have ended.
 *
 * Ids: the next MEMSNOOP_WATCH_STATE_SPARE_IDS are taken for used up after a crash, since they may be. So do it first a
 * minute after the start (not before the first reading, which gives restored histories back to their processes) and
 * then every ten minutes or so.
 */
void      memsnoop_watch_state_save_async  (MemsnoopWatch        *watch,
                                            const gchar          *folder,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
gboolean  memsnoop_watch_state_save_finish (GAsyncResult         *result,
                                            GError              **error);

/* More suspicions than are ever raised from one save to the next. */
#define MEMSNOOP_WATCH_STATE_SPARE_IDS 10000

/** Gives @watch back what was saved, before it is started. Says by message what happened. Blocks. */
void      memsnoop_watch_state_restore     (MemsnoopWatch        *watch,
                                            const gchar          *folder);

G_END_DECLS
