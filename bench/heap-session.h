/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording of one program's heap or growth, as the service makes it, but called one step after the other. */
#pragma once

#include "heap-recording.h"

G_BEGIN_DECLS

typedef struct _BenchHeapSession BenchHeapSession;

/**
 * bench_heap_session_start:
 * @pid: of a program whose C library is mapped already.
 *
 * Returns: (transfer full): a recording that has begun; ends this program when it cannot begin.
 */
BenchHeapSession     *bench_heap_session_start    (guint32                    pid,
                                                   const MemsnoopHeapOptions *options);

/** The same for a recording of the growth of the program. */
BenchHeapSession     *bench_heap_session_start_growth (guint32                    pid,
                                                       const MemsnoopHeapOptions *options);

/** Returns: (transfer full): figures of now. */
MemsnoopHeapSnapshot *bench_heap_session_snapshot (BenchHeapSession          *self);

/** Goes on until every call stack is unwound and named, or so many seconds are over. Returns: whether they are. */
gboolean              bench_heap_session_settle   (BenchHeapSession          *self,
                                                   guint                      seconds);

/** Ends it and frees @self. Returns: (transfer full): the last figures. */
MemsnoopHeapSnapshot *bench_heap_session_end      (BenchHeapSession          *self);

/** Milliseconds of CLOCK_MONOTONIC. */
gdouble               bench_milliseconds          (void);

G_END_DECLS
