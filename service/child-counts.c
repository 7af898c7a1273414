/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child-counts.h"

#include <string.h>

static const struct
{
  const gchar *key;
  const gchar *words;
} losses[MEMSNOOP_CHILD_LOSSES] = {
  [MEMSNOOP_CHILD_SHORT_LIVED] = { "short-lived", "exited before their recording had begun" },
  [MEMSNOOP_CHILD_NO_ROOM] = { "no-room", "found no room beside those recorded at that time" },
  [MEMSNOOP_CHILD_NOT_OWN] = { "not-own", "were not entirely the user's own" },
  [MEMSNOOP_CHILD_NO_HEAP] = { "no-heap", "had no allocator that can be recorded" },
  [MEMSNOOP_CHILD_FAILED] = { "failed", "could not be recorded for another reason (see the log)" },
  [MEMSNOOP_CHILD_UNSEEN] = { "unseen", "were too many for the kernel to tell of" },
};

guint64
memsnoop_child_counts_sum_lost (const MemsnoopChildCounts *self)
{
  guint64 sum = 0;

  for (guint i = 0; i < MEMSNOOP_CHILD_LOSSES; i++)
    sum += self->lost[i];
  return sum;
}

static void
append_losses (const MemsnoopChildCounts *self, GString *text)
{
  const gchar *separator = "";

  for (guint i = 0; i < MEMSNOOP_CHILD_LOSSES; i++)
    {
      if (self->lost[i] == 0)
        continue;
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", separator, self->lost[i],
                              losses[i].words);
      separator = ", ";
    }
}

static void
append_text (const MemsnoopChildCounts *self, GString *text)
{
  guint64 n_lost = memsnoop_child_counts_sum_lost (self);

  if (self->recorded + n_lost == 0)
    return;
  g_string_append_printf (text, "\nChildren: %" G_GUINT64_FORMAT " recorded", self->recorded);
  if (self->forgotten > 0)
    g_string_append_printf (
        text, " (of which %" G_GUINT64_FORMAT " have exited and are not shown any more)",
        self->forgotten);
  if (n_lost > 0)
    {
      g_string_append_printf (text, "; %" G_GUINT64_FORMAT " were not recorded: ", n_lost);
      append_losses (self, text);
    }
  g_string_append (text, ".\n");
}

static void
append_json (const MemsnoopChildCounts *self, GString *text)
{
  g_string_append_printf (text,
                          "{\"recorded\":%" G_GUINT64_FORMAT ",\"forgotten\":%" G_GUINT64_FORMAT
                          ",\"not-recorded\":{",
                          self->recorded, self->forgotten);
  for (guint i = 0; i < MEMSNOOP_CHILD_LOSSES; i++)
    g_string_append_printf (text, "%s\"%s\":%" G_GUINT64_FORMAT, i > 0 ? "," : "", losses[i].key,
                            self->lost[i]);
  g_string_append (text, "}}");
}

/* The report is an object, of which this becomes the last member. */
static void
join_json (const MemsnoopChildCounts *self, GString *report)
{
  g_string_truncate (report, (gsize) (strrchr (report->str, '}') - report->str));
  g_string_append (report, ",\n\"children\":");
  append_json (self, report);
  g_string_append (report, "}\n");
}

gchar *
memsnoop_child_counts_add (const MemsnoopChildCounts *self,
                           gchar *report,
                           MemsnoopReportFormat format)
{
  g_autofree gchar *given = report;
  GString *text;

  if (!self->followed || format == MEMSNOOP_REPORT_FORMAT_FOLDED)
    return g_steal_pointer (&given);
  text = g_string_new (given);
  if (format == MEMSNOOP_REPORT_FORMAT_JSON)
    join_json (self, text);
  else
    append_text (self, text);
  return g_string_free (text, FALSE);
}
