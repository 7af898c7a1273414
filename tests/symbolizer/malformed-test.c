/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged files: whatever is in them, each request is answered or fails in time, and the worker
 * serves others afterwards. The same damage each time; MEMSNOOP_DAMAGE_ROUNDS and
 * MEMSNOOP_DAMAGE_SEED do more.
 */
#include "call-chain.h"
#include "damage.h"
#include "error.h"
#include "own-process.h"
#include "places.h"
#include "worker-jobs.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS 300
#define SEED 4711
/* Milliseconds for one request. */
#define TIME_LIMIT 3000

typedef struct
{
  MemsnoopWorker *worker;
  GRand *random;
  guint rounds;
  guint n_answered;
  guint n_refused;
  guint n_lost;
  /* Of a call through a library. */
  OwnSample sample;
  GPtrArray *mappings;
} Fixture;

static guint
read_number (const gchar *name, guint otherwise)
{
  const gchar *text = g_getenv (name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : otherwise;
}

static gchar *
fixture_path (const gchar *name)
{
  return g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), name, NULL);
}

static void
take_sample (gpointer data)
{
  own_process_sample (data, MEMSNOOP_WORKER_STACK_MAX / 8);
}

static void
call_through_library (Fixture *fixture)
{
  g_autofree gchar *path = fixture_path ("libcall-chain.so");
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  int (*enter) (struct call_chain *, unsigned);
  struct call_chain chain = { .reached = take_sample, .data = &fixture->sample };

  g_assert_nonnull (library);
  enter = (int (*) (struct call_chain *, unsigned)) dlsym (library, "library_enter");
  enter (&chain, 10);
  fixture->mappings = own_process_read_mappings ();
}

/* A new one for each part of the rounds: so many starts would not be allowed within a minute. */
static void
renew_worker (Fixture *fixture)
{
  MemsnoopWorkerFigures figures;

  if (fixture->worker != NULL)
    {
      memsnoop_worker_get_figures (fixture->worker, &figures);
      fixture->n_lost += (guint) figures.lost;
      g_object_unref (fixture->worker);
    }
  fixture->worker = memsnoop_worker_new (g_getenv ("MEMSNOOP_SYMBOLIZER"), TIME_LIMIT);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->random = g_rand_new_with_seed (read_number ("MEMSNOOP_DAMAGE_SEED", SEED));
  fixture->rounds = read_number ("MEMSNOOP_DAMAGE_ROUNDS", ROUNDS);
  call_through_library (fixture);
  renew_worker (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  MemsnoopWorkerFigures figures;

  memsnoop_worker_get_figures (fixture->worker, &figures);
  g_test_message ("%u rounds: %u requests answered, %u refused, worker lost %u times",
                  fixture->rounds, fixture->n_answered, fixture->n_refused,
                  fixture->n_lost + (guint) figures.lost);
  g_object_unref (fixture->worker);
  g_rand_free (fixture->random);
  g_ptr_array_unref (fixture->mappings);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* Takes over @error. */
static void
count (Fixture *fixture, GError *error)
{
  if (error == NULL)
    fixture->n_answered++;
  else
    fixture->n_refused++;
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
  g_clear_error (&error);
}

static guint
unwind (Fixture *fixture, MemsnoopModuleTable *table)
{
  g_autoptr (GBytes) stack = g_bytes_new (fixture->sample.stack, fixture->sample.length);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MemsnoopUnwoundStack) unwound = NULL;
  GError *error = NULL;

  memsnoop_worker_unwind_async (fixture->worker, table, fixture->sample.registers,
                                fixture->sample.base, stack, 256, NULL, keep_result, &result);
  unwound = memsnoop_worker_unwind_finish (fixture->worker, wait_for (&result), &error);
  count (fixture, error);
  return unwound != NULL ? unwound->n_frames : 0;
}

static void
symbolize (Fixture *fixture, MemsnoopModuleTable *table, guint module)
{
  guint64 offsets[64];
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) functions = NULL;
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    /* Past the headers and the first sections, from one function to the next. */
    offsets[i] = 0x1000 + i * i * 7;
  memsnoop_worker_symbolize_async (fixture->worker, table, module, offsets, G_N_ELEMENTS (offsets),
                                   NULL, keep_result, &result);
  functions = memsnoop_worker_symbolize_finish (fixture->worker, wait_for (&result), &error);
  g_assert_true (functions == NULL || functions->len == G_N_ELEMENTS (offsets));
  count (fixture, error);
}

