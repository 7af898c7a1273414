/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the watch as long as the service runs: gives it back what was known before, and keeps what it knows from time to time and at
 * the end. For the main loop. */
#pragma once

#include "watch.h"

G_BEGIN_DECLS

typedef struct _MemsnoopWatchKeeper MemsnoopWatchKeeper;

/**
 * memsnoop_watch_keeper_new:
 * @folder: (nullable): the state folder; without one nothing is kept.
 *
 * Restores and starts the watch. Blocks while it reads: for the start of the service.
 */
MemsnoopWatchKeeper *memsnoop_watch_keeper_new (MemsnoopWatch *watch, const gchar *folder);

/** Stops the watch, and keeps what it knows; frees the keeper. Blocks while it writes: for the end of the service. */
void                 memsnoop_watch_keeper_end (MemsnoopWatchKeeper *self);

G_END_DECLS
