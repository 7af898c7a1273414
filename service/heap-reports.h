/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heaps, and the growth, of several processes in one report: each has its fair share of the room, and what one does not
 * need is for those after it. For any thread.
 */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_reports_append_text:
 * @heaps: (element-type MemsnoopHeapSnapshot): what to tell, in this order.
 * @limit: call stacks of each; 0 for all.
 * @size: bytes that may be appended. What stands above the call stacks of each, some kilobytes, is written in any case.
 *
 * Returns: whether call stacks were left out for want of space.
 */
gboolean memsnoop_heap_reports_append_text   (GString   *text,
                                              GPtrArray *heaps,
                                              guint      limit,
                                              gsize      size);

/** Appends members of a JSON object, "heaps" and, where there is any, "growth"; see memsnoop_heap_reports_append_text(). */
gboolean memsnoop_heap_reports_append_json   (GString   *text,
                                              GPtrArray *heaps,
                                              guint      limit,
                                              gsize      size);

/** See memsnoop_heap_reports_append_text(). */
gboolean memsnoop_heap_reports_append_folded (GString   *text,
                                              GPtrArray *heaps,
                                              guint      limit,
                                              gsize      size);

/** Returns: (transfer full): a JSON document of nothing but @heaps, as docs/report-format.md describes it. */
gchar   *memsnoop_heap_reports_write_json    (GPtrArray *heaps,
                                              guint      limit,
                                              gsize      size);

G_END_DECLS