static void
find_functions (Fixture *fixture, MemsnoopModuleTable *table, guint module)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MemsnoopAllocatorModule) allocator = NULL;
  GError *error = NULL;

  memsnoop_worker_find_functions_async (fixture->worker, table, module, FALSE, NULL, keep_result,
                                        &result);
  allocator = memsnoop_worker_find_functions_finish (fixture->worker, wait_for (&result), &error);
  count (fixture, error);
}

static GByteArray *
read_file (const gchar *path)
{
  gchar *contents;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  return g_byte_array_new_take ((guint8 *) contents, length);
}

static int
make_damaged (Fixture *fixture, const gchar *path)
{
  g_autoptr (GByteArray) bytes = read_file (path);

  damage_elf (bytes, fixture->random);
  return damage_to_file (bytes);
}

/* This process's table, with a file in the place of the one of that name; -1: nothing
 * is replaced. */
static MemsnoopModuleTable *
make_table (Fixture *fixture, const gchar *name, int replacement, guint *module)
{
  MemsnoopModuleTable *table = memsnoop_module_table_new (-1, 1);

  for (guint i = 0; i < fixture->mappings->len; i++)
    {
      const OwnMapping *mapping = fixture->mappings->pdata[i];
      gboolean replaced = replacement >= 0 && g_str_equal (mapping->path, name);

      if (replaced)
        *module = i;
      g_assert_true (memsnoop_module_table_add (
          table, mapping->path, mapping->start, mapping->end, mapping->offset,
          replaced ? replacement : open (mapping->path, O_RDONLY | O_CLOEXEC)));
    }
  return table;
}

static void
check_others_are_served (Fixture *fixture)
{
  g_autoptr (MemsnoopModuleTable) table = make_table (fixture, "", -1, NULL);

  g_assert_cmpuint (unwind (fixture, table), >, 12);
}

/* @path: a file that the sample's call goes through. */
static void
check_mapped (Fixture *fixture, const gchar *path, guint rounds)
{
  for (guint round = 0; round < rounds; round++)
    {
      guint module = 0;
      g_autoptr (MemsnoopModuleTable) table =
          make_table (fixture, path, make_damaged (fixture, path), &module);

      unwind (fixture, table);
      symbolize (fixture, table, module);
      find_functions (fixture, table, module);
      if (round % 32 == 31)
        {
          renew_worker (fixture);
          check_others_are_served (fixture);
        }
    }
  check_others_are_served (fixture);
}

static void
test_damaged_libraries_hurt_nobody (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path ("libcall-chain.so");

  check_mapped (fixture, path, fixture->rounds);
}

/* Larger, and with much debug information. */
static void
test_damaged_programs_hurt_nobody (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = g_file_read_link ("/proc/self/exe", NULL);

  check_mapped (fixture, path, fixture->rounds / 2);
}

static void
test_damaged_debug_information_hurts_nobody (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path ("libplaces.so");

  for (guint round = 0; round < fixture->rounds; round++)
    {
      g_autoptr (MemsnoopModuleTable) table = memsnoop_module_table_new (-1, 1);

      g_assert_true (memsnoop_module_table_add (table, path, 0x10000, 0x20000, 0,
                                                make_damaged (fixture, path)));
      symbolize (fixture, table, 0);
      if (round % 32 == 31)
        {
          renew_worker (fixture);
          check_others_are_served (fixture);
        }
    }
}

static int
make_memory_file (const GByteArray *bytes)
{
  int descriptor = memfd_create ("file", MFD_CLOEXEC);

  g_assert_cmpint (pwrite (descriptor, bytes->data, bytes->len, 0), ==, (gssize) bytes->len);
  return descriptor;
}

