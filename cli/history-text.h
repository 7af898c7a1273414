/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a process's memory: drawn, as rows and as JSON. */
#pragma once

#include "memory-history.h"
#include "user-names.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopHistoryPage:
 * @stats: `a{sv}`, what GetProcessStats returned, with a history.
 * @kinds: (array length=n_kinds): what of the memory.
 * @span: seconds before @now from which on it is shown, 0 for all.
 * @now: CLOCK_BOOTTIME nanoseconds.
 * @columns, @lines: of the screen.
 * @from_zero: whether the axes of sizes begin at 0.
 */
typedef struct
{
  GVariant           *stats;
  MemsnoopMemoryKind  kinds[MEMSNOOP_MEMORY_N_KINDS];
  guint               n_kinds;
  guint64             span;
  guint64             now;
  guint               columns;
  guint               lines;
  gboolean            from_zero;
  gboolean            unicode;
} MemsnoopHistoryPage;

/** Returns: (transfer full): a chart for each kind, together as large as the screen with a line for a prompt, or
 * larger when that would be no picture. No chart is wider than the screen. */
gchar    *memsnoop_history_text_charts (const MemsnoopHistoryPage *self,
                                        MemsnoopUserNames         *users);

/**
 * memsnoop_history_text_rows:
 * @wall_now: what the clock on the wall shows at now.
 *
 * Returns: (transfer full): a line for each point: time and bytes, under titles.
 */
gchar    *memsnoop_history_text_rows   (const MemsnoopHistoryPage *self,
                                        GDateTime                 *wall_now);

/** Returns: (transfer full): the same for programs, with all kinds of memory. */
JsonNode *memsnoop_history_json        (const MemsnoopHistoryPage *self);

G_END_DECLS
