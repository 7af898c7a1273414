/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of a process's growth, in every form. */
#include "growth-stats.h"
#include "heap-pprof.h"
#include "heap-reports.h"
#include "heap-sample.h"
#include "heap-sites.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* 3 MiB in 260 faults from grow() called by main(), and a page from nowhere. */
static MemsnoopHeapSnapshot *
growth_new (void)
{
  static const MemsnoopFunction grow = { "grow", "tree.c", 34 },
                                main_function = { "main", NULL, 0 };
  MemsnoopHeapSnapshot *growth = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (growth);
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, "/usr/bin/tree", 0x1000, &grow, 1),
    memsnoop_heap_sites_add_frame (sites, "/usr/bin/tree", 0x2000, &main_function, 1),
  };

  growth->source = MEMSNOOP_STACK_SOURCE_GROWTH;
  growth->taken_at = 300 * SECOND;
  growth->since = 200 * SECOND;
  growth->pid = 1234;
  growth->uid = 1000;
  growth->comm = g_strdup ("tree");
  growth->executable = g_strdup ("/usr/bin/tree");
  growth->alloc_count = 261;
  growth->alloc_bytes = growth->current_bytes = 3 * MEBIBYTE + 4096;
  growth->by_kernel_count = 2;
  growth->by_kernel_bytes = 8192;
  growth->from_swap_count = 1;
  growth->from_swap_bytes = 4096;
  growth->size_histogram[12] = 260;
  growth->size_histogram[21] = 1;
  growth->resident_anonymous = 8 * MEBIBYTE;
  growth->last_thread = 1240;
  growth->exact = TRUE;
  memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = frames,
                                                       .n_frames = G_N_ELEMENTS (frames),
                                                       .complete = TRUE,
                                                       .live_bytes = 3 * MEBIBYTE,
                                                       .live_count = 260,
                                                       .alloc_bytes = 3 * MEBIBYTE,
                                                       .alloc_count = 260,
                                                       .growth_rate = 2048 });
  memsnoop_heap_sites_add (
      sites, &(MemsnoopHeapSite){
                 .live_bytes = 4096, .live_count = 1, .alloc_bytes = 4096, .alloc_count = 1 });
  memsnoop_heap_sites_finish (sites);
  return growth;
}

static GPtrArray *
list_new (gboolean with_heap)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  if (with_heap)
    g_ptr_array_add (list, heap_sample_new ());
  g_ptr_array_add (list, growth_new ());
  return list;
}

static void
assert_contains (const gchar *text, const gchar *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” lacks “%s”", text, part);
}

static void
test_text_tells_what_was_new_and_from_where (void)
{
  g_autoptr (GPtrArray) list = list_new (FALSE);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_false (memsnoop_heap_reports_append_text (text, list, 0, G_MAXSIZE));
  assert_contains (text->str, "Growth of tree (1234), of user 1000");
  assert_contains (text->str, "3.0 MiB in 261 faults");
  assert_contains (text->str, "of these 8.0 KiB in 2 faults by the kernel");
  assert_contains (text->str, "4.0 KiB in 1 fault, which are not new");
  assert_contains (text->str, "8.0 MiB of anonymous memory now");
  assert_contains (text->str, "grow (tree.c:34)");
  assert_contains (text->str, "+2.0 KiB/s");
  g_assert_null (strstr (text->str, "Churn"));
  g_assert_null (strstr (text->str, "OLDEST"));
}

static void
test_rows_without_room_are_left_out_and_told (void)
{
  g_autoptr (GPtrArray) list = list_new (FALSE);
  g_autoptr (GString) cut = g_string_new (NULL), limited = g_string_new (NULL);

  g_assert_true (memsnoop_heap_reports_append_text (cut, list, 0, 100));
  assert_contains (cut->str, "2 more");
  g_assert_false (memsnoop_heap_reports_append_text (limited, list, 1, G_MAXSIZE));
  assert_contains (limited->str, "1 more");
}

static JsonObject *
write_json (gboolean with_heap)
{
  g_autoptr (GPtrArray) list = list_new (with_heap);
  g_autofree gchar *text = memsnoop_heap_reports_write_json (list, 0, G_MAXSIZE);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static void
test_json_has_growth_beside_heaps (void)
{
  g_autoptr (JsonObject) both = write_json (TRUE), alone = write_json (FALSE);
  JsonArray *heaps = json_object_get_array_member (both, "heaps");
  JsonArray *growths = json_object_get_array_member (both, "growth");
  JsonObject *growth = json_array_get_object_element (growths, 0);
  JsonArray *sites = json_object_get_array_member (growth, "sites");

  g_assert_cmpuint (json_array_get_length (heaps), ==, 1);
  g_assert_cmpuint (json_array_get_length (growths), ==, 1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (alone, "heaps")), ==, 0);
  g_assert_cmpint (json_object_get_int_member (growth, "faults"), ==, 261);
  g_assert_cmpint (json_object_get_int_member (growth, "bytes"), ==, 3 * MEBIBYTE + 4096);
  g_assert_cmpint (json_object_get_int_member (growth, "kernel-bytes"), ==, 8192);
  g_assert_cmpint (json_object_get_int_member (growth, "swap-faults"), ==, 1);
  g_assert_cmpuint (json_array_get_length (sites), ==, 2);
  growth = json_array_get_object_element (sites, 0);
  g_assert_cmpint (json_object_get_int_member (growth, "count"), ==, 260);
  g_assert_false (json_object_has_member (growth, "free-bytes"));
}

static void
test_folded_lines_are_told_from_those_of_the_heap (void)
{
  g_autoptr (GPtrArray) list = list_new (TRUE);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_false (memsnoop_heap_reports_append_folded (text, list, 0, G_MAXSIZE));
  assert_contains (text->str, ";[growth];main (tree);grow (tree.c:34) 3145728\n");
  assert_contains (text->str, ";[growth];[unknown] 4096\n");
}

static void
test_a_profile_can_be_made (void)
{
  g_autoptr (GPtrArray) list = list_new (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) profile =
      memsnoop_heap_pprof_write ((MemsnoopHeapSnapshot *const *) list->pdata, list->len, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (profile), >, 100);
}

static void
test_statistics_have_the_documented_keys (void)
{
  g_autoptr (MemsnoopHeapSnapshot) growth = growth_new ();
  g_autoptr (GVariant) stats =
      g_variant_ref_sink (memsnoop_growth_stats_write (growth, 301 * SECOND));
  const gchar *numbers[] = { "since", "faults", "bytes", "sites-age", "lost" };
  g_autoptr (GVariant) sites = NULL;
  guint64 number;
  gboolean exact;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_true (g_variant_lookup (stats, numbers[i], "t", &number));
  g_assert_true (g_variant_lookup (stats, "bytes", "t", &number));
  g_assert_cmpuint (number, ==, 3 * MEBIBYTE + 4096);
  g_assert_true (g_variant_lookup (stats, "exact", "b", &exact) && exact);
  sites = g_variant_lookup_value (stats, "sites", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (sites), ==, 2);
}

#define ADD(name) g_test_add_func ("/growth-report/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (text_tells_what_was_new_and_from_where);
  ADD (rows_without_room_are_left_out_and_told);
  ADD (json_has_growth_beside_heaps);
  ADD (folded_lines_are_told_from_those_of_the_heap);
  ADD (a_profile_can_be_made);
  ADD (statistics_have_the_documented_keys);
  return g_test_run ();
}
