/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's sessions at one moment, and which of them a person means. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopSessionEntry:
 * @number: the last part of @path.
 * @owner: user id.
 * @started_at: CLOCK_BOOTTIME nanoseconds.
 * @memory_used: bytes.
 * @cpu_budget: of the recordings of heaps, a share of a core; 0 when there is none.
 * @cpu_cost: of the recordings of heaps and of growth, a share of a core; 0 when it is not known.
 * @sample_interval: bytes; 0 when every block is recorded.
 * @recorded_share: 0 to 1: of the time, that in which new blocks were recorded.
 * @frees_missed: whether in the rest frees were not seen either.
 * @probes, @fast_probes: functions that are probed, and those of them that are not dear.
 * @children_recorded, @children_not_recorded: of a session that follows the children of processes whose heaps it records.
 */
typedef struct
{
  gchar   *path;
  guint64  number;
  guint64  owner;
  gchar   *state;
  gchar  **sources;
  GArray  *pids; /* guint32 */
  guint64  started_at;
  guint64  events_seen;
  guint64  events_lost;
  guint64  live_entries;
  guint64  memory_used;
  gdouble  cpu_budget;
  gdouble  cpu_cost;
  guint64  sample_interval;
  gdouble  recorded_share;
  gboolean frees_missed;
  guint64  probes;
  guint64  fast_probes;
  guint64  children_recorded;
  guint64  children_not_recorded;
} MemsnoopSessionEntry;

/** Whether a session in this state has ended. */
gboolean   memsnoop_session_state_is_over    (const gchar                *state);

/** Whether it still records, or is about to. */
gboolean   memsnoop_session_entry_is_running (const MemsnoopSessionEntry *self);

/**
 * memsnoop_session_list_from_objects:
 * @objects: `a{oa{sa{sv}}}`, as GetManagedObjects returns it.
 *
 * Returns: (transfer full): an array of MemsnoopSessionEntry, by number.
 */
GPtrArray *memsnoop_session_list_from_objects (GVariant         *objects);

/** Asks the service. Returns: (transfer full): as memsnoop_session_list_from_objects(). */
GPtrArray *memsnoop_session_list_load         (GDBusConnection  *connection,
                                               GError          **error);

/** The same without waiting, and without starting a service that does not run. */
void       memsnoop_session_list_load_async   (GDBusConnection     *connection,
                                               GCancellable        *cancellable,
                                               GAsyncReadyCallback  callback,
                                               gpointer             user_data);
GPtrArray *memsnoop_session_list_load_finish  (GDBusConnection     *connection,
                                               GAsyncResult        *result,
                                               GError             **error);

/**
 * memsnoop_session_list_find:
 * @name: an object path, or a number.
 *
 * Returns: (nullable): the session of this name; an error lists those there are.
 */
const MemsnoopSessionEntry *memsnoop_session_list_find       (GPtrArray   *sessions,
                                                              const gchar *name,
                                                              GError     **error);

/**
 * memsnoop_session_list_choose_to_read:
 * @owner: user id.
 *
 * The session that is most likely meant when none is named: one of @owner before those of others, one that runs before
 * those that have ended, and of several the newest. An error when there is none.
 */
const MemsnoopSessionEntry *memsnoop_session_list_choose_to_read (GPtrArray  *sessions,
                                                                  guint64     owner,
                                                                  GError    **error);

/** "3 (recording, of alice)". Returns: (transfer full): not escaped for a terminal. */
gchar     *memsnoop_session_entry_describe   (const MemsnoopSessionEntry *self);

/** The only running session of user @owner. */
const MemsnoopSessionEntry *memsnoop_session_list_choose_to_stop (GPtrArray  *sessions,
                                                                  guint64     owner,
                                                                  GError    **error);

/** Returns: (transfer container): the running sessions of user @owner. */
GPtrArray *memsnoop_session_list_running_of   (GPtrArray        *sessions,
                                               guint64           owner);

G_END_DECLS
