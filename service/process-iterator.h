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
gboolean memsnoop_process_iterator_load     (GError **error);

/**
 * memsnoop_process_iterator_read_all:
 *
 * Reads all processes and kernel threads. Any thread; blocks for milliseconds.
 *
 * Returns: (transfer full): an array of struct memsnoop_process_entry, or %NULL.
 */
GArray  *memsnoop_process_iterator_read_all (GError **error);

G_END_DECLS
