/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer of ListProcessColumns. */
#pragma once

#include "process-list.h"

G_BEGIN_DECLS

/**
 * memsnoop_process_columns_build:
 *
 * The same as memsnoop_process_list_build(), with an array for each key instead of a dictionary for each process.
 *
 * Returns: (transfer floating): the columns as a{sv}.
 */
GVariant *memsnoop_process_columns_build (const GArray                     *memory,
                                          const GArray                     *recorded,
                                          const GArray                     *heaps,
                                          const MemsnoopWatchedList        *watched,
                                          const MemsnoopProcessListOptions *options);

G_END_DECLS
