/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recording of heaps on the running kernel: figures equal to what the targets tell. */
#include "heap-tracer.h"
#include "libc-probes.h"
#include "target-process.h"

#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))

static GArray *probes;

static MemsnoopHeapTracer *
start_sampling (TargetProcess *target,
                MemsnoopUprobeSupport support,
                guint64 interval,
                guint64 map_memory)
{
  g_autoptr (GError) error = NULL;
  MemsnoopHeapTracer *tracer;

  tracer = memsnoop_heap_tracer_start (support, (guint32) target->pid,
                                       (MemsnoopHeapProbe *) (gpointer) probes->data, probes->len,
                                       interval, map_memory, &error);
  g_assert_no_error (error);
  return tracer;
}

static MemsnoopHeapTracer *
start_tracer (TargetProcess *target, MemsnoopUprobeSupport support, guint64 map_memory)
{
  return start_sampling (target, support, 0, map_memory);
}

static void
assert_truth (TargetProcess *target, MemsnoopHeapTracer *tracer, guint64 other_allocs)
{
  MemsnoopHeapTotals totals;
  gint64 peak = target_process_truth (target, "peak-bytes");
  gint64 untracked = target_process_truth (target, "untracked");

  memsnoop_heap_tracer_get_totals (tracer, &totals);
  for (guint i = 0; i < MEMSNOOP_HEAP_COUNTERS; i++)
    g_test_message ("counter %u: %" G_GUINT64_FORMAT, i, totals.counters[i]);
  g_assert_cmpint ((gint64) totals.alloc_count, ==,
                   target_process_truth (target, "allocs") + (gint64) other_allocs);
  g_assert_cmpint ((gint64) totals.free_count, ==, target_process_truth (target, "frees"));
  g_assert_cmpint ((gint64) totals.free_bytes, ==, target_process_truth (target, "free-bytes"));
  if (other_allocs == 0)
    g_assert_cmpint ((gint64) totals.alloc_bytes, ==, target_process_truth (target, "alloc-bytes"));
  if (untracked >= 0)
    g_assert_cmpint ((gint64) totals.counters[MEMSNOOP_HEAP_UNTRACKED_FREES], ==, untracked);
  g_assert_cmpint ((gint64) totals.map_count, ==, target_process_truth (target, "maps"));
  g_assert_cmpint ((gint64) totals.map_bytes, ==, target_process_truth (target, "map-bytes"));
  g_assert_cmpint ((gint64) totals.unmap_count, ==, target_process_truth (target, "unmaps"));
  g_assert_cmpint ((gint64) totals.unmap_bytes, ==, target_process_truth (target, "unmap-bytes"));
  g_assert_cmpuint (totals.current_bytes, ==, totals.alloc_bytes - totals.free_bytes);
  if (peak != 0)
    g_assert_cmpint ((gint64) totals.peak_bytes, ==, peak);
  for (guint i = MEMSNOOP_HEAP_TABLE_FULL; i < MEMSNOOP_HEAP_COUNTERS; i++)
    g_assert_cmpuint (totals.counters[i], ==, 0);
  g_assert_cmpuint (totals.recursion_misses, ==, 0);
}

typedef struct
{
  const gchar *command;
  MemsnoopUprobeSupport support;
} Case;

static void
test_figures_equal_the_truth (gconstpointer data)
{
  const Case *tested = data;
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer = NULL;

  if (tested->support > memsnoop_uprobe_support ())
    g_test_skip ("uprobe-links: the kernel has no such links");
  else
    {
      tracer = start_tracer (target, tested->support, MAP_MEMORY);
      target_process_command (target, tested->command);
      assert_truth (target, tracer, 0);
    }
  target_process_end (target);
}

