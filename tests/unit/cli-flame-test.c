/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flame graphs: what is read of a report, that widths add up, and that no text becomes a part of
 * the page. */
#include "command-error.h"
#include "flame-page.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define SITE(bytes, count, frames, places)                                                         \
  "{\"bytes\":" #bytes ",\"count\":" #count ",\"alloc-bytes\":100,\"alloc-count\":10,"             \
  "\"complete\":true,\"frames\":[" frames "],\"places\":[" places "]}"

#define HEAP(sites, left_out)                                                                      \
  "{\"pid\":7,\"comm\":\"tree\",\"exe\":\"/bin/tree\",\"since\":1,\"taken-at\":2,"                 \
  "\"current-bytes\":80,\"current-count\":8,\"sites\":[" sites "],\"places\":["                    \
  "{\"module\":\"/bin/tree\",\"offset\":16,\"function\":\"leaf\",\"file\":\"/src/leaf.c\","        \
  "\"line\":3},{\"module\":\"/bin/tree\",\"offset\":32}],\"left-out\":{\"sites\":" left_out "}}"

#define REPORT(heaps) "{\"report-version\":1,\"heaps\":[" heaps "]}"

#define TWO_SITES                                                                                  \
  SITE (40, 4, "\"leaf (leaf.c:3)\",\"tree+0x20\"", "0,1")                                         \
  "," SITE (20, 1, "\"other\",\"tree+0x20\"", "9,1")

static GPtrArray *
read_report (const gchar *report)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *memories = memsnoop_reported_memory_read (report, strlen (report), "it", &error);

  g_assert_no_error (error);
  return memories;
}

static const MemsnoopFlameNode *
node (const MemsnoopFlameTree *tree, guint index)
{
  g_assert_cmpuint (index, <, tree->nodes->len);
  return &g_array_index (tree->nodes, MemsnoopFlameNode, index);
}

static void
assert_node (
    const MemsnoopFlameTree *tree, guint index, guint level, const gchar *text, guint64 value)
{
  g_assert_cmpstr (node (tree, index)->text, ==, text);
  g_assert_cmpuint (node (tree, index)->level, ==, level);
  g_assert_cmpuint (node (tree, index)->value, ==, value);
}

/* No node is narrower than what stands on it. */
static void
assert_widths (const MemsnoopFlameTree *tree)
{
  for (guint i = 0; i < tree->nodes->len; i++)
    {
      guint64 sum = 0;

      for (guint j = i + 1; j < tree->nodes->len && node (tree, j)->level > node (tree, i)->level;
           j++)
        if (node (tree, j)->level == node (tree, i)->level + 1)
          sum += node (tree, j)->value;
      g_assert_cmpuint (sum, <=, node (tree, i)->value);
    }
}

static void
test_stacks_share_their_callers (void)
{
  g_autoptr (GPtrArray) memories = read_report (REPORT (HEAP (TWO_SITES, "0")));
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);

  g_assert_cmpuint (tree->nodes->len, ==, 4);
  assert_node (tree, 0, 0, "Heap of tree (7)", 60);
  assert_node (tree, 1, 1, "tree+0x20", 60);
  assert_node (tree, 2, 2, "leaf (leaf.c:3)", 40);
  assert_node (tree, 3, 2, "other", 20);
  assert_widths (tree);
  g_assert_cmpstr (node (tree, 1)->source, ==, "/bin/tree+0x20");
  g_assert_cmpstr (node (tree, 2)->source, ==, "/src/leaf.c:3");
  g_assert_cmpstr (node (tree, 2)->module, ==, "/bin/tree");
  g_assert_cmpstr (node (tree, 3)->source, ==, "");
}

