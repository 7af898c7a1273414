/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-report.h"

#include "heap-sample.h"
#include "heap-sites.h"
#include "under-valgrind.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef gboolean (*Append) (GString *, const MemsnoopHeapSnapshot *, guint, gsize);

static gchar *
write_whole (Append append, const MemsnoopHeapSnapshot *heap)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_false (append (text, heap, 0, G_MAXSIZE));
  g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static JsonObject *
parse (const gchar *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

static JsonObject *
row (JsonObject *object, const gchar *table, guint index)
{
  return json_array_get_object_element (json_object_get_array_member (object, table), index);
}

static void
assert_contains (const gchar *report, const gchar *text)
{
  if (strstr (report, text) == NULL)
    g_test_message ("%s", report);
  g_assert_nonnull (strstr (report, text));
}

static void
assert_lacks (const gchar *report, const gchar *text)
{
  g_assert_null (strstr (report, text));
}

static void
test_text_tells_who_holds_what (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_text, heap);

  g_test_message ("%s", report);
  assert_contains (report, "Heap of tree (1234), of user 1000");
  assert_contains (report, "  Recorded  1 min 40 s, since ");
  assert_contains (report, "  Live      6.0 MiB in 70 blocks, at most 7.0 MiB\n");
  assert_contains (report, "  Allocated 10.0 MiB in 100 allocations\n");
  assert_contains (report, "  Freed     4.0 MiB in 30 frees\n"
                           "            and 3 blocks from before the recording\n");
  assert_contains (report, "  Resident  8.0 MiB of anonymous memory\n"
                           "  Retained  2.0 MiB (25.0 % of it) is none of this: freed");
  assert_contains (report, "every allocation and free since the recording began");
  assert_contains (report,
                   "    64.0 KiB             99   ########################################");
  assert_contains (report,
                   "     4.0 MiB   66.7 %           64    +40.0 KiB/s   1 min 35 s             -\n"
                   "      make_leaf (tree.c:12) [inlined], in tree\n"
                   "      grow (tree.c:34)\n"
                   "      main (main.c:7)\n"
                   "      libc.so.6: __libc_start_call_main\n"
                   "      tree+0x1099\n\n"
                   "     2.0 MiB   33.3 %            5              -    1 min 0 s             -\n"
                   "      libplugin.so+0x4567\n"
                   "      0x7f0012345678\n"
                   "      (what called this is not known)\n\n");
  assert_lacks (report, "strdup");
  assert_lacks (report, "more\n");
  assert_lacks (report, "~");
  assert_lacks (report, "Lost");
}

static void
test_mappings_are_told_apart (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *text = NULL, *folded = NULL;
  g_autofree gchar *json = NULL;

  heap->mmap_count = 3;
  heap->mmap_bytes = 4 * MEBIBYTE;
  heap->munmap_bytes = 2 * MEBIBYTE;
  g_array_index (heap->sites, MemsnoopHeapSite, 1).is_mapping = TRUE;
  text = write_whole (memsnoop_heap_report_append_text, heap);
  assert_contains (text, "  Mapped    2.0 MiB by the program itself, of 4.0 MiB in 3 mappings\n");
  assert_contains (text, "  Retained  0 bytes (0.0 % of it)");
  assert_contains (
      text,
      "   25.0 %            5              -    1 min 0 s             -   mapped by the program");
  folded = write_whole (memsnoop_heap_report_append_folded, heap);
  assert_contains (folded, "libplugin.so+0x4567;[mapping] 2097152\n");
  json = write_whole (memsnoop_heap_report_append_json, heap);
  assert_contains (json, "\"mapping\":true");
  assert_contains (json, "\"map-bytes\":4194304");
}

static void
test_text_tells_what_is_lost (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = NULL;

  heap->exact = FALSE;
  heap->loss.table_full = 1200;
  heap->loss.recursion_misses = 1;
  heap->loss.unseen_frees = 2;
  heap->loss.stacks_not_unwound = 7;
  report = write_whole (memsnoop_heap_report_append_text, heap);
  assert_contains (report, "  Live      ~6.0 MiB");
  assert_contains (report, "  Exact     but for the lost calls\n");
  assert_contains (report, "  Lost      1,200 allocations without room in the live table");
  assert_contains (report, "\n            1 call skipped by the kernel");
  assert_contains (report, "\n            2 frees noticed only when the address was used again");
  assert_contains (report, "\n            7 call stacks known by the innermost");
}

