/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed from one report to another. */
#include "command-error.h"
#include "diff-text.h"
#include "report-diff.h"

#include <string.h>

#define SITE(bytes, count, frames)                                                                 \
  "{\"bytes\":" #bytes ",\"count\":" #count ",\"frames\":[" frames "]}"

/* Recorded since second 1 of process 7, which began at 5. */
#define HEAP(taken_at, bytes, sites)                                                               \
  "{\"pid\":7,\"start-time\":5,\"comm\":\"tree\",\"since\":1000000000,\"taken-at\":" taken_at      \
  ",\"current-bytes\":" #bytes ",\"current-count\":3,\"sites\":[" sites "]}"

#define REPORT(heaps) "{\"report-version\":1,\"heaps\":[" heaps "]}"

static MemsnoopReportDiff *
compare (const gchar *before, const gchar *after)
{
  g_autoptr (JsonNode) first = json_from_string (before, NULL);
  g_autoptr (JsonNode) second = json_from_string (after, NULL);
  g_autoptr (GError) error = NULL;
  MemsnoopReportDiff *diff = memsnoop_report_diff_new (first, "a", second, "b", &error);

  g_assert_no_error (error);
  return diff;
}

static const MemsnoopSiteChange *
nth (const MemsnoopReportDiff *diff, guint index)
{
  g_assert_cmpuint (index, <, diff->changes->len);
  return diff->changes->pdata[index];
}

static void
assert_change (const MemsnoopReportDiff *diff,
               guint index,
               MemsnoopSiteState state,
               const gchar *frame,
               gint64 before,
               gint64 after)
{
  const MemsnoopSiteChange *change = nth (diff, index);

  g_assert_cmpint (memsnoop_site_change_get_state (change), ==, state);
  g_assert_cmpstr (change->frames[0], ==, frame);
  g_assert_cmpint (change->before_bytes, ==, before);
  g_assert_cmpint (change->after_bytes, ==, after);
}

static void
test_stacks_grow_shrink_appear_and_vanish (void)
{
  g_autoptr (MemsnoopReportDiff) diff = compare (
      REPORT (HEAP (
          "2000000000", 100,
          SITE (10, 1, "\"grows\",\"main\"") "," SITE (50, 2, "\"shrinks\"") "," SITE (
              30, 3, "\"goes\"") "," SITE (10, 1, "\"stays\"") "," SITE (0, 0, "\"revives\""))),
      REPORT (HEAP (
          "6000000000", 300,
          SITE (210, 5, "\"grows\",\"main\"") "," SITE (49, 2, "\"shrinks\"") "," SITE (
              0, 0,
              "\"goes\"") "," SITE (10, 1,
                                    "\"stays\"") "," SITE (20, 1,
                                                           "\"revives\"") "," SITE (25, 1,
                                                                                    "\"comes\""))));

  g_assert_cmpuint (diff->changes->len, ==, 5);
  assert_change (diff, 0, MEMSNOOP_SITE_GROWN, "grows", 10, 210);
  assert_change (diff, 1, MEMSNOOP_SITE_NEW, "comes", 0, 25);
  assert_change (diff, 2, MEMSNOOP_SITE_NEW, "revives", 0, 20);
  assert_change (diff, 3, MEMSNOOP_SITE_GONE, "goes", 30, 0);
  assert_change (diff, 4, MEMSNOOP_SITE_SHRUNK, "shrinks", 50, 49);
  g_assert_cmpint (diff->before.bytes, ==, 100);
  g_assert_cmpint (diff->after.bytes, ==, 300);
  g_assert_cmpint (nth (diff, 0)->after_count - nth (diff, 0)->before_count, ==, 4);
}

static void
test_two_moments_of_a_recording_give_a_rate (void)
{
  g_autoptr (MemsnoopReportDiff) diff =
      compare (REPORT (HEAP ("2000000000", 100, SITE (10, 1, "\"f\""))),
               REPORT (HEAP ("6000000000", 300, SITE (210, 5, "\"f\""))));
  const MemsnoopSiteChange *change = nth (diff, 0);

  g_assert_cmpfloat (diff->seconds, ==, 4);
  g_assert_cmpfloat (change->seconds, ==, 4);
  g_assert_cmpfloat (
      memsnoop_report_diff_rate (change->before_bytes, change->after_bytes, change->seconds), ==,
      50);
  g_assert_cmpfloat (memsnoop_report_diff_rate (300, 100, 4), ==, -50);
  g_assert_cmpfloat (memsnoop_report_diff_rate (300, 100, 0), ==, 0);
  g_assert_false (diff->reversed);
}

