/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contestant.h"

#include "error.h"
#include "record-events.h"
#include "running-kernel.h"

#include <errno.h>
#include <sys/mman.h>

#include "hash-table.skel.h"

/* What the service's own tables hold of BENCH_MAP_MEMORY. */
#define RECORDS 11650
#define BLOCKS 1500000

static struct hash_table_bpf *programs;
static struct memsnoop_process_record *records;

static void
detach (void)
{
  if (records != NULL)
    munmap (records, RECORDS * sizeof *records);
  records = NULL;
  g_clear_pointer (&programs, hash_table_bpf__destroy);
}

static void
configure (const MemsnoopKernelTracepoints *tracepoints)
{
  bpf_map__set_max_entries (programs->maps.hash_table, BLOCKS);
  bpf_map__set_max_entries (programs->maps.processes, RECORDS);
  bpf_map__set_max_entries (programs->maps.process_index, RECORDS);
  bpf_map__set_max_entries (programs->maps.free_records, RECORDS);

  programs->rodata->kmalloc_size_argument = tracepoints->kmalloc.size_argument;
  programs->rodata->kmalloc_node_size_argument = tracepoints->kmalloc_node.size_argument;
  programs->rodata->cache_alloc_cache_argument = tracepoints->cache_alloc.cache_argument;
  programs->rodata->cache_alloc_node_cache_argument = tracepoints->cache_alloc_node.cache_argument;

  bpf_program__set_autoload (programs->progs.kmalloc_node, tracepoints->kmalloc_node.exists);
  bpf_program__set_autoload (programs->progs.kmem_cache_alloc_node,
                             tracepoints->cache_alloc_node.exists);
  bpf_program__set_autoload (programs->progs.kfree_bulk, tracepoints->bulk_free);
  /* Knows the array of buckets alone. */
  bpf_program__set_autoload (programs->progs.drop_stale_blocks, FALSE);
}

static int
share_records (void)
{
  records = mmap (NULL, RECORDS * sizeof *records, PROT_READ, MAP_SHARED,
                  bpf_map__fd (programs->maps.processes), 0);
  if (records == MAP_FAILED)
    {
      records = NULL;
      return -errno;
    }
  for (guint32 i = RECORDS - 1; i >= MEMSNOOP_RECORD_FIRST; i--)
    bpf_map__update_elem (programs->maps.free_records, NULL, 0, &i, sizeof i, BPF_ANY);
  return 0;
}

static gboolean
attach (GError **error)
{
  MemsnoopKernelTracepoints tracepoints = { 0 };
  int result;

  if (!bench_running_kernel_read (&tracepoints, error))
    return FALSE;
  programs = hash_table_bpf__open ();
  if (programs == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open the programs with a hash map");
      return FALSE;
    }
  configure (&tracepoints);
  result = hash_table_bpf__load (programs);
  if (result == 0)
    result = share_records ();
  if (result == 0)
    result = hash_table_bpf__attach (programs);
  if (result == 0)
    return TRUE;
  memsnoop_error_set_errno (error, result, "Cannot attach the programs with a hash map");
  detach ();
  return FALSE;
}

static guint64
events (void)
{
  return bench_record_events (records, RECORDS);
}

static gdouble
block_bytes (void)
{
  return (gdouble) bench_map_bytes (programs->maps.hash_table) / BLOCKS;
}

const BenchContestant bench_hash_contestant = {
  .name = "hash",
  .title = "the same with a hash map",
  .attach = attach,
  .detach = detach,
  .events = events,
  .block_bytes = block_bytes,
};
