/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording programs that use the allocator in odd ways: figures equal to what they tell, with each
 * allocator that there is. */
#include "recorded-heap.h"

#include <string.h>

typedef struct
{
  const gchar *target;
  const gchar *command;
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
assert_counts (TargetProcess *target, const MemsnoopHeapSnapshot *snapshot)
{
  gint64 allocs = target_process_truth (target, "allocs");
  gint64 current = target_process_truth (target, "current-bytes");
  gint64 bytes = target_process_truth (target, "alloc-bytes");
  gint64 freed = target_process_truth (target, "free-bytes");

  if (allocs < 0)
    g_assert_cmpuint (snapshot->alloc_count, ==, snapshot->free_count);
  else
    {
      g_assert_cmpint ((gint64) snapshot->alloc_count, ==, allocs);
      g_assert_cmpint ((gint64) snapshot->free_count, ==, target_process_truth (target, "frees"));
    }
  g_assert_cmpuint (snapshot->current_bytes, ==, snapshot->alloc_bytes - snapshot->free_bytes);
  g_assert_cmpint ((gint64) snapshot->current_bytes, ==, current != 0 ? current : bytes - freed);
  if (bytes != 0)
    g_assert_cmpint ((gint64) snapshot->alloc_bytes, ==, bytes);
  g_assert_cmpuint (snapshot->mmap_count, ==, 0);
}

static void
assert_losses (TargetProcess *target, const MemsnoopHeapSnapshot *snapshot)
{
  gint64 abandoned = target_process_truth (target, "abandoned");
  gint64 unseen = target_process_truth (target, "unseen");

  g_assert_cmpint ((gint64) snapshot->untracked_frees, ==,
                   target_process_truth (target, "untracked"));
  g_assert_cmpint ((gint64) memsnoop_heap_snapshot_get_lost (snapshot), ==, abandoned);
  g_assert_cmpint ((gint64) snapshot->loss.unseen_frees, ==, unseen);
  g_assert_cmpint (snapshot->exact, ==, abandoned + unseen == 0);
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
test_figures_equal_the_truth (RecordedHeap *heap, gconstpointer data)
{
  const Case *tested = data;
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  if (!is_there (tested->target))
    return;
  if (tested->library != NULL)
    environment = g_environ_setenv (environment, "LD_PRELOAD", tested->library, TRUE);
  heap->target = target_process_start (tested->target, NULL, NULL, environment);
  if (!maps_library (heap->target->pid, tested->library))
    {
      g_test_skip (tested->missing);
      return;
    }
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, tested->command);
  snapshot = recorded_heap_end (heap);
  assert_counts (heap->target, snapshot);
  assert_losses (heap->target, snapshot);
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

/* All but what only the one allocator does. */
static const struct
{
  const gchar *target;
  const gchar *command;
  guint allocators;
} commands[] = {
  { "heap-odd", "zero", 4 },         { "heap-odd", "usable", 4 },
  { "heap-odd", "library", 4 },      { "heap-odd", "limited", 1 },
  { "heap-odd", "coroutine", 4 },    { "heap-odd", "handler", 4 },
  { "heap-odd", "spawn", 1 },        { "heap-odd", "borrow", 1 },
  { "heap-odd", "fork-threads", 4 }, { "heap-own", "sized", 1 },
  { "heap-own", "interior", 1 },     { "heap-own", "twice", 1 },
  { "heap-own", "interrupted", 1 },  { "heap-own", "interrupted-aside", 1 },
  { "heap-objects", "objects", 4 },  { "heap-objects", "constructors", 4 },
  { "heap-objects", "careful", 4 },  { "heap-objects", "exceptions", 4 },
  { "heap-objects", "handlers", 3 }, { "heap-objects", "containers", 4 },
  { "heap-rust", "go", 4 },
};

static void
add_cases (guint allocator)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/heap-odd/%s/%s-%s", allocators[allocator].name,
                                                commands[i].target, commands[i].command);
      Case *added;

      if (allocator >= commands[i].allocators)
        continue;
      added = g_new (Case, 1);
      *added = (Case){ commands[i].target, commands[i].command, allocators[allocator].library,
                       allocators[allocator].missing };
      g_test_add_vtable (path, sizeof (RecordedHeap), added,
                         (GTestFixtureFunc) recorded_heap_set_up_alone,
                         (GTestFixtureFunc) test_figures_equal_the_truth,
                         (GTestFixtureFunc) recorded_heap_tear_down);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (allocators); i++)
    add_cases (i);
  g_test_add ("/heap-odd/rust-has-its-call-stacks", RecordedHeap, NULL, recorded_heap_set_up_alone,
              test_rust_has_its_call_stacks, recorded_heap_tear_down);
  g_test_add ("/heap-odd/coroutines-have-their-call-stacks", RecordedHeap, NULL,
              recorded_heap_set_up_alone, test_coroutines_have_their_call_stacks,
              recorded_heap_tear_down);
  return g_test_run ();
}
