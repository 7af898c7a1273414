/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memsnoopctl top on a terminal. */
#pragma once

#include "memsnoop-bus.h"
#include "top-table.h"

G_BEGIN_DECLS

/**
 * MemsnoopTopOptions:
 * @delay: seconds between refreshes.
 * @refreshes: after how many of them to end; 0 for never.
 * @limit: rows of a plain list; 0 for all.
 */
typedef struct
{
  gdouble           delay;
  guint64           refreshes;
  guint             limit;
  MemsnoopTopColumn sorted;
  gboolean          reverse;
} MemsnoopTopOptions;

/**
 * memsnoop_top_screen_run:
 * @processes: what ListProcesses just returned, so that there is something to show at once.
 *
 * Shows the live table until the user quits.
 */
gboolean memsnoop_top_screen_run (MemsnoopBusManager       *manager,
                                  GVariant                 *processes,
                                  const MemsnoopTopOptions *options,
                                  GError                  **error);

G_END_DECLS
