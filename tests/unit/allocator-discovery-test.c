/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-discovery.h"

#include <string.h>

/* A program with libjemalloc by LD_PRELOAD, another library, glibc and its loader; and what else is
 * in such a file. */
#define MAPS                                                                                       \
  "55d0c0000000-55d0c0001000 r--p 00000000 fd:01 100                        /usr/bin/program\n"    \
  "55d0c0001000-55d0c0002000 r-xp 00001000 fd:01 100                        /usr/bin/program\n"    \
  "55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]\n"              \
  "7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"                                             \
  "7f0000010000-7f0000020000 r-xp 00000000 fd:01 900              /opt/late plugin.so (deleted)\n" \
  "7f0000100000-7f0000120000 r--p 00000000 fd:01 200                        /lib/libc.so.6\n"      \
  "7f0000120000-7f0000200000 r-xp 00020000 fd:01 200                        /lib/libc.so.6\n"      \
  "7f0000200000-7f0000210000 r--p 00100000 fd:01 200                        /lib/libc.so.6\n"      \
  "7f0000300000-7f0000310000 r-xp 00000000 fd:01 300                        /lib/libother.so.1\n"  \
  "7f0000400000-7f0000410000 r--p 00000000 fd:01 500                        /usr/share/data\n"     \
  "7f0000500000-7f0000510000 r-xp 00003000 fd:01 400            /lib/libjemalloc.so.2.5.3\n"       \
  "7f0000510000-7f0000520000 r-xp 00013000 fd:01 400            /lib/libjemalloc.so.2.5.3\n"       \
  "7f0000600000-7f0000601000 r--p 00000000 fd:01 600                        /lib/ld-linux.so.2\n"  \
  "7f0000601000-7f0000620000 r-xp 00001000 fd:01 600                        /lib/ld-linux.so.2\n"  \
  "7ffe00000000-7ffe00021000 rw-p 00000000 00:00 0                          [stack]\n"             \
  "7ffe00100000-7ffe00101000 r-xp 00000000 00:00 0                          [vdso]\n"
#define PROGRAM 0x55d0c0001100
#define LOADER 0x7f0000601000

static const MemsnoopMappedModule *
get (const MemsnoopMappedModules *modules, guint index)
{
  g_assert_cmpuint (index, <, modules->list->len);
  return modules->list->pdata[index];
}

static void
assert_order (const gchar *maps, guint64 loader, const gchar *preload, const gchar *expected)
{
  g_autoptr (MemsnoopMappedModules) modules =
      memsnoop_mapped_modules_parse (maps, NULL, PROGRAM, loader, preload);
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < modules->list->len; i++)
    g_string_append_printf (order, "%s%s", i > 0 ? " " : "",
                            strrchr (get (modules, i)->path, '/') + 1);
  g_assert_cmpstr (order->str, ==, expected);
}

static void
test_files_are_in_the_order_of_the_search (void)
{
  assert_order (MAPS, LOADER, NULL,
                "program libjemalloc.so.2.5.3 libother.so.1 libc.so.6 late plugin.so (deleted) "
                "ld-linux.so.2");
}

static void
test_preloaded_files_come_after_the_program (void)
{
  assert_order (MAPS, LOADER, "/lib/libother.so.1:libjemalloc.so.2",
                "program libother.so.1 libjemalloc.so.2.5.3 libc.so.6 late plugin.so (deleted) "
                "ld-linux.so.2");
  /* An entry that is no name of a file, or only the beginning of one, changes nothing. */
  assert_order (MAPS, LOADER, " :libc.so.66:lib:/",
                "program libjemalloc.so.2.5.3 libother.so.1 "
                "libc.so.6 late plugin.so (deleted) ld-linux.so.2");
}

static void
test_files_may_be_placed_upwards (void)
{
  assert_order ("55d0c0001000-55d0c0002000 r-xp 00001000 fd:01 100 /usr/bin/program\n"
                "7f0000601000-7f0000620000 r-xp 00001000 fd:01 600 /lib/ld-linux.so.2\n"
                "7f0000700000-7f0000720000 r-xp 00001000 fd:01 400 /lib/libjemalloc.so.2\n"
                "7f0000800000-7f0000820000 r-xp 00001000 fd:01 200 /lib/libc.so.6\n",
                LOADER, NULL, "program libjemalloc.so.2 libc.so.6 ld-linux.so.2");
}