static void
test_widths_are_of_the_value_that_is_asked_for (void)
{
  g_autoptr (GPtrArray) memories = read_report (REPORT (HEAP (TWO_SITES, "0")));
  const guint64 totals[] = { 60, 5, 200, 20 };
  g_autoptr (GError) error = NULL;
  MemsnoopFlameValue value;

  for (guint i = 0; i < G_N_ELEMENTS (totals); i++)
    {
      g_autoptr (MemsnoopFlameTree) tree =
          memsnoop_flame_tree_new (memories, (MemsnoopFlameValue) i, 99);

      g_assert_cmpuint (node (tree, 0)->value, ==, totals[i]);
    }
  g_assert_true (memsnoop_flame_value_parse ("alloc-count", &value, NULL));
  g_assert_cmpint (value, ==, MEMSNOOP_FLAME_ALLOC_COUNT);
  g_assert_false (memsnoop_flame_value_parse ("beauty", &value, &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
}

static void
test_what_a_report_leaves_out_has_its_width (void)
{
  g_autoptr (GPtrArray) memories = read_report (REPORT (HEAP (TWO_SITES, "3")));
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);

  assert_node (tree, 0, 0, "Heap of tree (7)", 80);
  assert_node (tree, 4, 1, "[left out]", 20);
}

static void
test_several_memories_stand_side_by_side (void)
{
  g_autoptr (GPtrArray) memories = read_report (
      "{\"report-version\":1,\"recording\":{\"since\":1,\"taken-at\":2},\"totals\":{},\"sites\":"
      "[{\"bytes\":5,\"count\":1,\"cache\":\"dentry\",\"frames\":[\"__d_alloc+0x2b\"]}],"
      "\"heaps\":[" HEAP (TWO_SITES, "0") "]}");
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);

  assert_node (tree, 0, 0, "All recorded memory", 65);
  assert_node (tree, 1, 1, "Heap of tree (7)", 60);
  assert_node (tree, 5, 1, "Kernel memory", 5);
  assert_node (tree, 6, 2, "__d_alloc+0x2b", 5);
  assert_node (tree, 7, 3, "slab cache dentry", 5);
}

/* @n stacks of a function each, of 1 byte and up. */
static gchar *
write_wide_report (guint n)
{
  g_autoptr (GString) sites = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (sites, "%s{\"bytes\":%u,\"complete\":true,\"frames\":[\"f%u\",\"g\"]}",
                            i > 0 ? "," : "", i + 1, i);
  return g_strdup_printf ("{\"report-version\":1,\"heaps\":[{\"sites\":[%s]}]}", sites->str);
}

static void
test_no_more_nodes_than_asked_for_and_the_rest_is_summed_up (void)
{
  g_autofree gchar *report = write_wide_report (100);
  g_autoptr (GPtrArray) memories = read_report (report);
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 12);

  g_assert_cmpuint (tree->nodes->len, ==, 13);
  g_assert_cmpuint (tree->left_out, ==, 90);
  assert_node (tree, 0, 0, "Heap of  (0)", 5050);
  assert_node (tree, 2, 2, "f99", 100);
  assert_node (tree, 11, 2, "f90", 91);
  assert_node (tree, 12, 2, "[90 smaller]", 90 * 91 / 2);
}

static void
test_the_middle_of_a_deep_stack_is_left_out (void)
{
  g_autoptr (GString) frames = g_string_new ("\"innermost\"");
  g_autofree gchar *report = NULL;
  g_autoptr (GPtrArray) memories = NULL;
  g_autoptr (MemsnoopFlameTree) tree = NULL;
  guint depth = MEMSNOOP_FLAME_OUTERMOST + MEMSNOOP_FLAME_INNERMOST;

  for (guint i = 0; i < 5000; i++)
    g_string_append (frames, ",\"f\"");
  report = g_strdup_printf ("{\"report-version\":1,\"heaps\":[{\"sites\":[{\"bytes\":9,"
                            "\"complete\":true,\"frames\":[%s]}]}]}",
                            frames->str);
  memories = read_report (report);
  tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 9999);
  g_assert_cmpuint (tree->nodes->len, ==, 1 + depth + 1);
  assert_node (tree, 1 + MEMSNOOP_FLAME_OUTERMOST, 1 + MEMSNOOP_FLAME_OUTERMOST,
               "[middle of a deep stack]", 9);
  assert_node (tree, 1 + depth, 1 + depth, "innermost", 9);
}

static void
test_sums_never_go_beyond_what_a_browser_can_count (void)
{
  g_autoptr (GPtrArray) memories = read_report (REPORT (HEAP (
      SITE (9223372036854775807, 1, "\"a\"", "0") "," SITE (9223372036854775807, 1, "\"b\"", "0"),
      "5")));
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);

  g_assert_cmpuint (tree->nodes->len, ==, 2);
  assert_node (tree, 0, 0, "Heap of tree (7)", MEMSNOOP_REPORTED_MAXIMUM);
  assert_widths (tree);
}

