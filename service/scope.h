/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes a session reports on. A scope never changes after it is made. */
#pragma once

#include "snapshot.h"

G_BEGIN_DECLS

typedef struct _MemsnoopScope MemsnoopScope;

/**
 * memsnoop_scope_new:
 * @pids: (array length=n): processes.
 * @start_times: (array length=n): when each of them started, CLOCK_BOOTTIME ns; a clock tick
 *   (10 ms) is precise enough, as in /proc/PID/stat.
 * @n: 0 for everything: every process, the interrupts, and what exited processes left behind.
 * @follow: also the processes that those forked, and theirs, since the recording began.
 *
 * Returns: (transfer full): a scope.
 */
MemsnoopScope *memsnoop_scope_new           (const guint32                *pids,
                                             const guint64                *start_times,
                                             gsize                         n,
                                             gboolean                      follow);

/**
 * memsnoop_scope_limit_to_user:
 *
 * Leaves out processes that are not entirely @uid's, such as a child that has become another user's. Before the
 * scope is used.
 */
void           memsnoop_scope_limit_to_user (MemsnoopScope                *self,
                                             guint32                       uid);

/** Whether it is limited to the processes of a user, and of which in @uid. */
gboolean       memsnoop_scope_get_user      (const MemsnoopScope          *self,
                                             guint32                      *uid);

void           memsnoop_scope_free          (MemsnoopScope                *self);

/** Whether it is everything; a %NULL scope is. */
gboolean       memsnoop_scope_is_everything (const MemsnoopScope          *self);

/** The pids it was made of, and their number in @n; %NULL when it is everything. */
const guint32 *memsnoop_scope_get_pids      (const MemsnoopScope          *self,
                                             gsize                        *n);

gboolean       memsnoop_scope_get_follow    (const MemsnoopScope          *self);

/**
 * memsnoop_scope_contains:
 * @self: (nullable): a scope; %NULL is everything.
 * @snapshot: where the ancestors of @figures are looked up.
 *
 * Whether a process is in the scope. Takes time in proportion to the number of processes when
 * it has to look at ancestors: use memsnoop_scope_select() for many.
 */
gboolean       memsnoop_scope_contains      (const MemsnoopScope          *self,
                                             const MemsnoopSnapshot       *snapshot,
                                             const MemsnoopProcessFigures *figures);

/**
 * memsnoop_scope_select:
 * @self: (nullable): a scope; %NULL is everything.
 *
 * Returns: (transfer container): the MemsnoopProcessSnapshot of every process in the
 *   scope, in the order of @snapshot, which owns them.
 */
GPtrArray     *memsnoop_scope_select        (const MemsnoopScope          *self,
                                             const MemsnoopSnapshot       *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopScope, memsnoop_scope_free)

G_END_DECLS
