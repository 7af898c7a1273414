/* SPDX-License-Identifier: GPL-2.0-or-later */
/* With MEMSNOOP_PPROF_FILE set, the profile of the sample is written there for other tools to read.
 */
#include "heap-pprof.h"

#include "boot-time.h"
#include "heap-sample.h"
#include "heap-sites.h"
#include "pprof.pb-c.h"

#include <gio/gio.h>

static Pprof__Profile *
read_profile (GBytes *compressed)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (compressed);
  g_autoptr (GZlibDecompressor) decompressor =
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream =
      g_converter_input_stream_new (memory, G_CONVERTER (decompressor));
  g_autofree guint8 *data = g_malloc (MEBIBYTE);
  g_autoptr (GError) error = NULL;
  Pprof__Profile *profile;
  gsize size;

  g_assert_true (g_input_stream_read_all (stream, data, MEBIBYTE, &size, NULL, &error));
  g_assert_no_error (error);
  profile = pprof__profile__unpack (NULL, size, data);
  g_assert_nonnull (profile);
  return profile;
}

static Pprof__Profile *
write_profile (MemsnoopHeapSnapshot *const *heaps, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = memsnoop_heap_pprof_write (heaps, n, &error);

  g_assert_no_error (error);
  return read_profile (bytes);
}

static void
assert_text (Pprof__Profile *profile, gint64 index, const gchar *expected)
{
  g_assert_cmpint (index, >=, 0);
  g_assert_cmpint (index, <, (gint64) profile->n_string_table);
  g_assert_cmpstr (profile->string_table[index], ==, expected);
}

static Pprof__Location *
location (Pprof__Profile *profile, guint sample, guint index)
{
  guint64 id = profile->sample[sample]->location_id[index];

  g_assert_cmpuint (id, >, 0);
  g_assert_cmpuint (id, <=, profile->n_location);
  g_assert_cmpuint (profile->location[id - 1]->id, ==, id);
  return profile->location[id - 1];
}

static void
assert_line (
    Pprof__Profile *profile, Pprof__Line *line, const gchar *name, const gchar *file, gint64 number)
{
  Pprof__Function *function = profile->function[line->function_id - 1];

  g_assert_cmpuint (function->id, ==, line->function_id);
  assert_text (profile, function->name, name);
  assert_text (profile, function->filename, file);
  g_assert_cmpint (line->line, ==, number);
}

