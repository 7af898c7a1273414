/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a session's figures show, and of whom. */
#include "session-figures.h"

static void
take (MemsnoopSessionFigures *figures, MemsnoopStackSource source, guint32 pid)
{
  MemsnoopHeapSnapshot *snapshot = memsnoop_heap_snapshot_new ();

  snapshot->source = source;
  snapshot->pid = pid;
  memsnoop_session_figures_take (figures, snapshot);
}

static void
assert_pids (const GPtrArray *snapshots, guint32 first, guint32 second)
{
  g_assert_cmpuint (snapshots->len, ==, 2);
  g_assert_cmpuint (((const MemsnoopHeapSnapshot *) snapshots->pdata[0])->pid, ==, first);
  g_assert_cmpuint (((const MemsnoopHeapSnapshot *) snapshots->pdata[1])->pid, ==, second);
}

static void
test_neither_heap_nor_growth_is_left_of_a_process_that_is_left_out (void)
{
  g_autoptr (MemsnoopSessionFigures) figures = memsnoop_session_figures_new ();
  g_autoptr (MemsnoopSessionFigures) rest = NULL;
  const guint32 left_out[] = { 2 };

  for (guint32 pid = 1; pid <= 3; pid++)
    {
      take (figures, MEMSNOOP_STACK_SOURCE_HEAP, pid);
      take (figures, MEMSNOOP_STACK_SOURCE_GROWTH, pid);
    }
  rest = memsnoop_session_figures_leave_out (figures, left_out, G_N_ELEMENTS (left_out));
  assert_pids (rest->heaps, 1, 3);
  assert_pids (rest->growths, 1, 3);
  g_assert_cmpuint (figures->growths->len, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-figures/neither-heap-nor-growth-is-left-of-a-process-that-is-left-out",
                   test_neither_heap_nor_growth_is_left_of_a_process_that_is_left_out);
  return g_test_run ();
}