static void
test_text_of_samples_tells_their_error (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = NULL;

  heap->exact = FALSE;
  heap->sample_interval = 512 * 1024;
  g_array_index (heap->sites, MemsnoopHeapSite, 0).standard_error = 1536;
  g_array_index (heap->sites, MemsnoopHeapSite, 0).growth_rate = -1.5;
  report = write_whole (memsnoop_heap_report_append_text, heap);
  assert_contains (report, "estimates from a sample for each 512.0 KiB allocated");
  assert_contains (report, "     4.0 MiB    ± 1.5 KiB   66.7 %           64     −5.3 KiB/h");
}

static void
test_text_has_as_many_stacks_as_asked_for (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_false (memsnoop_heap_report_append_text (text, heap, 1, G_MAXSIZE));
  assert_contains (text->str, "make_leaf");
  assert_contains (text->str, "    … 1 more\n");
  assert_lacks (text->str, "libplugin");
  assert_lacks (text->str, "no room");
}

static MemsnoopHeapSnapshot *
large_heap (guint n_sites, guint depth)
{
  MemsnoopHeapSnapshot *heap = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (heap);
  g_autofree const MemsnoopFrame **frames = g_new0 (const MemsnoopFrame *, depth);
  MemsnoopFunction function = { "some_function", "/some/where/file.c", 100 };

  for (guint i = 0; i < n_sites; i++)
    {
      for (guint j = 0; j < depth; j++)
        frames[j] = memsnoop_heap_sites_add_frame (sites, "/usr/bin/large",
                                                   j == 0 ? i : (j << 20) + i % 10, &function, 1);
      memsnoop_heap_sites_add (
          sites, &(MemsnoopHeapSite){
                     .frames = frames, .n_frames = depth, .live_bytes = 1 + i, .live_count = 1 });
    }
  memsnoop_heap_sites_finish (sites);
  return heap;
}

static guint64
sum_of_weights (const gchar *folded)
{
  g_auto (GStrv) lines = g_strsplit (folded, "\n", -1);
  guint64 sum = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      sum += g_ascii_strtoull (strrchr (lines[i], ' ') + 1, NULL, 10);
  return sum;
}

static void
test_reports_end_at_a_stack_when_there_is_no_room (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = large_heap (1000, 30);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) folded = g_string_new (NULL);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (JsonObject) object = NULL;
  guint n;

  g_assert_true (memsnoop_heap_report_append_text (text, heap, 0, 50000));
  g_assert_cmpuint (text->len, >, 45000);
  g_assert_cmpuint (text->len, <, 50100);
  assert_contains (text->str, " more\n    They found no room in this report.\n");

  g_assert_true (memsnoop_heap_report_append_folded (folded, heap, 0, 50000));
  g_assert_cmpuint (folded->len, >, 48000);
  g_assert_cmpuint (folded->len, <=, 50100);
  g_assert_cmpuint (sum_of_weights (folded->str), ==, 1000 * 1001 / 2);
  assert_contains (folded->str, " (0);[left out] ");

  g_assert_true (memsnoop_heap_report_append_json (json, heap, 0, 50000));
  g_assert_cmpuint (json->len, >, 45000);
  g_assert_cmpuint (json->len, <, 50500);
  object = parse (json->str);
  g_assert_true (json_object_get_boolean_member (object, "truncated"));
  n = json_array_get_length (json_object_get_array_member (object, "sites"));
  g_assert_cmpint (
      json_object_get_int_member (json_object_get_object_member (object, "left-out"), "sites"), ==,
      1000 - n);
}

static void
test_ten_thousand_stacks_take_little_time (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = large_heap (under_valgrind () ? 1000 : 10000, 30);
  static const Append forms[] = { memsnoop_heap_report_append_text,
                                  memsnoop_heap_report_append_json,
                                  memsnoop_heap_report_append_folded };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree gchar *report = NULL;

      g_test_timer_start ();
      report = write_whole (forms[i], heap);
      g_test_message ("form %u: %.3f s, %" G_GSIZE_FORMAT " bytes", i, g_test_timer_elapsed (),
                      strlen (report));
    }
}

