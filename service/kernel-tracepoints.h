/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel's tracepoints for slab memory look like, read from its BTF. */
#pragma once

#include <bpf/btf.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopAllocationTracepoint:
 * @exists: whether the kernel has it. The _node variants went with 6.1.
 * @cache_argument: position of the struct kmem_cache among the arguments; 0 when it is not told.
 * @size_argument: position of the requested size, which the allocated size follows; 0 when they
 *   are not told.
 */
typedef struct
{
  gboolean exists;
  guint    cache_argument;
  guint    size_argument;
} MemsnoopAllocationTracepoint;

/**
 * MemsnoopKernelTracepoints:
 * @bulk_free: whether the kernel announces the bulks in which kfree_rcu() frees.
 * @cache_lookup: whether programs may ask which slab cache an address is in.
 * @gfp_dma, @gfp_reclaimable, @gfp_account: allocation flags that choose a kind of kmalloc cache.
 * @slab_reclaimable: the flag of caches of whose objects the kernel can take back what nobody uses.
 */
typedef struct
{
  MemsnoopAllocationTracepoint kmalloc;
  MemsnoopAllocationTracepoint kmalloc_node;
  MemsnoopAllocationTracepoint cache_alloc;
  MemsnoopAllocationTracepoint cache_alloc_node;
  gboolean                     bulk_free;
  gboolean                     cache_lookup;
  guint32                      gfp_dma;
  guint32                      gfp_reclaimable;
  guint32                      gfp_account;
  guint32                      slab_reclaimable;
} MemsnoopKernelTracepoints;

/**
 * memsnoop_kernel_tracepoints_read:
 * @btf: the kernel's types.
 * @reason: (out): why slab memory cannot be recorded, as a sentence; owned by the caller.
 *
 * Returns: whether every tracepoint that is needed exists, with arguments that are known.
 */
gboolean memsnoop_kernel_tracepoints_read (const struct btf           *btf,
                                           MemsnoopKernelTracepoints  *tracepoints,
                                           gchar                     **reason);

/**
 * memsnoop_kernel_tracepoints_check_growth:
 * @btf: the kernel's types.
 *
 * Whether the kernel tells of each page that a process gets. Before Linux 6.2 it counts them in batches of 64 faults, which say
 * nothing of where the other faults were.
 *
 * Returns: (transfer full) (nullable): why not, as a sentence; %NULL when it does.
 */
gchar *memsnoop_kernel_tracepoints_check_growth (const struct btf *btf);

G_END_DECLS
