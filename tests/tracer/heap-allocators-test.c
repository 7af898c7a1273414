/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording the heaps of programs whose allocator is found from outside: figures equal to what the
 * targets tell. */
#include "allocator-discovery.h"
#include "allocator-functions.h"
#include "heap-probes.h"
#include "heap-tracer.h"
#include "target-process.h"

#include <string.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

static void
free_module (gpointer module)
{
  memsnoop_allocator_module_free (module);
}

/* As the service does it with its worker. */
static MemsnoopHeapProbes *
find_probes (TargetProcess *target, MemsnoopAllocatorKind *kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) target->pid, &error);
  g_autoptr (MemsnoopMappedModules) modules = memsnoop_mapped_modules_read (identity, &error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (free_module);
  g_autofree MemsnoopAllocatorAnswer *answers =
      g_new0 (MemsnoopAllocatorAnswer, modules->list->len);
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  MemsnoopHeapProbes *probes;

  for (guint i = 0; i < modules->list->len; i++)
    {
      int descriptor = memsnoop_mapped_module_open (modules->list->pdata[i], identity, &error);

      g_assert_no_error (error);
      answers[i].module = memsnoop_allocator_functions_find (descriptor, TRUE, &error);
      g_assert_no_error (error);
      g_ptr_array_add (files, (gpointer) answers[i].module);
      close (descriptor);
    }
  choice = memsnoop_allocator_choose ((guint32) target->pid, modules, answers, &error);
  g_assert_no_error (error);
  *kind = choice->kind;
  probes = memsnoop_heap_probes_new (choice, modules, identity, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < probes->notes->len; i++)
    g_test_message ("%s", (const gchar *) probes->notes->pdata[i]);
  return probes;
}

typedef struct
{
  const gchar *library; /* NULL: the C library's own */
  MemsnoopAllocatorKind kind;
  const gchar *missing;
  const gchar *target;
  const gchar *command;
} Case;

static void
assert_mappings (TargetProcess *target, MemsnoopHeapTracer *tracer)
{
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpint ((gint64) totals.map_count, ==, target_process_truth (target, "maps"));
  g_assert_cmpint ((gint64) totals.map_bytes, ==, target_process_truth (target, "map-bytes"));
  g_assert_cmpint ((gint64) totals.unmap_count, ==, target_process_truth (target, "unmaps"));
  g_assert_cmpint ((gint64) totals.unmap_bytes, ==, target_process_truth (target, "unmap-bytes"));
}

static void
assert_truth (TargetProcess *target, MemsnoopHeapTracer *tracer)
{
  gint64 current = target_process_truth (target, "current-bytes");
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpint ((gint64) totals.alloc_count, ==, target_process_truth (target, "allocs"));
  g_assert_cmpint ((gint64) totals.free_count, ==, target_process_truth (target, "frees"));
  g_assert_cmpuint (totals.current_bytes, ==, totals.alloc_bytes - totals.free_bytes);
  if (current != 0)
    g_assert_cmpint ((gint64) totals.current_bytes, ==, current);
  else
    g_assert_cmpint ((gint64) totals.alloc_bytes, ==, target_process_truth (target, "alloc-bytes"));
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_TABLE_FULL], ==, 0);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_UNSEEN_FREES], ==, 0);
}

/* An operator new that returns from elsewhere for some blocks: these are missing, and that is told.
 */
static void
assert_nearly_truth (TargetProcess *target, MemsnoopHeapTracer *tracer)
{
  gint64 truth = target_process_truth (target, "allocs");
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_test_message ("%" G_GUINT64_FORMAT " of %" G_GINT64_FORMAT " allocations", totals.alloc_count,
                  truth);
  g_assert_cmpint ((gint64) totals.alloc_count, <=, truth);
  g_assert_cmpint ((gint64) totals.alloc_count, >=, truth * 9 / 10);
  g_assert_cmpint ((gint64) totals.free_count, <=, target_process_truth (target, "frees"));
}

static void
record (TargetProcess *target, const Case *tested)
{
  MemsnoopAllocatorKind kind;
  g_autoptr (MemsnoopHeapProbes) probes = find_probes (target, &kind);
  g_autoptr (MemsnoopHeapTracer) tracer = NULL;
  g_autoptr (GError) error = NULL;

