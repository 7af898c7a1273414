/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up everything but reading what one was handed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_SANDBOX_ERROR (memsnoop_sandbox_error_quark ())

typedef enum
{
  MEMSNOOP_SANDBOX_ERROR_FAILED,
} MemsnoopSandboxError;

GQuark memsnoop_sandbox_error_quark (void);

/**
 * memsnoop_sandbox_enter:
 * @socket: stays open; all other descriptors are closed, and the standard ones lead nowhere.
 * @user: the account to change to when this is root and may; without such an account it is nobody.
 *
 * Whoever takes this process over with a malformed file gets: no capabilities and no way to new ones, no files but the
 * descriptors that were sent, no network, no other process, no executable memory, and limits on
 * memory and descriptors. A system call that reading ELF files does not need ends the process; those that look for files by path fail,
 * as libdw tries them and can do without. It dies with the thread that started it.
 *
 * For good, and for a process with one thread only.
 *
 * Returns: %FALSE when something could not be given up: the process must not go on then.
 */
gboolean memsnoop_sandbox_enter (int           socket,
                                 const gchar  *user,
                                 GError      **error);

G_END_DECLS
