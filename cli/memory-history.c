/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-history.h"

#include "command-error.h"
#include "dictionary.h"

#include <string.h>

static const struct
{
  const gchar *name;
  const gchar *title;
} kinds[MEMSNOOP_MEMORY_N_KINDS] = {
  [MEMSNOOP_MEMORY_PRIVATE] = { "private", "private memory (anonymous and swapped)" },
  [MEMSNOOP_MEMORY_ANONYMOUS] = { "anonymous", "anonymous memory" },
  [MEMSNOOP_MEMORY_FILE] = { "file", "file memory" },
  [MEMSNOOP_MEMORY_SHARED] = { "shared", "shared memory" },
  [MEMSNOOP_MEMORY_SWAP] = { "swap", "swapped memory" },
};

const gchar *
memsnoop_memory_kind_name (MemsnoopMemoryKind kind)
{
  return kinds[kind].name;
}

const gchar *
memsnoop_memory_kind_title (MemsnoopMemoryKind kind)
{
  return kinds[kind].title;
}

gboolean
memsnoop_memory_kind_from_name (const gchar *name, MemsnoopMemoryKind *kind, GError **error)
{
  for (guint i = 0; i < MEMSNOOP_MEMORY_N_KINDS; i++)
    if (strcmp (kinds[i].name, name) == 0)
      {
        *kind = i;
        return TRUE;
      }

  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "--kind is private, anonymous, file, shared, swap or all, not '%s'", name);
  return FALSE;
}

gboolean
memsnoop_memory_is_none (GVariant *stats)
{
  static const gchar *const keys[] = { "rss-anon", "rss-file", "rss-shmem", "swap" };
  g_autoptr (GVariant) memory = g_variant_lookup_value (stats, "memory", G_VARIANT_TYPE_VARDICT);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      guint64 bytes;

      if (memory == NULL || !memsnoop_dictionary_lookup_number (memory, keys[i], &bytes) ||
          bytes > 0)
        return FALSE;
    }
  return TRUE;
}

static MemsnoopMemoryPoint
read_point (GVariant *tuple)
{
  MemsnoopMemoryPoint point = { 0 };
  guint64 *bytes = point.bytes;

  g_variant_get (tuple, "(ttttt)", &point.time, &bytes[MEMSNOOP_MEMORY_ANONYMOUS],
                 &bytes[MEMSNOOP_MEMORY_FILE], &bytes[MEMSNOOP_MEMORY_SHARED],
                 &bytes[MEMSNOOP_MEMORY_SWAP]);
  bytes[MEMSNOOP_MEMORY_PRIVATE] = bytes[MEMSNOOP_MEMORY_ANONYMOUS] + bytes[MEMSNOOP_MEMORY_SWAP];
  return point;
}

GArray *
memsnoop_memory_history_read (GVariant *stats)
{
  g_autoptr (GVariant) memory = g_variant_lookup_value (stats, "memory", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) history = NULL;
  GArray *points = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  gsize count;

  if (memory != NULL)
    history = g_variant_lookup_value (memory, "history", G_VARIANT_TYPE ("a(ttttt)"));
  count = history != NULL ? g_variant_n_children (history) : 0;
  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) tuple = g_variant_get_child_value (history, i);
      MemsnoopMemoryPoint point = read_point (tuple);

      if (points->len == 0 ||
          point.time > g_array_index (points, MemsnoopMemoryPoint, points->len - 1).time)
        g_array_append_val (points, point);
    }
  return points;
}

guint
memsnoop_memory_history_find (const GArray *history, guint64 time)
{
  guint begin = 0, end = history->len;

  while (begin < end)
    {
      guint middle = begin + (end - begin) / 2;

      if (g_array_index (history, MemsnoopMemoryPoint, middle).time < time)
        begin = middle + 1;
      else
        end = middle;
    }
  return begin;
}

GArray *
memsnoop_memory_history_values (const GArray *history, MemsnoopMemoryKind kind)
{
  GArray *values = g_array_sized_new (FALSE, FALSE, sizeof (MemsnoopChartPoint), history->len);

  for (guint i = 0; i < history->len; i++)
    {
      const MemsnoopMemoryPoint *point = &g_array_index (history, MemsnoopMemoryPoint, i);
      MemsnoopChartPoint value = { point->time, point->bytes[kind] };

      g_array_append_val (values, value);
    }
  return values;
}
