/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quantity.h"

#include "command-error.h"

#include <locale.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND G_GUINT64_CONSTANT (1000000000)
#define NO_BREAK_SPACE "\302\240"

typedef struct
{
  const gchar *suffix;
  guint64 factor;
} Unit;

static const Unit duration_units[] = {
  { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 60 * 60 }, { "d", 24 * 60 * 60 },
};

static const Unit size_units[] = {
  { "", 1 },
  { "K", G_GUINT64_CONSTANT (1) << 10 },
  { "M", G_GUINT64_CONSTANT (1) << 20 },
  { "G", G_GUINT64_CONSTANT (1) << 30 },
  { "T", G_GUINT64_CONSTANT (1) << 40 },
  { "KiB", G_GUINT64_CONSTANT (1) << 10 },
  { "MiB", G_GUINT64_CONSTANT (1) << 20 },
  { "GiB", G_GUINT64_CONSTANT (1) << 30 },
  { "TiB", G_GUINT64_CONSTANT (1) << 40 },
};

gboolean
memsnoop_quantity_parse_number (const gchar *text,
                                const gchar *what,
                                guint64 minimum,
                                guint64 maximum,
                                guint64 *value,
                                GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, minimum, maximum, value, NULL))
    return TRUE;

  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "%s is a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", not '%s'", what,
               minimum, maximum, text);
  return FALSE;
}

/* A whole number and one of the units behind it, up to @maximum altogether. */
static gboolean
parse_with_unit (
    const gchar *text, const Unit *units, gsize n_units, guint64 maximum, guint64 *value)
{
  gsize digits = strspn (text, "0123456789");
  g_autofree gchar *number = g_strndup (text, digits);
  guint64 amount;

  if (!g_ascii_string_to_unsigned (number, 10, 0, maximum, &amount, NULL))
    return FALSE;

  for (gsize i = 0; i < n_units; i++)
    if (g_ascii_strcasecmp (text + digits, units[i].suffix) == 0)
      return g_uint64_checked_mul (value, amount, units[i].factor) && *value <= maximum;
  return FALSE;
}

gboolean
memsnoop_quantity_parse_duration (const gchar *text,
                                  const gchar *what,
                                  guint32 *seconds,
                                  GError **error)
{
  guint64 value;

  if (!parse_with_unit (text, duration_units, G_N_ELEMENTS (duration_units), G_MAXUINT32, &value))
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "%s is a number of seconds, or a number with s, m, h or d behind it, such as "
                   "90, 5m or 2h, not '%s'",
                   what, text);
      return FALSE;
    }

  *seconds = (guint32) value;
  return TRUE;
}

gboolean
memsnoop_quantity_parse_size (const gchar *text, const gchar *what, guint64 *bytes, GError **error)
{
  if (parse_with_unit (text, size_units, G_N_ELEMENTS (size_units), G_MAXUINT64, bytes))
    return TRUE;

  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "%s is a number of bytes, or a number with K, M, G or T (KiB, MiB, ...) behind it, "
               "such as 64M or 64MiB, not '%s'",
               what, text);
  return FALSE;
}

gboolean
memsnoop_quantity_parse_share (const gchar *text, const gchar *what, gdouble *share, GError **error)
{
  gchar *end;
  gdouble value = g_ascii_strtod (text, &end);
  gboolean is_percentage = *end == '%';

  /* Not with a sign, nor what strtod() takes for a number but people do not. */
  if (g_ascii_isdigit (*text) && end[is_percentage ? 1 : 0] == '\0' && isfinite (value))
    {
      *share = is_percentage ? value / 100 : value;
      return TRUE;
    }
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "%s is a share such as 0.1 or 10%%, not '%s'", what, text);
  return FALSE;
}

