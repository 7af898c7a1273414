/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of some processes and of those that they fork, told by eBPF. */
#pragma once

#include <linux/types.h>

#include "memsnoop-family-layout.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MemsnoopFamilyTracer MemsnoopFamilyTracer;

/**
 * MemsnoopFamilyEventFunction:
 * @event: valid during the call.
 */
typedef void (*MemsnoopFamilyEventFunction) (const struct memsnoop_family_event *event,
                                             gpointer                            user_data);

/** Loads and attaches; tens of milliseconds: for worker threads. Without members nothing is told. */
MemsnoopFamilyTracer *memsnoop_family_tracer_start          (GError                     **error);

/** Detaches; afterwards nothing of it is in the kernel. Blocks: for worker threads. */
void                  memsnoop_family_tracer_stop           (MemsnoopFamilyTracer        *self);

/**
 * memsnoop_family_tracer_add:
 * @follow: whether those that the process forks from now on are members from their beginning, and those that they fork; otherwise
 *   they are only told.
 *
 * Makes a process a member until it exits. Microseconds. Fails when there are MEMSNOOP_FAMILY_MEMBERS_MAX.
 */
gboolean              memsnoop_family_tracer_add            (MemsnoopFamilyTracer        *self,
                                                             guint32                      pid,
                                                             gboolean                     follow,
                                                             GError                     **error);
void                  memsnoop_family_tracer_remove         (MemsnoopFamilyTracer        *self,
                                                             guint32                      pid);

/** What becomes readable when events wait. Owned by the tracer. */
int                   memsnoop_family_tracer_get_descriptor (MemsnoopFamilyTracer        *self);

/** Calls @function for each event that waits, in their order, without waiting. One thread at a time. */
void                  memsnoop_family_tracer_read           (MemsnoopFamilyTracer        *self,
                                                             MemsnoopFamilyEventFunction  function,
                                                             gpointer                     user_data);

/** Children since the start that there was no room for: they are neither told nor followed. */
guint64               memsnoop_family_tracer_count_unseen   (MemsnoopFamilyTracer        *self);

/** Events since the start that found no room. */
guint64               memsnoop_family_tracer_count_lost     (MemsnoopFamilyTracer        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopFamilyTracer, memsnoop_family_tracer_stop)

G_END_DECLS
