/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the report for people that is about one process. */
#include "report-writer.h"

#include "figure-text.h"
#include "printable-text.h"
#include "text-column.h"

#include <string.h>

/* Where facts begin, and columns that a line has at most. */
#define FACT_COLUMN 16
#define LINE_WIDTH 79

/* A name and what there is to say. Takes @fact. */
static void
take_fact (GString *text, const gchar *name, gchar *fact)
{
  g_string_append_printf (text, "  %-13s %s\n", name, fact);
  g_free (fact);
}

static void
append_heading (GString *text, const MemsnoopProcessFigures *figures, guint64 now)
{
  g_autofree gchar *comm = memsnoop_printable_line (figures->comm);
  guint64 until = figures->exited_at != 0 ? figures->exited_at : now;
  g_autofree gchar *age =
      memsnoop_figure_text_duration (MAX (until, figures->start_time) - figures->start_time);

  g_string_append_printf (text, "\n%s (%u), ", comm, figures->pid);
  if (figures->kind == MEMSNOOP_PROCESS_KIND_KERNEL_THREAD)
    g_string_append (text, "a kernel thread");
  else
    g_string_append_printf (text, "of user %u", figures->uid);
  if (figures->exited_at == 0)
    g_string_append_printf (text, ", running for %s\n\n", age);
  else
    {
      g_autofree gchar *ago =
          memsnoop_figure_text_duration (MAX (now, figures->exited_at) - figures->exited_at);

      g_string_append_printf (text, ", exited %s ago after %s\n\n", ago, age);
    }
  if (figures->exe[0] != '\0')
    take_fact (text, "Program", memsnoop_printable_line (figures->exe));
}

static gchar *
describe_live (const MemsnoopProcessFigures *figures)
{
  g_autofree gchar *size = memsnoop_figure_text_size (figures->current_bytes);
  g_autofree gchar *peak = memsnoop_figure_text_size (figures->peak_bytes);
  g_autofree gchar *blocks =
      memsnoop_figure_text_counted (memsnoop_report_live_blocks (figures), "block", "blocks");

  return g_strdup_printf ("%s%s in %s, at most %s", figures->exact ? "" : "~", size, blocks, peak);
}

static gchar *
describe_allocated (const MemsnoopProcessFigures *figures)
{
  g_autofree gchar *size = memsnoop_figure_text_size (figures->alloc_bytes);
  g_autofree gchar *requested = memsnoop_figure_text_size (figures->requested_bytes);
  g_autofree gchar *share =
      memsnoop_figure_text_share (memsnoop_process_figures_internal_fragmentation (figures));
  g_autofree gchar *count =
      memsnoop_figure_text_counted (figures->alloc_count, "allocation", "allocations");

  return g_strdup_printf ("%s in %s; %s of it asked for, %s internal fragmentation", size, count,
                          requested, share);
}

static gchar *
describe_freed (const MemsnoopProcessFigures *figures)
{
  g_autofree gchar *size = memsnoop_figure_text_size (figures->free_bytes);
  g_autofree gchar *count = memsnoop_figure_text_counted (figures->free_count, "free", "frees");
  g_autofree gchar *unseen = memsnoop_figure_text_count (figures->unseen_frees);

  if (figures->unseen_frees == 0)
    return g_strdup_printf ("%s in %s", size, count);
  return g_strdup_printf ("%s in %s, %s of them without a tracepoint", size, count, unseen);
}

static gchar *
describe_churn (const MemsnoopProcessFigures *figures)
{
  g_autofree gchar *share = memsnoop_figure_text_share (figures->churn);

  return g_strdup_printf ("%s of the last minute's allocations were freed within it", share);
}

/* In lines of the page's width, below each other. */
static gchar *
describe_recent_sizes (const MemsnoopProcessFigures *figures)
{
  g_autoptr (GString) sizes = g_string_new (NULL);
  gsize begin = 0;

  for (guint i = 0; i < figures->n_recent_sizes; i++)
    {
      g_autofree gchar *size = g_strdup_printf ("%u", figures->recent_sizes[i]);

      if (i > 0 && sizes->len + 1 + strlen (size) - begin > LINE_WIDTH - FACT_COLUMN)
        {
          g_string_append_printf (sizes, "\n%*s", FACT_COLUMN, "");
          begin = sizes->len;
        }
      else if (i > 0)
        g_string_append_c (sizes, ' ');
      g_string_append (sizes, size);
    }
  return g_string_free (g_steal_pointer (&sizes), FALSE);
}

static void
append_facts (GString *text, const MemsnoopProcessFigures *figures)
{
  take_fact (text, "Live", describe_live (figures));
  take_fact (text, "Allocated", describe_allocated (figures));
  take_fact (text, "Freed", describe_freed (figures));
  take_fact (text, "Churn", describe_churn (figures));
  if (figures->lost > 0)
    {
      g_autofree gchar *lost =
          memsnoop_figure_text_counted (figures->lost, "allocation", "allocations");

      take_fact (text, "Lost", g_strdup_printf ("%s, which are in no other figure", lost));
    }
  if (figures->last_thread != 0)
    take_fact (text, "Last thread", g_strdup_printf ("%u", figures->last_thread));
  if (figures->n_recent_sizes > 0)
    take_fact (text, "Recent sizes", describe_recent_sizes (figures));
}

void
memsnoop_report_write_process (GString *text, const MemsnoopReport *report)
{
  const MemsnoopProcessFigures *figures = &report->process->figures;

  append_heading (text, figures, report->snapshot->taken_at);
  append_facts (text, figures);
  memsnoop_text_column_append_histogram (text, figures->size_histogram,
                                         MEMSNOOP_SIZE_HISTOGRAM_BUCKETS);
}
