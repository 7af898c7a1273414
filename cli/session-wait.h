/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting in the foreground for a session to end. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  /* The session ended by itself. */
  MEMSNOOP_SESSION_WAIT_ENDED,
  /* Somebody pressed Ctrl-C, or sent a signal to that effect. */
  MEMSNOOP_SESSION_WAIT_INTERRUPTED,
  MEMSNOOP_SESSION_WAIT_FAILED,
} MemsnoopSessionWaitResult;

/** Returns when the session at @path has ended or the program was told to end. */
MemsnoopSessionWaitResult memsnoop_session_wait (GDBusConnection *connection,
                                                 const gchar     *path,
                                                 GError         **error);

/** Returns when the session at @path has ended; it is ended when the program is told to end. */
gboolean                  memsnoop_session_wait_to_end (GDBusConnection *connection,
                                                        const gchar     *path,
                                                        GError         **error);

G_END_DECLS