static void
test_text_leaves_out_the_middle_of_a_deep_stack (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = large_heap (1, 500);
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_text, heap);

  assert_contains (report, "      … 460 more\n");
  g_assert_cmpuint (strlen (report), <, 4000);
}

static void
test_text_puts_neighbours_in_libc_into_one_line (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (heap);
  MemsnoopFunction inner = { "fopen", "stdio.c", 3 }, outer = { "getpwnam", NULL, 0 };
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, "/lib/libc.so.6", 1, &inner, 1),
    memsnoop_heap_sites_add_frame (sites, "/lib/libc.so.6", 2, NULL, 0),
    memsnoop_heap_sites_add_frame (sites, "/lib/libc.so.6", 3, &outer, 1),
  };
  g_autofree gchar *report = NULL;

  memsnoop_heap_sites_add (
      sites,
      &(MemsnoopHeapSite){ .frames = frames, .n_frames = 3, .complete = TRUE, .live_bytes = 1 });
  memsnoop_heap_sites_finish (sites);
  report = write_whole (memsnoop_heap_report_append_text, heap);
  assert_contains (report, "\n      libc.so.6: fopen ← +0x2 ← getpwnam\n\n");
}

static void
test_text_of_nothing_says_so (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_text, heap);

  assert_contains (report, "Nothing that was allocated since the recording began is live.");
}

static void
test_json_has_every_figure (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_json, heap);
  g_autoptr (JsonObject) object = parse (report);
  JsonObject *site = row (object, "sites", 0);
  JsonArray *ages = json_object_get_array_member (site, "bytes-by-age");

  g_test_message ("%s", report);
  g_assert_cmpint (json_object_get_int_member (object, "pid"), ==, 1234);
  g_assert_cmpstr (json_object_get_string_member (object, "exe"), ==, "/opt/tree/bin/tree");
  g_assert_cmpint (json_object_get_int_member (object, "current-bytes"), ==, 6 * MEBIBYTE);
  g_assert_cmpint (json_object_get_int_member (object, "current-count"), ==, 70);
  g_assert_cmpint (json_object_get_int_member (object, "retained"), ==, 2 * MEBIBYTE);
  g_assert_cmpfloat (json_object_get_double_member (object, "churn"), ==, 0.3);
  g_assert_true (json_object_get_boolean_member (object, "exact"));
  g_assert_false (json_object_get_boolean_member (object, "truncated"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "sites")), ==, 4);

  g_assert_cmpint (json_object_get_int_member (site, "bytes"), ==, 4 * MEBIBYTE);
  g_assert_cmpint (json_object_get_int_member (site, "count"), ==, 64);
  g_assert_cmpfloat (json_object_get_double_member (site, "growth-rate"), ==, 40960);
  g_assert_cmpint (json_object_get_int_member (site, "oldest-age"), ==, 95 * SECOND);
  g_assert_cmpint (json_array_get_int_element (ages, 2), ==, 2 * MEBIBYTE);
  g_assert_true (json_object_get_boolean_member (site, "complete"));
  g_assert_false (json_object_get_boolean_member (row (object, "sites", 1), "complete"));
  g_assert_cmpint (json_object_get_int_member (row (object, "sites", 2), "free-bytes"), ==,
                   4 * MEBIBYTE);
}

