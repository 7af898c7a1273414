/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF program that reads every process in one pass: what process-memory.h uses where it can. */
#pragma once

#include <gio/gio.h>

#include <linux/types.h>

#include "memsnoop-process-layout.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_iterator_load:
 *
 * Loads the program, the first time; it stays loaded as long as the service runs. Any thread; blocks
 * for milliseconds the first time.
 *
 * Returns: whether it is loaded; the error is the same at each call.
 */
gboolean memsnoop_process_iterator_load (GError **error);

/** @entry: valid during the call. */
typedef void (*MemsnoopProcessEntryFunction) (const struct memsnoop_process_entry *entry,
                                              gpointer                             user_data);

/**
 * memsnoop_process_iterator_read_all:
 *
 * Reads all processes and kernel threads, in the order of their pids. Any thread; blocks for milliseconds. When it
 * fails, @function may have been called for some of them.
 */
gboolean memsnoop_process_iterator_read_all (MemsnoopProcessEntryFunction   function,
                                             gpointer                       user_data,
                                             GError                       **error);

G_END_DECLS