static void
test_each_file_is_there_once_with_its_code (void)
{
  g_autoptr (MemsnoopMappedModules) modules =
      memsnoop_mapped_modules_parse (MAPS, NULL, PROGRAM, LOADER, "libjemalloc.so.2");
  const MemsnoopMappedModule *jemalloc = get (modules, 1);
  const MemsnoopModuleMapping *mappings = (gpointer) jemalloc->mappings->data;

  g_assert_cmpuint (modules->list->len, ==, 6);
  g_assert_cmpuint (modules->n_left_out, ==, 0);
  g_assert_true (get (modules, 0)->is_program);
  g_assert_true (get (modules, 5)->is_loader);
  g_assert_true (jemalloc->is_preloaded);
  g_assert_cmpuint (jemalloc->inode, ==, 400);
  g_assert_cmphex (jemalloc->major, ==, 0xfd);
  g_assert_cmpuint (jemalloc->mappings->len, ==, 2);
  g_assert_cmphex (mappings[1].start, ==, 0x7f0000510000);
  g_assert_cmphex (mappings[1].end, ==, 0x7f0000520000);
  g_assert_cmphex (mappings[1].offset, ==, 0x13000);
}

static void
test_there_is_an_end_to_files (void)
{
  g_autoptr (GString) maps = g_string_new (NULL);
  g_autoptr (MemsnoopMappedModules) modules = NULL;

  for (guint i = 0; i < MEMSNOOP_MAPPED_MODULES_MAX + 7; i++)
    g_string_append_printf (maps, "%x000-%x000 r-xp 00000000 fd:01 %u /lib/%u\n", 2 * i + 1,
                            2 * i + 2, i + 1, i);
  modules = memsnoop_mapped_modules_parse (maps->str, NULL, 0, 0, NULL);
  g_assert_cmpuint (modules->list->len, ==, MEMSNOOP_MAPPED_MODULES_MAX);
  g_assert_cmpuint (modules->n_left_out, ==, 7);
}

/* Whoever reads from another mount namespace sees where the process's root lies. */
static void
test_paths_begin_at_the_root_of_the_process (void)
{
  g_autoptr (MemsnoopMappedModules) modules =
      memsnoop_mapped_modules_parse ("1000-2000 r-xp 0 fd:01 1 /srv/root/usr/bin/program\n"
                                     "3000-4000 r-xp 0 fd:01 2 /srv/rootless/library\n",
                                     "/srv/root", 0x1000, 0, NULL);

  g_assert_cmpuint (modules->list->len, ==, 2);
  g_assert_cmpstr (((MemsnoopMappedModule *) modules->list->pdata[0])->path, ==,
                   "/usr/bin/program");
  g_assert_cmpstr (((MemsnoopMappedModule *) modules->list->pdata[1])->path, ==,
                   "/srv/rootless/library");
}

/* As on btrfs, where each volume counts for itself, and mappings tell one device for all. */
static void
test_two_files_with_one_number_are_two_modules (void)
{
  g_autoptr (MemsnoopMappedModules) modules =
      memsnoop_mapped_modules_parse ("1000-2000 r-xp 0 00:19 257 /usr/lib/library\n"
                                     "3000-4000 r-xp 0 00:19 257 /home/user/program\n"
                                     "5000-6000 r-xp 2000 00:19 257 /home/user/program\n",
                                     NULL, 0x3000, 0, NULL);

  g_assert_cmpuint (modules->list->len, ==, 2);
  g_assert_cmpuint (((MemsnoopMappedModule *) modules->list->pdata[0])->mappings->len, ==, 2);
}

static void
test_odd_lines_are_left (void)
{
  g_autoptr (MemsnoopMappedModules) modules = memsnoop_mapped_modules_parse (
      "\n-\n1000 r-xp\n2000-1000 r-xp 0 fd:01 1 /backwards\n1000-2000 r-xp 0 fd:01 5\n"
      "3000-4000 r-xp 0 fd:01 9 /with\\012line\n",
      NULL, 0, 0, NULL);

  g_assert_cmpuint (modules->list->len, ==, 1);
  g_assert_cmpstr (get (modules, 0)->path, ==, "/with\nline");
}

/* The decision. Modules are made of texts: functions by ";", names by " "; "~" before a name for
 * one that passes on, "!" for one that cannot be probed. */
