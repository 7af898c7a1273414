/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service as programs of the desktop see it: there or not, its signals and its calls. None of them blocks, and
 * none trusts what it answers: dictionaries are read with dictionary.h.
 */
#pragma once

#include "memsnoop-bus.h"

G_BEGIN_DECLS

/**
 * MemsnoopServiceState:
 * @MEMSNOOP_SERVICE_CONNECTING: not known yet.
 * @MEMSNOOP_SERVICE_NO_BUS: the system bus cannot be reached, or is gone. It is tried again and again.
 * @MEMSNOOP_SERVICE_ABSENT: it does not run, and the bus cannot start it. It is noticed when it starts.
 * @MEMSNOOP_SERVICE_SILENT: it runs, and does not answer, or not as it should. It is asked again and again.
 * @MEMSNOOP_SERVICE_READY: it answers.
 */
typedef enum
{
  MEMSNOOP_SERVICE_CONNECTING,
  MEMSNOOP_SERVICE_NO_BUS,
  MEMSNOOP_SERVICE_ABSENT,
  MEMSNOOP_SERVICE_SILENT,
  MEMSNOOP_SERVICE_READY,
} MemsnoopServiceState;

/**
 * MemsnoopServicePatience:
 * @retry: until it is tried again what has failed.
 * @late: until an answer is late.
 * @call: until a call fails in the middle of which nobody is asked; others wait for as long as a person thinks.
 *
 * In milliseconds.
 */
typedef struct
{
  guint retry;
  guint late;
  guint call;
} MemsnoopServicePatience;

#define MEMSNOOP_TYPE_SERVICE (memsnoop_service_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopService, memsnoop_service, MEMSNOOP, SERVICE, GObject)

/**
 * memsnoop_service_new:
 *
 * Begins to connect at once, in the default main context.
 *
 * Properties, both with notify: "state", a MemsnoopServiceState as a guint; "late", whether a call in the middle of which
 * nobody is asked has had no answer for some seconds. Signals:
 *
 * - "suspicion" (guint pid, const gchar *comm, GVariant *evidence, const gchar *session): LeakSuspected.
 * - "anomaly" (guint pid, const gchar *comm, const gchar *kind, GVariant *details): AnomalyDetected.
 *
 * Text that the service sends is UTF-8, and may hold anything else: see wording.h before it is shown.
 */
MemsnoopService      *memsnoop_service_new                 (void);
/** For what begins from now on. */
void                  memsnoop_service_set_patience        (MemsnoopService               *self,
                                                            const MemsnoopServicePatience *patience);
/** Its property "late". */
gboolean              memsnoop_service_is_late             (MemsnoopService      *self);
MemsnoopServiceState  memsnoop_service_get_state           (MemsnoopService      *self);
/** Why the state is not READY, as a sentence without a full stop; %NULL when it is. */
const gchar          *memsnoop_service_get_problem         (MemsnoopService      *self);
/** The service's Version; %NULL unless it is ready. */
const gchar          *memsnoop_service_get_version         (MemsnoopService      *self);
/** Whether it can do this; otherwise @reason, if not %NULL, is why not (transfer full). %TRUE for what it does not mention. */
gboolean              memsnoop_service_has_feature         (MemsnoopService      *self,
                                                            const gchar          *feature,
                                                            gchar               **reason);
/** Seconds between two looks of the watch; 0 when nothing is watched. */
gdouble               memsnoop_service_get_watch_interval  (MemsnoopService      *self);
/** SuspectsLeftOut: how much is suspected that it does not tell of; 0 unless it is ready. */
guint                 memsnoop_service_get_suspects_left_out (MemsnoopService    *self);
/**
 * memsnoop_service_get_sessions:
 *
 * Returns: (transfer none) (nullable): of MemsnoopBusSession proxies, whose properties follow the service's; changed by
 *   GDBusObjectManager's signals. %NULL unless ready.
 */
GDBusObjectManager   *memsnoop_service_get_sessions        (MemsnoopService      *self);

/**
 * memsnoop_service_call:
 * @method: of org.memsnoop1.Manager.
 * @arguments: (transfer floating) (nullable): a tuple.
 * @reply: (nullable): the signature of the answer, "(aa{sv})"; another answer is an error.
 * @ask: whether a person waits for it, who may be asked for a password. There is no time-out then.
 * @descriptor: passed along as handle 0, and not closed; -1 for none.
 *
 * A service that has just been stopped is not started again. Errors are the service's, in the domains of GDBusError and GIOError; G_IO_ERROR_NOT_CONNECTED when the service is
 * not ready. g_dbus_error_strip_remote_error() leaves the message that is to be shown.
 */
void                  memsnoop_service_call                (MemsnoopService      *self,
                                                            const gchar          *method,
                                                            GVariant             *arguments,
                                                            const gchar          *reply,
                                                            gboolean              ask,
                                                            gint                  descriptor,
                                                            GCancellable         *cancellable,
                                                            GAsyncReadyCallback   callback,
                                                            gpointer              user_data);
/** Returns: (transfer full): the tuple of @reply; %NULL with @error. */
GVariant             *memsnoop_service_call_finish         (MemsnoopService      *self,
                                                            GAsyncResult         *result,
                                                            GError              **error);

G_END_DECLS
