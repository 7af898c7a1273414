/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#define POINT(history, i) g_array_index (history, MemsnoopHistoryPoint, i)

GArray *
memsnoop_history_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MemsnoopHistoryPoint));
}

static void
thin_out (GArray *history)
{
  guint kept = 0;

  for (guint i = 0; i < history->len; i++)
    if (i >= MEMSNOOP_HISTORY_POINTS / 2 || i % 2 == 0)
      POINT (history, kept++) = POINT (history, i);
  g_array_set_size (history, kept);
}

void
memsnoop_history_add (GArray *history, guint64 time, guint64 bytes)
{
  MemsnoopHistoryPoint point = { time, bytes };
  guint n = history->len;

  if (n >= 2 && POINT (history, n - 1).bytes == bytes && POINT (history, n - 2).bytes == bytes)
    {
      POINT (history, n - 1).time = time;
      return;
    }
  if (n >= MEMSNOOP_HISTORY_POINTS)
    thin_out (history);
  g_array_append_val (history, point);
}