  if (kind != tested->kind)
    {
      g_test_skip (tested->missing);
      return;
    }
  tracer = memsnoop_heap_tracer_start (memsnoop_uprobe_support (), (guint32) target->pid,
                                       (MemsnoopHeapProbe *) (gpointer) probes->probes->data,
                                       probes->probes->len, 0, MAP_MEMORY, &error);
  g_assert_no_error (error);
  target_process_command (target, tested->command);
  if (strcmp (tested->target, "heap-throw") == 0)
    g_assert_cmpint (target_process_truth (target, "caught"), ==, 1000);
  if (probes->complete || strcmp (tested->target, "heap-throw") != 0)
    assert_truth (target, tracer);
  else
    assert_nearly_truth (target, tracer);
  /* In a program that is linked statically, threads' stacks are among the mappings. */
  if (kind != MEMSNOOP_ALLOCATOR_KIND_MUSL || strcmp (tested->command, "mappings") == 0)
    assert_mappings (target, tracer);
}

static void
test_allocator (gconstpointer data)
{
  const Case *tested = data;
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), tested->target, NULL);
  TargetProcess *target;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip (strcmp (tested->target, "heap-throw") == 0
                       ? "c++: there is no compiler for it"
                       : "musl: there is no compiler for it");
      return;
    }
  if (tested->library != NULL)
    environment = g_environ_setenv (environment, "LD_PRELOAD", tested->library, TRUE);
  target = target_process_start (tested->target, NULL, NULL, environment);
  record (target, tested);
  target_process_end (target);
}

static const struct
{
  const gchar *name;
  const gchar *library;
  MemsnoopAllocatorKind kind;
  const gchar *missing;
} allocators[] = {
  { "glibc", NULL, MEMSNOOP_ALLOCATOR_KIND_GLIBC, "glibc: another C library is used here" },
  { "jemalloc", "libjemalloc.so.2", MEMSNOOP_ALLOCATOR_KIND_JEMALLOC,
    "jemalloc: it is not installed here" },
  { "tcmalloc", "libtcmalloc_minimal.so.4", MEMSNOOP_ALLOCATOR_KIND_TCMALLOC,
    "tcmalloc: it is not installed here" },
  { "mimalloc", "libmimalloc.so.2", MEMSNOOP_ALLOCATOR_KIND_MIMALLOC,
    "mimalloc: it is not installed here" },
};

/* What is the same with every allocator. */
static const struct
{
  const gchar *target;
  const gchar *command;
} commands[] = {
  { "heap-calls", "plain" },          { "heap-calls", "large" },
  { "heap-calls", "family" },         { "heap-calls", "failures" },
  { "heap-calls", "realloc-mapped" }, { "heap-calls", "free-of-before" },
  { "heap-calls", "fork" },           { "heap-throw", "go" },
  { "heap-calls", "mappings" },
};

/* A program that is linked statically, with its own copy of each function. */
static void
add_static_cases (void)
{
  static const gchar *const named[] = { "plain",           "large",          "family", "failures",
                                        "realloc-mapped",  "free-of-before", "fork",   "mappings",
                                        "first-in-thread", "crossing" };

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/heap-allocators/static-musl/%s", named[i]);
      Case *added = g_new (Case, 1);

      *added = (Case){ NULL, MEMSNOOP_ALLOCATOR_KIND_MUSL, "musl: another allocator is in there",
                       "heap-calls-musl", named[i] };
      g_test_add_data_func_full (path, added, test_allocator, g_free);
    }
}

static void
add_cases (guint allocator)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree gchar *path =
          g_strdup_printf ("/heap-allocators/%s/%s-%s", allocators[allocator].name,
                           commands[i].target, commands[i].command);
      Case *added;

      /* Its operator new ends the program instead of throwing, as it is written in C. */
      if (allocators[allocator].kind == MEMSNOOP_ALLOCATOR_KIND_MIMALLOC &&
          strcmp (commands[i].target, "heap-throw") == 0)
        continue;
      added = g_new (Case, 1);
      *added = (Case){ allocators[allocator].library, allocators[allocator].kind,
                       allocators[allocator].missing, commands[i].target, commands[i].command };
      g_test_add_data_func_full (path, added, test_allocator, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (allocators); i++)
    add_cases (i);
  add_static_cases ();
  return g_test_run ();
}
