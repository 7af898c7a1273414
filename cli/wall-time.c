/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wall-time.h"

#define NANOSECONDS_PER_MICROSECOND 1000

gchar *
memsnoop_wall_time_format (guint64 time, guint64 now, GDateTime *wall_now)
{
  gint64 microseconds =
      (gint64) (time / NANOSECONDS_PER_MICROSECOND) - (gint64) (now / NANOSECONDS_PER_MICROSECOND);
  g_autoptr (GDateTime) moment = g_date_time_add (wall_now, microseconds);

  return moment != NULL ? g_date_time_format (moment, "%F %T") : g_strdup ("-");
}
