/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "figure-text.h"

#include <string.h>
#include <time.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define NO_BREAK_SPACE "\u00a0"

gchar *
memsnoop_figure_text_size (guint64 bytes)
{
  g_autofree gchar *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_autoptr (GString) text = g_string_new (size);

  /* So that people find "1.2 GiB" when they search for it. */
  g_string_replace (text, NO_BREAK_SPACE, " ", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gchar *
memsnoop_figure_text_count (guint64 count)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT, count);
  for (gssize position = (gssize) text->len - 3; position > 0; position -= 3)
    g_string_insert_c (text, position, ',');
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_figure_text_counted (guint64 count, const gchar *singular, const gchar *plural)
{
  g_autofree gchar *number = memsnoop_figure_text_count (count);

  return g_strdup_printf ("%s %s", number, count == 1 ? singular : plural);
}

gchar *
memsnoop_figure_text_share (gdouble share)
{
  return g_strdup_printf ("%.1f %%", 100 * share);
}

gchar *
memsnoop_figure_text_part (guint64 part, guint64 whole)
{
  return memsnoop_figure_text_share (whole == 0 ? 0 : (gdouble) part / (gdouble) whole);
}

gchar *
memsnoop_figure_text_duration (guint64 nanoseconds)
{
  static const struct
  {
    guint64 seconds;
    const gchar *name;
  } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
  guint64 seconds = nanoseconds / SECOND;

  for (guint i = 0; i + 1 < G_N_ELEMENTS (units); i++)
    if (seconds >= units[i].seconds)
      return g_strdup_printf ("%" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT " %s",
                              seconds / units[i].seconds, units[i].name,
                              seconds % units[i].seconds / units[i + 1].seconds, units[i + 1].name);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " s", seconds);
}

gchar *
memsnoop_figure_text_moment (guint64 boottime)
{
  struct timespec now;
  gint64 ago;
  g_autoptr (GDateTime) present = g_date_time_new_now_local ();
  g_autoptr (GDateTime) moment = NULL;

  clock_gettime (CLOCK_BOOTTIME, &now);
  ago = (gint64) ((guint64) now.tv_sec * SECOND + (guint64) now.tv_nsec - boottime);
  moment = g_date_time_add (present, -ago / 1000);
  return g_date_time_format (moment, "%F %T %Z");
}
