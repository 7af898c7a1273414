/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes to a descriptor that a client passed, which may be anything: a pipe that nobody reads, a full disk, a socket
 * that has gone. It is shared with the client, so that its flags are left alone.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Threads that write; one that the descriptor holds fast stays until it lets go. */
#define MEMSNOOP_DESCRIPTOR_WRITERS_MAX 8

/**
 * MemsnoopContentFunction:
 *
 * Makes what is to be written, in a thread of its own. Returns: (transfer full): %NULL with an error.
 */
typedef GBytes *(*MemsnoopContentFunction) (gpointer   user_data,
                                            GError   **error);

/**
 * memsnoop_descriptor_check:
 *
 * Whether the service may write there: an open, writable regular file, pipe, stream socket, terminal or /dev/null. Others are
 * refused: what is written to them would be done with the service's rights instead of the client's (files of procfs and the
 * like, devices), or would not arrive as it was sent. May block on a file system that does not answer.
 */
gboolean memsnoop_descriptor_check        (gint                      descriptor,
                                           GError                  **error);

/**
 * memsnoop_descriptor_write_async:
 * @descriptor: (transfer full): where to.
 * @milliseconds: how long all of it may take.
 * @content: called with @content_data, and only when memsnoop_descriptor_check() lets it.
 *
 * Writes in a thread of its own. Fails with %G_DBUS_ERROR_INVALID_ARGS for a descriptor that is not fit, before
 * anything is written; %G_DBUS_ERROR_LIMITS_EXCEEDED when MEMSNOOP_DESCRIPTOR_WRITERS_MAX others are at work;
 * %G_IO_ERROR_TIMED_OUT when the time is up, even if the thread hangs; and with what the system says otherwise. What has
 * been written by then stays. Call from the thread of the default main context.
 */
void     memsnoop_descriptor_write_async  (gint                      descriptor,
                                           guint                     milliseconds,
                                           MemsnoopContentFunction   content,
                                           gpointer                  content_data,
                                           GDestroyNotify            content_destroy,
                                           GAsyncReadyCallback       callback,
                                           gpointer                  user_data);
gboolean memsnoop_descriptor_write_finish (GAsyncResult             *result,
                                           GError                  **error);

G_END_DECLS
