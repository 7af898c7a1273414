/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/PID/status tells of a process's memory. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopProcessStatus:
 * @has_memory: %FALSE for a kernel thread, and for what has exited.
 * @threads: in its thread group, those that have exited and are not reaped among them.
 * @rss_anon, @rss_file, @rss_shmem, @swap: bytes; 0 without memory.
 */
typedef struct
{
  gboolean has_memory;
  guint32  parent_pid;
  guint64  threads;
  guint64  rss_anon;
  guint64  rss_file;
  guint64  rss_shmem;
  guint64  swap;
} MemsnoopProcessStatus;

/**
 * memsnoop_process_status_parse:
 * @text: the whole file.
 *
 * Returns: whether it is complete: where there is memory, all of its figures have to be there.
 */
gboolean memsnoop_process_status_parse              (const gchar           *text,
                                                     MemsnoopProcessStatus *status);

/**
 * memsnoop_process_status_read:
 * @directory: a process's or a thread's folder under /proc.
 *
 * The figures of one folder. Microseconds for each process; tens of them if it has thousands of groups.
 *
 * Returns: 0, or a negative errno: -ESRCH or -ENOENT when it is gone, -EBADMSG when the file is not in the expected
 *   form.
 */
int      memsnoop_process_status_read               (int                    directory,
                                                     MemsnoopProcessStatus *status);

/**
 * memsnoop_process_status_read_group:
 * @directory: a process's folder under /proc.
 *
 * The same, with the memory of another thread where the first one has exited before the others: the kernel shows a
 * process's memory only where a thread has it.
 */
int      memsnoop_process_status_read_group         (int                    directory,
                                                     MemsnoopProcessStatus *status);

/**
 * memsnoop_process_status_open_living_thread:
 * @directory: a process's folder under /proc.
 *
 * Returns: (transfer full): the folder of a thread of the process that has memory, or -1 when there is none.
 */
int      memsnoop_process_status_open_living_thread (int                    directory,
                                                     MemsnoopProcessStatus *status);

/**
 * memsnoop_process_file_read:
 * @directory: a process's or a thread's folder under /proc.
 * @text: (out) (transfer full): unless it fails; not longer than a mebibyte.
 *
 * Returns: 0, or a negative errno: -EFBIG when there is more than a mebibyte.
 */
int      memsnoop_process_file_read                 (int                    directory,
                                                     const gchar           *name,
                                                     gchar                **text);

/**
 * memsnoop_process_file_find_bytes:
 * @name: of a line in the kernel's "kB".
 *
 * Returns: whether there is such a line; the value is left alone otherwise.
 */
gboolean memsnoop_process_file_find_bytes           (const gchar           *text,
                                                     const gchar           *name,
                                                     guint64               *bytes);

G_END_DECLS
