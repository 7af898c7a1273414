/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes on whose heaps and growth a set of leases is. */
#include "lease-set.h"

typedef struct
{
  guint32 pid;
  MemsnoopHeapRecording *found;
} Search;

static void
compare_process (gpointer recording, gpointer user_data)
{
  Search *search = user_data;

  if (memsnoop_heap_recording_get_pid (recording) == search->pid)
    search->found = recording;
}

MemsnoopHeapRecording *
memsnoop_lease_set_find_heap (MemsnoopLeaseSet *self, guint32 pid)
{
  Search search = { pid, NULL };

  memsnoop_lease_set_foreach_heap (self, compare_process, &search);
  return search.found;
}

MemsnoopHeapRecording *
memsnoop_lease_set_find_growth (MemsnoopLeaseSet *self, guint32 pid)
{
  Search search = { pid, NULL };

  memsnoop_lease_set_foreach_growth (self, compare_process, &search);
  return search.found;
}

MemsnoopHeapRecording *
memsnoop_lease_set_find_stacked (MemsnoopLeaseSet *self, guint32 pid)
{
  MemsnoopHeapRecording *heap = memsnoop_lease_set_find_heap (self, pid);

  return heap != NULL ? heap : memsnoop_lease_set_find_growth (self, pid);
}

static void
add_process (gpointer recording, gpointer user_data)
{
  guint32 pid = memsnoop_heap_recording_get_pid (recording);
  GArray *pids = user_data;

  for (guint i = 0; i < pids->len; i++)
    if (g_array_index (pids, guint32, i) == pid)
      return;
  g_array_append_val (pids, pid);
}

GArray *
memsnoop_lease_set_get_stacked_pids (MemsnoopLeaseSet *self)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (guint32));

  memsnoop_lease_set_foreach_heap (self, add_process, pids);
  memsnoop_lease_set_foreach_growth (self, add_process, pids);
  return pids;
}

GArray *
memsnoop_lease_set_get_shown_pids (MemsnoopLeaseSet *self)
{
  GArray *pids = memsnoop_lease_set_get_stacked_pids (self);

  memsnoop_ended_heaps_list (memsnoop_lease_set_get_ended (self), pids);
  return pids;
}
