/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands print for people and for programs, from what the bus may say. */
#include "json-output.h"
#include "quantity.h"
#include "session-list.h"
#include "stats-text.h"
#include "session-cost.h"
#include "status-text.h"
#include "value-text.h"
#include "watch-sentence.h"

#include <string.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define NOW (G_GUINT64_CONSTANT (100000) * SECOND)

static void
assert_json (const gchar *type, const gchar *text, const gchar *expected)
{
  g_autoptr (GVariant) variant = parse_value (type, text);
  g_autoptr (JsonNode) node = memsnoop_json_output_from_variant (variant);
  g_autofree gchar *json = memsnoop_json_output_to_line (node);

  g_assert_cmpstr (json, ==, expected);
}

static void
test_json_has_the_names_of_the_bus (void)
{
  assert_json ("a{sv}", "{'rss-anon': <uint64 5>, 'kernel': <{'exact': <false>}>}",
               "{\"rss-anon\":5,\"kernel\":{\"exact\":false}}");
  assert_json ("a(tt)", "[(1, 2), (3, 4)]", "[[1,2],[3,4]]");
  assert_json ("aa{sv}", "[{'frames': <['a', 'b']>}]", "[{\"frames\":[\"a\",\"b\"]}]");
  assert_json ("a{sb}", "{'heap': false}", "{\"heap\":false}");
  assert_json ("a{sv}", "{}", "{}");
}

static void
test_json_integers_stay_integers (void)
{
  assert_json ("t", "9007199254740993", "9007199254740993");
  assert_json ("t", "9223372036854775807", "9223372036854775807");
  assert_json ("t", "18446744073709551615", "9223372036854775807");
  assert_json ("x", "-9007199254740993", "-9007199254740993");
}

static void
test_json_has_no_infinity (void)
{
  assert_json ("ad", "[inf, -inf, nan, 0.5]", "[null,null,null,0.5]");
}

static void
test_json_cannot_steer_a_terminal (void)
{
  assert_json ("s", "'a\\u001b\\u009b\\u202e'", "\"a\\u001b\\u009b\\u202e\"");
}

static void
assert_leak (const gchar *evidence, const gchar *expected)
{
  g_autoptr (GVariant) dictionary = parse_value ("a{sv}", evidence);
  g_autofree gchar *sentence =
      memsnoop_watch_sentence_leak (4711, "firefox", dictionary, NULL, NOW, TRUE);

  g_assert_cmpstr (sentence, ==, expected);
}

static void
test_a_leak_is_told_as_a_sentence (void)
{
  assert_leak (
      "{'state': <'raised'>, 'level': <'growth'>, 'kind': <'rss'>, 'rate': <209715.2>,"
      " 'since': <uint64 97600000000000>, 'time-to-exhaustion': <uint64 10800>}",
      "firefox (4711) has grown by 12 MiB a minute for 40 minutes; memory is full in about "
      "3 hours; a leak is suspected, though growth alone is no proof");
  assert_leak ("{'state': <'raised'>, 'level': <'growth'>, 'kind': <'rss'>, 'rate': <209715.2>,"
               " 'since': <uint64 97600000000000>, 'retained': <uint64 1048576>}",
               "firefox (4711) has grown by 12 MiB a minute for 40 minutes; no leak of its code is "
               "seen: the heap that is recorded has not grown");
  assert_leak ("{'state': <'changed'>, 'level': <'probable'>, 'kind': <'kernel'>,"
               " 'rate': <209715.2>, 'bytes': <uint64 1048576>, 'confidence': <0.8>}",
               "the kernel memory of firefox (4711) still grows, now by 12 MiB a minute, 1.0 MiB "
               "in all; probably a leak: there is code that allocates this and does not free it "
               "(confidence 80 %)");
  assert_leak ("{'state': <'cleared'>, 'kind': <'heap'>, 'since': <uint64 97600000000000>}",
               "the heap of firefox (4711) is no longer suspected of a leak, 40 minutes after "
               "its growth began");
}

static void
test_odd_evidence_is_left_out (void)
{
  assert_leak ("{}", "firefox (4711) has grown; a leak is suspected");
  assert_leak ("{'state': <'changed'>}", "firefox (4711) still grows; a leak is suspected");
  assert_leak ("{'state': <'cleared'>}", "firefox (4711) is no longer suspected of a leak");
  assert_leak ("{'state': <uint32 1>, 'rate': <'much'>, 'bytes': <nan>, 'confidence': <inf>,"
               " 'since': <int64 -1>, 'kind': <'new'>, 'level': <5>, 'more': <(1, 2)>}",
               "firefox (4711) has grown; a leak is suspected");
}

