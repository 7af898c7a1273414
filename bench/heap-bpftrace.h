/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heap-live-table.bt on a process. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Returns: (transfer full): what is attached; ends this program when it cannot be. */
gpointer bench_heap_bpftrace_attach (guint32  pid);
void     bench_heap_bpftrace_detach (gpointer attached);

G_END_DECLS
