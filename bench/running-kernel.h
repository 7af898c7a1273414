/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmarks have to know of the kernel they run on. */
#pragma once

#include "kernel-tracepoints.h"

#include <bpf/libbpf.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/** The kernel's tracepoints, read once; fails where kernel memory cannot be recorded. */
gboolean bench_running_kernel_read (MemsnoopKernelTracepoints *tracepoints, GError **error);

/** How many BPF programs are attached to the tracepoints of kernel memory. */
guint    bench_attached_programs   (void);

/** Kernel memory of a map in bytes, as the kernel charges it. */
guint64  bench_map_bytes           (struct bpf_map            *map);

G_END_DECLS
