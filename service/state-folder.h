/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder that keeps what is worth keeping over a restart of the service. Whatever is wrong with it or with what
 * is in it gives a warning and never stops the start.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_state_folder_prepare:
 * @user: the account that the service will change to.
 *
 * The folder is $STATE_DIRECTORY (as systemd sets it: the first, if there are several) or MEMSNOOP_STATEDIR. When it does not
 * exist it is made, with mode 0700 and owned by @user. One that exists is left as it is: it has to belong to
 * that user, and nobody else may be allowed to write to it. Call it before privileges are dropped; blocks.
 *
 * Returns: (transfer full) (nullable): %NULL, after a warning, when there is none that can be used; the service
 *   runs without it.
 */
gchar   *memsnoop_state_folder_prepare   (const gchar  *user);

/**
 * memsnoop_state_folder_confirm:
 * @folder: (transfer full) (nullable): from memsnoop_state_folder_prepare().
 *
 * Once privileges are dropped: whether the folder can be written to.
 *
 * Returns: (transfer full) (nullable): @folder; %NULL, after a warning, when it cannot.
 */
gchar   *memsnoop_state_folder_confirm   (gchar        *folder);

/**
 * memsnoop_state_folder_open:
 * @maximum: bytes that the file may have.
 * @size: (out): bytes that it has.
 *
 * Opens a file of the folder to be read. Fails with %G_IO_ERROR_NOT_FOUND when it does not exist, with
 * %G_IO_ERROR_INVALID_DATA when it is no regular file or larger than @maximum, and else as the system says.
 *
 * Returns: a file descriptor, or -1.
 */
int      memsnoop_state_folder_open      (const gchar  *folder,
                                          const gchar  *name,
                                          guint64       maximum,
                                          guint64      *size,
                                          GError      **error);

/**
 * memsnoop_state_folder_set_aside:
 * @reason: why, as a sentence without a full stop.
 *
 * Renames a file that is of no use to NAME.damaged, in the place of an older one, with a warning.
 */
void     memsnoop_state_folder_set_aside (const gchar  *folder,
                                          const gchar  *name,
                                          const gchar  *reason);

G_END_DECLS
