/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording where a program gets its pages, with the real programs in the kernel and the real
 * worker. */
#include "recorded-heap.h"

#include <sys/wait.h>

#define PAGE 4096

/* A command of the target growth-pages, and the function in which it gets them; NULL: none. */
typedef struct
{
  const gchar *command;
  const gchar *function;
} Case;

static const Case cases[] = {
  { "touch", "touch_pages" },     { "again", "touch_pages" },    { "zeros", "touch_pages" },
  { "read", "read_pages" },       { "populate", "populate" },    { "file", NULL },
  { "private", "private_pages" }, { "threads", "thread_pages" }, { "fork", "touch_pages" },
  { "huge", "huge_pages" },
};

static void
assert_truth (RecordedHeap *growth, const MemsnoopHeapSnapshot *snapshot, const gchar *function)
{
  gint64 bytes = target_process_truth (growth->target, "bytes");

  g_assert_cmpint ((gint64) snapshot->alloc_bytes, ==, bytes);
  g_assert_cmpint ((gint64) snapshot->alloc_count, ==,
                   target_process_truth (growth->target, "faults"));
  g_assert_cmpint ((gint64) snapshot->by_kernel_bytes, ==,
                   target_process_truth (growth->target, "by-kernel"));
  if (function != NULL)
    g_assert_cmpint ((gint64) recorded_heap_live_bytes (snapshot, function), ==, bytes);
  g_assert_cmpint (snapshot->source, ==, MEMSNOOP_STACK_SOURCE_GROWTH);
  g_assert_cmpuint (snapshot->loss.stacks_not_unwound, ==, 0);
  g_assert_cmpuint (memsnoop_heap_snapshot_get_lost (snapshot), ==, 0);
  g_assert_true (snapshot->exact);
}

static void
test_pages (gconstpointer data)
{
  const Case *test = data;
  RecordedHeap growth = { 0 };
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_set_up_growth (&growth, "growth-pages");
  recorded_heap_begin (&growth);
  target_process_command (growth.target, test->command);
  snapshot = recorded_heap_end (&growth);
  for (guint i = 0; i < snapshot->sites->len && g_test_verbose (); i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (snapshot->sites, MemsnoopHeapSite, i);

      g_test_message ("%" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT " faults",
                      site->live_bytes, site->live_count);
      for (guint j = 0; j < site->n_frames; j++)
        g_test_message ("   %s %s+%" G_GINT64_MODIFIER "x",
                        site->frames[j]->n_functions > 0 ? site->frames[j]->functions[0].name : "?",
                        site->frames[j]->module, site->frames[j]->offset);
    }
  assert_truth (&growth, snapshot, test->function);
  recorded_heap_tear_down (&growth, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("/growth-recording/%s", cases[i].command);

      g_test_add_data_func (name, &cases[i], test_pages);
    }
  return g_test_run ();
}