static guint
count (const gchar *text, const gchar *part)
{
  g_auto (GStrv) parts = g_strsplit (text, part, -1);

  return g_strv_length (parts) - 1;
}

static void
test_no_text_becomes_a_part_of_the_page (void)
{
  g_autoptr (GPtrArray) memories = read_report (
      REPORT (HEAP (SITE (1, 1, "\"</script><script>alert(1)</script><!--\"",
                          "0") "," SITE (1, 1, "\"@title@\\u0000\\u202e\\u2028\"", "0"),
                    "0")));
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);
  g_autofree gchar *harmless = memsnoop_flame_page (tree, MEMSNOOP_FLAME_BYTES, "x", "");
  g_autofree gchar *page = memsnoop_flame_page (
      tree, MEMSNOOP_FLAME_BYTES, "</title><b onclick=\"x\">@data@", "<i>&@script@\x01");

  g_assert_cmpuint (count (page, "<script"), ==, 2);
  g_assert_cmpuint (count (page, "</script"), ==, 2);
  g_assert_cmpuint (count (page, "alert(1)"), ==, 1);
  g_assert_cmpuint (count (page, "\\u003c/script\\u003e\\u003cscript\\u003ealert"), ==, 1);
  g_assert_cmpuint (count (page, "<b"), ==, count (harmless, "<b"));
  g_assert_cmpuint (count (page, "<i>"), ==, 0);
  g_assert_cmpuint (count (page, "\xe2\x80\xae"), ==, 0);
  g_assert_cmpuint (count (page, "\xe2\x80\xa8"), ==, 0);
  /* What looks like a place of the template stays a text. */
  g_assert_cmpuint (count (page, "@title@"), ==, 1);
  g_assert_cmpuint (count (page, "@data@"), ==, 2);
  g_assert_true (g_utf8_validate (page, -1, NULL));
}

/* The policy of the page names the text of the style and of the script. */
static void
assert_hash (const gchar *page, const gchar *opening, const gchar *closing)
{
  const gchar *beginning = strstr (page, opening) + strlen (opening);
  const gchar *end = strstr (beginning, closing);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree gchar *base64 = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  g_checksum_update (checksum, (const guchar *) beginning, end - beginning);
  g_checksum_get_digest (checksum, digest, &length);
  base64 = g_base64_encode (digest, length);
  g_assert_nonnull (strstr (page, base64));
}

static void
test_the_page_loads_nothing_and_runs_its_script_alone (void)
{
  g_autoptr (GPtrArray) memories = read_report (REPORT (HEAP (TWO_SITES, "0")));
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);
  g_autofree gchar *page = memsnoop_flame_page (tree, MEMSNOOP_FLAME_BYTES, "Tree", "");

  g_assert_nonnull (strstr (page, "default-src 'none'; "));
  g_assert_cmpuint (count (page, "src="), ==, 0);
  g_assert_cmpuint (count (page, "http"), ==, 1);
  g_assert_cmpuint (count (page, "http-equiv"), ==, 1);
  g_assert_cmpuint (count (page, "url("), ==, 0);
  g_assert_cmpuint (count (page, "innerHTML"), ==, 0);
  assert_hash (page, "<style>", "</style>");
  assert_hash (page, "<script>", "</script>");
}

static void
test_a_page_is_of_bounded_size (void)
{
  g_autofree gchar *name = g_strnfill (100000, 'x');
  g_autofree gchar *report = g_strdup_printf ("{\"report-version\":1,\"heaps\":[{\"sites\":[{"
                                              "\"bytes\":9,\"frames\":[\"%s\"]}]}]}",
                                              name);
  g_autoptr (GPtrArray) memories = read_report (report);
  g_autoptr (MemsnoopFlameTree) tree = memsnoop_flame_tree_new (memories, MEMSNOOP_FLAME_BYTES, 99);
  g_autofree gchar *page = memsnoop_flame_page (tree, MEMSNOOP_FLAME_BYTES, "Tree", "");
  g_autofree gchar *wide = write_wide_report (MEMSNOOP_FLAME_MAXIMUM_NODES + 5000);
  g_autoptr (GPtrArray) wide_memories = read_report (wide);
  g_autoptr (MemsnoopFlameTree) wide_tree =
      memsnoop_flame_tree_new (wide_memories, MEMSNOOP_FLAME_BYTES, MEMSNOOP_FLAME_MAXIMUM_NODES);
  g_autofree gchar *wide_page = memsnoop_flame_page (wide_tree, MEMSNOOP_FLAME_BYTES, "Tree", "");

  g_assert_cmpuint (strlen (page), <, 25000);
  g_assert_cmpuint (wide_tree->nodes->len, ==, MEMSNOOP_FLAME_MAXIMUM_NODES + 1);
  g_assert_cmpuint (strlen (wide_page), <, 2000000);
}