static void
test_json_resolves_frames_in_one_table (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_json, heap);
  g_autoptr (JsonObject) object = parse (report);
  JsonObject *site = row (object, "sites", 0), *copies = row (object, "sites", 2);
  JsonArray *frames = json_object_get_array_member (site, "frames");
  JsonArray *places = json_object_get_array_member (site, "places");
  JsonObject *leaf = row (object, "places", (guint) json_array_get_int_element (places, 0));
  JsonObject *grow = row (object, "places", (guint) json_array_get_int_element (places, 1));

  g_assert_cmpuint (json_array_get_length (frames), ==, 5);
  g_assert_cmpuint (json_array_get_length (places), ==, 5);
  g_assert_cmpstr (json_array_get_string_element (frames, 0), ==,
                   "make_leaf (tree.c:12) [inlined]");
  g_assert_cmpstr (json_object_get_string_member (leaf, "module"), ==, "/opt/tree/bin/tree");
  g_assert_cmpint (json_object_get_int_member (leaf, "offset"), ==, 0x1234);
  g_assert_cmpstr (json_object_get_string_member (leaf, "function"), ==, "make_leaf");
  g_assert_cmpstr (json_object_get_string_member (leaf, "file"), ==, "/home/me/tree/tree.c");
  g_assert_cmpint (json_object_get_int_member (leaf, "line"), ==, 12);
  g_assert_true (json_object_get_boolean_member (leaf, "inlined"));
  g_assert_false (json_object_get_boolean_member (grow, "inlined"));
  /* main() is in both call stacks. */
  g_assert_cmpint (json_array_get_int_element (json_object_get_array_member (copies, "places"), 1),
                   ==, json_array_get_int_element (places, 2));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "places")), ==, 8);
}

static void
add_probe (MemsnoopHeapSnapshot *heap, const gchar *functions, gboolean fast, guint n_returns)
{
  MemsnoopProbeDetail *probe = memsnoop_probe_detail_new ();

  probe->functions = g_strdup (functions);
  probe->module = g_strdup ("/usr/lib/liballoc.so.2");
  probe->offset = 4096;
  probe->place = fast ? 3 : 0;
  probe->fast = fast;
  probe->placement = g_strdup (fast ? "emulated: push rbp at +3" : "the entry, single-stepped");
  probe->returns = n_returns > 0 ? "instructions" : "session";
  probe->n_returns = n_returns;
  probe->links = "one";
  g_ptr_array_add (heap->probes, probe);
}

static MemsnoopHeapSnapshot *
thinned_sample (void)
{
  MemsnoopHeapSnapshot *heap = heap_sample_new ();

  heap->exact = FALSE;
  heap->sample_interval = 65536;
  heap->cpu_budget = 0.1;
  heap->expense = (MemsnoopHeapExpense){ .cpu_cost = 0.0875,
                                         .sample_interval = 262144,
                                         .recorded_share = 0.25 };
  add_probe (heap, "malloc", TRUE, 0);
  add_probe (heap, "calloc", FALSE, 0);
  add_probe (heap, "operator new(unsigned long)", TRUE, 2);
  return heap;
}

static void
test_text_tells_what_was_done_to_keep_a_budget (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = thinned_sample ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_text, heap);
  g_autofree gchar *missed = NULL;

  assert_contains (report,
                   "  Cost      8.8 % of one core in probes, of 10.0 % that they may take\n"
                   "            the sample interval was raised from 64.0 KiB to 256.0 KiB\n"
                   "            new blocks were recorded for 25.0 % of the time, frees all the "
                   "time\n");
  heap->expense.frees_missed = TRUE;
  missed = write_whole (memsnoop_heap_report_append_text, heap);
  assert_contains (missed, "recorded for 25.0 % of the time; blocks that were freed in the rest "
                           "may seem live\n");
}

static void
test_text_tells_which_probes_are_dear (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = thinned_sample ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_text, heap);

  assert_contains (report,
                   "  Probes    on 3 functions, 2 where the kernel has to single-step, which is "
                   "dear:\n"
                   "            calloc, operator new(unsigned long)\n");
}

static void
test_json_tells_cost_and_probes (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = thinned_sample ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_json, heap);
  g_autoptr (JsonObject) object = parse (report);
  JsonObject *probe = row (object, "probes", 0);

  g_assert_cmpfloat (json_object_get_double_member (object, "cpu-budget"), ==, 0.1);
  g_assert_cmpfloat (json_object_get_double_member (object, "cpu-cost"), ==, 0.0875);
  g_assert_cmpint (json_object_get_int_member (object, "sample-interval"), ==, 65536);
  g_assert_cmpint (json_object_get_int_member (object, "sample-interval-now"), ==, 262144);
  g_assert_cmpfloat (json_object_get_double_member (object, "recorded-share"), ==, 0.25);
  g_assert_false (json_object_get_boolean_member (object, "frees-missed"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "probes")), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (probe, "functions"), ==, "malloc");
  g_assert_cmpstr (json_object_get_string_member (probe, "module"), ==, "/usr/lib/liballoc.so.2");
  g_assert_cmpint (json_object_get_int_member (probe, "offset"), ==, 4096);
  g_assert_cmpint (json_object_get_int_member (probe, "place"), ==, 3);
  g_assert_true (json_object_get_boolean_member (probe, "fast"));
  g_assert_cmpstr (json_object_get_string_member (probe, "returns"), ==, "session");
  g_assert_cmpint (json_object_get_int_member (row (object, "probes", 2), "return-instructions"),
                   ==, 2);
}