/* In processes that were recorded before, the same addresses are others' blocks. */
static void
test_equal_addresses_of_two_processes_are_told_apart (void)
{
  TargetProcess *first = target_process_start ("heap-equal", "1000", NULL, NULL);
  TargetProcess *second = target_process_start ("heap-equal", "1000", NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) first_tracer =
      start_tracer (first, memsnoop_uprobe_support (), MAP_MEMORY);
  g_autoptr (MemsnoopHeapTracer) second_tracer =
      start_tracer (second, memsnoop_uprobe_support (), MAP_MEMORY);
  gint64 address;

  target_process_command (first, "go");
  address = target_process_truth (first, "address");
  assert_truth (first, first_tracer, 0);
  target_process_command (second, "go");
  g_assert_cmpint (target_process_truth (second, "address"), ==, address);
  target_process_command (second, "free");
  assert_truth (second, second_tracer, 0);
  assert_truth (first, first_tracer, 0);
  target_process_end (first);
  target_process_end (second);
}

static void
test_another_program_starts_anew (void)
{
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MAP_MEMORY);
  MemsnoopHeapTotals before, after;
  g_autoptr (GArray) contexts = NULL;
  gdouble live = 0;
  guint64 since;

  target_process_command (target, "plain");
  memsnoop_heap_tracer_get_totals (tracer, &before);
  since = before.since;
  target_process_command (target, "exec");
  memsnoop_heap_tracer_get_totals (tracer, &before);
  g_assert_cmpuint (before.program, ==, 1);
  g_assert_cmpuint (before.since, >, since);
  /* What it makes before it is ready, and nothing of the other. */
  g_assert_cmpuint (before.alloc_count, >=, 10);
  g_assert_cmpuint (before.alloc_count, <, 100);
  contexts = memsnoop_heap_tracer_get_contexts (tracer, TRUE);
  for (guint i = 0; i < contexts->len; i++)
    live += g_array_index (contexts, MemsnoopHeapContext, i).live_bytes;
  g_assert_cmpfloat (live, ==, (gdouble) before.current_bytes);
  target_process_command (target, "plain");
  memsnoop_heap_tracer_get_totals (tracer, &after);
  g_assert_cmpuint (after.alloc_count - before.alloc_count, ==, 1000);
  g_assert_cmpuint (after.free_count - before.free_count, ==, 500);
  g_assert_cmpuint (after.counters[MEMSNOOP_HEAP_UNTRACKED_FREES], ==, 0);
  g_assert_cmpuint (after.exited_at, ==, 0);
  target_process_end (target);
  memsnoop_heap_tracer_get_totals (tracer, &after);
  g_assert_cmpuint (after.exited_at, >, after.since);
}

static void
test_a_full_table_loses_blocks_openly_and_recovers (void)
{
  TargetProcess *target = target_process_start ("heap-many", "400000", "1", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MEMSNOOP_HEAP_MEMORY_MIN);
  MemsnoopHeapTotals totals;

  target_process_command (target, "go");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_TABLE_FULL], >, 0);
  g_assert_cmpuint (totals.alloc_count + totals.counters[MEMSNOOP_HEAP_TABLE_FULL], ==, 400000);
  g_assert_cmpuint (totals.alloc_count, >=, memsnoop_heap_tracer_get_maps (tracer)->live_capacity);
  g_assert_cmpuint (totals.current_bytes, ==, totals.alloc_count * 48);
  target_process_command (target, "free");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (totals.free_count, ==, totals.alloc_count);
  g_assert_cmpuint (totals.current_bytes, ==, 0);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_UNTRACKED_FREES], ==,
                    totals.counters[MEMSNOOP_HEAP_TABLE_FULL]);
  target_process_end (target);
}

static void
test_a_million_live_blocks_fit (void)
{
  TargetProcess *target = target_process_start ("heap-many", "1000000", "100", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MAP_MEMORY);

  target_process_command (target, "go");
  assert_truth (target, tracer, 0);
  g_assert_cmpuint (memsnoop_heap_tracer_get_maps (tracer)->live_capacity, >=, 1000000);
  g_assert_cmpuint (memsnoop_heap_tracer_get_maps (tracer)->bytes, <=, 160 * 1000000);
  g_assert_cmpuint (memsnoop_heap_tracer_get_maps (tracer)->bytes, <=, MAP_MEMORY);
  target_process_command (target, "free");
  assert_truth (target, tracer, 0);
  target_process_end (target);
}

