/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history-thinning.h"

#include <string.h>

static gconstpointer
highest_of (const gchar *begin, const gchar *end, guint size, MemsnoopHistoryHeight height)
{
  const gchar *highest = begin;

  for (const gchar *point = begin + size; point < end; point += size)
    if (height (point) > height (highest))
      highest = point;
  return highest;
}

void
memsnoop_history_thinning_apply (GArray *points, MemsnoopHistoryHeight height)
{
  const guint most = MEMSNOOP_HISTORY_THINNING_MAX;
  guint size = g_array_get_element_size (points), kept = 0, run;

  if (points->len <= most)
    return;
  /* The last one is beside the runs. */
  run = (points->len - 1 + most - 2) / (most - 1);
  for (guint i = 0; i < points->len - 1; i += run)
    {
      const gchar *begin = points->data + (gsize) i * size;
      gsize n = MIN (run, points->len - 1 - i);

      memmove (points->data + (gsize) kept++ * size,
               highest_of (begin, begin + n * size, size, height), size);
    }
  memmove (points->data + (gsize) kept++ * size, points->data + (gsize) (points->len - 1) * size,
           size);
  g_array_set_size (points, kept);
}
