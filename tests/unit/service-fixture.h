/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service's bus side with a fake tracer, on a private bus with a scripted polkit, all in the
 * test's own process and main loop; its clients are connections of their own.
 */
#pragma once

#include "fake-tracer.h"
#include "manager.h"

G_BEGIN_DECLS

/** Starts the bus that all tests of the program share; call it before anything else uses a bus. */
void service_bus_start (void);
void service_bus_stop  (void);

/* What the scripted polkit says to every question. */
typedef enum
{
  POLKIT_REFUSES,
  POLKIT_ALLOWS,
  /* Only a user could grant it: asks, and the user agrees, if it may. */
  POLKIT_ASKS,
  /* Does not answer before service_polkit_answer(). */
  POLKIT_WAITS,
} PolkitScript;

/** Puts a polkit on the bus; until then there is none. */
void         service_polkit_start           (PolkitScript script);
void         service_polkit_stop            (void);
void         service_polkit_answer          (gboolean allowed);
/** The action of the last question; %NULL when there was none since the last start. */
const gchar *service_polkit_get_action      (void);
guint        service_polkit_count_questions (void);
/** Questions that the service took back. */
guint        service_polkit_count_cancelled (void);
/** Questions that nobody has answered yet. */
guint        service_polkit_count_waiting   (void);
/** Runs the main loop until so many questions wait for an answer. */
void         service_polkit_wait_for_questions (guint n);
/** Whether any question allowed the user to be asked. */
gboolean     service_polkit_was_interactive (void);

typedef struct
{
  MemsnoopConfiguration *configuration;
  MemsnoopFakeTracer *tracer;
  GDBusConnection *connection;
  MemsnoopManager *manager;
  /* A client of this process's user. */
  GDBusConnection *client;
} Service;

/** @configure changes the configuration before the service starts; may be %NULL. */
Service         *service_new                   (void (*configure) (MemsnoopConfiguration *));
void             service_free                  (Service           *self);

/** A further client. */
GDBusConnection *service_connect               (void);
/** A client of the user NOBODY; needs root. */
GDBusConnection *service_connect_as_nobody     (void);
/** Leaves the bus. */
void             service_disconnect            (GDBusConnection   *client);

/** Calls a method of the manager and runs the main loop until the reply. @parameters: floating. */
GVariant        *service_call                  (Service           *self,
                                                GDBusConnection   *client,
                                                const gchar       *method,
                                                GVariant          *parameters,
                                                GError           **error);
GVariant        *service_call_interactively    (Service           *self,
                                                GDBusConnection   *client,
                                                const gchar       *method,
                                                GVariant          *parameters,
                                                GError           **error);
/** The same without waiting. */
void             service_call_async            (Service           *self,
                                                GDBusConnection   *client,
                                                const gchar       *method,
                                                GVariant          *parameters,
                                                GAsyncReadyCallback callback,
                                                gpointer           user_data);

/** Start with @options in GVariant's text form. Returns: (transfer full): the session's path. */
gchar           *service_start                 (Service           *self,
                                                GDBusConnection   *client,
                                                const gchar       *options,
                                                GError           **error);
/** Stop of a session, which has to succeed. */
void             service_stop                  (Service           *self,
                                                const gchar       *path);
/** A callback of service_call_async() for what is not waited for. */
void             service_ignore_reply          (GObject           *source,
                                                GAsyncResult      *result,
                                                gpointer           unused);
/** @name: of an error of D-Bus. */
void             service_assert_remote_error   (const GError      *error,
                                                const gchar       *name);
/** Returns: (transfer full): a property of the manager. */
GVariant        *service_get_property          (Service           *self,
                                                const gchar       *name);
/** The state of a session; %NULL when there is no such object. */
gchar           *service_get_state             (Service           *self,
                                                const gchar       *path);
guint            service_count_sessions        (Service           *self);

/** Runs the main loop until @condition holds; gives up after some seconds. */
void             service_wait                  (gboolean (*condition) (gpointer),
                                                gpointer           user_data);
/** Runs the main loop for @milliseconds. */
void             service_run_for               (guint              milliseconds);

G_END_DECLS
