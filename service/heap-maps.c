/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-maps.h"

#include "boot-time.h"
#include "error.h"
#include "recursion-misses.h"
#include "heap-sampling.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "growth-memory.skel.h"
#include "heap-memory.skel.h"

/* Of the budget, these shares go to contexts and captures, within what can be of use. */
#define CONTEXT_SHARE 8
#define LEAST_CONTEXTS 4096
#define MOST_CONTEXTS 131072
#define CAPTURE_SHARE 16
#define LEAST_CAPTURE_BYTES (256 * 1024)
#define MOST_CAPTURE_BYTES (8 * 1024 * 1024)
#define RULE_SHARE 32
#define LEAST_RULES 8192
#define MOST_RULES 262144
/* Maps whose size does not depend on the budget. */
#define FIXED_BYTES (64 * 1024)
/* Until something else is asked for. */
#define DEPTH 128

static guint64
power_of_two_below (guint64 number)
{
  return G_GUINT64_CONSTANT (1) << (g_bit_storage (number) - 1);
}

static void
configure (MemsnoopHeapMaps *self, guint32 pid, guint64 map_memory)
{
  struct heap_memory_bpf *programs = self->programs;
  guint64 contexts = map_memory / CONTEXT_SHARE / sizeof *self->contexts;
  guint64 captures = CLAMP (map_memory / CAPTURE_SHARE, LEAST_CAPTURE_BYTES, MOST_CAPTURE_BYTES);
  guint64 rules = map_memory / RULE_SHARE / sizeof *self->rules.table;
  guint64 others;

  captures = power_of_two_below (captures);
  self->n_contexts = power_of_two_below (CLAMP (contexts, LEAST_CONTEXTS, MOST_CONTEXTS));
  self->rules.length = power_of_two_below (CLAMP (rules, LEAST_RULES, MOST_RULES));
  self->n_cpus = (gsize) libbpf_num_possible_cpus ();
  others = self->n_contexts * sizeof *self->contexts +
           self->rules.length * sizeof *self->rules.table + captures +
           self->n_cpus * (sizeof *self->totals + sizeof *self->costs) + FIXED_BYTES;
  self->n_buckets = (MAX (map_memory, 2 * others) - others) / sizeof *self->buckets;
  self->live_capacity = self->n_buckets * MEMSNOOP_BUCKET_SLOTS / 4 * 3;

  bpf_map__set_max_entries (programs->maps.live_table, (guint32) self->n_buckets);
  bpf_map__set_max_entries (programs->maps.contexts, (guint32) self->n_contexts);
  bpf_map__set_max_entries (programs->maps.rules, (guint32) self->rules.length);
  bpf_map__set_max_entries (programs->maps.captures, (guint32) captures);
  bpf_map__set_max_entries (programs->maps.totals, (guint32) self->n_cpus);
  bpf_map__set_max_entries (programs->maps.costs, (guint32) self->n_cpus);
  programs->rodata->bucket_count = (guint32) self->n_buckets;
  programs->rodata->context_mask = (guint32) self->n_contexts - 1;
  programs->rodata->rule_mask = (guint32) self->rules.length - 1;
  programs->rodata->cpu_count = (guint32) self->n_cpus;
  programs->rodata->target_pid = pid;
  programs->rodata->sample_interval = self->sample_interval;
  programs->bss->process.depth_wanted = DEPTH;
  programs->bss->process.depth = DEPTH;
}

static void
choose_programs (MemsnoopHeapMaps *self)
{
  struct heap_memory_bpf *programs = self->programs;
  gboolean session = self->support == MEMSNOOP_UPROBE_SESSION;

  bpf_program__set_autoload (programs->progs.heap_session, session);
  bpf_program__set_autoload (programs->progs.heap_place, !session);
  bpf_program__set_autoload (programs->progs.heap_return, !session);
  memsnoop_uprobe_prepare (programs->progs.heap_session, self->support, MEMSNOOP_UPROBE_AT_BOTH);
  memsnoop_uprobe_prepare (programs->progs.heap_place, self->support, MEMSNOOP_UPROBE_AT_PLACE);
  memsnoop_uprobe_prepare (programs->progs.heap_return, self->support, MEMSNOOP_UPROBE_AT_RETURN);
}

/* Where mappings do not count as the program's own. */
static void
leave_out_allocator (MemsnoopHeapMaps *self, const MemsnoopHeapProbe *probes, gsize n_probes)
{
  for (gsize i = 0; i < n_probes; i++)
    if (probes[i].allocator_end != 0)
      {
        self->programs->rodata->allocator_start = probes[i].allocator_start;
        self->programs->rodata->allocator_end = probes[i].allocator_end;
      }
}

static gsize
whole_pages (gsize bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return (bytes + page - 1) / page * page;
}

static gpointer
map_array (MemsnoopHeapMaps *self, const gchar *name, gsize bytes, GError **error)
{
  struct bpf_map *map = bpf_object__find_map_by_name (self->object, name);
  gpointer memory =
      mmap (NULL, whole_pages (bytes), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd (map), 0);

  if (memory != MAP_FAILED)
    return memory;
  memsnoop_error_set_errno (error, errno, "Cannot map the table %s", name);
  return NULL;
}

static void
unmap (gpointer memory, gsize bytes)
{
  if (memory != NULL)
    munmap (memory, whole_pages (bytes));
}

