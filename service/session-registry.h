/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All sessions: their limits, their objects on the bus, and how long those stay.
 *
 * Emits "updated" when the figures of recordings may be new: every few seconds while a session
 * records, and whenever one begins or ends.
 */
#pragma once

#include "configuration.h"
#include "session.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SESSION_REGISTRY (memsnoop_session_registry_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSessionRegistry,
                      memsnoop_session_registry,
                      MEMSNOOP,
                      SESSION_REGISTRY,
                      GObject)

/**
 * memsnoop_session_registry_new:
 * @objects: where sessions appear.
 * @configuration: limits; outlives the registry.
 */
MemsnoopSessionRegistry *memsnoop_session_registry_new
                                              (GDBusObjectManagerServer     *objects,
                                               const MemsnoopConfiguration  *configuration);

/**
 * memsnoop_session_registry_check_room:
 *
 * Whether the user @uid may have one more session now; those that are starting count. Fails with
 * %G_DBUS_ERROR_LIMITS_EXCEEDED.
 */
gboolean                 memsnoop_session_registry_check_room
                                              (MemsnoopSessionRegistry      *self,
                                               guint32                       uid,
                                               GError                      **error);

/**
 * memsnoop_session_registry_check_heaps:
 * @wanted: what a session of the user @uid is to record.
 *
 * Whether the user may have these heaps recorded besides those that are recorded for him. Heaps that several of his
 * sessions record count once. Fails with %G_DBUS_ERROR_LIMITS_EXCEEDED.
 */
gboolean                 memsnoop_session_registry_check_heaps
                                              (MemsnoopSessionRegistry      *self,
                                               guint32                       uid,
                                               MemsnoopLeaseSet             *wanted,
                                               GError                      **error);
/** The same for one more. */
gboolean                 memsnoop_session_registry_check_heap
                                              (MemsnoopSessionRegistry      *self,
                                               guint32                       uid,
                                               MemsnoopHeapRecording        *wanted,
                                               GError                      **error);

/**
 * memsnoop_session_registry_add:
 * @leases: what it is to record.
 * @caller: (nullable): %NULL for a session of the service's own.
 * @options: (transfer full): as checked by memsnoop_start_options_parse().
 * @scope: (transfer full): the processes it reports on.
 *
 * A new session in the phase starting, already on the bus; the room was checked just before. Call
 * memsnoop_session_start_async() next. A session that fails is removed at once.
 *
 * Returns: (transfer none): the session.
 */
MemsnoopSession         *memsnoop_session_registry_add
                                              (MemsnoopSessionRegistry      *self,
                                               MemsnoopLeaseSet             *leases,
                                               MemsnoopCaller               *caller,
                                               MemsnoopStartOptions         *options,
                                               MemsnoopScope                *scope);

/** Returns: (transfer none): the session, or %NULL with %MEMSNOOP_ERROR_NO_SUCH_SESSION. */
MemsnoopSession         *memsnoop_session_registry_find
                                              (MemsnoopSessionRegistry      *self,
                                               const gchar                  *path,
                                               GError                      **error);

/**
 * memsnoop_session_registry_find_showing:
 *
 * Returns: (transfer none) (nullable): the path of a session that records kernel memory and shows the process @pid: one that
 *   names it, else one of every process.
 */
const gchar             *memsnoop_session_registry_find_showing
                                              (MemsnoopSessionRegistry      *self,
                                               guint32                       pid);

/**
 * memsnoop_session_registry_find_showing_heap:
 *
 * Returns: (transfer none) (nullable): the path of a session with the heap of this process: one that records it, else one whose last
 *   figures have it.
 */
const gchar             *memsnoop_session_registry_find_showing_heap
                                              (MemsnoopSessionRegistry      *self,
                                               guint32                       pid,
                                               guint64                       start_time);

/** Calls @function once for each MemsnoopHeapRecording of growth that a session has a lease on. */
void                     memsnoop_session_registry_foreach_growth
                                              (MemsnoopSessionRegistry      *self,
                                               GFunc                         function,
                                               gpointer                      user_data);

/** Calls @function once for each MemsnoopHeapRecording of a heap that a session has a lease on. */
void                     memsnoop_session_registry_foreach_heap
                                              (MemsnoopSessionRegistry      *self,
                                               GFunc                         function,
                                               gpointer                      user_data);

/** Stops every session; finishes when all of them have ended. */
void                     memsnoop_session_registry_stop_all_async
                                              (MemsnoopSessionRegistry      *self,
                                               GAsyncReadyCallback           callback,
                                               gpointer                      user_data);
void                     memsnoop_session_registry_stop_all_finish
                                              (MemsnoopSessionRegistry      *self,
                                               GAsyncResult                 *result);

G_END_DECLS
