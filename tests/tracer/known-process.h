/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes whose memory is known, and reading it. */
#pragma once

#include "process-memory.h"

#include <sys/types.h>

G_BEGIN_DECLS

#define MEBIBYTE (1024 * 1024)
#define ANONYMOUS_BYTES (24 * MEBIBYTE)
#define SHARED_BYTES (12 * MEBIBYTE)

GArray                      *known_process_read_all    (void);

/** %NULL when there is none; it is there once at most. */
const MemsnoopProcessMemory *known_process_find        (GArray   *processes,
                                                        pid_t     pid);

/**
 * known_process_start:
 * @prepare: (nullable): runs in the child first.
 *
 * Returns: a child that waits until it is killed, as known_process_end() does.
 */
pid_t                        known_process_start       (void    (*prepare) (void));
void                         known_process_end         (pid_t     child);

/** For @prepare: takes ANONYMOUS_BYTES and SHARED_BYTES, a name and a user of its own. */
void                         known_process_allocate    (void);

/** How far the kernel's counters may lag behind, in bytes. */
guint64                      known_process_tolerance   (void);
void                         known_process_assert_near (guint64   value,
                                                        guint64   expected);

G_END_DECLS