static void
assert_no_report (const gchar *text, const gchar *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_reported_memory_read (text, strlen (text), "a.json", &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED);
  if (!g_str_has_prefix (error->message, "a.json is ") || strstr (error->message, reason) == NULL)
    g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "a.json is "));
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_what_is_no_report_is_told (void)
{
  g_autofree gchar *deep = g_strnfill (1000000, '[');

  assert_no_report ("", "empty");
  assert_no_report ("hello", "no report in JSON");
  assert_no_report ("\x1f\x8b\xff", "not UTF-8");
  assert_no_report (deep, "nested deeper");
  assert_no_report ("[1]", "would be an object");
  assert_no_report ("{\"a\":1}", "report-version");
  assert_no_report ("{\"report-version\":\"1\"}", "report-version");
  assert_no_report ("{\"report-version\":2}", "it reads version 1");
}

static void
test_members_of_other_types_are_as_good_as_absent (void)
{
  g_autoptr (GPtrArray) memories = read_report (
      "{\"report-version\":1,\"recording\":[],\"totals\":3,\"heaps\":[7,{\"pid\":-3,\"comm\":[],"
      "\"current-bytes\":\"x\",\"left-out\":[],\"places\":[4,{\"file\":7,\"line\":\"x\"}],"
      "\"sites\":"
      "[null,{\"bytes\":1e300,\"count\":-1,\"complete\":1,\"frames\":[null,7,{},\"f\"],"
      "\"places\":[0,1,-2,1e99,\"x\"]}]}]}");
  const MemsnoopReportedMemory *memory = memories->pdata[0];
  const MemsnoopReportedStack *stack = memory->stacks->pdata[0];

  g_assert_cmpuint (memories->len, ==, 1);
  g_assert_cmpuint (memory->pid, ==, 0);
  g_assert_cmpstr (memory->comm, ==, "");
  g_assert_cmpuint (memory->stacks->len, ==, 1);
  g_assert_cmpuint (stack->bytes, ==, MEMSNOOP_REPORTED_MAXIMUM);
  g_assert_cmpuint (stack->count, ==, 0);
  g_assert_false (stack->complete);
  g_assert_cmpuint (stack->n_frames, ==, 4);
  g_assert_cmpstr (stack->frames[3].text, ==, "f");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree/stacks-share-their-callers", test_stacks_share_their_callers);
  g_test_add_func ("/tree/widths-are-of-the-value-that-is-asked-for",
                   test_widths_are_of_the_value_that_is_asked_for);
  g_test_add_func ("/tree/what-a-report-leaves-out-has-its-width",
                   test_what_a_report_leaves_out_has_its_width);
  g_test_add_func ("/tree/several-memories-stand-side-by-side",
                   test_several_memories_stand_side_by_side);
  g_test_add_func ("/tree/no-more-nodes-than-asked-for-and-the-rest-is-summed-up",
                   test_no_more_nodes_than_asked_for_and_the_rest_is_summed_up);
  g_test_add_func ("/tree/the-middle-of-a-deep-stack-is-left-out",
                   test_the_middle_of_a_deep_stack_is_left_out);
  g_test_add_func ("/tree/sums-never-go-beyond-what-a-browser-can-count",
                   test_sums_never_go_beyond_what_a_browser_can_count);
  g_test_add_func ("/page/no-text-becomes-a-part-of-it", test_no_text_becomes_a_part_of_the_page);
  g_test_add_func ("/page/loads-nothing-and-runs-its-script-alone",
                   test_the_page_loads_nothing_and_runs_its_script_alone);
  g_test_add_func ("/page/is-of-bounded-size", test_a_page_is_of_bounded_size);
  g_test_add_func ("/report/what-is-none-is-told", test_what_is_no_report_is_told);
  g_test_add_func ("/report/members-of-other-types-are-as-good-as-absent",
                   test_members_of_other_types_are_as_good_as_absent);
  return g_test_run ();
}
