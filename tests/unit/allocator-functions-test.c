/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-functions.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static MemsnoopAllocatorModule *
find (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);
  MemsnoopAllocatorModule *module;

  g_assert_cmpint (descriptor, >=, 0);
  module = memsnoop_allocator_functions_find (descriptor, TRUE, &error);
  g_assert_no_error (error);
  close (descriptor);
  return module;
}

static MemsnoopAllocatorModule *
find_built (const gchar *name)
{
  g_autofree gchar *path = g_test_build_filename (G_TEST_BUILT, name, NULL);

  return find (path);
}

static const MemsnoopAllocatorFunction *
get (const MemsnoopAllocatorModule *module, const gchar *name)
{
  for (guint i = 0; i < module->functions->len; i++)
    {
      const MemsnoopAllocatorFunction *function = module->functions->pdata[i];

      if (g_strv_contains ((const gchar *const *) function->names, name))
        return function;
    }
  return NULL;
}

static gboolean
is_skipped (const MemsnoopAllocatorModule *module, const gchar *text)
{
  for (guint i = 0; i < module->skipped->len; i++)
    if (strstr (module->skipped->pdata[i], text) != NULL)
      return TRUE;
  return FALSE;
}

/* The file offset of an address in this process, as the kernel sees it. */
static guint64
offset_in_file (const void *code)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint64 address = (guint64) (gsize) code;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint64 start, end, offset;

      if (sscanf (lines[i],
                  "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %*s %" G_GINT64_MODIFIER "x",
                  &start, &end, &offset) == 3 &&
          address >= start && address < end)
        return offset + (address - start);
    }
  g_assert_not_reached ();
}

static void
test_functions_of_the_c_library_are_where_it_runs_them (void)
{
  static const gchar *const names[] = { "malloc",         "calloc",        "realloc", "free",
                                        "posix_memalign", "aligned_alloc", "mmap",    "munmap" };
  g_autoptr (MemsnoopAllocatorModule) module = NULL;
  /* A sanitizer has its own: ask the library itself. */
  void *library = dlopen ("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  Dl_info information;

  if (library == NULL)
    library = dlopen (NULL, RTLD_LAZY);
  g_assert_cmpint (dladdr (dlsym (library, "getpid"), &information), !=, 0);
  module = find (information.dli_fname);
  g_assert_false (module->is_static);
  g_assert_false (module->is_go);
  g_assert_true (module->kind == MEMSNOOP_ALLOCATOR_KIND_GLIBC ||
                 module->kind == MEMSNOOP_ALLOCATOR_KIND_MUSL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const MemsnoopAllocatorFunction *function = get (module, names[i]);

      g_assert_nonnull (function);
      g_assert_cmpuint (function->offset, ==, offset_in_file (dlsym (library, names[i])));
      g_assert_true (function->probe.possible);
      g_assert_false (function->may_throw);
      g_assert_false (function->passes_on);
    }
  dlclose (library);
}

static void
test_each_address_is_there_once (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");
  const MemsnoopAllocatorFunction *function = get (module, "memalign");
  guint64 before = 0;

  g_assert_nonnull (function);
  g_assert_true (function == get (module, "aligned_alloc"));
  g_assert_cmpuint (g_strv_length (function->names), ==, 2);
  g_assert_cmpint (function->operation, ==, MEMSNOOP_ALLOCATOR_MEMALIGN);
  for (guint i = 0; i < module->functions->len; i++)
    {
      function = module->functions->pdata[i];
      g_assert_cmpuint (function->offset, >, before);
      before = function->offset;
    }
}

static void
test_kind_is_told_by_symbols (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");

  g_assert_cmpint (module->kind, ==, MEMSNOOP_ALLOCATOR_KIND_JEMALLOC);
  g_assert_cmpstr (memsnoop_allocator_kind_text (module->kind), ==, "jemalloc");
}

static void
test_indirect_functions_are_skipped_with_the_reason (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");

  g_assert_null (get (module, "calloc"));
  g_assert_true (is_skipped (module, "calloc is an indirect function"));
}

static void
test_functions_that_only_have_the_name_are_left (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");

  g_assert_null (get (module, "realloc"));
}

static void
test_what_may_throw_is_told_with_its_returns (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");
  const MemsnoopAllocatorFunction *function = get (module, "_Znwm");

  g_assert_nonnull (function);
  g_assert_true (function->may_throw);
  g_assert_false (function->passes_on);
#if defined(__x86_64__)
  g_assert_true (function->returns.complete);
  g_assert_cmpuint (function->returns.n_offsets, >=, 1);
  g_assert_cmpint (function->returns.offsets[0], >, 0);
  g_assert_cmpint (function->returns.offsets[function->returns.n_offsets - 1], <,
                   (gint64) function->size);
#endif
  g_assert_false (get (module, "malloc")->may_throw);
  g_assert_cmpuint (get (module, "malloc")->returns.n_offsets, ==, 0);
}

static void
test_returns_are_found_in_what_it_leaves_to (void)
{
#if defined(__x86_64__)
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");
  const MemsnoopAllocatorFunction *function = get (module, "_ZnwmSt11align_val_t");
  gboolean elsewhere = FALSE;

  g_assert_true (function->returns.complete);
  g_assert_cmpuint (function->returns.n_offsets, ==, 2);
  for (guint i = 0; i < function->returns.n_offsets; i++)
    elsewhere |=
        function->returns.offsets[i] < 0 || function->returns.offsets[i] >= (gint64) function->size;
  g_assert_true (elsewhere);
#endif
}

static void
test_wrappers_pass_on (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");

#if defined(__x86_64__)
  g_assert_true (get (module, "_Znam")->passes_on);
  g_assert_true (get (module, "_ZdlPv")->passes_on);
  g_assert_true (get (module, "_ZdlPvm")->passes_on);
#endif
  g_assert_false (get (module, "_ZdaPv")->passes_on);
}

static void
test_go_is_recognized (void)
{
  g_autoptr (MemsnoopAllocatorModule) go = find_built ("allocator-sample-go.so");
  g_autoptr (MemsnoopAllocatorModule) c = find_built ("allocator-sample.so");

  g_assert_true (go->is_go);
  g_assert_false (c->is_go);
}

static void
check_static (const gchar *name)
{
  g_autofree gchar *path = g_test_build_filename (G_TEST_BUILT, name, NULL);
  g_autoptr (MemsnoopAllocatorModule) module = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("static-libc: the C library cannot be linked statically here");
      return;
    }
  module = find (path);
  g_assert_true (module->is_static);
  g_assert_cmpint (module->kind, >, MEMSNOOP_ALLOCATOR_KIND_UNKNOWN);
  g_assert_nonnull (get (module, "malloc"));
  g_assert_nonnull (get (module, "free"));
  g_assert_true (get (module, "malloc") != get (module, "free"));
}

