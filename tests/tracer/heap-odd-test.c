/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording programs that use the allocator in odd ways: figures equal to what they tell, with each
 * allocator that there is. */
#include "recorded-heap.h"

#include <math.h>
#include <string.h>

#define COMMANDS_MAX 12

/* All but what only the one allocator does. */
typedef struct
{
  const gchar *target;
  const gchar *commands[COMMANDS_MAX];
} Group;

typedef struct
{
  const Group *group;
  const gchar *library; /* NULL: the C library's own */
  const gchar *missing;
} Case;

static gboolean
maps_library (GPid pid, const gchar *library)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/maps", pid);
  g_autofree gchar *maps = NULL;

  return library == NULL ||
         (g_file_get_contents (path, &maps, NULL, NULL) && strstr (maps, library) != NULL);
}

static void
assert_counts (TargetProcess *target,
               const MemsnoopHeapSnapshot *before,
               const MemsnoopHeapSnapshot *after)
{
  gint64 allocs = target_process_truth (target, "allocs");
  gint64 current = target_process_truth (target, "current-bytes");
  gint64 bytes = target_process_truth (target, "alloc-bytes");
  gint64 freed = target_process_truth (target, "free-bytes");
  gint64 counted = (gint64) (after->alloc_count - before->alloc_count);

  if (allocs < 0)
    g_assert_cmpint (counted, ==, (gint64) (after->free_count - before->free_count));
  else
    {
      g_assert_cmpint (counted, ==, allocs);
      g_assert_cmpint ((gint64) (after->free_count - before->free_count), ==,
                       target_process_truth (target, "frees"));
    }
  g_assert_cmpuint (after->current_bytes, ==, after->alloc_bytes - after->free_bytes);
  g_assert_cmpint ((gint64) (after->current_bytes - before->current_bytes), ==,
                   current != 0 ? current : bytes - freed);
  if (bytes != 0)
    g_assert_cmpint ((gint64) (after->alloc_bytes - before->alloc_bytes), ==, bytes);
  g_assert_cmpuint (after->mmap_count, ==, 0);
}

static void
assert_losses (TargetProcess *target,
               const MemsnoopHeapSnapshot *before,
               const MemsnoopHeapSnapshot *after)
{
  gint64 abandoned = target_process_truth (target, "abandoned");
  gint64 unseen = target_process_truth (target, "unseen");

  g_assert_cmpint ((gint64) (after->untracked_frees - before->untracked_frees), ==,
                   target_process_truth (target, "untracked"));
  g_assert_cmpint (
      (gint64) (memsnoop_heap_snapshot_get_lost (after) - memsnoop_heap_snapshot_get_lost (before)),
      ==, abandoned);
  g_assert_cmpint ((gint64) (after->loss.unseen_frees - before->loss.unseen_frees), ==, unseen);
  g_assert_cmpint (after->exact, ==, before->exact && abandoned + unseen == 0);
}

/* Some are only there with compilers that not everybody has. */
static gboolean
is_there (const gchar *target)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), target, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_test_skip (g_str_equal (target, "heap-rust") ? "rust: there is no compiler for it"
                                                 : "c++: there is no compiler for it");
  return FALSE;
}

static void
record_commands (RecordedHeap *heap, const Group *group)
{
  g_autoptr (MemsnoopHeapSnapshot) before = recorded_heap_take (heap);

  g_assert_true (before->exact);
  for (guint i = 0; group->commands[i] != NULL; i++)
    {
      g_autoptr (MemsnoopHeapSnapshot) after = NULL;

      g_test_message ("%s", group->commands[i]);
      target_process_command (heap->target, group->commands[i]);
      after = recorded_heap_take (heap);
      assert_counts (heap->target, before, after);
      assert_losses (heap->target, before, after);
      memsnoop_heap_snapshot_unref (g_steal_pointer (&before));
      before = g_steal_pointer (&after);
    }
}

static void
test_figures_equal_the_truth (RecordedHeap *heap, gconstpointer data)
{
  const Case *tested = data;
  g_auto (GStrv) environment = g_get_environ ();

  if (!is_there (tested->group->target))
    return;
  if (tested->library != NULL)
    environment = g_environ_setenv (environment, "LD_PRELOAD", tested->library, TRUE);
  heap->target = target_process_start (tested->group->target, NULL, NULL, environment);
  if (!maps_library (heap->target->pid, tested->library))
    {
      g_test_skip (tested->missing);
      return;
    }
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  record_commands (heap, tested->group);
}

