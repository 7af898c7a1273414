/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording processes that end, execute another program, load an allocator, or are out of the
 * ordinary otherwise. */
#include "recorded-heap.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
start_target (RecordedHeap *heap, const gchar *name, const gchar *library)
{
  g_auto (GStrv) environment = g_get_environ ();

  if (library != NULL)
    environment = g_environ_setenv (environment, "LD_PRELOAD", library, TRUE);
  heap->target = target_process_start (name, NULL, NULL, environment);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
}

static void
assert_plain (RecordedHeap *heap, const MemsnoopHeapSnapshot *snapshot)
{
  gint64 live = target_process_truth (heap->target, "alloc-bytes") -
                target_process_truth (heap->target, "free-bytes");

  g_assert_cmpint (live, >, 0);
  g_assert_cmpint ((gint64) snapshot->alloc_count, ==,
                   target_process_truth (heap->target, "allocs"));
  g_assert_cmpint ((gint64) snapshot->current_bytes, ==, live);
  g_assert_cmpint ((gint64) recorded_heap_live_bytes (snapshot, "plain"), ==, live);
  g_assert_true (snapshot->exact);
}

/* Ends */

static void
test_a_target_may_end_during_the_start (RecordedHeap *heap, gconstpointer data)
{
  static const gulong delays[] = { 0, 1, 3, 10, 30, 60, 100, 200 };

  for (guint i = 0; i < G_N_ELEMENTS (delays); i++)
    {
      g_autoptr (GError) error = NULL;

      start_target (heap, "heap-calls", NULL);
      recorded_heap_request (heap);
      for (gint64 end = g_get_monotonic_time () + (gint64) delays[i] * 1000;
           g_get_monotonic_time () < end;)
        g_main_context_iteration (NULL, FALSE);
      kill (heap->target->pid, SIGKILL);
      target_process_end (g_steal_pointer (&heap->target));
      if (recorded_heap_await (heap, &error))
        memsnoop_heap_snapshot_unref (recorded_heap_end (heap));
      else
        {
          g_test_message ("after %lu ms: %s", delays[i], error->message);
          g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
        }
      recorded_heap_drop (heap);
    }
}

/* All that is needed to name the code is open already. */
static void
test_a_target_may_end_before_its_stacks_are_unwound (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  start_target (heap, "heap-calls", NULL);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  kill (heap->target->pid, SIGKILL);
  g_usleep (100 * 1000);
  snapshot = recorded_heap_end (heap);
  assert_plain (heap, snapshot);
  g_assert_cmpuint (snapshot->exited_at, !=, 0);
}

static void
test_a_target_may_end_during_the_stop (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  start_target (heap, "heap-calls", NULL);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  recorded_heap_request_end (heap);
  kill (heap->target->pid, SIGKILL);
  snapshot = recorded_heap_await_end (heap);
  assert_plain (heap, snapshot);
}

/* Other programs and allocators */

static void
test_the_code_of_a_program_that_is_executed_has_its_names (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  guint64 more;

  start_target (heap, "heap-calls", NULL);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  target_process_command (heap->target, "exec");
  snapshot = recorded_heap_take (heap);
  more = snapshot->alloc_count;
  g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
  target_process_command (heap->target, "plain");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpint ((gint64) snapshot->alloc_count, ==,
                   (gint64) more + target_process_truth (heap->target, "allocs"));
  g_assert_cmpint ((gint64) recorded_heap_live_bytes (snapshot, "plain"), ==,
                   target_process_truth (heap->target, "alloc-bytes") -
                       target_process_truth (heap->target, "free-bytes"));
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "main"), ==, snapshot->current_bytes);
}

/* A library that is bound to its own, as with RTLD_DEEPBIND, in a program that uses the C
 * library's. */
static void
test_two_allocators_are_recorded_beside_each_other (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  start_target (heap, "heap-plugin", NULL);
  target_process_command (heap->target, "load");
  recorded_heap_begin (heap);
  target_process_command (heap->target, "go");
  target_process_command (heap->target, "duplicate");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpuint (snapshot->alloc_count, ==, 101);
  g_assert_cmpuint (snapshot->current_bytes, ==, 100 * 100 + sizeof "duplicate");
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "plugin_make"), ==, 100 * 100);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "plugin_duplicate"), ==,
                    sizeof "duplicate");
  g_assert_true (snapshot->exact);
}

static guint64
plugin_bytes (RecordedHeap *heap)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = recorded_heap_take (heap);

  return recorded_heap_live_bytes (snapshot, "plugin_make");
}

