/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-name.h"

gchar *
memsnoop_process_name_write (guint32 pid, guint64 start_time)
{
  if (start_time == 0)
    return g_strdup_printf ("%u", pid);
  return g_strdup_printf ("%u:%" G_GUINT64_FORMAT, pid, start_time);
}

gboolean
memsnoop_process_name_read (const gchar *text, guint32 *pid, guint64 *start_time)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint64 number, time = 0;

  if (parts[0] == NULL || !g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT32, &number, NULL))
    return FALSE;
  if (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXUINT64, &time, NULL))
    return FALSE;
  *pid = (guint32) number;
  *start_time = time;
  return TRUE;
}
