/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One picture of memsnoopctl top, line by line, without a terminal. */
#pragma once

#include "top-table.h"

G_BEGIN_DECLS

/**
 * MemsnoopTopView:
 * @rows: (nullable): of MemsnoopTopRow, sorted; %NULL while the service is not there.
 * @sessions: (nullable): of MemsnoopSessionEntry.
 * @n_suspected: how many of the rows are marked.
 * @first: index of the row at the top of the list.
 * @message: (nullable): what went wrong last, fit for a terminal.
 * @clock: the time of day, as it is shown.
 * @now: CLOCK_BOOTTIME nanoseconds.
 */
typedef struct
{
  GPtrArray        *rows;
  GPtrArray        *sessions;
  MemsnoopTopColumn sorted;
  gboolean          reverse;
  gboolean          help;
  guint             n_suspected;
  guint             first;
  const gchar      *message;
  const gchar      *clock;
  guint64           now;
  gboolean          unicode;
} MemsnoopTopView;

/** How many rows fit onto a screen of @screen_lines. */
guint      memsnoop_top_frame_page_length (const MemsnoopTopView *view,
                                           guint                  screen_lines);

/**
 * memsnoop_top_frame_lines:
 *
 * Returns: (transfer full): at most @screen_lines lines, none wider than @screen_columns; they
 * contain escape sequences for colours.
 */
GPtrArray *memsnoop_top_frame_lines       (const MemsnoopTopView *view,
                                           guint                  screen_columns,
                                           guint                  screen_lines);

G_END_DECLS
