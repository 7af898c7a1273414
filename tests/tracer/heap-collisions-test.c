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
  recorded_heap_begin (heap);
  target_process_command (heap->target, "0 0 1");
  await_unwound (heap, 0);
  target_process_command (heap->target, "0 1 1000");
  await_unwound (heap, 1);
  g_assert_cmpuint (bytes_of (heap, 0), ==, 1001 * 100);
  g_assert_cmpuint (bytes_of (heap, 1), ==, 1000 * 101);
}

/* However many there are. */
static void
test_each_of_many_stacks_is_told_apart (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "0 0 1");
  await_unwound (heap, 0);
  target_process_command (heap->target, "0 19 1000");
  snapshot = recorded_heap_take (heap);
  g_assert_cmpuint (snapshot->alloc_count, ==, 20001);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (bytes_of (heap, i), ==, (i == 0 ? 1001 : 1000) * (100 + i));
}

/* What comes before anything is learnt may be under the stack that was seen first. */
static void
test_stacks_are_told_apart_once_the_way_is_learnt (RecordedHeap *heap, gconstpointer data)
{
  guint64 bytes;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "0 1 500");
  await_unwound (heap, 0);
  bytes = bytes_of (heap, 0) + bytes_of (heap, 1);
  g_assert_cmpuint (bytes, ==, 500 * 201);
  bytes = bytes_of (heap, 1);
  target_process_command (heap->target, "0 1 1000");
  g_assert_cmpuint (bytes_of (heap, 1), ==, bytes + 1000 * 101);
}

#define ADD(name)                                                                                  \
  g_test_add ("/heap-collisions/" #name, RecordedHeap, "heap-collide", recorded_heap_set_up,       \
              test_##name, recorded_heap_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_second_stack_is_told_apart_at_once);
  ADD (each_of_many_stacks_is_told_apart);
  ADD (stacks_are_told_apart_once_the_way_is_learnt);
  return g_test_run ();
}
