/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that do nothing at the places of a heap recording: what probing costs before anything is accounted. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * bench_heap_floor_attach:
 * @pid: of a program with this system's C library.
 * @skipping: ask to skip the return of each call, as a sampled recording does of most.
 *
 * Returns: (transfer full): what is attached; ends this program when it cannot be.
 */
gpointer bench_heap_floor_attach (guint32  pid,
                                  gboolean skipping);
void     bench_heap_floor_detach (gpointer attached);

G_END_DECLS