static void
test_other_recordings_give_none (void)
{
  g_autoptr (MemsnoopReportDiff) diff =
      compare (REPORT (HEAP ("2000000000", 100, SITE (10, 1, "\"f\""))),
               REPORT ("{\"pid\":8,\"start-time\":5,\"comm\":\"tree\",\"since\":1000000000,"
                       "\"taken-at\":6000000000,\"sites\":[" SITE (210, 5, "\"f\"") "]}"));

  /* The only heap of each is compared all the same. */
  assert_change (diff, 0, MEMSNOOP_SITE_GROWN, "f", 10, 210);
  g_assert_cmpfloat (diff->seconds, ==, 0);
  g_assert_cmpfloat (nth (diff, 0)->seconds, ==, 0);
}

static void
test_a_rate_of_all_needs_one_of_each (void)
{
  g_autoptr (MemsnoopReportDiff) diff =
      compare (REPORT (HEAP ("2000000000", 100, SITE (10, 1, "\"f\""))),
               REPORT (HEAP ("6000000000", 100,
                             SITE (20, 1, "\"f\"")) ",{\"pid\":8,\"since\":1,"
                                                    "\"sites\":[" SITE (5, 5, "\"f\"") "]}"));

  g_assert_cmpfloat (diff->seconds, ==, 0);
  g_assert_cmpuint (diff->changes->len, ==, 2);
  assert_change (diff, 0, MEMSNOOP_SITE_GROWN, "f", 10, 20);
  g_assert_cmpfloat (nth (diff, 0)->seconds, ==, 4);
  assert_change (diff, 1, MEMSNOOP_SITE_NEW, "f", 0, 5);
  g_assert_cmpstr (nth (diff, 1)->process, ==, " (8)");
  g_assert_cmpfloat (nth (diff, 1)->seconds, ==, 0);
}

static void
test_the_wrong_order_is_noticed (void)
{
  g_autoptr (MemsnoopReportDiff) diff =
      compare (REPORT (HEAP ("6000000000", 300, SITE (210, 5, "\"f\""))),
               REPORT (HEAP ("2000000000", 100, SITE (10, 1, "\"f\""))));

  g_assert_true (diff->reversed);
  g_assert_cmpfloat (diff->seconds, ==, 0);
  g_assert_cmpfloat (nth (diff, 0)->seconds, ==, 0);
}

static void
test_kernel_memory_is_compared_with_kernel_memory (void)
{
  const gchar *before =
      "{\"report-version\":1,\"recording\":{\"since\":1,\"taken-at\":2000000000},\"totals\":"
      "{\"current-bytes\":5,\"current-count\":1},\"left-out\":{\"sites\":3},\"sites\":[{\"bytes\":"
      "5,"
      "\"count\":1,\"cache\":\"dentry\",\"frames\":[\"f\"]}]}";
  const gchar *after =
      "{\"report-version\":1,\"recording\":{\"since\":1,\"taken-at\":4000000000},\"totals\":"
      "{\"current-bytes\":9,\"current-count\":2},\"sites\":[{\"bytes\":9,\"count\":2,"
      "\"cache\":\"dentry\",\"frames\":[\"f\"]}],\"heaps\":[" HEAP ("1", 1,
                                                                    SITE (1, 1, "\"f\"")) "]}";
  g_autoptr (MemsnoopReportDiff) diff = compare (before, after);

  assert_change (diff, 0, MEMSNOOP_SITE_GROWN, "f", 5, 9);
  g_assert_cmpstr (nth (diff, 0)->cache, ==, "dentry");
  g_assert_cmpfloat (nth (diff, 0)->seconds, ==, 2);
  g_assert_cmpint (diff->before.left_out, ==, 3);
}