/* What the captures told. */
typedef struct
{
  GHashTable *by_context; /* number to return address */
  guint stack_bytes;      /* of the last */
} Captured;

static void
take_capture (const struct memsnoop_heap_capture *capture, gpointer user_data)
{
  Captured *captured = user_data;
  const guint8 *stack = (const guint8 *) (capture + 1);

  /* Each context once. */
  g_assert_true (g_hash_table_insert (captured->by_context, GUINT_TO_POINTER (capture->context),
                                      GSIZE_TO_POINTER (capture->registers[16])));
  captured->stack_bytes = capture->stack_bytes;
  g_assert_cmpuint (capture->stack_bytes, >, 0);
  g_assert_nonnull (stack);
}

static const MemsnoopHeapContext *
find_by_bytes (const GArray *contexts, guint64 bytes)
{
  for (guint i = 0; i < contexts->len; i++)
    if (g_array_index (contexts, MemsnoopHeapContext, i).alloc_bytes == bytes)
      return &g_array_index (contexts, MemsnoopHeapContext, i);
  g_error ("No context has allocated %" G_GUINT64_FORMAT " bytes", bytes);
}

static void
test_contexts_are_told_apart_and_captured_once (void)
{
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MAP_MEMORY);
  Captured captured = { .by_context = g_hash_table_new (NULL, NULL) };
  const MemsnoopHeapContext *shallow, *deep;
  g_autoptr (GArray) contexts = NULL;

  target_process_command (target, "contexts");
  contexts = memsnoop_heap_tracer_get_contexts (tracer, TRUE);
  g_assert_cmpuint (contexts->len, ==, 3);
  g_assert_cmpfloat (find_by_bytes (contexts, 7)->live_count, ==, 1);
  shallow = find_by_bytes (contexts, 5000);
  deep = find_by_bytes (contexts, 20000);
  g_assert_cmpfloat (shallow->live_count, ==, 50);
  g_assert_cmpfloat (shallow->live_bytes, ==, 5000);
  g_assert_cmpfloat (deep->live_count, ==, 100);
  g_assert_cmpfloat (deep->bytes_by_age[0], ==, 20000);
  g_assert_cmpuint (deep->return_address, ==, shallow->return_address);
  g_assert_cmpuint (deep->height, >, shallow->height);
  g_assert_cmpint (memsnoop_heap_tracer_read_captures (tracer, take_capture, &captured), ==, 3);
  g_assert_true (g_hash_table_lookup (captured.by_context, GUINT_TO_POINTER (deep->number)) ==
                 GSIZE_TO_POINTER (deep->return_address));
  g_hash_table_unref (captured.by_context);
  target_process_end (target);
}

static void
ignore_capture (const struct memsnoop_heap_capture *capture, gpointer user_data)
{
}

static void
test_captures_without_room_are_tried_again (void)
{
  TargetProcess *target = target_process_start ("heap-many", "40000", "1000", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MEMSNOOP_HEAP_MEMORY_MIN);
  g_autoptr (GArray) contexts = NULL;
  MemsnoopHeapTotals totals;
  gint first;

  target_process_command (target, "go");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  contexts = memsnoop_heap_tracer_get_contexts (tracer, FALSE);
  g_assert_cmpuint (contexts->len, ==, 1000);
  g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_CAPTURES_DROPPED], >, 1000);
  first = memsnoop_heap_tracer_read_captures (tracer, ignore_capture, NULL);
  g_assert_cmpint (first, >, 0);
  g_assert_cmpint (first, <, 1000);
  target_process_end (target);
}

