/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-maps.h"

#include "boot-time.h"
#include "error.h"
#include "recursion-misses.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel-memory.skel.h"
#include "kernel-memory-without-lookup.skel.h"

/* Of the budget, this share goes to the records of processes; each costs its size and an entry in
 * the index. */
#define PROCESS_SHARE 6
#define INDEX_ENTRY_BYTES 128
/* So that one call stays in the kernel for a few hundred microseconds. */
#define BUCKETS_PER_SEARCH 4096
/* Maps whose size does not depend on the budget. */
#define FIXED_BYTES (768 * 1024)

gboolean
memsnoop_kernel_maps_permitted (gchar **reason)
{
  /* Return 0: the smallest program of the kind that is needed. */
  const struct bpf_insn instructions[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
    { .code = BPF_JMP | BPF_EXIT },
  };
  int descriptor = bpf_prog_load (BPF_PROG_TYPE_RAW_TRACEPOINT, "memsnoop_probe", "GPL",
                                  instructions, G_N_ELEMENTS (instructions), NULL);

  if (descriptor >= 0)
    {
      close (descriptor);
      return TRUE;
    }
  *reason = g_strdup_printf ("The service may not load BPF programs: %s; it needs CAP_BPF and "
                             "CAP_PERFMON, and a kernel with CONFIG_BPF_SYSCALL.",
                             g_strerror (-descriptor));
  return FALSE;
}

static void
choose_sizes (MemsnoopKernelMaps *self, guint64 map_memory)
{
  guint64 records =
      map_memory / PROCESS_SHARE / (sizeof (struct memsnoop_process_record) + INDEX_ENTRY_BYTES);

  self->n_records = MIN (records, MEMSNOOP_PROCESSES_MAX);
  map_memory -= self->n_records * (sizeof (struct memsnoop_process_record) + INDEX_ENTRY_BYTES);
  self->n_buckets = (map_memory - FIXED_BYTES) / sizeof (struct memsnoop_bucket);
  self->live_capacity = self->n_buckets * MEMSNOOP_BUCKET_SLOTS / 4 * 3;
}

static void
configure (MemsnoopKernelMaps *self, const MemsnoopKernelTracepoints *tracepoints)
{
  struct kernel_memory_bpf *programs = self->programs;

  bpf_map__set_max_entries (programs->maps.live_table, (guint32) self->n_buckets);
  bpf_map__set_max_entries (programs->maps.processes, (guint32) self->n_records);
  bpf_map__set_max_entries (programs->maps.process_index, (guint32) self->n_records);
  bpf_map__set_max_entries (programs->maps.free_records, (guint32) self->n_records);

  programs->rodata->bucket_count = (guint32) self->n_buckets;
  programs->rodata->kmalloc_size_argument = tracepoints->kmalloc.size_argument;
  programs->rodata->kmalloc_node_size_argument = tracepoints->kmalloc_node.size_argument;
  programs->rodata->cache_alloc_cache_argument = tracepoints->cache_alloc.cache_argument;
  programs->rodata->cache_alloc_node_cache_argument = tracepoints->cache_alloc_node.cache_argument;
  programs->rodata->gfp_dma = tracepoints->gfp_dma;
  programs->rodata->gfp_reclaimable = tracepoints->gfp_reclaimable;
  programs->rodata->gfp_account = tracepoints->gfp_account;
  programs->rodata->slab_reclaimable = tracepoints->slab_reclaimable;

  bpf_program__set_autoload (programs->progs.kmalloc_node, tracepoints->kmalloc_node.exists);
  bpf_program__set_autoload (programs->progs.kmem_cache_alloc_node,
                             tracepoints->cache_alloc_node.exists);
  bpf_program__set_autoload (programs->progs.kfree_bulk, tracepoints->bulk_free);
  bpf_program__set_autoload (programs->progs.drop_stale_blocks, tracepoints->cache_lookup);
}

static gpointer
map_array (struct bpf_map *map, gsize bytes, GError **error)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gpointer memory = mmap (NULL, (bytes + page - 1) / page * page, PROT_READ | PROT_WRITE,
                          MAP_SHARED, bpf_map__fd (map), 0);

  if (memory != MAP_FAILED)
    return memory;
  memsnoop_error_set_errno (error, errno, "Cannot map the table %s", bpf_map__name (map));
  return NULL;
}

