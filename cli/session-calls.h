/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls about one session that several commands make. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * memsnoop_session_start:
 * @options: `a{sv}`, as Start takes them.
 *
 * Returns: (transfer full): the path of the session that was started.
 */
gchar   *memsnoop_session_start  (GDBusConnection *connection,
                                  GVariant        *options,
                                  GError         **error);

/** Ends the session at @path; returns when that is done. */
gboolean memsnoop_session_stop   (GDBusConnection *connection,
                                  const gchar     *path,
                                  GError         **error);

/**
 * memsnoop_session_report:
 * @options: `a{sv}`; a floating reference is taken.
 *
 * Returns: (transfer full): the session's report in @format, as the service wrote it.
 */
gchar   *memsnoop_session_report (GDBusConnection *connection,
                                  const gchar     *path,
                                  const gchar     *format,
                                  GVariant        *options,
                                  GError         **error);

/**
 * memsnoop_session_export:
 * @descriptor: what the service writes to; still owned by the caller.
 * @options: `a{sv}`; a floating reference is taken.
 *
 * Has all of what the session at @path recorded written in @format; returns when that is done.
 */
gboolean memsnoop_session_export (GDBusConnection *connection,
                                  const gchar     *path,
                                  const gchar     *format,
                                  int              descriptor,
                                  GVariant        *options,
                                  GError         **error);

G_END_DECLS
