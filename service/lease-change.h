/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases that a set gets and gives back while it holds its others. For the main loop. */
#pragma once

#include "lease-set.h"

G_BEGIN_DECLS

/** Takes one more lease on a heap. */
void     memsnoop_lease_join_async       (MemsnoopLeaseSet           *set,
                                          MemsnoopHeapRecording      *recording,
                                          const MemsnoopHeapOptions  *options,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
gboolean memsnoop_lease_join_finish      (MemsnoopLeaseSet           *set,
                                          GAsyncResult               *result,
                                          GError                    **error);

/**
 * memsnoop_lease_leave_async:
 * @keep: whether its last figures stay among those of the set.
 *
 * Gives one lease back. Cannot fail.
 */
void     memsnoop_lease_leave_async      (MemsnoopLeaseSet           *set,
                                          MemsnoopHeapRecording      *recording,
                                          gboolean                    keep,
                                          GAsyncReadyCallback         callback,
                                          gpointer                    user_data);
void     memsnoop_lease_leave_finish     (MemsnoopLeaseSet           *set,
                                          GAsyncResult               *result);

/** Prefixes the @error of a recording that did not begin with its process, or says that this has exited. */
void     memsnoop_lease_describe_failure (MemsnoopHeapRecording      *recording,
                                          GError                    **error);

G_END_DECLS
