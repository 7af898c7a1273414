/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chart-scale.h"

#define KIB G_GUINT64_CONSTANT (1024)

/* The largest size that is drawn; no process has more, and sums stay in range. */
#define LARGEST_SIZE (G_GUINT64_CONSTANT (1) << 62)

/* Changes by less than this part of the highest value are not magnified. */
#define LEAST_SHARE 1000

static guint64
power_of_two_from (guint64 minimum)
{
  guint64 power = 1;

  while (power < minimum)
    power *= 2;
  return power;
}

static guint64
round_down (guint64 value, guint64 step)
{
  return value / step * step;
}

static guint64
round_up (guint64 value, guint64 step)
{
  return round_down (value + step - 1, step);
}

void
memsnoop_size_scale_choose (
    MemsnoopSizeScale *self, guint64 lowest, guint64 highest, guint steps, gboolean from_zero)
{
  guint64 high = MIN (highest, LARGEST_SIZE);
  guint64 low = MIN (lowest, high);
  guint64 span;

  /* What hardly changes is seen best as a level. */
  if (from_zero || low <= high / 2 || high - low < high / LEAST_SHARE)
    low = 0;
  span = MAX (high - low, 1);
  self->step = power_of_two_from ((span + steps - 1) / steps);
  self->bottom = round_down (low, self->step);
  self->top = MAX (round_up (high, self->step), self->bottom + self->step);
  /* Rounding at both ends may have made it one step too long. */
  if ((self->top - self->bottom) / self->step > steps && steps > 1)
    {
      self->step *= 2;
      self->bottom = round_down (low, self->step);
      self->top = MAX (round_up (high, self->step), self->bottom + self->step);
    }
}

gchar *
memsnoop_size_scale_label (const MemsnoopSizeScale *self, guint64 value)
{
  static const gchar *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  guint64 factor = 1;
  gsize unit = 0;
  gint decimals;

  if (value == 0)
    return g_strdup ("0");

  /* A step of a quarter takes two decimals, and none more. */
  while (self->step >= factor * KIB / 4 && unit + 1 < G_N_ELEMENTS (units))
    {
      factor *= KIB;
      unit++;
    }
  if (value == 1 && unit == 0)
    return g_strdup ("1 byte");
  decimals = self->step >= factor ? 0 : self->step >= factor / 2 ? 1 : 2;
  return g_strdup_printf ("%.*f %s", decimals, (gdouble) value / (gdouble) factor, units[unit]);
}

guint64
memsnoop_time_scale_choose (guint64 seconds, guint steps)
{
  static const guint64 choices[] = {
    1,        2,        5,         10,        15,        30,        60,
    2 * 60,   5 * 60,   10 * 60,   15 * 60,   30 * 60,   60 * 60,   2 * 60 * 60,
    3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 2 * 86400, 7 * 86400,
  };
  guint64 step;

  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    if (seconds / choices[i] <= steps)
      return choices[i];

  step = choices[G_N_ELEMENTS (choices) - 1];
  while (seconds / step > steps)
    step *= 2;
  return step;
}

gchar *
memsnoop_time_scale_label (guint64 age_seconds)
{
  static const struct
  {
    guint64 seconds;
    const gchar *name;
  } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
  gsize unit = 0;

  if (age_seconds == 0)
    return g_strdup ("now");
  while (age_seconds % units[unit].seconds != 0)
    unit++;
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s ago", age_seconds / units[unit].seconds,
                          units[unit].name);
}