static void
test_static_programs_have_their_own (void)
{
  check_static ("static-sample");
}

static void
test_static_programs_may_be_position_independent (void)
{
  check_static ("static-pie-sample");
}

/* Files that are not what they seem */

static int
file_with (const void *bytes, gsize length)
{
  int descriptor = memfd_create ("file", MFD_CLOEXEC);

  g_assert_cmpint (descriptor, >=, 0);
  g_assert_cmpint (write (descriptor, bytes, length), ==, (gssize) length);
  return descriptor;
}

static void
check_refused (const void *bytes, gsize length, gint code, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  int descriptor = file_with (bytes, length);

  g_assert_null (memsnoop_allocator_functions_find (descriptor, TRUE, &error));
  g_assert_error (error, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR, code);
  g_assert_nonnull (strstr (error->message, text));
  close (descriptor);
}

static void
test_other_files_are_refused (void)
{
  Elf64_Ehdr header = {
    .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
    .e_type = ET_DYN,
    .e_machine = EM_S390,
    .e_version = EV_CURRENT,
    .e_ehsize = sizeof header,
  };
  Elf32_Ehdr small = {
    .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
    .e_type = ET_DYN,
    .e_machine = EM_386,
    .e_version = EV_CURRENT,
    .e_ehsize = sizeof small,
  };

  check_refused ("#!/bin/sh\n", 10, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_INVALID, "no ELF file");
  check_refused ("", 0, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_INVALID, "no ELF file");
  check_refused (&header, sizeof header, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_NOT_SUPPORTED,
                 "machine 22");
  check_refused (&small, sizeof small, MEMSNOOP_ALLOCATOR_FUNCTIONS_ERROR_NOT_SUPPORTED, "32-bit");
}

static void
check_anything (const gchar *bytes, gsize length)
{
  int descriptor = file_with (bytes, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopAllocatorModule) module =
      memsnoop_allocator_functions_find (descriptor, TRUE, &error);

  g_assert_true ((module == NULL) == (error != NULL));
  if (module != NULL)
    {
      g_autoptr (GVariant) variant =
          g_variant_ref_sink (memsnoop_allocator_module_to_variant (module));
      g_autoptr (MemsnoopAllocatorModule) again = memsnoop_allocator_module_from_variant (variant);

      g_assert_nonnull (again);
    }
  close (descriptor);
}

static void
test_damaged_files_do_no_harm (void)
{
  g_autofree gchar *path = g_test_build_filename (G_TEST_BUILT, "allocator-sample.so", NULL);
  g_autofree gchar *bytes = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize cut = 0; cut < length; cut += 97)
    check_anything (bytes, cut);
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree gchar *damaged = g_memdup2 (bytes, length);

      /* Headers are at the beginning and at the end. */
      for (gint k = g_rand_int_range (random, 1, 6); k > 0; k--)
        {
          gint32 where = g_rand_int_range (random, 0, 3) > 0
                             ? g_rand_int_range (random, 0, (gint32) length)
                             : g_rand_int_range (random, 0, 1024);

          damaged[where] = (gchar) g_rand_int (random);
        }
      for (gint k = g_rand_int_range (random, 0, 3); k > 0; k--)
        damaged[length - 1 - (gsize) g_rand_int_range (random, 0, 2048)] =
            (gchar) g_rand_int (random);
      check_anything (damaged, length);
    }
}

