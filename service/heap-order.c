/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-order.h"

static gboolean
is_of_allocations (MemsnoopReportSort sort)
{
  return sort == MEMSNOOP_REPORT_SORT_ALLOC_BYTES || sort == MEMSNOOP_REPORT_SORT_ALLOC_COUNT ||
         sort == MEMSNOOP_REPORT_SORT_CHURN;
}

static gdouble
freed_share (const MemsnoopHeapSite *site)
{
  guint64 ended = memsnoop_heap_survival_ended (&site->survival);

  return site->alloc_count == 0 ? 0 : (gdouble) ended / (gdouble) site->alloc_count;
}

static gdouble
sort_value (const MemsnoopHeapSite *site, MemsnoopReportSort sort)
{
  switch (sort)
    {
    case MEMSNOOP_REPORT_SORT_ALLOC_BYTES:
      return (gdouble) site->alloc_bytes;
    case MEMSNOOP_REPORT_SORT_ALLOC_COUNT:
      return (gdouble) site->alloc_count;
    case MEMSNOOP_REPORT_SORT_CHURN:
      return freed_share (site);
    case MEMSNOOP_REPORT_SORT_CURRENT_COUNT:
      return (gdouble) site->live_count;
    case MEMSNOOP_REPORT_SORT_GROWTH_RATE:
      return site->growth_rate;
    case MEMSNOOP_REPORT_SORT_OLDEST_AGE:
      return (gdouble) site->oldest_age;
    case MEMSNOOP_REPORT_SORT_CURRENT_BYTES:
    case MEMSNOOP_REPORT_SORT_PEAK_BYTES:
    case MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION:
    default:
      return (gdouble) site->live_bytes;
    }
}

typedef struct
{
  gdouble value;
  gboolean later;
  /* In the snapshot: equal ones keep their order. */
  guint index;
} Row;

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *left = a, *right = b;

  if (left->later != right->later)
    return left->later - right->later;
  if (left->value != right->value)
    return left->value > right->value ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

static GArray *
order_rows (const GArray *sites, MemsnoopReportSort sort)
{
  GArray *rows = g_array_sized_new (FALSE, FALSE, sizeof (Row), sites->len);

  for (guint i = 0; i < sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (sites, MemsnoopHeapSite, i);
      Row row = { .value = sort_value (site, sort),
                  .later = !is_of_allocations (sort) && site->live_bytes == 0,
                  .index = i };

      g_array_append_val (rows, row);
    }
  g_array_sort (rows, compare_rows);
  return rows;
}

MemsnoopHeapSnapshot *
memsnoop_heap_order (MemsnoopHeapSnapshot *heap, MemsnoopReportSort sort)
{
  g_autoptr (GArray) rows = NULL;
  MemsnoopHeapSnapshot *ordered;

  if (sort == MEMSNOOP_REPORT_SORT_CURRENT_BYTES)
    return memsnoop_heap_snapshot_ref (heap);
  rows = order_rows (heap->sites, sort);
  ordered = memsnoop_heap_snapshot_new_view (heap);
  ordered->order = memsnoop_report_sort_name (sort);
  ordered->all_sites = is_of_allocations (sort);
  for (guint i = 0; i < rows->len; i++)
    g_array_append_val (ordered->sites, g_array_index (heap->sites, MemsnoopHeapSite,
                                                       g_array_index (rows, Row, i).index));
  return ordered;
}
