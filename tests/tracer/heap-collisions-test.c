/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks that have the same return address at the same height are told apart. */
#include "recorded-heap.h"

/* Of heap-paths. */
#define PATHS 64

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

static void
set_up_paths (RecordedHeap *heap, gconstpointer data)
{
  recorded_heap_set_up (heap, "heap-paths");
}

/* By the function of the innermost level that decides, and so on outwards: bit by bit. */
static guint
path_of (const MemsnoopHeapSite *site)
{
  guint path = 0;

  for (guint i = 0; i < site->n_frames; i++)
    for (guint j = 0; j < site->frames[i]->n_functions; j++)
      {
        const gchar *name = site->frames[i]->functions[j].name;

        if (g_strcmp0 (name, "left") == 0 || g_strcmp0 (name, "right") == 0)
          path = path << 1 | (name[0] == 'r');
      }
  return path;
}

/* All paths, and each with its bytes: first some blocks, from which the way is learnt, and then
 * many. */
static void
check_paths (RecordedHeap *heap, gconstpointer data)
{
  const gchar *way = data;
  g_autofree gchar *few = g_strdup_printf ("%s 2", way);
  g_autofree gchar *many = g_strdup_printf ("%s 100", way);
  g_autoptr (MemsnoopHeapSnapshot) before = NULL;
  g_autoptr (MemsnoopHeapSnapshot) after = NULL;
  gint64 bytes[PATHS] = { 0 };

  recorded_heap_begin (heap);
  for (guint i = 0; i < 5; i++)
    {
      g_clear_pointer (&before, memsnoop_heap_snapshot_unref);
      target_process_command (heap->target, few);
      before = recorded_heap_take (heap);
    }
  target_process_command (heap->target, many);
  after = recorded_heap_take (heap);
  for (guint i = 0; i < before->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (before->sites, MemsnoopHeapSite, i);

      bytes[path_of (site) % PATHS] -= (gint64) site->live_bytes;
    }
  for (guint i = 0; i < after->sites->len; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (after->sites, MemsnoopHeapSite, i);

      bytes[path_of (site) % PATHS] += (gint64) site->live_bytes;
    }
  for (guint i = 0; i < PATHS; i++)
    g_assert_cmpint (bytes[i], ==, 100 * (100 + i));
}

#define ADD_WAY(name, way)                                                                         \
  g_test_add ("/heap-collisions/" name, RecordedHeap, way, set_up_paths, check_paths,              \
              recorded_heap_tear_down)
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
  ADD_WAY ("paths-of-a-recursion-are-told-apart", "plainly");
  ADD_WAY ("paths-on-a-coroutines-stack-are-told-apart", "coroutine");
  ADD_WAY ("paths-in-a-signal-handler-are-told-apart", "signal");
  ADD_WAY ("paths-near-the-end-of-a-stack-are-told-apart", "end");
  return g_test_run ();
}
