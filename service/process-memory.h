/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory processes use, as the kernel counts it. Everything here blocks, for milliseconds where nothing else
 * is said: for worker threads. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopProcessMemory:
 * @pid: thread group.
 * @uid: real user.
 * @parent_pid: 0 when it has none.
 * @start_time: CLOCK_BOOTTIME nanoseconds; rounded down to a clock tick where the process iterator is not
 *   available.
 * @execution: another number after each exec (where the iterator is not available, of another executable); 0 when it
 *   is not known. Means nothing beyond that.
 * @control_group: the id of its control group (cgroup v2), 0 when it is not known.
 * @comm: raw bytes, not necessarily UTF-8.
 * @rss_anon, @rss_file, @rss_shmem, @swap: bytes; 0 for a kernel thread. From the iterator they
 *   may be off by a batch of pages for each CPU: read the details to be sure.
 */
typedef struct
{
  guint32  pid;
  guint32  uid;
  guint32  parent_pid;
  guint64  start_time;
  guint64  execution;
  guint64  control_group;
  gchar    comm[16 + 1];
  gboolean kernel_thread;
  guint64  rss_anon;
  guint64  rss_file;
  guint64  rss_shmem;
  guint64  swap;
} MemsnoopProcessMemory;

/**
 * MemsnoopProcessDetails:
 * @pss, @uss: proportional and unique set size in bytes; only when @has_pss.
 * @has_pss: %FALSE when they were not asked for, when the kernel or our rights do not let us see them, and for kernel
 *   threads.
 */
typedef struct
{
  guint64  rss_anon;
  guint64  rss_file;
  guint64  rss_shmem;
  guint64  swap;
  guint64  pss;
  guint64  uss;
  gboolean has_pss;
} MemsnoopProcessDetails;

/**
 * memsnoop_process_memory_iterator_available:
 * @reason: (out) (optional) (nullable): a sentence that says why not.
 *
 * Whether the processes are read in one pass by a BPF program, rather than from /proc one by one: %FALSE also when the
 * last reading had to be made from there. Any thread.
 */
gboolean memsnoop_process_memory_iterator_available (gchar                  **reason);

/**
 * memsnoop_process_memory_read_all:
 *
 * Returns: (transfer full): an array of MemsnoopProcessMemory, of every process and kernel
 *   thread, in no particular order; %NULL when not even /proc can be read.
 */
GArray  *memsnoop_process_memory_read_all           (GError                 **error);

/**
 * memsnoop_process_memory_read_from_files:
 *
 * The same from /proc alone: what memsnoop_process_memory_read_all() does without the iterator.
 */
GArray  *memsnoop_process_memory_read_from_files    (GError                 **error);

/**
 * memsnoop_process_memory_read_details:
 * @start_time: of the process that is meant, to a clock tick.
 *
 * The figures of one process without its shares, which are surer than those of all processes. Fails with
 * %G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN when the process has exited, even if its pid is
 * in use again.
 */
gboolean memsnoop_process_memory_read_details       (guint32                  pid,
                                                     guint64                  start_time,
                                                     MemsnoopProcessDetails  *details,
                                                     GError                 **error);

/**
 * memsnoop_process_memory_read_shares:
 *
 * The same with the shares. For them the kernel walks all pages of the process and holds its map of them meanwhile: ten
 * milliseconds for each gibibyte. There are none when the first thread of the process has exited before the others.
 */
gboolean memsnoop_process_memory_read_shares        (guint32                  pid,
                                                     guint64                  start_time,
                                                     MemsnoopProcessDetails  *details,
                                                     GError                 **error);

G_END_DECLS