static void
assert_anomaly (const gchar *kind, const gchar *details, const gchar *expected)
{
  g_autoptr (GVariant) dictionary = parse_value ("a{sv}", details);
  g_autofree gchar *sentence =
      memsnoop_watch_sentence_anomaly (4711, "fire\033fox", kind, dictionary, TRUE);

  g_assert_cmpstr (sentence, ==, expected);
}

static void
test_an_anomaly_is_told_as_a_sentence (void)
{
  assert_anomaly (
      "churn", "{'state': <'raised'>, 'value': <0.95>, 'threshold': <0.9>}",
      "fire\\x1bfox (4711) frees most of the kernel memory that it allocates soon after: 95.0 % "
      "(limit 90.0 %)");
  assert_anomaly (
      "large-allocation", "{'state': <'raised'>, 'value': <2097152.0>}",
      "fire\\x1bfox (4711) has allocated an unusually large block of kernel memory: 2.0 MiB");
  assert_anomaly ("burst", "{'state': <'cleared'>, 'value': <5.0>}",
                  "fire\\x1bfox (4711) no longer allocates kernel memory unusually fast");
  assert_anomaly ("new\n", "{}", "fire\\x1bfox (4711) shows an anomaly (new\\x0a)");
}

static void
test_stats_tell_what_is_there (void)
{
  g_autoptr (GVariant) stats = parse_value (
      "a{sv}",
      "{'pid': <uint32 7>, 'comm': <'a\\u001bb'>, 'uid': <uint32 4000000000>,"
      " 'memory': <{'rss-anon': <uint64 1024>, 'history': <'no history'>}>,"
      " 'kernel': <{'since': <uint64 99990000000000>, 'current-bytes': <uint64 2048>,"
      "   'peak-bytes': <uint64 4096>, 'size-histogram': <[(uint64 64, uint64 1500)]>,"
      "   'sites': <[{'bytes': <uint64 2048>, 'count': <uint64 2>, 'cache': <'dentry'>,"
      "               'frames': <['__d_alloc+0x1c']>}]>, 'exact': <false>, 'lost': <uint64 3>}>}");
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autofree gchar *text = memsnoop_stats_text (stats, users, NOW, FALSE);

  g_assert_nonnull (strstr (text, "a\\x1bb (7) of 4000000000\n"));
  g_assert_nonnull (strstr (text, "Anonymous       1.0 KiB\n"));
  g_assert_null (strstr (text, "Swapped"));
  g_assert_nonnull (strstr (text, "Kernel memory, recorded for 10 s\n"));
  g_assert_nonnull (strstr (text, "Live            2.0 KiB, at most 4.0 KiB\n"));
  g_assert_nonnull (strstr (text, "3 allocations were lost and are in no figure\n"));
  g_assert_nonnull (strstr (text, "      AT LEAST  "));
  g_assert_nonnull (strstr (text, "########################################  1,500\n"));
  g_assert_nonnull (strstr (text, "dentry                __d_alloc+0x1c\n"));
}

static void
test_stats_of_a_zombie_say_so (void)
{
  g_autoptr (GVariant) stats =
      parse_value ("a{sv}", "{'pid': <uint32 7>, 'exe': <''>,"
                            " 'memory': <{'rss-anon': <uint64 0>, 'rss-file': <uint64 0>,"
                            "   'rss-shmem': <uint64 0>, 'swap': <uint64 0>}>}");
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autofree gchar *text = memsnoop_stats_text (stats, users, NOW, TRUE);

  g_assert_nonnull (strstr (text, "it has exited"));
  g_assert_null (strstr (text, "0 bytes"));
}

static void
test_stats_of_nothing_are_no_error (void)
{
  g_autoptr (GVariant) stats = parse_value ("a{sv}", "{'memory': <true>, 'kernel': <uint32 1>}");
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autofree gchar *text = memsnoop_stats_text (stats, users, NOW, TRUE);

  g_assert_nonnull (strstr (text, "memsnoopctl start"));
}

