/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel and build can do about heaps. */
#pragma once

#include "heap-recordings.h"
#include "manager.h"

G_BEGIN_DECLS

/**
 * memsnoop_heap_features_show:
 * @heaps: outlives the manager.
 *
 * Finds out whether heaps can be recorded, by probing this program for some milliseconds, and tells the manager:
 *
 * - "heap": they can; the manager has @heaps then.
 * - "growth": where memory grows can; the manager has @heaps for it, too.
 * - "heap-sampling": a sample of them, too.
 * - "mapped-files": what a process executes can be opened wherever it lies, and when it was replaced.
 * - "uprobe-multi": one link for many functions: sessions begin and end faster.
 * - "uprobe-session": functions whose return is of no interest are not stopped there.
 */
void memsnoop_heap_features_show (MemsnoopManager        *manager,
                                  MemsnoopHeapRecordings *heaps);

G_END_DECLS
