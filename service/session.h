/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: leases on recordings, with its own caller, scope and end. It goes
 *
 *   starting -> recording -> stopping -> stopped
 *
 * and from starting to failed when a recording does not begin, or when the session is stopped
 * before it does. Nothing else moves it between these, and it never goes back.
 *
 * Emits "phase-changed" after each step, and "expired" when its last figures have been kept for
 * as long as was asked for.
 */
#pragma once

#include "caller.h"
#include "family-recorder.h"
#include "lease-set.h"
#include "memsnoop-bus.h"
#include "scope.h"
#include "start-options.h"

G_BEGIN_DECLS

typedef enum
{
  MEMSNOOP_SESSION_PHASE_STARTING,
  MEMSNOOP_SESSION_PHASE_RECORDING,
  MEMSNOOP_SESSION_PHASE_STOPPING,
  MEMSNOOP_SESSION_PHASE_STOPPED,
  MEMSNOOP_SESSION_PHASE_FAILED,
} MemsnoopSessionPhase;

#define MEMSNOOP_TYPE_SESSION (memsnoop_session_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSession, memsnoop_session, MEMSNOOP, SESSION, GObject)

/**
 * memsnoop_session_new:
 * @path: its object path.
 * @leases: what it records; at least one.
 * @caller: (nullable): %NULL for a session of the service's own.
 * @options: (transfer full): as checked by memsnoop_start_options_parse().
 * @scope: (transfer full): the processes it reports on.
 */
MemsnoopSession      *memsnoop_session_new              (const gchar           *path,
                                                         MemsnoopLeaseSet      *leases,
                                                         MemsnoopCaller        *caller,
                                                         MemsnoopStartOptions  *options,
                                                         MemsnoopScope         *scope);

/** @family: which follows the processes whose heaps it records. Before the start. */
void                  memsnoop_session_set_family       (MemsnoopSession        *self,
                                                         MemsnoopFamilyRecorder *family);

/** Takes the leases. Called once. */
void                  memsnoop_session_start_async      (MemsnoopSession       *self,
                                                         GAsyncReadyCallback    callback,
                                                         gpointer               user_data);
gboolean              memsnoop_session_start_finish     (MemsnoopSession       *self,
                                                         GAsyncResult          *result,
                                                         GError               **error);

/**
 * memsnoop_session_stop_async:
 *
 * Gives the leases back, in whatever phase the session is. Finishes when it is stopped or failed;
 * cannot itself fail.
 */
void                  memsnoop_session_stop_async       (MemsnoopSession       *self,
                                                         GAsyncReadyCallback    callback,
                                                         gpointer               user_data);
void                  memsnoop_session_stop_finish      (MemsnoopSession       *self,
                                                         GAsyncResult          *result);

/** Brings the figures among the properties up to date while it records. */
void                  memsnoop_session_update           (MemsnoopSession       *self);

MemsnoopSessionPhase  memsnoop_session_get_phase        (MemsnoopSession       *self);
/** Whether it holds or awaits leases. */
gboolean              memsnoop_session_is_running       (MemsnoopSession       *self);
const gchar          *memsnoop_session_get_path         (MemsnoopSession       *self);
guint32               memsnoop_session_get_owner        (MemsnoopSession       *self);
const MemsnoopScope  *memsnoop_session_get_scope        (MemsnoopSession       *self);
/** How long its last figures are kept, in seconds. */
guint                 memsnoop_session_get_keep         (MemsnoopSession       *self);
/** (transfer none) (nullable): what it records; %NULL when it has ended. */
MemsnoopLeaseSet     *memsnoop_session_get_leases       (MemsnoopSession       *self);
/** (nullable): the figures it ended with; %NULL while it runs. */
MemsnoopSessionFigures *memsnoop_session_get_last_figures (MemsnoopSession     *self);
/** Its interface on the bus; the registry exports it. */
MemsnoopBusSession   *memsnoop_session_get_interface    (MemsnoopSession       *self);

G_END_DECLS
