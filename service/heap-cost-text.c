/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-cost-text.h"

#include "figure-text.h"
#include "printable-text.h"

static gchar *
describe_cost (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *cost = memsnoop_figure_text_share (heap->expense.cpu_cost);
  g_autofree gchar *budget = memsnoop_figure_text_share (heap->cpu_budget);

  if (heap->cpu_budget > 0)
    return g_strdup_printf ("%s of one core in probes, of %s that they may take", cost, budget);
  return g_strdup_printf ("%s of one core in probes", cost);
}

static gchar *
describe_interval (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *before = memsnoop_figure_text_size (heap->sample_interval);
  g_autofree gchar *now = memsnoop_figure_text_size (heap->expense.sample_interval);

  return g_strdup_printf ("the sample interval was raised from %s to %s", before, now);
}

static gchar *
describe_pauses (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *share = memsnoop_figure_text_share (heap->expense.recorded_share);

  if (heap->expense.frees_missed)
    return g_strdup_printf ("recorded for %s of the time; blocks that were freed in the rest may "
                            "seem live",
                            share);
  return g_strdup_printf ("new blocks were recorded for %s of the time, frees all the time", share);
}

GPtrArray *
memsnoop_heap_cost_text_lines (const MemsnoopHeapSnapshot *heap)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  if (heap->expense.cpu_cost > 0 || heap->cpu_budget > 0)
    g_ptr_array_add (lines, describe_cost (heap));
  if (heap->expense.sample_interval > heap->sample_interval)
    g_ptr_array_add (lines, describe_interval (heap));
  if (heap->expense.recorded_share < 1)
    g_ptr_array_add (lines, describe_pauses (heap));
  return lines;
}

static gchar *
describe_probes (const MemsnoopHeapSnapshot *heap, guint n_slow)
{
  g_autofree gchar *count =
      memsnoop_figure_text_counted (heap->probes->len, "function", "functions");

  if (n_slow == 0)
    return g_strdup_printf ("on %s, all where the kernel need not single-step", count);
  return g_strdup_printf ("on %s, %u where the kernel has to single-step, which is dear:", count,
                          n_slow);
}

static gchar *
describe_slow (const MemsnoopProbeDetail *probe)
{
  g_autofree gchar *module = g_path_get_basename (probe->module);
  g_autofree gchar *text =
      probe->fast ? g_strdup_printf ("%s in %s: its %u return instructions", probe->functions,
                                     module, probe->n_returns)
                  : g_strdup_printf ("%s in %s: %s", probe->functions, module, probe->placement);

  return memsnoop_printable_line (text);
}

GPtrArray *
memsnoop_heap_cost_text_probes (const MemsnoopHeapSnapshot *heap)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < heap->probes->len; i++)
    {
      const MemsnoopProbeDetail *probe = heap->probes->pdata[i];

      if (!probe->fast || probe->n_returns > 0)
        g_ptr_array_add (lines, describe_slow (probe));
    }
  if (heap->probes->len > 0)
    g_ptr_array_insert (lines, 0, describe_probes (heap, lines->len));
  return lines;
}