/* Of a program that has ever more stacks these are cut before they take all of the table. */
static void
test_stacks_are_cut_when_contexts_are_scarce (void)
{
  TargetProcess *target = target_process_start ("heap-many", "20000", "7000", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MEMSNOOP_HEAP_MEMORY_MIN);
  MemsnoopHeapTotals totals;

  memsnoop_heap_tracer_set_depth (tracer, 100);
  target_process_command (target, "go");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (memsnoop_heap_tracer_get_maps (tracer)->n_contexts, ==, 8192);
  g_assert_cmpuint (totals.depth_wanted, ==, 100);
  g_assert_cmpuint (totals.depth, ==, 100 / 4);
  g_assert_cmpuint (totals.alloc_count, ==, 20000);
  target_process_end (target);
}

static void
test_nothing_is_lost_at_full_speed (void)
{
  TargetProcess *target = target_process_start ("heap-threads", "4", "100000", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MAP_MEMORY);

  target_process_command (target, "go");
  assert_truth (target, tracer, 0);
  target_process_command (target, "free");
  assert_truth (target, tracer, 0);
  target_process_end (target);
}

/* Calls that are left by a jump, as by an exception, and others from all around them. */
static void
test_calls_that_never_return_hide_no_others (void)
{
  TargetProcess *target = target_process_start ("heap-jumps", NULL, NULL, NULL);
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/exe", target->pid);
  int executable = open (path, O_RDONLY | O_CLOEXEC);
  guint64 new_return = (guint64) target_process_truth (target, "new-return");
  const MemsnoopHeapProbe own[] = {
    { executable, MEMSNOOP_HEAP_MALLOC, (guint64) target_process_truth (target, "malloc") },
    { executable, MEMSNOOP_HEAP_MALLOC, (guint64) target_process_truth (target, "new"), &new_return,
      1 },
    { executable, MEMSNOOP_HEAP_FREE, (guint64) target_process_truth (target, "free") },
  };
  MemsnoopHeapTracer *tracer;
  MemsnoopHeapTotals totals;
  g_autoptr (GError) error = NULL;

  tracer = memsnoop_heap_tracer_start (memsnoop_uprobe_support (), (guint32) target->pid, own,
                                       G_N_ELEMENTS (own), 0, MAP_MEMORY, &error);
  g_assert_no_error (error);
  close (executable);
  for (guint i = 0; i < 2; i++)
    {
      target_process_command (target, i == 0 ? "malloc" : "new");
      memsnoop_heap_tracer_get_totals (tracer, &totals);
      g_assert_cmpint ((gint64) totals.alloc_count, ==, target_process_truth (target, "allocs"));
      g_assert_cmpint ((gint64) totals.free_count, ==, target_process_truth (target, "frees"));
      g_assert_cmpuint (totals.current_bytes, ==, 64 * (totals.alloc_count - totals.free_count));
      g_assert_cmpuint (totals.counters[MEMSNOOP_HEAP_UNTRACKED_FREES], ==, 0);
      g_test_message ("abandoned: %" G_GUINT64_FORMAT,
                      totals.counters[MEMSNOOP_HEAP_ABANDONED_CALLS]);
    }
  memsnoop_heap_tracer_stop (tracer);
  target_process_end (target);
}

/* Five standard errors: less than one run in a million is beyond. */
static void
assert_near (gdouble estimate, gdouble truth, gdouble standard_error)
{
  g_test_message ("estimated %.0f, true %.0f, standard error %.0f", estimate, truth,
                  standard_error);
  g_assert_cmpfloat (ABS (estimate - truth), <=, 5 * standard_error);
}

