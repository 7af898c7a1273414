/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-order.h"

#include "heap-report.h"
#include "heap-sample.h"

#include <string.h>

/* The innermost functions' names, "-" for a stack that is not known. */
static gchar *
names_of (const MemsnoopHeapSnapshot *heap)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < heap->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (heap->sites, MemsnoopHeapSite, i);
      const MemsnoopFrame *frame = site->n_frames > 0 ? site->frames[0] : NULL;

      g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                              frame == NULL             ? "-"
                              : frame->n_functions == 0 ? "plugin"
                                                        : frame->functions[0].name);
    }
  return g_string_free (names, FALSE);
}

static void
assert_order (MemsnoopReportSort sort, const gchar *expected)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (MemsnoopHeapSnapshot) ordered = memsnoop_heap_order (heap, sort);
  g_autofree gchar *names = names_of (ordered);

  g_assert_cmpstr (names, ==, expected);
  g_assert_cmpstr (ordered->order, ==, memsnoop_report_sort_name (sort));
  g_assert_cmpuint (ordered->current_bytes, ==, heap->current_bytes);
}

static void
test_call_stacks_have_each_order (void)
{
  assert_order (MEMSNOOP_REPORT_SORT_CURRENT_BYTES, "make_leaf plugin strdup -");
  assert_order (MEMSNOOP_REPORT_SORT_CURRENT_COUNT, "make_leaf plugin - strdup");
  assert_order (MEMSNOOP_REPORT_SORT_GROWTH_RATE, "make_leaf plugin strdup -");
  assert_order (MEMSNOOP_REPORT_SORT_OLDEST_AGE, "make_leaf plugin strdup -");
  assert_order (MEMSNOOP_REPORT_SORT_ALLOC_BYTES, "make_leaf strdup plugin -");
  assert_order (MEMSNOOP_REPORT_SORT_ALLOC_COUNT, "make_leaf strdup plugin -");
  assert_order (MEMSNOOP_REPORT_SORT_CHURN, "strdup make_leaf plugin -");
}

static void
test_an_order_of_processes_alone_leaves_call_stacks_as_they_are (void)
{
  assert_order (MEMSNOOP_REPORT_SORT_PEAK_BYTES, "make_leaf plugin strdup -");
  assert_order (MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION, "make_leaf plugin strdup -");
}

static void
test_what_is_shown_outlives_the_original (void)
{
  MemsnoopHeapSnapshot *heap = heap_sample_new ();
  g_autoptr (MemsnoopHeapSnapshot) ordered = memsnoop_heap_order (heap, MEMSNOOP_REPORT_SORT_CHURN);
  g_autoptr (GString) text = g_string_new (NULL);

  memsnoop_heap_snapshot_unref (heap);
  g_assert_false (memsnoop_heap_report_append_text (text, ordered, 0, G_MAXSIZE));
  g_assert_nonnull (strstr (text->str, "by call stack, the innermost function first; by churn\n"));
  g_assert_nonnull (strstr (text->str, "      ALLOCATED  ALLOCATIONS   FREED AFTER\n"));
  g_assert_nonnull (strstr (text->str, "        4.0 MiB           30          10 s\n"
                                       "      libc.so.6: strdup\n"));
  g_assert_cmpstr (ordered->comm, ==, "tree");
}

static void
test_reports_tell_the_order_and_what_became_of_blocks (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (MemsnoopHeapSnapshot) ordered = memsnoop_heap_order (heap, MEMSNOOP_REPORT_SORT_CHURN);
  g_autoptr (GString) json = g_string_new (NULL);

  memsnoop_heap_report_append_json (json, ordered, 0, G_MAXSIZE);
  g_assert_nonnull (strstr (json->str, "\"sort\":\"churn\""));
  g_assert_nonnull (strstr (json->str, "\"recent-sizes\":[65536,80000,1]"));
  g_assert_nonnull (strstr (json->str, "\"freed-by-lifetime\":[20,10,0,0,0,0],"
                                       "\"mean-lifetime\":10000000000,\"moved\":0,"
                                       "\"peak-samples\":0,\"peak-samples-freed\":0,"
                                       "\"survival\":0.5"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-order/each", test_call_stacks_have_each_order);
  g_test_add_func ("/heap-order/processes",
                   test_an_order_of_processes_alone_leaves_call_stacks_as_they_are);
  g_test_add_func ("/heap-order/view", test_what_is_shown_outlives_the_original);
  g_test_add_func ("/heap-order/told", test_reports_tell_the_order_and_what_became_of_blocks);
  return g_test_run ();
}
