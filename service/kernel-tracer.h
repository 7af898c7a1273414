/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tracer of slab memory by eBPF. */
#pragma once

#include "tracer.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_KERNEL_TRACER (memsnoop_kernel_tracer_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopKernelTracer, memsnoop_kernel_tracer, MEMSNOOP, KERNEL_TRACER,
                      MemsnoopTracer)

MemsnoopTracer *memsnoop_kernel_tracer_new          (void);

/**
 * memsnoop_kernel_tracer_search_stale_blocks:
 *
 * Looks at once for blocks that were freed without a tracepoint, as gather does from time to
 * time. Any thread; as slow as gather.
 */
void            memsnoop_kernel_tracer_search_stale_blocks (MemsnoopKernelTracer *self);

/**
 * memsnoop_kernel_tracer_add_features:
 * @features: feature name (static string) to GINT_TO_POINTER (gboolean).
 * @reasons: feature name (static string) to the reason for its absence (owned by the table).
 *
 * Adds "kernel", "kernel-symbols", "interrupt-context", "bulk-frees", "stale-block-search" and
 * "slab-comparison".
 */
void            memsnoop_kernel_tracer_add_features (MemsnoopTracer *tracer,
                                                     GHashTable     *features,
                                                     GHashTable     *reasons);

G_END_DECLS