/* Whatever stack it is, its blocks are under those who made them. */
static void
test_coroutines_have_their_call_stacks (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  heap->target = target_process_start ("heap-odd", NULL, NULL, NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "coroutine");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "run_coroutine"), ==, 10 * 50 * 100);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "begin_coroutine"), ==, 10 * 65536);
  g_assert_cmpuint (snapshot->loss.stacks_not_unwound, ==, 0);
}

/* An allocator that hands its calls on to the C library's: each block is drawn once, if at all. */
static void
test_blocks_of_wrapped_allocators_are_sampled_once (RecordedHeap *heap, gconstpointer data)
{
  const gdouble bytes = 400000 * 48, interval = 4096;
  g_autofree gchar *library =
      g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), "heap-counter.so", NULL);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "LD_PRELOAD", library, TRUE);
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  heap->target = target_process_start ("heap-many", "400000", "1", environment);
  heap->sample_interval = (guint64) interval;
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "go");
  snapshot = recorded_heap_end (heap);
  g_test_message ("%" G_GUINT64_FORMAT " of %.0f bytes", snapshot->alloc_bytes, bytes);
  g_assert_cmpfloat (ABS ((gdouble) snapshot->alloc_bytes - bytes), <=,
                     5 * sqrt (bytes * interval));
}

/* Names without hashes, however the compiler wrote them. */
static void
test_rust_has_its_call_stacks (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  if (!is_there ("heap-rust"))
    return;
  heap->target = target_process_start ("heap-rust", NULL, NULL, NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "go");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "heap_rust::leak_blocks"), ==,
                    100 * (512 + 1000));
}

static const struct
{
  const gchar *name;
  const gchar *library;
  const gchar *missing;
} allocators[] = {
  { "glibc", NULL, NULL },
  { "jemalloc", "libjemalloc.so.2", "jemalloc: it is not installed here" },
  { "tcmalloc", "libtcmalloc_minimal.so.4", "tcmalloc: it is not installed here" },
  { "mimalloc", "libmimalloc.so.2", "mimalloc: it is not installed here" },
};

/* With each allocator. Those that are written in C end the program instead of throwing. */
static const Group groups[] = {
  { "heap-odd", { "zero", "usable", "library", "coroutine", "handler", "fork-threads" } },
  { "heap-objects", { "objects", "constructors", "careful", "exceptions", "containers" } },
  { "heap-rust", { "go" } },
};

static const Group more_groups[] = {
  { "heap-odd", { "limited", "spawn", "borrow" } },
  { "heap-own", { "sized", "interior", "twice", "interrupted", "interrupted-aside" } },
};

static const Group handlers = { "heap-objects", { "handlers" } };

static void
add_case (const Group *group, guint allocator)
{
  g_autofree gchar *path = g_strdup_printf ("/heap-odd/%s/%s-%s", allocators[allocator].name,
                                            group->target, group->commands[0]);
  Case *added = g_new (Case, 1);

  *added = (Case){ group, allocators[allocator].library, allocators[allocator].missing };
  g_test_add_vtable (
      path, sizeof (RecordedHeap), added, (GTestFixtureFunc) recorded_heap_set_up_alone,
      (GTestFixtureFunc) test_figures_equal_the_truth, (GTestFixtureFunc) recorded_heap_tear_down);
}

static void
add_cases (guint allocator)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    add_case (&groups[i], allocator);
  if (!g_str_equal (allocators[allocator].name, "mimalloc"))
    add_case (&handlers, allocator);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (allocators); i++)
    add_cases (i);
  for (guint i = 0; i < G_N_ELEMENTS (more_groups); i++)
    add_case (&more_groups[i], 0);
  g_test_add ("/heap-odd/rust-has-its-call-stacks", RecordedHeap, NULL, recorded_heap_set_up_alone,
              test_rust_has_its_call_stacks, recorded_heap_tear_down);
  g_test_add ("/heap-odd/blocks-of-wrapped-allocators-are-sampled-once", RecordedHeap, NULL,
              recorded_heap_set_up_alone, test_blocks_of_wrapped_allocators_are_sampled_once,
              recorded_heap_tear_down);
  g_test_add ("/heap-odd/coroutines-have-their-call-stacks", RecordedHeap, NULL,
              recorded_heap_set_up_alone, test_coroutines_have_their_call_stacks,
              recorded_heap_tear_down);
  return g_test_run ();
}
