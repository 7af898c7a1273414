/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report on a heap tells people of the recording's cost. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/** Returns: (transfer full): lines without indentation or end; none when nothing is known and nothing was done. */
GPtrArray *memsnoop_heap_cost_text_lines (const MemsnoopHeapSnapshot *heap);

/** Returns: (transfer full): the same of its probes: how many there are, and which are dear; none when they are not known. */
GPtrArray *memsnoop_heap_cost_text_probes (const MemsnoopHeapSnapshot *heap);

G_END_DECLS
