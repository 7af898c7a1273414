/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-outlook.h"

#include <string.h>

static guint64
find_bytes (const gchar *meminfo, const gchar *name)
{
  const gchar *number = strstr (meminfo, name);
  gchar *end;
  guint64 kilobytes;

  if (number == NULL)
    return MEMSNOOP_MEMORY_UNKNOWN;
  number += strlen (name);
  kilobytes = g_ascii_strtoull (number, &end, 10);
  if (end == number)
    return MEMSNOOP_MEMORY_UNKNOWN;
  return MIN (kilobytes, G_MAXUINT64 / 2048) * 1024;
}

void
memsnoop_machine_memory_parse (const gchar *meminfo, MemsnoopMachineMemory *memory)
{
  memory->available = find_bytes (meminfo, "MemAvailable:");
  memory->swap_free = find_bytes (meminfo, "SwapFree:");
  memory->shared = find_bytes (meminfo, "Shmem:");
}

void
memsnoop_machine_memory_read (MemsnoopMachineMemory *memory)
{
  g_autofree gchar *text = NULL;

  g_file_get_contents ("/proc/meminfo", &text, NULL, NULL);
  memsnoop_machine_memory_parse (text != NULL ? text : "", memory);
}

guint64
memsnoop_memory_outlook_seconds (const MemsnoopMachineMemory *memory,
                                 gboolean swappable,
                                 gdouble rate)
{
  gdouble available = (gdouble) memory->available;

  if (memory->available == MEMSNOOP_MEMORY_UNKNOWN)
    return G_MAXUINT64;
  if (swappable && memory->swap_free != MEMSNOOP_MEMORY_UNKNOWN)
    available += (gdouble) memory->swap_free;
  /* Also when it is no number. */
  if (!(rate > 0) || available / rate > (gdouble) MEMSNOOP_OUTLOOK_MAXIMUM)
    return G_MAXUINT64;
  return (guint64) (available / rate);
}