/* What the kernel charges for a map, from its descriptor's information. */
static guint64
map_bytes (struct bpf_map *map)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fdinfo/%d", bpf_map__fd (map));
  g_autofree gchar *text = NULL;
  const gchar *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return (guint64) bpf_map__max_entries (map) *
           (bpf_map__key_size (map) + bpf_map__value_size (map));
  line = strstr (text, "memlock:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("memlock:"), NULL, 10) : 0;
}

static gboolean
share_maps (MemsnoopKernelMaps *self, GError **error)
{
  struct bpf_map *map;

  self->records =
      map_array (self->programs->maps.processes, self->n_records * sizeof *self->records, error);
  if (self->records == NULL)
    return FALSE;
  self->buckets =
      map_array (self->programs->maps.live_table, self->n_buckets * sizeof *self->buckets, error);
  if (self->buckets == NULL)
    return FALSE;
  bpf_object__for_each_map (map, self->programs->obj)
    self->bytes += map_bytes (map);
  /* From the end, so that low numbers are taken first. */
  for (gsize i = self->n_records - 1; i >= MEMSNOOP_RECORD_FIRST; i--)
    memsnoop_kernel_maps_return_record (self, (guint32) i);
  return TRUE;
}

/* The programs without the call of a function that the kernel does not have; they differ in nothing
 * else, so that the skeleton is the same. */
static int
open_without_lookup (struct kernel_memory_bpf *programs, const struct bpf_object_open_opts *options)
{
  int result = kernel_memory_bpf__create_skeleton (programs);

  if (result < 0)
    return result;
  programs->skeleton->data =
      (gpointer) kernel_memory_without_lookup_bpf__elf_bytes (&programs->skeleton->data_sz);
  return bpf_object__open_skeleton (programs->skeleton, options);
}

static struct kernel_memory_bpf *
open_programs (const MemsnoopKernelTracepoints *tracepoints)
{
  /* Named, because libbpf before 1.3 otherwise looks for types that are missing in those of
   * modules, and fails without CAP_SYS_ADMIN. */
  LIBBPF_OPTS (bpf_object_open_opts, options, .btf_custom_path = "/sys/kernel/btf/vmlinux");
  struct kernel_memory_bpf *programs;
  int result;

  if (tracepoints->cache_lookup)
    return kernel_memory_bpf__open_opts (&options);
  programs = calloc (1, sizeof *programs);
  result = programs != NULL ? open_without_lookup (programs, &options) : -ENOMEM;
  if (result == 0)
    return programs;
  kernel_memory_bpf__destroy (programs);
  errno = -result;
  return NULL;
}

MemsnoopKernelMaps *
memsnoop_kernel_maps_load (const MemsnoopKernelTracepoints *tracepoints,
                           guint64 map_memory,
                           GError **error)
{
  g_autoptr (MemsnoopKernelMaps) self = g_new0 (MemsnoopKernelMaps, 1);
  int result;

  self->programs = open_programs (tracepoints);
  if (self->programs == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open the BPF programs for kernel memory");
      return NULL;
    }
  choose_sizes (self, map_memory);
  configure (self, tracepoints);
  result = kernel_memory_bpf__load (self->programs);
  if (result < 0)
    {
      memsnoop_error_set_errno (error, result,
                                "The kernel refused the BPF programs for kernel "
                                "memory");
      return NULL;
    }
  if (!share_maps (self, error))
    return NULL;
  result = kernel_memory_bpf__attach (self->programs);
  if (result < 0)
    {
      memsnoop_error_set_errno (error, result, "Cannot attach to the tracepoints of kernel memory");
      return NULL;
    }
  self->since = memsnoop_boot_time ();
  return g_steal_pointer (&self);
}

static void
unmap (gpointer memory, gsize bytes)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  if (memory != NULL)
    munmap (memory, (bytes + page - 1) / page * page);
}

void
memsnoop_kernel_maps_free (MemsnoopKernelMaps *self)
{
  if (self == NULL)
    return;
  unmap (self->records, self->n_records * sizeof *self->records);
  unmap (self->buckets, self->n_buckets * sizeof *self->buckets);
  kernel_memory_bpf__destroy (self->programs);
  g_free (self);
}

