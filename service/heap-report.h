/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process's heap in words: what a session's report is put together from, and what is exported.
 * docs/report-format.md describes the forms. All functions may be called in any thread.
 */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_report_append_text:
 * @limit: call stacks to show; 0 for all.
 * @size: bytes that may be appended. What stands above the call stacks is written in any case; it takes some kilobytes.
 *
 * Appends a part of a report for people.
 *
 * Returns: whether call stacks were left out for want of space. The text says so by itself.
 */
gboolean memsnoop_heap_report_append_text   (GString                    *text,
                                             const MemsnoopHeapSnapshot *heap,
                                             guint                       limit,
                                             gsize                       size);

/** Appends one JSON object; see memsnoop_heap_report_append_text(). */
gboolean memsnoop_heap_report_append_json   (GString                    *text,
                                             const MemsnoopHeapSnapshot *heap,
                                             guint                       limit,
                                             gsize                       size);

/**
 * memsnoop_heap_report_append_folded:
 *
 * Appends a line for each call stack with live memory, as tools that draw flame graphs read them: the process, and the
 * functions from the outermost to the innermost, with semicolons between; a space; live bytes. What is left out is one line with the
 * frame "[left out]"; see memsnoop_heap_report_append_text().
 */
gboolean memsnoop_heap_report_append_folded (GString                    *text,
                                             const MemsnoopHeapSnapshot *heap,
                                             guint                       limit,
                                             gsize                       size);

G_END_DECLS
