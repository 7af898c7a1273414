/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's configuration: a GLib key file, see memsnoopd.conf(5). */
#pragma once

#include "anomaly.h"
#include "growth-detector.h"

#include <glib.h>

G_BEGIN_DECLS

/* Read when no other file is given; it need not exist. */
#define MEMSNOOP_CONFIGURATION_DEFAULT_PATH MEMSNOOP_SYSCONFDIR "/memsnoop/memsnoopd.conf"

/* The bounds of the memory that a recording's maps may take, in bytes. */
#define MEMSNOOP_MAP_MEMORY_MINIMUM (4 * G_GUINT64_CONSTANT (1048576))
#define MEMSNOOP_MAP_MEMORY_MAXIMUM (4 * G_GUINT64_CONSTANT (1073741824))
#define MEMSNOOP_MAP_MEMORY_DEFAULT (64 * G_GUINT64_CONSTANT (1048576))

/* Processes whose heaps are recorded at one time. */
#define MEMSNOOP_HEAP_RECORDINGS_MAX 32

/* The bounds of the watch's interval, in seconds. */
#define MEMSNOOP_INTERVAL_MINIMUM 0.05
#define MEMSNOOP_INTERVAL_MAXIMUM 3600.0
#define MEMSNOOP_INTERVAL_DEFAULT 2.0

/**
 * MemsnoopConfiguration:
 * @map_memory: bytes for the maps of a kernel recording when Start does not say.
 * @heap_map_memory: bytes for the maps of one heap recording when Start does not say.
 * @max_sessions: sessions that run at the same time, of all callers.
 * @max_sessions_per_caller: those of one user.
 * @max_heaps_per_caller: heaps that are recorded at the same time for one user other than root.
 * @max_kept_sessions: stopped sessions whose last figures are kept.
 * @user: the account that the daemon changes to.
 * @watch_interval: seconds from one look at all processes to the next.
 * @record_suspects: whether the watch records the heaps of processes that it suspects.
 * @growth, @anomalies: what the watch takes for growth and for abnormal.
 */
typedef struct
{
  guint64 map_memory;
  guint64 heap_map_memory;
  guint   max_sessions;
  guint   max_sessions_per_caller;
  guint   max_heaps_per_caller;
  guint   max_kept_sessions;
  gchar  *user;
  gdouble watch_interval;
  gboolean record_suspects;
  MemsnoopGrowthThresholds growth;
  MemsnoopAnomalyThresholds anomalies;
} MemsnoopConfiguration;

/** The defaults. */
MemsnoopConfiguration *memsnoop_configuration_new  (void);

/**
 * memsnoop_configuration_load:
 * @path: a key file.
 *
 * Reads @path; keys that it does not set keep their defaults. A file that cannot be read fails in
 * the domain %G_FILE_ERROR: %G_FILE_ERROR_NOENT when it does not exist, which the caller may
 * take for the defaults. A file that is wrong fails in the domain %G_KEY_FILE_ERROR with a
 * message that names the file, the line, the key, its value and what would be right.
 *
 * Returns: (transfer full): the configuration, or %NULL.
 */
MemsnoopConfiguration *memsnoop_configuration_load (const gchar            *path,
                                                    GError                **error);

void                   memsnoop_configuration_free (MemsnoopConfiguration  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopConfiguration, memsnoop_configuration_free)

G_END_DECLS