static void
test_status_gives_the_reasons (void)
{
  g_autoptr (GVariant) properties =
      parse_value ("a{sv}", "{'Version': <'0.1'>, 'WatchInterval': <2.0>, 'Features': <{'watch': "
                            "true, 'kernel': true, 'heap': false,"
                            "   'bulk-frees': false, 'kernel-symbols': true}>,"
                            " 'FeatureReasons': <{'heap': 'Not in this version',"
                            "   'bulk-frees': 'No tracepoint'}>}");
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autofree gchar *text = memsnoop_status_text (properties, sessions, users, NOW, TRUE);
  g_autoptr (JsonNode) node = memsnoop_status_json (properties, sessions);
  g_autofree gchar *json = memsnoop_json_output_to_line (node);

  g_assert_true (g_str_has_prefix (text,
                                   "Memsnoop 0.1 is running.\n\n"
                                   "  Watch          on: looks at every process once in 2 seconds\n"
                                   "  Kernel memory  can be recorded\n"
                                   "  Heap           cannot be recorded: Not in this version\n"));
  g_assert_true (
      g_str_has_suffix (text, "  bulk-frees      no   No tracepoint\n  kernel-symbols  yes\n"));
  g_assert_nonnull (strstr (text, "memsnoopctl start"));
  g_assert_cmpstr (
      json, ==,
      "{\"version\":\"0.1\",\"features\":{\"watch\":true,\"kernel\":true,\"heap\":false,"
      "\"bulk-frees\":false,\"kernel-symbols\":true},"
      "\"feature-reasons\":{\"heap\":\"Not in this version\","
      "\"bulk-frees\":\"No tracepoint\"},\"events-lost\":null,\"sessions\":[]}");
}

static void
assert_cost (const gchar *properties, const gchar *expected)
{
  g_autofree gchar *text =
      g_strdup_printf ("{'/org/memsnoop1/session/3': {'org.memsnoop1.Session': {%s}}}", properties);
  g_autoptr (GVariant) objects = parse_value ("a{oa{sa{sv}}}", text);
  g_autoptr (GPtrArray) sessions = memsnoop_session_list_from_objects (objects);
  g_autofree gchar *line = memsnoop_session_cost_text (sessions->pdata[0]);

  g_assert_cmpstr (line, ==, expected);
}

static void
test_a_session_tells_what_it_costs (void)
{
  assert_cost ("'State': <'recording'>", NULL);
  assert_cost ("'CpuCost': <0.031>, 'RecordedShare': <1.0>, 'Probes': <uint32 14>,"
               " 'FastProbes': <uint32 12>",
               "3: 3.1 % of a core in probes; 14 functions probed, 2 of them dearly");
  assert_cost ("'CpuBudget': <0.1>, 'CpuCost': <0.083>, 'SampleInterval': <uint64 131072>,"
               " 'RecordedShare': <0.25>, 'FreesMissed': <false>",
               "3: 8.3 % of a core in probes, of 10.0 % that they may take; a sample for each "
               "128.0 KiB; new blocks are recorded for 25.0 % of the time");
  assert_cost ("'CpuBudget': <0.1>, 'RecordedShare': <0.5>, 'FreesMissed': <true>",
               "3: 0.0 % of a core in probes, of 10.0 % that they may take; all is recorded for "
               "50.0 % of the time");
  assert_cost ("'Sources': <['growth']>, 'CpuCost': <0.0004>",
               "3: less than 0.1 % of a core at tracepoints");
  assert_cost ("'Sources': <['heap', 'growth']>, 'CpuCost': <0.04>, 'CpuBudget': <0.1>,"
               " 'Probes': <uint32 1>, 'FastProbes': <uint32 1>, 'RecordedShare': <1.0>",
               "3: 4.0 % of a core in probes and at tracepoints, of 10.0 % that probes may take; "
               "1 functions probed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/has-the-names-of-the-bus", test_json_has_the_names_of_the_bus);
  g_test_add_func ("/json/integers-stay-integers", test_json_integers_stay_integers);
  g_test_add_func ("/json/has-no-infinity", test_json_has_no_infinity);
  g_test_add_func ("/json/cannot-steer-a-terminal", test_json_cannot_steer_a_terminal);
  g_test_add_func ("/watch/a-leak-is-told-as-a-sentence", test_a_leak_is_told_as_a_sentence);
  g_test_add_func ("/watch/odd-evidence-is-left-out", test_odd_evidence_is_left_out);
  g_test_add_func ("/watch/an-anomaly-is-told-as-a-sentence",
                   test_an_anomaly_is_told_as_a_sentence);
  g_test_add_func ("/stats/tell-what-is-there", test_stats_tell_what_is_there);
  g_test_add_func ("/stats/of-a-zombie-say-so", test_stats_of_a_zombie_say_so);
  g_test_add_func ("/stats/of-nothing-are-no-error", test_stats_of_nothing_are_no_error);
  g_test_add_func ("/status/gives-the-reasons", test_status_gives_the_reasons);
  g_test_add_func ("/status/a-session-tells-what-it-costs", test_a_session_tells_what_it_costs);
  return g_test_run ();
}