gboolean
memsnoop_heap_maps_share (MemsnoopHeapMaps *self, GError **error)
{
  struct bpf_map *map;

  self->contexts = map_array (self, "contexts", self->n_contexts * sizeof *self->contexts, error);
  if (self->contexts == NULL)
    return FALSE;
  self->rules.table =
      map_array (self, "rules", self->rules.length * sizeof *self->rules.table, error);
  if (self->rules.table == NULL)
    return FALSE;
  self->totals = map_array (self, "totals", self->n_cpus * sizeof *self->totals, error);
  if (self->totals == NULL)
    return FALSE;
  /* Arrays have no keys, and of a ring buffer the size is that of its entries. */
  bpf_object__for_each_map (map, self->object)
    self->bytes +=
        whole_pages ((gsize) bpf_map__max_entries (map) * MAX (bpf_map__value_size (map), 1));
  return TRUE;
}

/* What only a heap has. */
static gboolean
share_heap (MemsnoopHeapMaps *self, GError **error)
{
  self->buckets = map_array (self, "live_table", self->n_buckets * sizeof *self->buckets, error);
  if (self->buckets == NULL)
    return FALSE;
  self->costs = map_array (self, "costs", self->n_cpus * sizeof *self->costs, error);
  return self->costs != NULL;
}

static gboolean
attach (MemsnoopHeapMaps *self,
        guint32 pid,
        const MemsnoopHeapProbe *probes,
        gsize n_probes,
        GError **error)
{
  int result = heap_memory_bpf__attach (self->programs);

  if (result < 0)
    {
      memsnoop_error_set_errno (error, result, "Cannot attach to the tracepoints of processes");
      return FALSE;
    }
  self->attachment = memsnoop_heap_attachment_new (
      &(MemsnoopHeapPrograms){ self->programs->progs.heap_session, self->programs->progs.heap_place,
                               self->programs->progs.heap_return },
      self->support, pid);
  if (!memsnoop_heap_attachment_add (self->attachment, probes, n_probes, error))
    return FALSE;
  self->since = memsnoop_boot_time ();
  return TRUE;
}

MemsnoopHeapMaps *
memsnoop_heap_maps_load (MemsnoopUprobeSupport support,
                         guint32 pid,
                         const MemsnoopHeapProbe *probes,
                         gsize n_probes,
                         guint64 sample_interval,
                         guint64 map_memory,
                         GError **error)
{
  /* Named, because libbpf before 1.3 otherwise looks for types that are missing in those of
   * modules, and fails without CAP_SYS_ADMIN. */
  LIBBPF_OPTS (bpf_object_open_opts, options, .btf_custom_path = "/sys/kernel/btf/vmlinux");
  g_autoptr (MemsnoopHeapMaps) self = g_new0 (MemsnoopHeapMaps, 1);
  int result;

  self->support = support;
  self->programs = heap_memory_bpf__open_opts (&options);
  if (self->programs == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open the BPF programs for heaps");
      return NULL;
    }
  self->sample_interval = sample_interval;
  configure (self, pid, map_memory);
  leave_out_allocator (self, probes, n_probes);
  memsnoop_heap_sampling_fill (self->programs->rodata->logarithms, self->programs->rodata->weights);
  choose_programs (self);
  result = heap_memory_bpf__load (self->programs);
  if (result < 0)
    {
      memsnoop_error_set_errno (error, result, "The kernel refused the BPF programs for heaps");
      return NULL;
    }
  self->object = self->programs->obj;
  self->process = &self->programs->bss->process;
  if (!memsnoop_heap_maps_share (self, error) || !share_heap (self, error) ||
      !attach (self, pid, probes, n_probes, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* A pause begins before anything is detached, and ends after everything is attached: what begins in
 * between is not recorded. */
gboolean
memsnoop_heap_maps_pause (MemsnoopHeapMaps *self, MemsnoopHeapPause pause, GError **error)
{
  gboolean paused = pause != MEMSNOOP_HEAP_PAUSE_NONE;
  gboolean changed;

  if (paused)
    __atomic_store_n (&self->process->paused, 1, __ATOMIC_RELEASE);
  changed = memsnoop_heap_attachment_pause (self->attachment, pause, error);
  if (changed && !paused)
    __atomic_store_n (&self->process->paused, 0, __ATOMIC_RELEASE);
  return changed;
}

void
memsnoop_heap_maps_free (MemsnoopHeapMaps *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->attachment, memsnoop_heap_attachment_free);
  unmap (self->buckets, self->n_buckets * sizeof *self->buckets);
  unmap (self->contexts, self->n_contexts * sizeof *self->contexts);
  unmap (self->rules.table, self->rules.length * sizeof *self->rules.table);
  unmap (self->totals, self->n_cpus * sizeof *self->totals);
  unmap (self->costs, self->n_cpus * sizeof *self->costs);
  heap_memory_bpf__destroy (self->programs);
  growth_memory_bpf__destroy (self->growth);
  g_free (self);
}

int
memsnoop_heap_maps_captures (MemsnoopHeapMaps *self)
{
  return bpf_object__find_map_fd_by_name (self->object, "captures");
}

guint64
memsnoop_heap_maps_recursion_misses (MemsnoopHeapMaps *self)
{
  return memsnoop_recursion_misses_count (self->object);
}
