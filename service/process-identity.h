/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is and whose, pinned: the identity holds the process's folder under /proc open,
 * which stops answering when the process is gone, even if its pid is used again.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopProcessIdentity:
 * @start_time: CLOCK_BOOTTIME nanoseconds, rounded down to the kernel's clock tick.
 * @dumpable: whether the kernel lets the process's own user look into it.
 * @comm: raw bytes, not necessarily UTF-8.
 */
typedef struct
{
  guint32  pid;
  guint64  start_time;
  guint32  real_uid;
  guint32  effective_uid;
  guint32  saved_uid;
  gboolean dumpable;
  gboolean kernel_thread;
  gchar   *comm;
  int      directory;
} MemsnoopProcessIdentity;

/**
 * memsnoop_process_identity_open:
 *
 * Reads the identity of a running process. Microseconds; does not wait for the process.
 *
 * Returns: (transfer full): the identity, or %NULL with %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when
 * no process has this pid (a thread's id is no pid).
 */
MemsnoopProcessIdentity *memsnoop_process_identity_open (guint32 pid, GError **error);

void memsnoop_process_identity_free (MemsnoopProcessIdentity *self);

/**
 * memsnoop_process_identity_open_again:
 * @start_time: from an identity of before.
 *
 * The same process once more, as it is by now: users and dumpable change while a user thinks
 * about a password, and a pid may be used again. Fails with
 * %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when the process has exited. (That no folder is kept
 * open in between saves a caller from using up our descriptors; and no pid comes round again
 * within the tick that tells start times apart.)
 */
MemsnoopProcessIdentity *memsnoop_process_identity_open_again (guint32   pid,
                                                               guint64   start_time,
                                                               GError  **error);

/** Whether the process is @uid's own: all its user ids are @uid, and it is dumpable. */
gboolean memsnoop_process_identity_is_own (const MemsnoopProcessIdentity *self, guint32 uid);

/** The name as it is now, raw bytes; %NULL with the errors of memsnoop_process_identity_open() when the process has exited. */
gchar *memsnoop_process_identity_read_comm (const MemsnoopProcessIdentity *self, GError **error);

/** The executable's path as raw bytes; empty when it cannot be read. */
gchar *memsnoop_process_identity_read_executable (const MemsnoopProcessIdentity *self);

/** Whether a start time with the kernel's full precision is this process's. */
gboolean memsnoop_process_identity_started_at (const MemsnoopProcessIdentity *self,
                                               guint64                        start_time);

/**
 * memsnoop_round_start_time:
 *
 * A start time with the kernel's full precision as an identity has it, and as the bus tells it:
 * so the same process has the same start time in lists and in statistics, recorded or not.
 */
guint64 memsnoop_round_start_time (guint64 start_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessIdentity, memsnoop_process_identity_free)

G_END_DECLS