/* Of one size, so that the number of samples is all that varies. */
static void
test_samples_stand_for_all_blocks (void)
{
  enum
  {
    BLOCKS = 400000,
    BYTES = 48 * BLOCKS,
    INTERVAL = 4096,
  };
  TargetProcess *target = target_process_start ("heap-many", "400000", "1", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_sampling (target, memsnoop_uprobe_support (), INTERVAL, MAP_MEMORY);
  gdouble share = 1 / sqrt ((gdouble) BYTES / INTERVAL);
  g_autoptr (GArray) contexts = NULL;
  const MemsnoopHeapContext *only;
  MemsnoopHeapTotals totals;

  target_process_command (target, "go");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  assert_near ((gdouble) totals.alloc_bytes, BYTES, share * BYTES);
  assert_near ((gdouble) totals.alloc_count, BLOCKS, share * BLOCKS);
  contexts = memsnoop_heap_tracer_get_contexts (tracer, TRUE);
  g_assert_cmpuint (contexts->len, ==, 1);
  only = &g_array_index (contexts, MemsnoopHeapContext, 0);
  /* The program's fixed-point numbers and the estimate from the blocks agree, and so do the errors.
   */
  g_assert_cmpfloat (ABS (only->live_bytes - (gdouble) totals.current_bytes), <=, BYTES * 1e-4);
  g_assert_cmpfloat (ABS (only->standard_error - share * BYTES), <=, share * BYTES * 0.1);
  target_process_command (target, "free");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (totals.current_bytes, ==, 0);
  g_assert_cmpuint (totals.free_count, ==, totals.alloc_count);
  g_assert_cmpuint (totals.free_bytes, ==, totals.alloc_bytes);
  target_process_end (target);
}

/* What calls others of the allocator's functions is drawn once, if at all, whether or not the
 * kernel can leave out its return. */
static void
test_samples_of_nested_calls_stand_for_one (gconstpointer support)
{
  const gdouble bytes = 100000 * 48, interval = 4096;
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), "heap-many", NULL);
  const gchar *const arguments[] = { path, "100000", "1", "1", NULL };
  TargetProcess *target = target_process_start_command (arguments, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_sampling (target, GPOINTER_TO_UINT (support), (guint64) interval, MAP_MEMORY);
  MemsnoopHeapTotals totals;

  target_process_command (target, "go");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  assert_near ((gdouble) totals.alloc_bytes, bytes, sqrt (bytes * interval));
  target_process_end (target);
}

/* Threads, many sizes, realloc() of blocks that are kept and of others, and an interval that is
 * raised meanwhile. */
static void
test_samples_of_many_sizes_are_unbiased (void)
{
  enum
  {
    INTERVAL = 16384,
  };
  TargetProcess *target = target_process_start ("heap-threads", "4", "100000", NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_sampling (target, memsnoop_uprobe_support (), INTERVAL, MAP_MEMORY);
  MemsnoopHeapTotals totals;
  gdouble bytes, frees;

  g_assert_cmpuint (memsnoop_heap_tracer_raise_interval (tracer), ==, 2 * INTERVAL);
  target_process_command (target, "go");
  bytes = (gdouble) target_process_truth (target, "alloc-bytes");
  frees = (gdouble) target_process_truth (target, "free-bytes");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  assert_near ((gdouble) totals.alloc_bytes, bytes, sqrt (bytes * 2 * INTERVAL));
  assert_near ((gdouble) totals.free_bytes, frees, sqrt (frees * 2 * INTERVAL));
  assert_near ((gdouble) totals.current_bytes, bytes - frees,
               sqrt ((bytes - frees) * 2 * INTERVAL));
  g_assert_cmpuint (memsnoop_heap_tracer_raise_interval (tracer), ==, 4 * INTERVAL);
  target_process_command (target, "free");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpuint (totals.current_bytes, ==, 0);
  g_assert_cmpuint (totals.free_bytes, ==, totals.alloc_bytes);
  target_process_end (target);
}

static void
test_a_process_that_is_gone_is_an_error (void)
{
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer = NULL;
  g_autoptr (GError) error = NULL;
  guint32 pid = (guint32) target->pid;

  target_process_end (target);
  tracer = memsnoop_heap_tracer_start (memsnoop_uprobe_support (), pid,
                                       (MemsnoopHeapProbe *) (gpointer) probes->data, probes->len,
                                       0, MAP_MEMORY, &error);
  g_assert_null (tracer);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
}

/* Freed within the last minute, and later. */
static void
test_churn_is_what_is_freed_soon (void)
{
  TargetProcess *target = target_process_start ("heap-calls", NULL, NULL, NULL);
  g_autoptr (MemsnoopHeapTracer) tracer =
      start_tracer (target, memsnoop_uprobe_support (), MAP_MEMORY);
  g_autoptr (GArray) contexts = NULL;
  MemsnoopHeapTotals totals;

  target_process_command (target, "plain");
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpfloat (totals.churn, ==, 0.5);
  for (guint i = 0; i < 20; i++)
    memsnoop_heap_tracer_advance_epoch (tracer);
  memsnoop_heap_tracer_get_totals (tracer, &totals);
  g_assert_cmpfloat (totals.churn, ==, 0);
  contexts = memsnoop_heap_tracer_get_contexts (tracer, TRUE);
  g_assert_cmpuint (g_array_index (contexts, MemsnoopHeapContext, 0).oldest_age, ==, 20);
  target_process_end (target);
}

static void
add_nested_case (const gchar *way, MemsnoopUprobeSupport support)
{
  g_autofree gchar *path =
      g_strdup_printf ("/heap-tracer/%s/samples-of-nested-calls-stand-for-one", way);

  g_test_add_data_func (path, GUINT_TO_POINTER (support),
                        test_samples_of_nested_calls_stand_for_one);
}

static void
add_cases (const gchar *way, MemsnoopUprobeSupport support)
{
  static const gchar *const commands[] = { "plain",          "large",
                                           "family",         "failures",
                                           "free-of-before", "realloc-to-nothing",
                                           "realloc-mapped", "fork",
                                           "contexts",       "first-in-thread",
                                           "crossing",       "mappings" };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/heap-tracer/%s/%s", way, commands[i]);
      Case *added = g_new (Case, 1);

      *added = (Case){ commands[i], support };
      g_test_add_data_func_full (path, added, test_figures_equal_the_truth, g_free);
    }
}