/* Sizes of sections that the file has, but of zeros that are nowhere kept. */
static void
enlarge_sections (GByteArray *bytes, guint64 size)
{
  Elf64_Ehdr *header = (Elf64_Ehdr *) (gpointer) bytes->data;
  Elf64_Shdr *sections = (Elf64_Shdr *) (gpointer) (bytes->data + header->e_shoff);

  for (guint i = 1; i < header->e_shnum; i++)
    if (sections[i].sh_type != SHT_NOBITS && i != header->e_shstrndx)
      sections[i].sh_size = size - size % MAX (sections[i].sh_entsize, 1);
}

static void
test_huge_files_of_nothing_hurt_nobody (Fixture *fixture, gconstpointer data)
{
  static const guint64 sizes[] = { 1 << 28, G_GUINT64_CONSTANT (1) << 34,
                                   G_GUINT64_CONSTANT (1) << 40 };
  g_autofree gchar *path = fixture_path ("libcall-chain.so");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GByteArray) bytes = read_file (path);
      g_autoptr (MemsnoopModuleTable) table = NULL;
      guint module = 0;
      int descriptor;

      enlarge_sections (bytes, sizes[i]);
      descriptor = make_memory_file (bytes);
      g_assert_cmpint (ftruncate (descriptor, (off_t) (2 * sizes[i])), ==, 0);
      table = make_table (fixture, path, descriptor, &module);
      unwind (fixture, table);
      symbolize (fixture, table, module);
      find_functions (fixture, table, module);
      check_others_are_served (fixture);
    }
}

typedef struct
{
  const GByteArray *bytes;
  int descriptor;
  gint ends;
} Changing;

/* Now empty, now whole, and all in between. */
static gpointer
change_file (gpointer data)
{
  Changing *changing = data;

  for (guint i = 0; g_atomic_int_get (&changing->ends) == 0; i++)
    {
      off_t length = (off_t) (i * 4099 % changing->bytes->len);

      g_assert_cmpint (ftruncate (changing->descriptor, length), ==, 0);
      g_assert_cmpint (
          pwrite (changing->descriptor, changing->bytes->data, changing->bytes->len, 0), ==,
          (gssize) changing->bytes->len);
    }
  return NULL;
}

/* Each table has the file as it is then, and the worker reads it while it changes. */
static void
test_files_that_change_while_they_are_read_hurt_nobody (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path ("libcall-chain.so");
  g_autoptr (GByteArray) bytes = read_file (path);
  Changing changing = { .bytes = bytes, .descriptor = make_memory_file (bytes) };
  GThread *thread = g_thread_new ("changes", change_file, &changing);

  for (guint round = 0; round < fixture->rounds / 2; round++)
    {
      guint module = 0;
      g_autoptr (MemsnoopModuleTable) table =
          make_table (fixture, path, fcntl (changing.descriptor, F_DUPFD_CLOEXEC, 0), &module);

      unwind (fixture, table);
      symbolize (fixture, table, module);
      find_functions (fixture, table, module);
      if (round % 32 == 31)
        renew_worker (fixture);
    }
  g_atomic_int_set (&changing.ends, 1);
  g_thread_join (thread);
  close (changing.descriptor);
  check_others_are_served (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/malformed/damaged-libraries-hurt-nobody", Fixture, NULL, set_up,
              test_damaged_libraries_hurt_nobody, tear_down);
  g_test_add ("/malformed/damaged-programs-hurt-nobody", Fixture, NULL, set_up,
              test_damaged_programs_hurt_nobody, tear_down);
  g_test_add ("/malformed/damaged-debug-information-hurts-nobody", Fixture, NULL, set_up,
              test_damaged_debug_information_hurts_nobody, tear_down);
  g_test_add ("/malformed/huge-files-of-nothing-hurt-nobody", Fixture, NULL, set_up,
              test_huge_files_of_nothing_hurt_nobody, tear_down);
  g_test_add ("/malformed/files-that-change-while-they-are-read-hurt-nobody", Fixture, NULL, set_up,
              test_files_that_change_while_they_are_read_hurt_nobody, tear_down);
  return g_test_run ();
}
