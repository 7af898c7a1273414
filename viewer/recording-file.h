/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that the service writes into a file: beside the file of that name, which it replaces when all is written. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/**
 * memsnoop_recording_file_write_async:
 * @path: absolute. A symbolic link stays one. What is there stays until it is replaced as a whole, and also when this fails.
 * @arguments: (transfer floating): of the service's Export, with handle 0 for the file.
 *
 * Nothing is left beside the file when this fails. Disks are waited for in threads.
 */
void      memsnoop_recording_file_write_async  (const gchar         *path,
                                                MemsnoopService     *service,
                                                GVariant            *arguments,
                                                GCancellable        *cancellable,
                                                GAsyncReadyCallback  callback,
                                                gpointer             user_data);
/** Errors are the service's, and those of GIOError, which name the file. */
gboolean  memsnoop_recording_file_write_finish (GAsyncResult        *result,
                                                GError             **error);

/** Returns: a memory file that can be sealed, to be closed; -1 with @error. */
gint      memsnoop_recording_file_open         (GError             **error);
/**
 * memsnoop_recording_file_read:
 * @descriptor: a memory file that may be sealed, into which a service has written that is not trusted.
 *
 * Returns: (transfer full): what is in it, and stays as it is; %NULL with @error when it is too much, or the service
 *   may still change it.
 */
GBytes   *memsnoop_recording_file_read         (gint                 descriptor,
                                                GError             **error);

G_END_DECLS
