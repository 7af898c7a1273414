/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-maps.h"

#include "boot-time.h"
#include "error.h"
#include "kernel-tracepoints.h"

#include <errno.h>
#include <gio/gio.h>
#include <unistd.h>

#include "growth-memory.skel.h"

/* Of the budget, within what can be of use. */
#define CONTEXT_SHARE 4
#define LEAST_CONTEXTS 4096
#define MOST_CONTEXTS 131072
#define RULE_SHARE 16
#define LEAST_RULES 16384
#define MOST_RULES 262144
#define CAPTURE_SHARE 16
#define LEAST_CAPTURE_BYTES (256 * 1024)
#define MOST_CAPTURE_BYTES (8 * 1024 * 1024)
/* Until something else is asked for. */
#define DEPTH 128

gchar *
memsnoop_growth_maps_find_obstacle (void)
{
  struct btf *btf = btf__load_vmlinux_btf ();
  gchar *reason;

  if (libbpf_get_error (btf) != 0)
    return g_strdup ("The kernel does not tell its types (CONFIG_DEBUG_INFO_BTF)");
  reason = memsnoop_kernel_tracepoints_check_growth (btf);
  btf__free (btf);
  return reason;
}

static guint64
power_of_two_below (guint64 number)
{
  return G_GUINT64_CONSTANT (1) << (g_bit_storage (number) - 1);
}

static void
configure (MemsnoopHeapMaps *self, guint32 pid, guint64 map_memory)
{
  struct growth_memory_bpf *programs = self->growth;
  guint64 contexts = map_memory / CONTEXT_SHARE / sizeof *self->contexts;
  guint64 captures = CLAMP (map_memory / CAPTURE_SHARE, LEAST_CAPTURE_BYTES, MOST_CAPTURE_BYTES);
  guint64 rules = map_memory / RULE_SHARE / sizeof *self->rules.table;

  self->rules.length = power_of_two_below (CLAMP (rules, LEAST_RULES, MOST_RULES));
  self->n_contexts = power_of_two_below (CLAMP (contexts, LEAST_CONTEXTS, MOST_CONTEXTS));
  self->n_cpus = (gsize) libbpf_num_possible_cpus ();
  bpf_map__set_max_entries (programs->maps.contexts, (guint32) self->n_contexts);
  bpf_map__set_max_entries (programs->maps.rules, (guint32) self->rules.length);
  bpf_map__set_max_entries (programs->maps.captures, (guint32) power_of_two_below (captures));
  bpf_map__set_max_entries (programs->maps.totals, (guint32) self->n_cpus);
  programs->rodata->context_mask = (guint32) self->n_contexts - 1;
  programs->rodata->rule_mask = (guint32) self->rules.length - 1;
  programs->rodata->cpu_count = (guint32) self->n_cpus;
  programs->rodata->target_pid = pid;
  programs->bss->process.depth_wanted = programs->bss->process.depth = DEPTH;
  programs->rodata->page_shift = g_bit_storage ((gulong) sysconf (_SC_PAGESIZE)) - 1;
}

static gboolean
load (MemsnoopHeapMaps *self, GError **error)
{
  int result = growth_memory_bpf__load (self->growth);

  if (result < 0)
    {
      memsnoop_error_set_errno (error, result, "The kernel refused the BPF programs for growth");
      return FALSE;
    }
  self->object = self->growth->obj;
  self->process = &self->growth->bss->process;
  if (!memsnoop_heap_maps_share (self, error))
    return FALSE;
  result = growth_memory_bpf__attach (self->growth);
  if (result < 0)
    {
      memsnoop_error_set_errno (error, result, "Cannot attach to the tracepoints of pages");
      return FALSE;
    }
  self->since = memsnoop_boot_time ();
  return TRUE;
}

MemsnoopHeapMaps *
memsnoop_growth_maps_load (guint32 pid, guint64 map_memory, GError **error)
{
  LIBBPF_OPTS (bpf_object_open_opts, options, .btf_custom_path = "/sys/kernel/btf/vmlinux");
  g_autofree gchar *obstacle = memsnoop_growth_maps_find_obstacle ();
  g_autoptr (MemsnoopHeapMaps) self = NULL;

  if (obstacle != NULL)
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED, obstacle);
      return NULL;
    }
  self = g_new0 (MemsnoopHeapMaps, 1);
  self->growth = growth_memory_bpf__open_opts (&options);
  if (self->growth == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open the BPF programs for growth");
      return NULL;
    }
  configure (self, pid, map_memory);
  return load (self, error) ? g_steal_pointer (&self) : NULL;
}

void
memsnoop_growth_maps_detach (MemsnoopHeapMaps *self)
{
  growth_memory_bpf__detach (self->growth);
}

void
memsnoop_growth_maps_read_run_cost (MemsnoopHeapMaps *self, MemsnoopRunCost *cost)
{
  memsnoop_run_cost_read (self->growth->maps.run_costs, cost);
}
