/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks that have the same return address at the same height are told apart. */
#include "recorded-heap.h"

/* Live bytes of what a function has allocated. */
static guint64
bytes_of (RecordedHeap *heap, guint outer)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = recorded_heap_take (heap);
  g_autofree gchar *name = g_strdup_printf ("outer_%u", outer);

  return recorded_heap_live_bytes (snapshot, name);
}

static void
await_unwound (RecordedHeap *heap, guint outer)
{
  for (guint i = 0; i < 500 && bytes_of (heap, outer) == 0; i++)
    g_usleep (10000);
  g_assert_cmpuint (bytes_of (heap, outer), >, 0);
}

static void
test_a_second_stack_is_told_apart_at_once (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "0 0 1");
  await_unwound (heap, 0);
  target_process_command (heap->target, "0 1 1000");
  await_unwound (heap, 1);
  g_assert_cmpuint (bytes_of (heap, 0), ==, 1001 * 100);
  g_assert_cmpuint (bytes_of (heap, 1), ==, 1000 * 101);
  snapshot = recorded_heap_take (heap);
  g_assert_cmpuint (snapshot->loss.stacks_mixed, ==, 1);
}

/* Each is told apart from those that are unwound when it comes. */
static void
test_ten_stacks_are_told_apart (RecordedHeap *heap, gconstpointer data)
{
  recorded_heap_begin (heap);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree gchar *command = g_strdup_printf ("%u %u 1", i, i);

      target_process_command (heap->target, command);
      await_unwound (heap, i);
    }
  target_process_command (heap->target, "0 9 500");
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (bytes_of (heap, i), ==, 501 * (100 + i));
}

static void
test_a_late_stack_is_told_apart_after_a_while (RecordedHeap *heap, gconstpointer data)
{
  guint64 bytes;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "0 0 1");
  await_unwound (heap, 0);
  target_process_command (heap->target, "0 0 1000");
  target_process_command (heap->target, "1 1 20000");
  await_unwound (heap, 1);
  bytes = bytes_of (heap, 1);
  g_test_message ("%" G_GUINT64_FORMAT " of 20000 blocks", bytes / 101);
  g_assert_cmpuint (bytes, >=, 18000 * 101);
  target_process_command (heap->target, "0 1 1000");
  g_assert_cmpuint (bytes_of (heap, 1), ==, bytes + 1000 * 101);
}

/* More than a chain has: then they are taken for one another again, and nothing is lost. */
static void
test_too_many_stacks_are_left_together (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  for (guint i = 0; i < 17; i++)
    {
      g_autofree gchar *command = g_strdup_printf ("%u %u 1", i, i);

      target_process_command (heap->target, command);
      if (i < 16)
        await_unwound (heap, i);
    }
  target_process_command (heap->target, "0 16 1000");
  snapshot = recorded_heap_take (heap);
  g_assert_cmpuint (snapshot->alloc_count, ==, 17 * 1001);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "allocate"), ==, snapshot->current_bytes);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "outer_16"), ==, 0);
  g_assert_cmpuint (snapshot->loss.stacks_mixed, ==, 15);
  g_assert_cmpuint (snapshot->loss.stacks_not_told_apart, ==, 1);
}

#define ADD(name)                                                                                  \
  g_test_add ("/heap-collisions/" #name, RecordedHeap, "heap-collide", recorded_heap_set_up,       \
              test_##name, recorded_heap_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_second_stack_is_told_apart_at_once);
  ADD (ten_stacks_are_told_apart);
  ADD (a_late_stack_is_told_apart_after_a_while);
  ADD (too_many_stacks_are_left_together);
  return g_test_run ();
}
