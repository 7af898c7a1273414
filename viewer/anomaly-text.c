/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly-text.h"

#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>
#include <math.h>

typedef enum
{
  KIND_CHURN,
  KIND_LARGE_ALLOCATION,
  KIND_FRAGMENTATION,
  KIND_BURST,
  KIND_UNKNOWN,
} Kind;

static Kind
find_kind (const MemsnoopRaisedAnomaly *anomaly)
{
  static const gchar *const names[] = {
    [KIND_CHURN] = "churn",
    [KIND_LARGE_ALLOCATION] = "large-allocation",
    [KIND_FRAGMENTATION] = "fragmentation",
    [KIND_BURST] = "burst",
  };

  for (Kind kind = 0; kind < G_N_ELEMENTS (names); kind++)
    if (g_str_equal (anomaly->kind, names[kind]))
      return kind;
  return KIND_UNKNOWN;
}

gchar *
memsnoop_anomaly_title (const MemsnoopRaisedAnomaly *anomaly)
{
  g_autofree gchar *name = NULL;

  switch (find_kind (anomaly))
    {
    case KIND_CHURN:
      return g_strdup (_ ("Frees most of the kernel memory that it allocates soon after"));
    case KIND_LARGE_ALLOCATION:
      return g_strdup (_ ("Has allocated an unusually large block of kernel memory"));
    case KIND_FRAGMENTATION:
      return g_strdup (_ ("Has kernel memory of which much was never asked for"));
    case KIND_BURST:
      return g_strdup (_ ("Allocates kernel memory unusually fast"));
    default:
      name = memsnoop_wording_name_within (anomaly->kind);
      /* Translators: a process; in parentheses is what the service calls it. */
      return g_strdup_printf (_ ("Does something unusual (%s)"), name);
    }
}

/* In the unit of the kind. What is out of its range has hundreds of digits. */
static gchar *
format_value (Kind kind, gdouble value)
{
  g_autofree gchar *size = NULL;

  if (kind == KIND_CHURN || kind == KIND_FRAGMENTATION)
    return g_strdup_printf (_ ("%.1f %%"), CLAMP (value, 0, 1) * 100);
  if (kind == KIND_UNKNOWN)
    return g_strdup_printf ("%.4g", value);
  size = memsnoop_wording_size ((guint64) CLAMP (value, 0, 1e18));
  return kind == KIND_BURST ? g_strdup_printf (_ ("%s a second"), size) : g_steal_pointer (&size);
}

static gchar *
tell_value (Kind kind, const gchar *value)
{
  switch (kind)
    {
    case KIND_CHURN:
      return g_strdup_printf (_ ("Within a minute it freed %s of its allocations."), value);
    case KIND_LARGE_ALLOCATION:
      return g_strdup_printf (_ ("One block took %s."), value);
    case KIND_FRAGMENTATION:
      return g_strdup_printf (_ ("%s of the memory in its blocks was never asked for."), value);
    case KIND_BURST:
      return g_strdup_printf (_ ("It allocated %s."), value);
    default:
      return g_strdup_printf (_ ("The value was %s."), value);
    }
}

static void
append_value (GString *text, Kind kind, gdouble value)
{
  g_autofree gchar *amount = NULL, *sentence = NULL;

  if (!isfinite (value))
    return;
  amount = format_value (kind, value);
  sentence = tell_value (kind, amount);
  g_string_append_printf (text, "%s ", sentence);
}

static void
append_threshold (GString *text, Kind kind, gdouble threshold)
{
  g_autofree gchar *amount = NULL;

  if (!isfinite (threshold))
    return;
  amount = format_value (kind, threshold);
  g_string_append_printf (text, _ ("The limit is %s."), amount);
  g_string_append_c (text, ' ');
}

/* What is told is not told anew every second. */
static void
append_time (GString *text, guint64 seconds)
{
  g_autofree gchar *span = NULL;

  if (seconds < 60)
    {
      g_string_append (text, _ ("Noticed less than a minute ago."));
      return;
    }
  span = memsnoop_wording_duration (seconds);
  g_string_append_printf (text, _ ("Noticed %s ago."), span);
}

gchar *
memsnoop_anomaly_sentences (const MemsnoopRaisedAnomaly *anomaly, guint64 now)
{
  Kind kind = find_kind (anomaly);
  GString *text = g_string_new (NULL);

  append_value (text, kind, anomaly->value);
  append_threshold (text, kind, anomaly->threshold);
  append_time (text, memsnoop_quantity_seconds_between (anomaly->since, now));
  return g_string_free (text, FALSE);
}