static void
test_values_are_those_of_heap_profiles (void)
{
  static const gchar *const types[][2] = { { "alloc_objects", "count" },
                                           { "alloc_space", "bytes" },
                                           { "inuse_objects", "count" },
                                           { "inuse_space", "bytes" } };
  static const gint64 expected[][4] = {
    { 64, 4 << 20, 64, 4 << 20 }, { 5, 2 << 20, 5, 2 << 20 }, { 30, 4 << 20, 0, 0 }, { 1, 0, 1, 0 }
  };
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  Pprof__Profile *profile = write_profile (&heap, 1);

  assert_text (profile, 0, "");
  assert_text (profile, profile->default_sample_type, "inuse_space");
  g_assert_cmpuint (profile->n_sample_type, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      assert_text (profile, profile->sample_type[i]->type, types[i][0]);
      assert_text (profile, profile->sample_type[i]->unit, types[i][1]);
    }
  g_assert_cmpuint (profile->n_sample, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (profile->sample[i]->n_value, ==, 4);
      for (guint j = 0; j < 4; j++)
        g_assert_cmpint (profile->sample[i]->value[j], ==, expected[i][j]);
      assert_text (profile, profile->sample[i]->label[0]->key, "process");
      assert_text (profile, profile->sample[i]->label[0]->str, "tree (1234)");
    }
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_places_have_functions_and_modules (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  Pprof__Profile *profile = write_profile (&heap, 1);
  Pprof__Location *leaf = location (profile, 0, 0);
  Pprof__Mapping *program = profile->mapping[leaf->mapping_id - 1];

  g_assert_cmpuint (profile->sample[0]->n_location_id, ==, 4);
  g_assert_cmpuint (leaf->n_line, ==, 2);
  g_assert_cmpuint (leaf->address, ==, 0x1234);
  assert_line (profile, leaf->line[0], "make_leaf", "/home/me/tree/tree.c", 12);
  assert_line (profile, leaf->line[1], "grow", "/home/me/tree/tree.c", 34);
  assert_line (profile, location (profile, 0, 2)->line[0], "__libc_start_call_main", "", 0);
  assert_line (profile, location (profile, 0, 3)->line[0], "tree+0x1099", "", 0);
  assert_text (profile, program->filename, "/opt/tree/bin/tree");
  assert_text (profile, program->build_id, "0123456789abcdef0123456789abcdef01234567");
  g_assert_cmpint (profile->mapping[1]->build_id, ==, 0);
  g_assert_cmpuint (program->memory_limit, >, 0x2000);
  g_assert_true (program->has_inline_frames);
  g_assert_true (program->has_line_numbers);
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_what_is_not_known_is_said (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  Pprof__Profile *profile = write_profile (&heap, 1);

  g_assert_cmpuint (profile->sample[1]->n_location_id, ==, 3);
  assert_line (profile, location (profile, 1, 0)->line[0], "libplugin.so+0x4567", "", 0);
  assert_line (profile, location (profile, 1, 1)->line[0], "0x7f0012345678", "", 0);
  g_assert_cmpuint (location (profile, 1, 1)->mapping_id, ==, 0);
  assert_line (profile, location (profile, 1, 2)->line[0], "[unknown]", "", 0);
  g_assert_cmpuint (profile->sample[3]->n_location_id, ==, 1);
  g_assert_true (location (profile, 3, 0) == location (profile, 1, 2));
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_equal_things_are_there_once (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  Pprof__Profile *profile = write_profile (&heap, 1);

  g_assert_cmpuint (profile->n_location, ==, 8);
  g_assert_cmpuint (profile->n_mapping, ==, 3);
  g_assert_cmpuint (profile->n_function, ==, 9);
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_several_processes_are_told_apart (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (MemsnoopHeapSnapshot) child = heap_sample_new ();
  MemsnoopHeapSnapshot *heaps[] = { heap, child };
  Pprof__Profile *profile;

  child->pid = 77;
  profile = write_profile (heaps, 2);
  g_assert_cmpuint (profile->n_sample, ==, 8);
  g_assert_cmpuint (profile->n_mapping, ==, 3);
  assert_text (profile, profile->sample[7]->label[0]->str, "tree (77)");
  g_assert_cmpuint (profile->n_comment, ==, 2);
  assert_text (profile, profile->comment[1],
               "Heap of tree (77), Memsnoop " MEMSNOOP_VERSION "; exact");
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_samples_tell_their_interval (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  guint64 now = memsnoop_boot_time ();
  gint64 real = g_get_real_time () * 1000;
  Pprof__Profile *profile;

  heap->since = now - 100 * SECOND;
  heap->taken_at = now;
  heap->sample_interval = 524288;
  heap->loss.table_full = 3;
  profile = write_profile (&heap, 1);
  g_assert_cmpint (profile->period, ==, 524288);
  assert_text (profile, profile->period_type->type, "space");
  assert_text (profile, profile->period_type->unit, "bytes");
  g_assert_cmpint (profile->duration_nanos, ==, 100 * SECOND);
  g_assert_cmpint (ABS (profile->time_nanos - (real - 100 * (gint64) SECOND)), <, SECOND);
  assert_text (profile, profile->comment[0],
               "Heap of tree (1234), Memsnoop " MEMSNOOP_VERSION
               "; estimates from a sample for each 512.0 KiB allocated; 3 calls lost");
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_nothing_is_a_profile_too (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  Pprof__Profile *profile = write_profile (&heap, 1);

  g_assert_cmpuint (profile->n_sample, ==, 0);
  g_assert_cmpuint (profile->n_sample_type, ==, 4);
  pprof__profile__free_unpacked (profile, NULL);
}

static void
test_ten_thousand_stacks_take_little_time (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (heap);
  g_autoptr (GBytes) bytes = NULL;
  MemsnoopFunction function = { "some_function", "/some/where/file.c", 100 };
  const MemsnoopFrame *frames[30];

  for (guint i = 0; i < 10000; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (frames); j++)
        frames[j] = memsnoop_heap_sites_add_frame (sites, "/usr/bin/large",
                                                   j == 0 ? i : (j << 20) + i % 100, &function, 1);
      memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = frames,
                                                           .n_frames = G_N_ELEMENTS (frames),
                                                           .live_bytes = 1 + i });
    }
  memsnoop_heap_sites_finish (sites);
  g_test_timer_start ();
  bytes = memsnoop_heap_pprof_write (&heap, 1, NULL);
  g_test_message ("%.3f s, %" G_GSIZE_FORMAT " bytes", g_test_timer_elapsed (),
                  g_bytes_get_size (bytes));
  g_assert_cmpuint (g_bytes_get_size (bytes), <, MEBIBYTE);
}

static void
test_other_tools_can_have_it (void)
{
  const gchar *path = g_getenv ("MEMSNOOP_PPROF_FILE");
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = memsnoop_heap_pprof_write (&heap, 1, &error);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_no_error (error);
  g_assert_cmpuint (size, >, 2);
  g_assert_cmpuint (data[0], ==, 0x1f);
  g_assert_cmpuint (data[1], ==, 0x8b);
  if (path != NULL)
    g_assert_true (g_file_set_contents (path, (const gchar *) data, (gssize) size, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-pprof/values-are-those-of-heap-profiles",
                   test_values_are_those_of_heap_profiles);
  g_test_add_func ("/heap-pprof/places-have-functions-and-modules",
                   test_places_have_functions_and_modules);
  g_test_add_func ("/heap-pprof/what-is-not-known-is-said", test_what_is_not_known_is_said);
  g_test_add_func ("/heap-pprof/equal-things-are-there-once", test_equal_things_are_there_once);
  g_test_add_func ("/heap-pprof/several-processes-are-told-apart",
                   test_several_processes_are_told_apart);
  g_test_add_func ("/heap-pprof/samples-tell-their-interval", test_samples_tell_their_interval);
  g_test_add_func ("/heap-pprof/nothing-is-a-profile-too", test_nothing_is_a_profile_too);
  g_test_add_func ("/heap-pprof/ten-thousand-stacks-take-little-time",
                   test_ten_thousand_stacks_take_little_time);
  g_test_add_func ("/heap-pprof/other-tools-can-have-it", test_other_tools_can_have_it);
  return g_test_run ();
}
