/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own-session.h"

#include <unistd.h>

static MemsnoopStartOptions *
describe (guint32 pid, const MemsnoopHeapOptions *heap)
{
  MemsnoopStartOptions *options = g_new0 (MemsnoopStartOptions, 1);

  options->heap = TRUE;
  options->pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_val (options->pids, pid);
  options->linger = TRUE;
  options->keep = MEMSNOOP_START_KEEP_DEFAULT;
  options->map_memory = heap->map_memory;
  options->sample_interval = heap->sample_interval;
  options->stack_depth = heap->stack_depth;
  options->cpu_budget = heap->cpu_budget;
  return options;
}

static MemsnoopLeaseSet *
make_leases (MemsnoopManager *manager,
             guint32 pid,
             guint64 start_time,
             const MemsnoopHeapOptions *options,
             GError **error)
{
  g_autoptr (MemsnoopLeaseSet) leases = memsnoop_lease_set_new ();
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get (memsnoop_manager_get_heaps (manager), pid, error);

  if (recording == NULL || !memsnoop_lease_set_check_process (recording, start_time, error))
    return NULL;
  memsnoop_lease_set_add_heap (leases, recording, options);
  return g_steal_pointer (&leases);
}

MemsnoopSession *
memsnoop_own_session_new (MemsnoopManager *manager,
                          guint32 pid,
                          guint64 start_time,
                          const MemsnoopHeapOptions *options,
                          GError **error)
{
  MemsnoopSessionRegistry *sessions = memsnoop_manager_get_sessions (manager);
  g_autoptr (MemsnoopStartOptions) described = describe (pid, options);
  g_autoptr (MemsnoopLeaseSet) leases = NULL;
  MemsnoopSession *session;

  if (!memsnoop_manager_can_record (manager, described, error) ||
      !memsnoop_session_registry_check_room (sessions, getuid (), error))
    return NULL;
  leases = make_leases (manager, pid, start_time, options, error);
  if (leases == NULL)
    return NULL;
  session = memsnoop_session_registry_add (sessions, leases, NULL, g_steal_pointer (&described),
                                           memsnoop_scope_new (&pid, &start_time, 1, FALSE));
  memsnoop_manager_adopt_session (manager, session);
  return g_object_ref (session);
}