static void
test_an_allocator_that_is_loaded_later_is_found (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  guint64 bytes = 0;

  start_target (heap, "heap-plugin", NULL);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "load");
  for (guint i = 0; i < 300 && bytes == 0; i++)
    {
      target_process_command (heap->target, "go");
      bytes = plugin_bytes (heap);
      g_usleep (30000);
    }
  g_assert_cmpuint (bytes, ==, 100 * 100);
  for (guint i = 0; i < 10; i++)
    target_process_command (heap->target, "go");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "plugin_make"), ==, 11 * 100 * 100);
  g_assert_false (snapshot->exact);
}

/* A stack that leads into the library tells of it before its time comes. */
static void
test_a_stack_tells_of_an_allocator_that_is_loaded_later (RecordedHeap *heap, gconstpointer data)
{
  gint64 begin;

  start_target (heap, "heap-plugin", NULL);
  recorded_heap_begin (heap);
  g_usleep (1200 * 1000);
  target_process_command (heap->target, "load");
  target_process_command (heap->target, "duplicate");
  begin = g_get_monotonic_time ();
  while (plugin_bytes (heap) == 0 && g_get_monotonic_time () - begin < 2 * G_USEC_PER_SEC)
    {
      g_usleep (30000);
      target_process_command (heap->target, "go");
    }
  g_test_message ("after %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - begin) / 1000);
  g_assert_cmpuint (plugin_bytes (heap), ==, 100 * 100);
}

static void
record_plain (RecordedHeap *heap)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  snapshot = recorded_heap_end (heap);
  assert_plain (heap, snapshot);
}

static void
test_a_static_musl_program_is_recorded (RecordedHeap *heap, gconstpointer data)
{
  g_autofree gchar *path =
      g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), "heap-calls-musl", NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("musl: there is no compiler for it");
      return;
    }
  start_target (heap, "heap-calls-musl", NULL);
  record_plain (heap);
}

/* Of a program without the C library that the first one had. */
static void
test_the_allocator_of_a_program_that_is_executed_is_found (RecordedHeap *heap, gconstpointer data)
{
  g_autofree gchar *path =
      g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), "heap-calls-musl", NULL);
  const gchar *arguments[] = { "sh", "-c", "echo at=ready; read go; exec \"$0\"", path, NULL };
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  guint64 count = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("musl: there is no compiler for it");
      return;
    }
  heap->target = target_process_start_command (arguments, NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "go");
  for (guint i = 0; i < 100 && count == 0; i++)
    {
      target_process_command (heap->target, "plain");
      g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
      snapshot = recorded_heap_take (heap);
      count = snapshot->alloc_count;
      g_usleep (100 * 1000);
    }
  g_assert_cmpuint (count, >, 0);
  g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
  snapshot = recorded_heap_take (heap);
  count = snapshot->alloc_count;
  target_process_command (heap->target, "plain");
  g_clear_pointer (&snapshot, memsnoop_heap_snapshot_unref);
  snapshot = recorded_heap_end (heap);
  g_assert_cmpint ((gint64) (snapshot->alloc_count - count), ==,
                   target_process_truth (heap->target, "allocs"));
  g_assert_cmpuint (recorded_heap_live_bytes (snapshot, "plain"), ==, snapshot->current_bytes);
  g_assert_false (snapshot->exact);
}

static gboolean
maps_file (GPid pid, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/maps", pid);
  g_autofree gchar *maps = NULL;

  return g_file_get_contents (path, &maps, NULL, NULL) && strstr (maps, name) != NULL;
}

static void
test_a_preloaded_jemalloc_is_recorded (RecordedHeap *heap, gconstpointer data)
{
  start_target (heap, "heap-calls", "libjemalloc.so.2");
  if (maps_file (heap->target->pid, "libjemalloc"))
    record_plain (heap);
  else
    g_test_skip ("jemalloc: it is not installed here");
}

/* The process's child, once it executes another program than its parent. */
static guint32
find_child (GPid parent)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/task/%d/children", parent, parent);
  g_autofree gchar *children = NULL;

  g_assert_true (g_file_get_contents (path, &children, NULL, NULL));
  return (guint32) g_ascii_strtoull (children, NULL, 10);
}

static void
test_a_target_in_namespaces_of_its_own_is_recorded (RecordedHeap *heap, gconstpointer data)
{
  g_autofree gchar *target = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), "heap-calls", NULL);
  const gchar *arguments[] = { "unshare",
                               "--mount",
                               "--pid",
                               "--fork",
                               "sh",
                               "-c",
                               "mount -t tmpfs none /mnt && cp \"$0\" /mnt/hidden && "
                               "exec /mnt/hidden",
                               target,
                               NULL };
  g_autofree gchar *unshare = g_find_program_in_path ("unshare");

  if (unshare == NULL)
    {
      g_test_skip ("unshare: it is not installed here");
      return;
    }
  heap->target = target_process_start_command (arguments, NULL);
  recorded_heap_choose (heap, find_child (heap->target->pid));
  record_plain (heap);
}

