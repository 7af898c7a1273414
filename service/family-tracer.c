/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family-tracer.h"

#include "error.h"
#include "pid-namespace.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "process-family.skel.h"

struct _MemsnoopFamilyTracer
{
  struct process_family_bpf *programs;
  struct ring_buffer *events;
  MemsnoopFamilyEventFunction function; /* NULL but while events are read */
  gpointer user_data;
};

static int
take_event (void *context, void *data, size_t size)
{
  MemsnoopFamilyTracer *self = context;

  if (size >= sizeof (struct memsnoop_family_event))
    self->function (data, self->user_data);
  return 0;
}

static gboolean
load (MemsnoopFamilyTracer *self, GError **error)
{
  /* Named for the same reason as in heap-maps.c. */
  LIBBPF_OPTS (bpf_object_open_opts, options, .btf_custom_path = "/sys/kernel/btf/vmlinux");
  int result;

  self->programs = process_family_bpf__open_opts (&options);
  result = self->programs == NULL ? -errno : process_family_bpf__load (self->programs);
  if (result == 0)
    result = process_family_bpf__attach (self->programs);
  if (result == 0)
    return TRUE;
  memsnoop_error_set_errno (error, result, "Cannot load the BPF programs that follow processes");
  return FALSE;
}

MemsnoopFamilyTracer *
memsnoop_family_tracer_start (GError **error)
{
  g_autoptr (MemsnoopFamilyTracer) self = g_new0 (MemsnoopFamilyTracer, 1);

  if (!memsnoop_pid_namespace_require_initial (error) || !load (self, error))
    return NULL;
  self->events =
      ring_buffer__new (bpf_map__fd (self->programs->maps.events), take_event, self, NULL);
  if (self->events != NULL)
    return g_steal_pointer (&self);
  memsnoop_error_set_errno (error, errno, "Cannot open the ring buffer of processes");
  return NULL;
}

void
memsnoop_family_tracer_stop (MemsnoopFamilyTracer *self)
{
  if (self == NULL)
    return;
  ring_buffer__free (self->events);
  process_family_bpf__destroy (self->programs);
  g_free (self);
}

gboolean
memsnoop_family_tracer_add (MemsnoopFamilyTracer *self,
                            guint32 pid,
                            gboolean follow,
                            GError **error)
{
  int members = bpf_map__fd (self->programs->maps.members);
  __u32 kind = follow ? MEMSNOOP_FAMILY_FOLLOWED : MEMSNOOP_FAMILY_ALONE;
  __u32 known = MEMSNOOP_FAMILY_ALONE;

  /* Another session may follow it already. */
  if (bpf_map_lookup_elem (members, &pid, &known) == 0 && known == MEMSNOOP_FAMILY_FOLLOWED)
    return TRUE;
  if (bpf_map_update_elem (members, &pid, &kind, BPF_ANY) == 0)
    return TRUE;
  memsnoop_error_set_errno (error, errno, "Cannot follow the process %u", pid);
  return FALSE;
}

void
memsnoop_family_tracer_remove (MemsnoopFamilyTracer *self, guint32 pid)
{
  bpf_map_delete_elem (bpf_map__fd (self->programs->maps.members), &pid);
}

int
memsnoop_family_tracer_get_descriptor (MemsnoopFamilyTracer *self)
{
  return ring_buffer__epoll_fd (self->events);
}

void
memsnoop_family_tracer_read (MemsnoopFamilyTracer *self,
                             MemsnoopFamilyEventFunction function,
                             gpointer user_data)
{
  self->function = function;
  self->user_data = user_data;
  ring_buffer__consume (self->events);
}

guint64
memsnoop_family_tracer_count_unseen (MemsnoopFamilyTracer *self)
{
  return __atomic_load_n (&self->programs->bss->unfollowed, __ATOMIC_RELAXED) +
         __atomic_load_n (&self->programs->bss->lost_forks, __ATOMIC_RELAXED);
}

guint64
memsnoop_family_tracer_count_lost (MemsnoopFamilyTracer *self)
{
  return __atomic_load_n (&self->programs->bss->lost_events, __ATOMIC_RELAXED);
}