guint32
memsnoop_kernel_maps_records_end (MemsnoopKernelMaps *self)
{
  return __atomic_load_n (&self->programs->data->records_end, __ATOMIC_ACQUIRE);
}

guint32
memsnoop_kernel_maps_free_records (MemsnoopKernelMaps *self)
{
  return self->records_returned -
         __atomic_load_n (&self->programs->bss->records_taken, __ATOMIC_RELAXED);
}

guint64
memsnoop_kernel_maps_processes_full_at (MemsnoopKernelMaps *self)
{
  return __atomic_load_n (&self->programs->bss->processes_full_at, __ATOMIC_RELAXED);
}

guint32 *
memsnoop_kernel_maps_epoch (MemsnoopKernelMaps *self)
{
  return &self->programs->bss->epoch;
}

const struct memsnoop_cache *
memsnoop_kernel_maps_cache (MemsnoopKernelMaps *self, guint32 number)
{
  return number < MEMSNOOP_CACHES ? &self->programs->bss->caches[number] : NULL;
}

guint64
memsnoop_kernel_maps_call_site (MemsnoopKernelMaps *self, gint32 distance)
{
  if (distance == MEMSNOOP_CALL_SITE_FAR)
    return 0;
  return self->programs->bss->call_site_anchor + (guint64) (gint64) distance;
}

void
memsnoop_kernel_maps_read_counters (MemsnoopKernelMaps *self, guint64 counters[MEMSNOOP_COUNTERS])
{
  int n_cpus = libbpf_num_possible_cpus ();
  g_autofree guint64 *values = g_new0 (guint64, MAX (n_cpus, 1));

  for (guint32 i = 0; i < MEMSNOOP_COUNTERS; i++)
    {
      counters[i] = 0;
      if (bpf_map_lookup_elem (bpf_map__fd (self->programs->maps.counters), &i, values) < 0)
        continue;
      for (int cpu = 0; cpu < n_cpus; cpu++)
        counters[i] += values[cpu];
    }
}

guint64
memsnoop_kernel_maps_recursion_misses (MemsnoopKernelMaps *self)
{
  return memsnoop_recursion_misses_count (self->programs->obj);
}

void
memsnoop_kernel_maps_foreach_unseen (MemsnoopKernelMaps *self,
                                     MemsnoopUnseenSiteFunction function,
                                     gpointer user_data)
{
  int map = bpf_map__fd (self->programs->maps.unseen_sites);
  struct memsnoop_unseen_site key, *previous = NULL;

  while (bpf_map_get_next_key (map, previous, &key) == 0)
    {
      guint64 frees;

      if (bpf_map_lookup_elem (map, &key, &frees) == 0)
        function (&key, frees, user_data);
      previous = &key;
    }
}

guint64
memsnoop_kernel_maps_drop_stale (MemsnoopKernelMaps *self, guint min_age)
{
  struct memsnoop_stale_search search = { .min_age = min_age };
  /* What the program writes to its argument comes back in it. */
  LIBBPF_OPTS (bpf_test_run_opts, options, .ctx_in = &search, .ctx_size_in = sizeof search);
  int program = bpf_program__fd (self->programs->progs.drop_stale_blocks);
  guint64 dropped = 0;

  if (program < 0)
    return 0;
  for (gsize first = 0; first < self->n_buckets; first += BUCKETS_PER_SEARCH)
    {
      int result;

      search.first_bucket = (guint32) first;
      search.n_buckets = (guint32) MIN (BUCKETS_PER_SEARCH, self->n_buckets - first);
      result = bpf_prog_test_run_opts (program, &options);
      if (result < 0)
        {
          g_warning ("The search for stale blocks failed: %s", g_strerror (-result));
          break;
        }
      dropped += search.dropped;
      search.dropped = 0;
    }
  return dropped;
}

void
memsnoop_kernel_maps_return_record (MemsnoopKernelMaps *self, guint32 index)
{
  if (bpf_map__update_elem (self->programs->maps.free_records, NULL, 0, &index, sizeof index,
                            BPF_ANY) == 0)
    self->records_returned++;
}

void
memsnoop_kernel_maps_forget_process (MemsnoopKernelMaps *self, guint32 pid, guint64 start_time)
{
  struct memsnoop_process_key key = { .start_time = start_time, .pid = pid };

  bpf_map__delete_elem (self->programs->maps.process_index, &key, sizeof key, 0);
}