static MemsnoopAllocatorModule *
make_module (const gchar *text, MemsnoopAllocatorKind kind)
{
  MemsnoopAllocatorModule *module = memsnoop_allocator_module_new ();
  g_auto (GStrv) functions = g_strsplit (text, ";", -1);

  module->kind = kind;
  for (guint i = 0; functions[i] != NULL; i++)
    {
      MemsnoopAllocatorFunction *function = memsnoop_allocator_function_new ();
      gchar mark = functions[i][0];

      function->passes_on = mark == '~';
      function->probe.possible = mark != '!';
      g_strlcpy (function->probe.reason, "because", sizeof function->probe.reason);
      function->names = g_strsplit (functions[i] + (mark == '~' || mark == '!' ? 1 : 0), " ", -1);
      function->operation = memsnoop_allocator_name_find (function->names[0])->operation;
      function->offset = 0x1000 + 0x100 * i;
      g_ptr_array_add (module->functions, function);
    }
  return module;
}

static MemsnoopMappedModules *
three_modules (void)
{
  return memsnoop_mapped_modules_parse (
      "55d0c0001000-55d0c0002000 r-xp 00001000 fd:01 100 /usr/bin/program\n"
      "7f0000300000-7f0000310000 r-xp 00000000 fd:01 200 /lib/libc.so.6\n"
      "7f0000400000-7f0000410000 r-xp 00000000 fd:01 300 /lib/libjemalloc.so.2\n"
      "7f0000601000-7f0000620000 r-xp 00001000 fd:01 600 /lib/ld-linux.so.2\n",
      NULL, PROGRAM, LOADER, NULL);
}

/* As "module:name", each. */
static gchar *
describe (const MemsnoopAllocatorChoice *choice)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < choice->functions->len; i++)
    {
      const MemsnoopEffectiveFunction *effective =
          &g_array_index (choice->functions, MemsnoopEffectiveFunction, i);

      g_string_append_printf (text, "%s%u:%s", i > 0 ? " " : "", effective->module,
                              effective->function->names[0]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct
{
  MemsnoopMappedModules *modules;
  MemsnoopAllocatorModule *made[4];
  MemsnoopAllocatorAnswer answers[4];
} Scene;

static void
scene_set_up (Scene *scene,
              const gchar *program,
              const gchar *first,
              const gchar *second,
              const gchar *loader)
{
  const gchar *texts[] = { program, first, second, loader };
  const MemsnoopAllocatorKind kinds[] = { MEMSNOOP_ALLOCATOR_KIND_UNKNOWN,
                                          MEMSNOOP_ALLOCATOR_KIND_JEMALLOC,
                                          MEMSNOOP_ALLOCATOR_KIND_GLIBC,
                                          MEMSNOOP_ALLOCATOR_KIND_NONE };

  memset (scene, 0, sizeof *scene);
  scene->modules = three_modules ();
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      scene->made[i] =
          texts[i][0] != '\0' ? make_module (texts[i], kinds[i]) : memsnoop_allocator_module_new ();
      scene->answers[i].module = scene->made[i];
    }
}

static void
scene_clear (Scene *scene)
{
  for (guint i = 0; i < G_N_ELEMENTS (scene->made); i++)
    memsnoop_allocator_module_free (scene->made[i]);
  memsnoop_mapped_modules_free (scene->modules);
}

#define GLIBC "malloc;free cfree;calloc;realloc;memalign aligned_alloc;mmap mmap64;munmap"

static void
test_mappings_are_of_the_first_definer_and_heaps_of_all (void)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  Scene scene;

  scene_set_up (&scene, "", "malloc;free;calloc;realloc;memalign;aligned_alloc;cfree;mmap mmap64",
                GLIBC, "");
  choice = memsnoop_allocator_choose (7, scene.modules, scene.answers, &error);
  g_assert_no_error (error);
  text = describe (choice);
  g_assert_cmpstr (text, ==,
                   "1:malloc 1:free 1:calloc 1:realloc 1:memalign 1:aligned_alloc 1:cfree 1:mmap "
                   "2:malloc 2:free 2:calloc 2:realloc 2:memalign 2:munmap");
  g_assert_cmpuint (choice->allocator, ==, 1);
  g_assert_cmpint (choice->kind, ==, MEMSNOOP_ALLOCATOR_KIND_JEMALLOC);
  g_assert_cmpuint (choice->notes->len, ==, 0);
  scene_clear (&scene);
}

static void
test_a_program_has_its_own (void)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  g_autofree gchar *text = NULL;
  Scene scene;

  scene_set_up (&scene, GLIBC, "", "malloc;free", "");
  choice = memsnoop_allocator_choose (7, scene.modules, scene.answers, NULL);
  g_assert_nonnull (choice);
  text = describe (choice);
  g_assert_cmpstr (text, ==,
                   "0:malloc 0:free 0:calloc 0:realloc 0:memalign 0:mmap 0:munmap 2:malloc 2:free");
  g_assert_cmpuint (choice->allocator, ==, 0);
  scene_clear (&scene);
}