static void
test_what_grew_most_is_told_first_and_what_is_left_out_is_counted (void)
{
  g_autoptr (MemsnoopReportDiff) diff = compare (
      REPORT (HEAP ("2000000000", 100, SITE (4096, 2, "\"shrinks\""))),
      REPORT (
          HEAP ("6000000000", 300,
                SITE (2048, 2, "\"grows \\u001b[7m\",\"main\"") "," SITE (1024, 1, "\"less\""))));
  g_autofree gchar *all = memsnoop_diff_text (diff, "a", "b", 0);
  g_autofree gchar *one = memsnoop_diff_text (diff, "a", "b", 1);

  g_assert_nonnull (strstr (all, "+200 bytes in +0 blocks, +50 bytes/s over 4 s\n"));
  g_assert_nonnull (
      strstr (all, "    +2.0 KiB   +512 bytes/s        new    2.0 KiB         +2   tree (7)\n"
                   "      grows \\x1b[7m\n      main\n\n"
                   "    +1.0 KiB   +256 bytes/s        new    1.0 KiB         +1   tree (7)\n"
                   "      less\n\n"
                   "    -4.0 KiB     -1.0 KiB/s    4.0 KiB       gone         -2   tree (7)\n"
                   "      shrinks\n"));
  g_assert_null (strstr (all, "more"));
  g_assert_null (strstr (one, "less"));
  g_assert_nonnull (strstr (one, "... 2 more, 1 of which have grown; --limit 0 shows all\n"));
}

static void
test_sums_of_absurd_numbers_stay_numbers (void)
{
  g_autoptr (GString) sites = g_string_new (SITE (1, 1, "\"f\""));
  g_autofree gchar *report = NULL;
  g_autoptr (MemsnoopReportDiff) diff = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (sites, "," SITE (9223372036854775807, -1, "\"f\""));
  report = g_strdup_printf ("{\"report-version\":1,\"heaps\":[{\"sites\":[%s]}]}", sites->str);
  diff = compare ("{\"report-version\":1,\"heaps\":[7,[],{\"sites\":[7]}]}", report);
  g_assert_cmpuint (diff->changes->len, ==, 1);
  assert_change (diff, 0, MEMSNOOP_SITE_NEW, "f", 0, (G_GINT64_CONSTANT (1) << 53) - 1);
}

static void
assert_no_report (const gchar *text, const gchar *reason)
{
  g_autoptr (JsonNode) good = json_from_string (REPORT (""), NULL);
  g_autoptr (JsonNode) bad = json_from_string (text, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_report_diff_new (good, "good.json", bad, "bad.json", &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "bad.json"));
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_what_is_no_report_is_named (void)
{
  assert_no_report ("{\"pid\":7}", "no report of Memsnoop");
  assert_no_report ("[1,2]", "no report of Memsnoop");
  assert_no_report ("{\"report-version\":9}", "version 9");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diff/stacks-grow-shrink-appear-and-vanish",
                   test_stacks_grow_shrink_appear_and_vanish);
  g_test_add_func ("/diff/two-moments-of-a-recording-give-a-rate",
                   test_two_moments_of_a_recording_give_a_rate);
  g_test_add_func ("/diff/other-recordings-give-none", test_other_recordings_give_none);
  g_test_add_func ("/diff/a-rate-of-all-needs-one-of-each", test_a_rate_of_all_needs_one_of_each);
  g_test_add_func ("/diff/the-wrong-order-is-noticed", test_the_wrong_order_is_noticed);
  g_test_add_func ("/diff/kernel-memory-is-compared-with-kernel-memory",
                   test_kernel_memory_is_compared_with_kernel_memory);
  g_test_add_func ("/diff/what-grew-most-is-told-first-and-what-is-left-out-is-counted",
                   test_what_grew_most_is_told_first_and_what_is_left_out_is_counted);
  g_test_add_func ("/diff/sums-of-absurd-numbers-stay-numbers",
                   test_sums_of_absurd_numbers_stay_numbers);
  g_test_add_func ("/diff/what-is-no-report-is-named", test_what_is_no_report_is_named);
  return g_test_run ();
}
