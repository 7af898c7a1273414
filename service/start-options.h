/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of Start, read and checked without looking at the system. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEMSNOOP_START_PIDS_MAX 256
#define MEMSNOOP_START_HEAP_PIDS_MAX 32
#define MEMSNOOP_START_DURATION_MAX (7 * 24 * 60 * 60) /* seconds */
#define MEMSNOOP_START_KEEP_MAX (24 * 60 * 60)         /* seconds */
#define MEMSNOOP_START_KEEP_DEFAULT 300                /* seconds */
#define MEMSNOOP_START_SAMPLE_INTERVAL_MIN 1024        /* bytes */
#define MEMSNOOP_START_SAMPLE_INTERVAL_MAX 1073741824  /* bytes */
#define MEMSNOOP_START_CPU_BUDGET_MIN 0.001            /* of one core */
#define MEMSNOOP_START_CPU_BUDGET_MAX 1.0              /* of one core */

/**
 * MemsnoopStartOptions:
 * @kernel, @heap, @growth: what to record; at least one.
 * @pids: guint32, without repetition; empty for every process.
 * @follow: whether the children of @pids count too.
 * @duration: seconds after which the session stops by itself, 0 for never.
 * @linger: whether the session outlives its caller.
 * @keep: seconds for which the last figures stay readable.
 * @map_memory: bytes for the maps of each recording, within the configuration's bounds; 0 when the
 *   caller did not say.
 * @sample_interval: bytes, of heap recordings; 0 for exact ones.
 * @stack_depth: frames of the call stacks of heap and growth recordings.
 * @cpu_budget: share of one core that the heaps of @pids together may cost; 0 for no budget.
 */
typedef struct
{
  gboolean kernel;
  gboolean heap;
  gboolean growth;
  GArray  *pids;
  gboolean follow;
  guint    duration;
  gboolean linger;
  guint    keep;
  guint64  map_memory;
  guint64  sample_interval;
  guint    stack_depth;
  gdouble  cpu_budget;
} MemsnoopStartOptions;

/**
 * memsnoop_start_options_parse:
 * @options: an a{sv} as Start gets it.
 *
 * Returns: (transfer full): the options, defaults filled in, or %NULL with
 * %G_DBUS_ERROR_INVALID_ARGS or %G_DBUS_ERROR_NOT_SUPPORTED.
 */
MemsnoopStartOptions *memsnoop_start_options_parse (GVariant              *options,
                                                    GError               **error);
void                  memsnoop_start_options_free  (MemsnoopStartOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopStartOptions, memsnoop_start_options_free)

G_END_DECLS
