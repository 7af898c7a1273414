/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what the service does not need of root. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * memsnoop_privileges_find_account:
 * @uid, @gid: (out): its ids; those of root when there is no such account.
 *
 * The ids that memsnoop_privileges_drop() would change to. Fails when the accounts cannot be read.
 */
gboolean memsnoop_privileges_find_account (const gchar  *user,
                                           uid_t        *uid,
                                           gid_t        *gid,
                                           GError      **error);

/**
 * memsnoop_privileges_drop:
 * @user: the account to change to.
 *
 * Of root the service needs to load BPF programs (CAP_BPF, CAP_PERFMON), to look into other users'
 * processes (CAP_SYS_PTRACE) and to see kernel addresses (CAP_SYSLOG). Started as root, this keeps those of
 * them that it has and gives up all others for good: nothing can be inherited or gained again by executing
 * a program. It changes to @user, its group and no other groups; when there is no such account,
 * or it is root itself, the user stays root without root's rights.
 *
 * Not started as root, the service keeps what it was given, and only sees to it that programs that it executes
 * get none of it.
 *
 * Rights belong to threads: call this before any other thread exists, and after opening what only root
 * may open. A change of user makes the process not dumpable: its files under /proc belong to root from then on, which
 * does not keep itself from reading them.
 *
 * Returns: %FALSE when something could not be given up; the service must not go on then.
 */
gboolean memsnoop_privileges_drop (const gchar  *user,
                                   GError      **error);

G_END_DECLS