gchar *
memsnoop_quantity_format_size (guint64 bytes)
{
  g_autofree gchar *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  GString *text = g_string_new (size);

  /* A terminal without Unicode cannot show it, and nothing is wrapped here. */
  g_string_replace (text, NO_BREAK_SPACE, " ", 0);
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_quantity_format_rounded_size (guint64 bytes)
{
  static const gchar *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  gdouble amount = (gdouble) bytes / 1024;
  gsize unit = 0;

  if (bytes < 1024)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", bytes, bytes == 1 ? "byte" : "bytes");

  /* What would be rounded up to 1024 is one of the next unit. */
  while (amount >= 1023.5 && unit + 1 < G_N_ELEMENTS (units))
    {
      amount /= 1024;
      unit++;
    }
  return g_strdup_printf (amount < 9.95 ? "%.1f %s" : "%.0f %s", amount, units[unit]);
}

/* The size that a rate, of whatever sign, amounts to in a minute, or in an hour when it is slow. */
static gchar *
format_amount_of_rate (gdouble bytes_per_second, gboolean *hourly)
{
  gdouble per_minute = fabs (bytes_per_second) * 60;
  gdouble amount;

  *hourly = per_minute < 1024;
  amount = round (*hourly ? per_minute * 60 : per_minute);
  return memsnoop_quantity_format_rounded_size ((guint64) CLAMP (amount, 0, 1e18));
}

gchar *
memsnoop_quantity_format_rate (gdouble bytes_per_second)
{
  gboolean hourly;
  g_autofree gchar *size = format_amount_of_rate (bytes_per_second, &hourly);

  return g_strdup_printf ("%s %s", size, hourly ? "an hour" : "a minute");
}

gchar *
memsnoop_quantity_format_short_rate (gdouble bytes_per_second)
{
  gboolean hourly;
  g_autofree gchar *size = NULL;

  /* Less than a byte in an hour, or no number. */
  if (!(fabs (bytes_per_second) * 60 * 60 >= 1))
    return g_strdup ("-");
  size = format_amount_of_rate (bytes_per_second, &hourly);
  return g_strdup_printf ("%s%s/%s", bytes_per_second < 0 ? "-" : "", size, hourly ? "h" : "min");
}

gchar *
memsnoop_quantity_growth_in_words (gdouble bytes_per_second)
{
  g_autofree gchar *rate = NULL;

  if (!(fabs (bytes_per_second) * 60 * 60 >= 1))
    return g_strdup ("shows no steady growth");
  rate = memsnoop_quantity_format_rate (bytes_per_second);
  return g_strdup_printf ("%s by %s", bytes_per_second < 0 ? "shrinks" : "grows", rate);
}

/* What stands between groups of three digits. A locale without one has a comma, as long as
 * that cannot be read as its decimal point. */
static const gchar *
group_separator (void)
{
  const struct lconv *locale = localeconv ();

  if (*locale->thousands_sep != '\0' && g_utf8_validate (locale->thousands_sep, -1, NULL))
    return locale->thousands_sep;
  return strcmp (locale->decimal_point, ".") == 0 ? "," : "";
}

gchar *
memsnoop_quantity_format_count (guint64 count)
{
  g_autofree gchar *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  const gchar *separator = group_separator ();
  gsize length = strlen (digits);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append (text, separator);
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

gchar *
memsnoop_quantity_format_share (gdouble share)
{
  if (!isfinite (share))
    return g_strdup ("-");
  return g_strdup_printf ("%.1f %%", share * 100);
}

gchar *
memsnoop_quantity_format_duration (guint64 seconds)
{
  guint64 minutes = seconds / 60;
  guint64 hours = minutes / 60;

  if (hours >= 24)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " d %" G_GUINT64_FORMAT " h", hours / 24,
                            hours % 24);
  if (hours > 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min", hours,
                            minutes % 60);
  if (minutes > 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " min %" G_GUINT64_FORMAT " s", minutes,
                            seconds % 60);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " s", seconds);
}

gchar *
memsnoop_quantity_duration_in_words (guint64 seconds)
{
  static const struct
  {
    guint64 seconds;
    const gchar *one;
    const gchar *many;
  } units[] = {
    { 24 * 60 * 60, "day", "days" },
    { 60 * 60, "hour", "hours" },
    { 60, "minute", "minutes" },
    { 1, "second", "seconds" },
  };
  gsize unit = 0;
  guint64 amount;

  /* One and a half is still told in the smaller unit: "90 minutes". */
  while (unit + 1 < G_N_ELEMENTS (units) && seconds < 2 * units[unit].seconds)
    unit++;

  amount = seconds / units[unit].seconds;
  if (seconds % units[unit].seconds * 2 >= units[unit].seconds)
    amount++;
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", amount,
                          amount == 1 ? units[unit].one : units[unit].many);
}

guint64
memsnoop_quantity_boot_time (void)
{
  struct timespec now;

  if (clock_gettime (CLOCK_BOOTTIME, &now) != 0)
    return 0;
  return (guint64) now.tv_sec * NANOSECONDS_PER_SECOND + (guint64) now.tv_nsec;
}

guint64
memsnoop_quantity_seconds_between (guint64 then, guint64 now)
{
  return now > then ? (now - then) / NANOSECONDS_PER_SECOND : 0;
}
