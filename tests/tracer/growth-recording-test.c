/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording where a program gets its pages, with the real programs in the kernel and the real
 * worker. */
#include "recorded-heap.h"

#include <string.h>

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

static gboolean
has_huge_pages (void)
{
  g_autofree gchar *state = NULL;

  return g_file_get_contents ("/sys/kernel/mm/transparent_hugepage/enabled", &state, NULL, NULL) &&
         strstr (state, "[never]") == NULL;
}

static void
test_pages (gconstpointer data)
{
  const Case *test = data;
  RecordedHeap growth = { 0 };
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  if (g_str_equal (test->command, "huge") && !has_huge_pages ())
    {
      g_test_skip ("huge-pages: the kernel has none that are transparent");
      return;
    }
  recorded_heap_set_up_growth (&growth, "growth-pages");
  recorded_heap_begin (&growth);
  target_process_command (growth.target, test->command);
  snapshot = recorded_heap_end (&growth);
  assert_truth (&growth, snapshot, test->function);
  recorded_heap_tear_down (&growth, NULL);
}

/* The stacks of a program are as well known after another has been executed in its place. */
static void
test_an_exec_begins_anew (RecordedHeap *growth, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) first = NULL, second = NULL, last = NULL;

  recorded_heap_begin (growth);
  target_process_command (growth->target, "threads");
  first = recorded_heap_take (growth);
  target_process_command (growth->target, "exec");
  second = recorded_heap_take (growth);
  target_process_command (growth->target, "read");
  last = recorded_heap_end (growth);
  g_assert_cmpuint (second->since, >, first->since);
  g_assert_cmpuint (recorded_heap_live_bytes (first, "read_pages"), ==, 0);
  /* It does everything once before it is ready. */
  g_assert_cmpuint (recorded_heap_live_bytes (second, "read_pages"), ==, 1000 * PAGE);
  g_assert_cmpuint (recorded_heap_live_bytes (last, "read_pages"), ==, 2000 * PAGE);
  g_assert_cmpint ((gint64) (last->alloc_bytes - second->alloc_bytes), ==,
                   target_process_truth (growth->target, "bytes"));
  g_assert_true (last->exact);
}

static void
test_figures_stay_after_the_exit (RecordedHeap *growth, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (growth);
  target_process_command (growth->target, "touch");
  g_clear_pointer (&growth->target, target_process_end);
  snapshot = recorded_heap_end (growth);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "touch_pages"), ==, 1000 * PAGE);
  g_assert_cmpuint (snapshot->exited_at, >, snapshot->since);
}

static void
test_two_leases_share_one_recording (RecordedHeap *growth, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) first = NULL, last = NULL;

  recorded_heap_begin (growth);
  recorded_heap_begin (growth);
  target_process_command (growth->target, "touch");
  first = recorded_heap_end (growth);
  g_assert_true (memsnoop_heap_recording_is_active (growth->recording));
  target_process_command (growth->target, "touch");
  last = recorded_heap_end (growth);
  g_assert_cmpuint (first->alloc_bytes, ==, 1000 * PAGE);
  g_assert_cmpuint (last->alloc_bytes, ==, 2000 * PAGE);
  g_assert_cmpuint (last->since, ==, first->since);
}

#define ADD(name)                                                                                  \
  g_test_add ("/growth-recording/" #name, RecordedHeap, "growth-pages",                            \
              recorded_heap_set_up_growth, test_##name, recorded_heap_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *name = g_strdup_printf ("/growth-recording/%s", cases[i].command);

      g_test_add_data_func (name, &cases[i], test_pages);
    }
  ADD (an_exec_begins_anew);
  ADD (figures_stay_after_the_exit);
  ADD (two_leases_share_one_recording);
  return g_test_run ();
}
