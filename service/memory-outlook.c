/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-outlook.h"

#include <string.h>

static guint64
find_kilobytes (const gchar *meminfo, const gchar *name)
{
  const gchar *line = strstr (meminfo, name);
  guint64 kilobytes;

  if (line == NULL)
    return 0;
  kilobytes = g_ascii_strtoull (line + strlen (name), NULL, 10);
  return MIN (kilobytes, G_MAXUINT64 / 2048) * 1024;
}

guint64
memsnoop_memory_outlook_parse (const gchar *meminfo, gboolean swappable)
{
  guint64 available = find_kilobytes (meminfo, "MemAvailable:");

  return available + (swappable ? find_kilobytes (meminfo, "SwapFree:") : 0);
}

guint64
memsnoop_memory_outlook_read (gboolean swappable)
{
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    return 0;
  return memsnoop_memory_outlook_parse (text, swappable);
}

guint64
memsnoop_memory_outlook_seconds (guint64 available, gdouble rate)
{
  /* Also when it is no number. */
  if (!(rate > 0) || (gdouble) available / rate > (gdouble) MEMSNOOP_OUTLOOK_MAXIMUM)
    return G_MAXUINT64;
  return (guint64) ((gdouble) available / rate);
}
