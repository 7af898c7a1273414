/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diff-text.h"

#include "quantity.h"
#include "terminal-text.h"

#include <math.h>
#include <stdlib.h>

/* "+1.2 MiB" */
static gchar *
format_change (gint64 bytes)
{
  g_autofree gchar *size = memsnoop_quantity_format_size ((guint64) llabs (bytes));

  return g_strconcat (bytes < 0 ? "-" : "+", size, NULL);
}

static gchar *
format_count_change (gint64 count)
{
  g_autofree gchar *number = memsnoop_quantity_format_count ((guint64) llabs (count));

  return g_strconcat (count < 0 ? "-" : "+", number, NULL);
}

/* "+1.2 KiB/s"; what is slower than a byte per second is told in hundredths. */
static gchar *
format_rate (gint64 before, gint64 after, gdouble seconds)
{
  gdouble rate = memsnoop_report_diff_rate (before, after, seconds);
  g_autofree gchar *change = NULL;

  if (seconds <= 0)
    return g_strdup ("-");
  if (before != after && fabs (rate) < 1)
    return g_strdup_printf ("%+.2f B/s", rate);
  change = format_change ((gint64) rate);
  return g_strconcat (change, "/s", NULL);
}

static void
append_cell (GString *text, gchar *cell, guint columns, gboolean unicode)
{
  g_autofree gchar *owned = cell;

  memsnoop_terminal_text_append_fitted (text, owned, columns, TRUE, unicode);
}

static void
append_printable (GString *text, const gchar *raw, gboolean unicode)
{
  g_autofree gchar *printable = memsnoop_terminal_text_escape (raw, unicode);

  g_string_append (text, printable);
}

static void
append_owner (GString *text, const MemsnoopSiteChange *change, gboolean unicode)
{
  g_string_append (text, "   ");
  if (change->process != NULL)
    append_printable (text, change->process, unicode);
  else
    g_string_append (text, "kernel memory");
  if (change->cache != NULL)
    {
      g_string_append (text, ", in ");
      append_printable (text, change->cache, unicode);
    }
  g_string_append_c (text, '\n');
}

static void
append_frames (GString *text, const MemsnoopSiteChange *change, gboolean unicode)
{
  for (gsize i = 0; change->frames[i] != NULL; i++)
    {
      g_string_append (text, "      ");
      append_printable (text, change->frames[i], unicode);
      g_string_append_c (text, '\n');
    }
  if (change->frames[0] == NULL)
    g_string_append (text, "      (an unknown call stack)\n");
}

/* @word: in place of nothing, when that is what tells. */
static gchar *
format_live (gint64 bytes, gboolean is_word, const gchar *word)
{
  return is_word ? g_strdup (word) : memsnoop_quantity_format_size ((guint64) bytes);
}

static void
append_change (GString *text, const MemsnoopSiteChange *change, gboolean unicode)
{
  MemsnoopSiteState state = memsnoop_site_change_get_state (change);

  append_cell (text, format_change (change->after_bytes - change->before_bytes), 12, unicode);
  append_cell (text, format_rate (change->before_bytes, change->after_bytes, change->seconds), 15,
               unicode);
  append_cell (text, format_live (change->before_bytes, state == MEMSNOOP_SITE_NEW, "new"), 11,
               unicode);
  append_cell (text, format_live (change->after_bytes, state == MEMSNOOP_SITE_GONE, "gone"), 11,
               unicode);
  append_cell (text, format_count_change (change->after_count - change->before_count), 11, unicode);
  append_owner (text, change, unicode);
  append_frames (text, change, unicode);
}

/* Behind the totals. */
static void
append_time (GString *text, const MemsnoopReportDiff *diff)
{
  g_autofree gchar *time = memsnoop_quantity_format_duration ((guint64) diff->seconds);
  g_autofree gchar *rate = format_rate (diff->before.bytes, diff->after.bytes, diff->seconds);

  if (diff->seconds > 0)
    g_string_append_printf (text, ", %s over %s\n", rate, time);
  else if (diff->reversed)
    g_string_append (text, "\nThe second report is of an earlier moment than the first: is the "
                           "order right?\n");
  else
    g_string_append (text, "\nNot all figures are of two moments of one recording, which a change "
                           "per second needs.\n");
}

static void
append_totals (GString *text, const MemsnoopReportDiff *diff)
{
  g_autofree gchar *before = memsnoop_quantity_format_size ((guint64) diff->before.bytes);
  g_autofree gchar *after = memsnoop_quantity_format_size ((guint64) diff->after.bytes);
  g_autofree gchar *change = format_change (diff->after.bytes - diff->before.bytes);
  g_autofree gchar *blocks = format_count_change (diff->after.count - diff->before.count);

  g_string_append_printf (text, "Live memory: %s, then %s: %s in %s blocks", before, after, change,
                          blocks);
  append_time (text, diff);
}

static void
append_left_out (GString *text, const MemsnoopReportTotals *totals, const gchar *name)
{
  g_autofree gchar *count = memsnoop_quantity_format_count ((guint64) totals->left_out);
  g_autofree gchar *printable = memsnoop_terminal_text_escape (name, FALSE);

  if (totals->left_out > 0)
    g_string_append_printf (text,
                            "%s leaves out %s call stacks, which count as 0: 'memsnoopctl "
                            "export' writes them all\n",
                            printable, count);
}

/* Of the changes that are not told. */
static void
append_rest (GString *text, const MemsnoopReportDiff *diff, guint told)
{
  guint rest = diff->changes->len - told, grown = 0;

  for (guint i = told; i < diff->changes->len; i++)
    grown += memsnoop_site_change_is_growth (diff->changes->pdata[i]);
  if (rest > 0)
    g_string_append_printf (
        text, "\n    ... %u more, %u of which have grown; --limit 0 shows all\n", rest, grown);
}

gchar *
memsnoop_diff_text (const MemsnoopReportDiff *diff,
                    const gchar *before,
                    const gchar *after,
                    guint limit)
{
  GString *text = g_string_new (NULL);
  gboolean unicode = memsnoop_terminal_text_is_unicode ();
  guint wanted = limit == 0 ? diff->changes->len : MIN (limit, diff->changes->len);

  append_totals (text, diff);
  append_left_out (text, &diff->before, before);
  append_left_out (text, &diff->after, after);
  if (wanted > 0)
    g_string_append_printf (text, "\n%12s%15s%11s%11s%11s   %s\n", "CHANGE", "PER SECOND", "BEFORE",
                            "AFTER", "BLOCKS", "OF");
  for (guint i = 0; i < wanted; i++)
    {
      if (i > 0)
        g_string_append_c (text, '\n');
      append_change (text, diff->changes->pdata[i], unicode);
    }
  append_rest (text, diff, wanted);
  return g_string_free (text, FALSE);
}
