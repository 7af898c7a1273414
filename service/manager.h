/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service's object on the bus: org.memsnoop1.Manager and, beside it, the object manager under
 * which sessions appear. Every method call on either enters here.
 */
#pragma once

#include "configuration.h"
#include "heap-recordings.h"
#include "process-families.h"
#include "session-registry.h"
#include "watch.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_MANAGER (memsnoop_manager_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopManager, memsnoop_manager, MEMSNOOP, MANAGER, GObject)

/**
 * memsnoop_manager_new:
 * @connection: the bus, and no other: the callers' identities are asked of it.
 * @configuration: outlives the manager.
 */
MemsnoopManager *memsnoop_manager_new (GDBusConnection             *connection,
                                       MemsnoopTracer              *tracer,
                                       MemsnoopRecording           *recording,
                                       const MemsnoopConfiguration *configuration);

/**
 * memsnoop_manager_set_feature:
 * @reason: (nullable): why not, as a sentence, when it is not @available.
 */
void memsnoop_manager_set_feature (MemsnoopManager *self,
                                   const gchar     *name,
                                   gboolean         available,
                                   const gchar     *reason);

/**
 * memsnoop_manager_set_watch:
 *
 * From here on the manager answers questions about the watch, and broadcasts what that finds.
 */
void memsnoop_manager_set_watch (MemsnoopManager    *self,
                                 MemsnoopWatch      *watch,
                                 MemsnoopIgnoreList *ignored);

/**
 * memsnoop_manager_set_heaps:
 * @heaps: (nullable): outlives the manager; %NULL when heaps cannot be recorded here.
 * @reason: (nullable): why not, as a sentence.
 *
 * From here on the manager lets heaps be recorded.
 */
void memsnoop_manager_set_heaps (MemsnoopManager        *self,
                                 MemsnoopHeapRecordings *heaps,
                                 const gchar            *reason);

/** The same for recordings of growth. */
void memsnoop_manager_set_growth (MemsnoopManager        *self,
                                  MemsnoopHeapRecordings *growth,
                                  const gchar            *reason);

/** Puts the object on the bus. */
gboolean memsnoop_manager_export (MemsnoopManager *self, GError **error);

/**
 * memsnoop_manager_shut_down_async:
 *
 * Refuses further sessions and stops those that run; finishes when nothing is attached to the
 * kernel any more.
 */
void memsnoop_manager_shut_down_async  (MemsnoopManager     *self,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data);
void memsnoop_manager_shut_down_finish (MemsnoopManager     *self,
                                        GAsyncResult        *result);

/* For the methods. */
MemsnoopRecording       *memsnoop_manager_get_recording (MemsnoopManager *self);
MemsnoopSessionRegistry *memsnoop_manager_get_sessions  (MemsnoopManager *self);
const MemsnoopConfiguration *memsnoop_manager_get_configuration (MemsnoopManager *self);

/** @families: outlives the manager. From here on the processes of sessions that record heaps are followed. */
void memsnoop_manager_set_families (MemsnoopManager         *self,
                                    MemsnoopProcessFamilies *families);

/** (nullable): %NULL when processes are not followed. */
MemsnoopProcessFamilies *memsnoop_manager_get_families  (MemsnoopManager *self);

/** (nullable): %NULL when heaps cannot be recorded. */
MemsnoopHeapRecordings  *memsnoop_manager_get_heaps     (MemsnoopManager *self);

/** (nullable): %NULL when growth cannot be recorded. */
MemsnoopHeapRecordings  *memsnoop_manager_get_growth    (MemsnoopManager *self);

/** (nullable): %NULL when there is no watch. */
MemsnoopWatch           *memsnoop_manager_get_watch     (MemsnoopManager *self);
MemsnoopIgnoreList      *memsnoop_manager_get_ignored   (MemsnoopManager *self);

/** Whether what @options name can be recorded here and now; fails with %G_DBUS_ERROR_NOT_SUPPORTED. */
gboolean memsnoop_manager_can_record (MemsnoopManager            *self,
                                      const MemsnoopStartOptions *options,
                                      GError                    **error);

/** Takes the calls of a session's own interface. */
void memsnoop_manager_adopt_session (MemsnoopManager *self, MemsnoopSession *session);

G_END_DECLS