static void
test_wrappers_are_left_alone (void)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  g_autofree gchar *text = NULL;
  Scene scene;

  scene_set_up (&scene, "", "~_Znwm;~_ZdlPv", "malloc;free;~_Znwm", "");
  choice = memsnoop_allocator_choose (7, scene.modules, scene.answers, NULL);
  g_assert_nonnull (choice);
  text = describe (choice);
  g_assert_cmpstr (text, ==, "2:malloc 2:free");
  g_assert_cmpuint (choice->allocator, ==, 2);
  scene_clear (&scene);
}

static void
test_what_was_passed_over_is_told (void)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  Scene scene;

  scene_set_up (&scene, "", "!valloc", GLIBC, "");
  scene.answers[0].module = NULL;
  scene.answers[0].reason = "it is odd";
  g_ptr_array_add (scene.made[1]->skipped, g_strdup ("calloc is indirect"));
  choice = memsnoop_allocator_choose (7, scene.modules, scene.answers, NULL);
  g_assert_nonnull (choice);
  g_assert_cmpuint (choice->notes->len, ==, 3);
  g_assert_cmpstr (choice->notes->pdata[0], ==, "/usr/bin/program: it is odd");
  g_assert_cmpstr (choice->notes->pdata[1], ==, "/lib/libjemalloc.so.2: calloc is indirect");
  g_assert_cmpstr (choice->notes->pdata[2], ==, "/lib/libjemalloc.so.2: valloc: because");
  scene_clear (&scene);
}

static void
test_nothing_found_says_what_was_looked_for (void)
{
  g_autoptr (GError) error = NULL;
  Scene scene;

  scene_set_up (&scene, "", "malloc", "mmap;munmap", "");
  g_assert_null (memsnoop_allocator_choose (7, scene.modules, scene.answers, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "process 7"));
  g_assert_nonnull (strstr (error->message, "/usr/bin/program, /lib/libjemalloc.so.2"));
  g_assert_nonnull (strstr (error->message, "posix_memalign"));
  g_assert_null (strstr (error->message, "Go"));
  scene_clear (&scene);
}

static void
test_go_programs_get_no_return_probes (void)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = NULL;
  g_autoptr (GError) error = NULL;
  Scene scene;

  scene_set_up (&scene, "", "", GLIBC, "");
  scene.made[0]->is_go = TRUE;
  choice = memsnoop_allocator_choose (7, scene.modules, scene.answers, NULL);
  g_assert_nonnull (choice);
  g_assert_true (choice->no_return_probes);
  scene_clear (&scene);
  /* A library that is written in Go makes no such program; and one without C's memory cannot be
   * recorded. */
  scene_set_up (&scene, "", "", "", "");
  scene.made[0]->is_go = TRUE;
  g_assert_null (memsnoop_allocator_choose (7, scene.modules, scene.answers, &error));
  g_assert_nonnull (strstr (error->message, "written in Go"));
  scene_clear (&scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/allocator-discovery/" name, function)
  ADD ("files-are-in-the-order-of-the-search", test_files_are_in_the_order_of_the_search);
  ADD ("preloaded-files-come-after-the-program", test_preloaded_files_come_after_the_program);
  ADD ("files-may-be-placed-upwards", test_files_may_be_placed_upwards);
  ADD ("each-file-is-there-once-with-its-code", test_each_file_is_there_once_with_its_code);
  ADD ("there-is-an-end-to-files", test_there_is_an_end_to_files);
  ADD ("paths-begin-at-the-root-of-the-process", test_paths_begin_at_the_root_of_the_process);
  ADD ("two-files-with-one-number-are-two-modules", test_two_files_with_one_number_are_two_modules);
  ADD ("odd-lines-are-left", test_odd_lines_are_left);
  ADD ("mappings-are-of-the-first-definer-and-heaps-of-all",
       test_mappings_are_of_the_first_definer_and_heaps_of_all);
  ADD ("a-program-has-its-own", test_a_program_has_its_own);
  ADD ("wrappers-are-left-alone", test_wrappers_are_left_alone);
  ADD ("what-was-passed-over-is-told", test_what_was_passed_over_is_told);
  ADD ("nothing-found-says-what-was-looked-for", test_nothing_found_says_what_was_looked_for);
  ADD ("go-programs-get-no-return-probes", test_go_programs_get_no_return_probes);
#undef ADD
  return g_test_run ();
}