static void
test_folded_is_outermost_first (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = heap_sample_new ();
  g_autofree gchar *report = write_whole (memsnoop_heap_report_append_folded, heap);

  g_assert_cmpstr (report, ==,
                   "tree (1234);tree+0x1099;__libc_start_call_main (libc.so.6);main (main.c:7);"
                   "grow (tree.c:34);make_leaf (tree.c:12) [inlined] 4194304\n"
                   "tree (1234);[unknown];0x7f0012345678;libplugin.so+0x4567 2097152\n");
}

static void
test_folded_cannot_be_forged (void)
{
  g_autoptr (MemsnoopHeapSnapshot) heap = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (heap);
  MemsnoopFunction function = { "f;g\nh 12.5", NULL, 0 };
  const MemsnoopFrame *frame = memsnoop_heap_sites_add_frame (sites, NULL, 1, &function, 1);
  g_autofree gchar *report = NULL;

  heap->comm = g_strdup ("a;b\n");
  heap->pid = 5;
  memsnoop_heap_sites_add (
      sites,
      &(MemsnoopHeapSite){ .frames = &frame, .n_frames = 1, .complete = TRUE, .live_bytes = 7 });
  memsnoop_heap_sites_finish (sites);
  report = write_whole (memsnoop_heap_report_append_folded, heap);
  g_assert_cmpstr (report, ==, "a:b\\x0a (5);f:g\\x0ah_12.5 7\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-report/text-tells-who-holds-what", test_text_tells_who_holds_what);
  g_test_add_func ("/heap-report/mappings-are-told-apart", test_mappings_are_told_apart);
  g_test_add_func ("/heap-report/text-tells-what-is-lost", test_text_tells_what_is_lost);
  g_test_add_func ("/heap-report/text-of-samples-tells-their-error",
                   test_text_of_samples_tells_their_error);
  g_test_add_func ("/heap-report/text-has-as-many-stacks-as-asked-for",
                   test_text_has_as_many_stacks_as_asked_for);
  g_test_add_func ("/heap-report/text-leaves-out-the-middle-of-a-deep-stack",
                   test_text_leaves_out_the_middle_of_a_deep_stack);
  g_test_add_func ("/heap-report/text-puts-neighbours-in-libc-into-one-line",
                   test_text_puts_neighbours_in_libc_into_one_line);
  g_test_add_func ("/heap-report/text-of-nothing-says-so", test_text_of_nothing_says_so);
  g_test_add_func ("/heap-report/reports-end-at-a-stack-when-there-is-no-room",
                   test_reports_end_at_a_stack_when_there_is_no_room);
  g_test_add_func ("/heap-report/ten-thousand-stacks-take-little-time",
                   test_ten_thousand_stacks_take_little_time);
  g_test_add_func ("/heap-report/json-has-every-figure", test_json_has_every_figure);
  g_test_add_func ("/heap-report/json-resolves-frames-in-one-table",
                   test_json_resolves_frames_in_one_table);
  g_test_add_func ("/heap-report/text-tells-what-was-done-to-keep-a-budget",
                   test_text_tells_what_was_done_to_keep_a_budget);
  g_test_add_func ("/heap-report/text-tells-which-probes-are-dear",
                   test_text_tells_which_probes_are_dear);
  g_test_add_func ("/heap-report/json-tells-cost-and-probes", test_json_tells_cost_and_probes);
  g_test_add_func ("/heap-report/folded-is-outermost-first", test_folded_is_outermost_first);
  g_test_add_func ("/heap-report/folded-cannot-be-forged", test_folded_cannot_be_forged);
  return g_test_run ();
}
