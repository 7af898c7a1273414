/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to the bus that calls us: who is behind it, as the bus says, and whether it is still
 * there. Nothing that a message contains is trusted for this.
 *
 * Emits "vanished" once, when the connection leaves the bus.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Authorisation checks of one caller that may wait for an answer at the same time. */
#define MEMSNOOP_CALLER_CHECKS_MAX 8
/* Calls of one caller that may be in progress at the same time. */
#define MEMSNOOP_CALLER_CALLS_MAX 128

#define MEMSNOOP_TYPE_CALLER (memsnoop_caller_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopCaller, memsnoop_caller, MEMSNOOP, CALLER, GObject)

/**
 * memsnoop_caller_identify_async:
 * @name: a unique bus name.
 *
 * Asks the bus who owns @name, and watches it from before that question on.
 */
void            memsnoop_caller_identify_async  (GDBusConnection      *connection,
                                                 const gchar          *name,
                                                 GAsyncReadyCallback   callback,
                                                 gpointer              user_data);
/** Returns: (transfer full): the caller; fails when it has left the bus already. */
MemsnoopCaller *memsnoop_caller_identify_finish (GAsyncResult         *result,
                                                 GError              **error);

const gchar    *memsnoop_caller_get_name        (MemsnoopCaller       *self);
guint32         memsnoop_caller_get_uid         (MemsnoopCaller       *self);
gboolean        memsnoop_caller_has_vanished    (MemsnoopCaller       *self);

/** Cancelled when the caller leaves the bus. */
GCancellable   *memsnoop_caller_get_cancellable (MemsnoopCaller       *self);

/**
 * memsnoop_caller_begin_call:
 *
 * Counts a call that begins; each success is balanced by one end_call. Fails with
 * %G_DBUS_ERROR_LIMITS_EXCEEDED.
 */
gboolean        memsnoop_caller_begin_call      (MemsnoopCaller       *self,
                                                 GError              **error);
void            memsnoop_caller_end_call        (MemsnoopCaller       *self);

/**
 * memsnoop_caller_begin_check:
 *
 * Counts an authorisation check that begins; each success is balanced by one end_check. Fails with
 * %G_DBUS_ERROR_LIMITS_EXCEEDED.
 */
gboolean        memsnoop_caller_begin_check     (MemsnoopCaller       *self,
                                                 GError              **error);
void            memsnoop_caller_end_check       (MemsnoopCaller       *self);

G_END_DECLS
