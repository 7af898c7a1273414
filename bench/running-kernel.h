/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmarks have to know of the kernel they run on. */
#pragma once

#include "kernel-tracepoints.h"

#include <bpf/libbpf.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/** The kernel's tracepoints, read once; fails where kernel memory cannot be recorded. */
gboolean bench_running_kernel_read (MemsnoopKernelTracepoints *tracepoints, GError **error);

/**
 * Mounts tracefs where it usually is, unless it is there: in a mount namespace of this program's own. Before
 * any thread is started.
 */
gboolean bench_mount_tracefs       (GError                   **error);

/** Whether a BPF program or a trace buffer of tracefs is on the tracepoints of kernel memory. */
gboolean bench_is_traced           (void);

/** Kernel memory of a map in bytes, as the kernel charges it. */
guint64  bench_map_bytes           (struct bpf_map            *map);

G_END_DECLS