static void
test_a_target_with_two_hundred_threads_is_recorded (RecordedHeap *heap, gconstpointer data)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;
  gint64 begin = g_get_monotonic_time (), begun, stopped;

  heap->target = target_process_start ("heap-threads", "200", "100", NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  begin = g_get_monotonic_time ();
  recorded_heap_begin (heap);
  begun = g_get_monotonic_time ();
  target_process_command (heap->target, "go");
  stopped = g_get_monotonic_time ();
  snapshot = recorded_heap_end (heap);
  g_test_message ("start %" G_GINT64_FORMAT " ms, stop %" G_GINT64_FORMAT " ms",
                  (begun - begin) / 1000, (g_get_monotonic_time () - stopped) / 1000);
  g_assert_cmpint ((gint64) (snapshot->alloc_count + snapshot->loss.recursion_misses), >=,
                   target_process_truth (heap->target, "allocs"));
  g_assert_cmpuint (memsnoop_heap_snapshot_get_lost (snapshot), ==,
                    snapshot->loss.recursion_misses);
}

/* A 32-bit program */

/* mov $29, %eax (pause); int $0x80; jmp to the first. */
static const guint8 pause_code[] = { 0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7 };

typedef struct
{
  Elf32_Ehdr header;
  Elf32_Phdr segment;
  guint8 code[sizeof pause_code];
} SmallProgram;

static gchar *
write_small_program (void)
{
  const guint32 address = 0x10000;
  SmallProgram program = {
    .header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
                             EV_CURRENT },
                .e_type = ET_EXEC,
                .e_machine = EM_386,
                .e_version = EV_CURRENT,
                .e_entry = address + G_STRUCT_OFFSET (SmallProgram, code),
                .e_phoff = G_STRUCT_OFFSET (SmallProgram, segment),
                .e_ehsize = sizeof (Elf32_Ehdr),
                .e_phentsize = sizeof (Elf32_Phdr),
                .e_phnum = 1 },
    .segment = { .p_type = PT_LOAD,
                 .p_vaddr = address,
                 .p_filesz = sizeof program,
                 .p_memsz = sizeof program,
                 .p_flags = PF_R | PF_X,
                 .p_align = 0x1000 },
  };
  gchar *path = g_build_filename (g_get_tmp_dir (), "memsnoop-32-bit-XXXXXX", NULL);
  int file = g_mkstemp_full (path, O_RDWR, 0700);

  memcpy (program.code, pause_code, sizeof pause_code);
  g_assert_cmpint (write (file, &program, sizeof program), ==, sizeof program);
  close (file);
  return path;
}

static void
test_a_32_bit_program_is_refused (RecordedHeap *heap, gconstpointer data)
{
  g_autofree gchar *path = write_small_program ();
  gchar *arguments[] = { path, NULL };
  g_autoptr (GError) error = NULL;
  GPid pid;

  if (!g_spawn_async (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL))
    {
      unlink (path);
      g_test_skip ("32-bit: the kernel does not execute such programs");
      return;
    }
  unlink (path);
  recorded_heap_choose (heap, (guint32) pid);
  g_assert_false (recorded_heap_try (heap, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "runs a 32-bit program"));
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

#define ADD(name)                                                                                  \
  g_test_add ("/heap-targets/" #name, RecordedHeap, NULL, recorded_heap_set_up_alone, test_##name, \
              recorded_heap_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_target_may_end_during_the_start);
  ADD (a_target_may_end_before_its_stacks_are_unwound);
  ADD (a_target_may_end_during_the_stop);
  ADD (the_code_of_a_program_that_is_executed_has_its_names);
  ADD (two_allocators_are_recorded_beside_each_other);
  ADD (an_allocator_that_is_loaded_later_is_found);
  ADD (a_stack_tells_of_an_allocator_that_is_loaded_later);
  ADD (a_static_musl_program_is_recorded);
  ADD (the_allocator_of_a_program_that_is_executed_is_found);
  ADD (a_preloaded_jemalloc_is_recorded);
  ADD (a_target_in_namespaces_of_its_own_is_recorded);
  ADD (a_target_with_two_hundred_threads_is_recorded);
  ADD (a_32_bit_program_is_refused);
  return g_test_run ();
}