/* What the service gets to read */

static void
test_a_module_is_the_same_after_its_way (void)
{
  g_autoptr (MemsnoopAllocatorModule) module = find_built ("allocator-sample.so");
  g_autoptr (GVariant) variant = g_variant_ref_sink (memsnoop_allocator_module_to_variant (module));
  g_autoptr (MemsnoopAllocatorModule) again = memsnoop_allocator_module_from_variant (variant);
  g_autoptr (GVariant) same = NULL;

  g_assert_nonnull (again);
  same = g_variant_ref_sink (memsnoop_allocator_module_to_variant (again));
  g_assert_true (g_variant_equal (variant, same));
  g_assert_cmpuint (again->functions->len, ==, module->functions->len);
  g_assert_cmpuint (again->skipped->len, ==, module->skipped->len);
}

#define ASSERT_REFUSED(text)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GVariant) variant_ = g_variant_new_parsed (text);                                   \
    g_variant_ref_sink (variant_);                                                                 \
    g_assert_null (memsnoop_allocator_module_from_variant (variant_));                             \
  }                                                                                                \
  G_STMT_END

#define FUNCTION(operation, flags, size, probe, stack, names, returns)                             \
  "(byte 1, uint32 0, [(byte " operation ", uint32 " flags ", uint64 4096, uint64 " size           \
  ", uint32 " probe ", uint32 " stack ", 'why', " names ", " returns ", '')], @as [])"

static void
test_what_cannot_be_is_refused (void)
{
  g_autoptr (GVariant) good = g_variant_ref_sink (
      g_variant_new_parsed (FUNCTION ("0", "4", "64", "0", "0", "['malloc']", "[int64 3, 9]")));
  g_autoptr (MemsnoopAllocatorModule) module = memsnoop_allocator_module_from_variant (good);

  g_assert_nonnull (module);
  ASSERT_REFUSED ("(1, 2)");
  ASSERT_REFUSED (FUNCTION ("10", "4", "64", "0", "0", "['malloc']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "64", "64", "0", "0", "['malloc']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "64", "0", "['malloc']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "0", "256", "0", "['malloc']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "0", "40000", "['malloc']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "0", "0", "['system']", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "0", "0", "@as []", "@ax []"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "0", "0", "['malloc']", "[int64 -4097]"));
  ASSERT_REFUSED (FUNCTION ("0", "4", "64", "0", "0", "['malloc']", "[int64 9, 3]"));
}

static void
test_versions_are_no_part_of_a_name (void)
{
  g_assert_nonnull (memsnoop_allocator_name_find ("malloc@@GLIBC_2.2.5"));
  g_assert_nonnull (memsnoop_allocator_name_find ("free@GLIBC_2.2.5"));
  g_assert_null (memsnoop_allocator_name_find ("malloc_usable_size"));
  g_assert_null (memsnoop_allocator_name_find ("mallocator"));
  g_assert_null (memsnoop_allocator_name_find (""));
  g_assert_true (memsnoop_allocator_name_find ("_ZnwmSt11align_val_t")->may_throw);
  g_assert_false (memsnoop_allocator_name_find ("_ZnwmRKSt9nothrow_t")->may_throw);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/allocator-functions/" name, function)
  ADD ("functions-of-the-c-library-are-where-it-runs-them",
       test_functions_of_the_c_library_are_where_it_runs_them);
  ADD ("each-address-is-there-once", test_each_address_is_there_once);
  ADD ("kind-is-told-by-symbols", test_kind_is_told_by_symbols);
  ADD ("indirect-functions-are-skipped-with-the-reason",
       test_indirect_functions_are_skipped_with_the_reason);
  ADD ("functions-that-only-have-the-name-are-left",
       test_functions_that_only_have_the_name_are_left);
  ADD ("what-may-throw-is-told-with-its-returns", test_what_may_throw_is_told_with_its_returns);
  ADD ("returns-are-found-in-what-it-leaves-to", test_returns_are_found_in_what_it_leaves_to);
  ADD ("wrappers-pass-on", test_wrappers_pass_on);
  ADD ("go-is-recognized", test_go_is_recognized);
  ADD ("static-programs-have-their-own", test_static_programs_have_their_own);
  ADD ("static-programs-may-be-position-independent",
       test_static_programs_may_be_position_independent);
  ADD ("other-files-are-refused", test_other_files_are_refused);
  ADD ("damaged-files-do-no-harm", test_damaged_files_do_no_harm);
  ADD ("a-module-is-the-same-after-its-way", test_a_module_is_the_same_after_its_way);
  ADD ("what-cannot-be-is-refused", test_what_cannot_be_is_refused);
  ADD ("versions-are-no-part-of-a-name", test_versions_are_no_part_of_a_name);
#undef ADD
  return g_test_run ();
}