/* With what is best on this kernel. */
#define ADD(name, function) g_test_add_func ("/heap-tracer/best/" name, function)

int
main (int argc, char **argv)
{
  int module, result;

  g_test_init (&argc, &argv, NULL);
  probes = libc_probes_find (&module);
  ADD ("nothing-is-lost-at-full-speed", test_nothing_is_lost_at_full_speed);
  ADD ("equal-addresses-of-two-processes-are-told-apart",
       test_equal_addresses_of_two_processes_are_told_apart);
  ADD ("another-program-starts-anew", test_another_program_starts_anew);
  ADD ("a-full-table-loses-blocks-openly-and-recovers",
       test_a_full_table_loses_blocks_openly_and_recovers);
  ADD ("a-million-live-blocks-fit", test_a_million_live_blocks_fit);
  ADD ("contexts-are-told-apart-and-captured-once", test_contexts_are_told_apart_and_captured_once);
  ADD ("captures-without-room-are-tried-again", test_captures_without_room_are_tried_again);
  ADD ("stacks-are-cut-when-contexts-are-scarce", test_stacks_are_cut_when_contexts_are_scarce);
  ADD ("calls-that-never-return-hide-no-others", test_calls_that_never_return_hide_no_others);
  ADD ("samples-stand-for-all-blocks", test_samples_stand_for_all_blocks);
  ADD ("samples-of-many-sizes-are-unbiased", test_samples_of_many_sizes_are_unbiased);
  ADD ("a-process-that-is-gone-is-an-error", test_a_process_that_is_gone_is_an_error);
  ADD ("churn-is-what-is-freed-soon", test_churn_is_what_is_freed_soon);
  add_nested_case ("session", MEMSNOOP_UPROBE_SESSION);
  add_nested_case ("multi", MEMSNOOP_UPROBE_MULTI);
  add_nested_case ("classic", MEMSNOOP_UPROBE_CLASSIC);
  add_cases ("session", MEMSNOOP_UPROBE_SESSION);
  add_cases ("multi", MEMSNOOP_UPROBE_MULTI);
  add_cases ("classic", MEMSNOOP_UPROBE_CLASSIC);
  result = g_test_run ();
  g_array_unref (probes);
  close (module);
  return result;
}
