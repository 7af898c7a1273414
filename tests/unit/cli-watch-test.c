/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is suspected, for people, and what they name to have it ignored. */
#include "command-error.h"
#include "executable-path.h"
#include "site-text.h"
#include "suspect-text.h"
#include "told-suspicions.h"
#include "top-request.h"
#include "value-text.h"
#include "wall-time.h"
#include "watch-sentence.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW G_GUINT64_CONSTANT (100000000000000)

#define SUSPECT                                                                                    \
  "{'id': <uint64 12>, 'pid': <uint32 4711>, 'comm': <'evil\\u001b[2J'>, 'exe': <'/bin/e\\nvil'>," \
  " 'uid': <uint32 4000000000>, 'kind': <'rss'>, 'level': <'growth'>, 'confidence': <0.93>,"       \
  " 'bytes': <uint64 503316480>, 'rate': <209715.2>, 'since': <uint64 97600000000000>,"            \
  " 'time-to-exhaustion': <uint64 10800>}"

static void
test_a_standing_suspicion_is_told_whole (void)
{
  g_autoptr (GVariant) suspect = parse_value ("a{sv}", SUSPECT);

  assert_text (memsnoop_watch_sentence_standing (4711, "evil\033[2J", suspect, NOW, TRUE),
               "evil\\x1b[2J (4711) has grown by 12 MiB a minute for 40 minutes, 480 MiB in all; "
               "memory is full in about 3 hours; a leak is suspected, though growth alone is no "
               "proof (suspicion 12, confidence 93 %)");
}

static void
assert_change (const gchar *before, const gchar *now, const gchar *expected)
{
  g_autoptr (GVariant) told = parse_value ("a{sv}", before);
  g_autoptr (GVariant) evidence = parse_value ("a{sv}", now);

  assert_text (memsnoop_watch_sentence_leak (7, "a", evidence, told, NOW, TRUE), expected);
}

static void
test_a_change_says_what_has_changed (void)
{
  assert_change (
      "{'rate': <17476.3>}", "{'state': <'changed'>, 'rate': <34952.6>}",
      "a (7) grows faster, now by 2.0 MiB a minute (before: 1.0 MiB a minute); a leak is "
      "suspected");
  assert_change ("{'rate': <34952.6>}", "{'state': <'changed'>, 'rate': <17476.3>}",
                 "a (7) grows more slowly, now by 1.0 MiB a minute (before: 2.0 MiB a minute); a "
                 "leak is suspected");
  assert_change (
      "{'rate': <34952.6>}", "{'state': <'changed'>, 'rate': <34952.6>, 'level': <'definite'>}",
      "a (7) still grows, now by 2.0 MiB a minute; a leak: nothing refers to this memory "
      "any more");
}

/* 503,316,480 bytes in 40 minutes, until five minutes ago. */
#define RESTING                                                                                    \
  "{'id': <uint64 12>, 'pid': <uint32 7>, 'comm': <'a'>, 'bytes': <uint64 503316480>,"             \
  " 'rate': <209715.2>, 'since': <uint64 97300000000000>,"                                         \
  " 'last-growth': <uint64 99700000000000>, 'state': <'changed'>}"

static void
test_what_grows_no_longer_is_told_with_the_rate_of_then (void)
{
  g_autoptr (GVariant) resting = parse_value ("a{sv}", RESTING);
  g_autoptr (GVariant) list = parse_value ("aa{sv}", "[" RESTING "]");
  g_autoptr (GVariant) bare = parse_value ("a{sv}", "{'last-growth': <uint64 0>}");
  g_autoptr (GVariant) future =
      parse_value ("a{sv}", "{'last-growth': <uint64 18446744073709551615>, 'rate': <209715.2>}");
#define REST                                                                                       \
  "a (7) has grown by 480 MiB in 40 minutes; it last grew 5 minutes ago, by 12 MiB a minute then"

  assert_text (memsnoop_watch_sentence_growth (7, "a", resting, NOW, TRUE), REST);
  assert_text (memsnoop_watch_sentence_leak (7, "a", resting, resting, NOW, TRUE),
               REST "; a leak is suspected (suspicion 12)");
  assert_text (memsnoop_watch_sentence_growth (7, "a", bare, NOW, TRUE),
               "a (7) has grown; it last grew 28 hours ago");
  assert_text (memsnoop_watch_sentence_growth (7, "a", future, NOW, TRUE),
               "a (7) has grown by 12 MiB a minute");
  assert_text (memsnoop_suspect_text_table (list, NOW, TRUE),
               "ID  PID  NAME  KIND  LEVEL      GROWN  RATE         FOR  FULL IN  CONFIDENCE\n"
               "12    7  a     -     -      480.0 MiB     -  40 minutes        -           -\n");
}

static void
test_the_page_of_what_grows_no_longer_has_no_rate (void)
{
  g_autoptr (GVariant) suspect = parse_value ("a{sv}", RESTING);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GDateTime) wall_now = g_date_time_new_utc (2026, 11, 23, 9, 40, 0);
  g_autofree gchar *text = memsnoop_suspect_text_details (suspect, users, NOW, wall_now, TRUE);

  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "\n  Last grown      5 min 0 s ago, by 12 MiB a minute then\n"));
  g_assert_null (strstr (text, "\n  Rate "));
}

static void
assert_end (const gchar *reason, const gchar *expected)
{
  g_autofree gchar *text = g_strdup_printf ("{'state': <'cleared'>, 'id': <uint64 12>, %s"
                                            " 'since': <uint64 97600000000000>}",
                                            reason);
  g_autoptr (GVariant) evidence = parse_value ("a{sv}", text);

  assert_text (memsnoop_watch_sentence_leak (7, "a", evidence, NULL, NOW, TRUE), expected);
}

static void
test_the_end_of_a_suspicion_says_why (void)
{
#define NO_LONGER "a (7) is no longer suspected of a leak, "
#define BEGAN "; its growth began 40 minutes ago (suspicion 12)"
  assert_end ("'reason': <'exited'>,", NO_LONGER "as the process has exited" BEGAN);
  assert_end ("'reason': <'released'>,",
              NO_LONGER "as more than half of what had grown was given back" BEGAN);
  assert_end ("'reason': <'stopped'>,", NO_LONGER "as the growth has stopped" BEGAN);
  assert_end ("'reason': <'ignored'>,", NO_LONGER "as its program is ignored now" BEGAN);
  assert_end ("'reason': <'not-recorded'>,",
              NO_LONGER "as the recording that showed it has ended, not the leak" BEGAN);
  assert_end ("'reason': <'other-program'>,",
              NO_LONGER "as the process runs another program now" BEGAN);
  assert_end ("'reason': <'displaced'>,",
              NO_LONGER "as others have grown more and only so many are listed" BEGAN);
  /* Of another version of the service. */
  assert_end ("'reason': <'other'>,", NO_LONGER "40 minutes after its growth began (suspicion 12)");
  assert_end ("", NO_LONGER "40 minutes after its growth began (suspicion 12)");
}

static void
test_what_was_told_is_remembered_until_it_is_cleared (void)
{
  g_autoptr (MemsnoopToldSuspicions) told = memsnoop_told_suspicions_new ();
  g_autoptr (GVariant) raised = parse_value ("a{sv}", "{'id': <uint64 1>, 'state': <'raised'>}");
  g_autoptr (GVariant) cleared = parse_value ("a{sv}", "{'id': <uint64 1>, 'state': <'cleared'>}");
  g_autoptr (GVariant) odd = parse_value ("a{sv}", "{'id': <'one'>}");
  g_autoptr (GVariant) before = NULL, before_end = NULL;

  g_assert_null (memsnoop_told_suspicions_take (told, odd));
  g_assert_null (memsnoop_told_suspicions_take (told, raised));
  before = memsnoop_told_suspicions_take (told, raised);
  g_assert_true (before == raised);
  before_end = memsnoop_told_suspicions_take (told, cleared);
  g_assert_true (before_end == raised);
  g_assert_null (memsnoop_told_suspicions_take (told, raised));
  memsnoop_told_suspicions_clear (told);
  g_assert_null (memsnoop_told_suspicions_take (told, raised));
}

static void
test_suspects_are_a_table_in_which_names_cannot_steer_the_terminal (void)
{
  g_autoptr (GVariant) suspects = parse_value ("aa{sv}", "[" SUSPECT ", {'id': <uint64 13>}]");

  assert_text (memsnoop_suspect_text_table (suspects, NOW, TRUE),
               "ID   PID  NAME         KIND     LEVEL       GROWN        RATE         FOR  FULL IN "
               " CONFIDENCE\n"
               "12  4711  evil\\x1b[2J  private  growth  480.0 MiB  12 MiB/min  40 minutes  3 "
               "hours        93 %\n"
               "13     -  -            -        -               -           -           -        - "
               "          -\n");
}

static void
test_one_suspect_is_told_with_its_code (void)
{
  g_autoptr (GVariant) suspect = parse_value ("a{sv}", SUSPECT);
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GDateTime) wall_now = g_date_time_new_utc (2026, 11, 23, 9, 40, 0);

  assert_text (memsnoop_suspect_text_details (suspect, users, NOW, wall_now, TRUE),
               "evil\\x1b[2J (4711) of 4000000000\n"
               "/bin/e\\x0avil\n"
               "\n"
               "evil\\x1b[2J (4711) has grown by 12 MiB a minute for 40 minutes, 480 MiB in all;\n"
               "memory is full in about 3 hours;\n"
               "a leak is suspected, though growth alone is no proof.\n"
               "\n"
               "  Suspicion       12\n"
               "  Grows           private memory: anonymous and swapped\n"
               "  Level           growth: it grows steadily, and that alone is no proof of a leak\n"
               "  Confidence      93 %\n"
               "  Since           2026-11-23 09:00:00, 40 min 0 s ago\n"
               "  Grown           480.0 MiB\n"
               "  Rate            12 MiB a minute\n"
               "  Memory is full  in about 3 hours at this rate\n"
               "\n"
               "Which code allocates it is not known. It is told here while its heap is recorded:\n"
               "'memsnoopctl start --heap 4711'.\n");
}

static void
test_sites_say_what_keeps_them_from_being_a_proof (void)
{
  g_autoptr (GVariant) sites =
      parse_value ("aa{sv}", "[{'bytes': <uint64 2048>, 'count': <uint64 2>, 'cache': <'dentry'>,"
                             "  'frames': <['__d_alloc+0x1c', 'evil\\u001b']>, 'exact': <false>,"
                             "  'reclaimable': <true>},"
                             " {'bytes': <uint64 1>, 'exact': <true>, 'reclaimable': <false>}]");
  GString *text = g_string_new (NULL);

  memsnoop_site_text_append (text, sites, TRUE);
  assert_text (
      g_string_free (text, FALSE),
      "         BYTES      BLOCKS  CACHE                 ALLOCATED BY\n"
      "       2.0 KiB           2  dentry                __d_alloc+0x1c\n"
      "                                                  evil\\x1b\n"
      "                                                  [the kernel can take back what nobody "
      "uses]\n"
      "                                                  [some of it may be free already]\n"
      "        1 byte           0                      \n");
}

static void
test_nothing_suspected_says_why_or_of_how_many (void)
{
  g_autoptr (GVariant) watches = parse_value ("a{sv}", "{'Features': <{'watch': true}>}");
  g_autoptr (GVariant) not =
      parse_value ("a{sv}", "{'Features': <{'watch': false}>,"
                            " 'FeatureReasons': <{'watch': 'No\\u001b iterator'}>}");
  g_autoptr (GVariant) old = parse_value ("a{sv}", "{}");

  assert_text (
      memsnoop_suspect_text_none (1, watches, TRUE),
      "Nothing is suspected of the 1 process that you may see. Nothing is before a process "
      "was\nobserved for 240 intervals of the watch, 8 minutes by default.\n");
  assert_text (
      memsnoop_suspect_text_none (300, not, TRUE),
      "Nothing is suspected, as this service does not look for growth: No\\x1b iterator\n");
  assert_text (memsnoop_suspect_text_none (300, old, TRUE),
               "Nothing is suspected, as this service does not look for growth\n");
}

static void
test_times_of_the_bus_are_told_by_the_clock_on_the_wall (void)
{
  g_autoptr (GDateTime) wall_now = g_date_time_new_utc (2026, 11, 23, 0, 0, 1);

  assert_text (memsnoop_wall_time_format (NOW, NOW, wall_now), "2026-11-23 00:00:01");
  assert_text (memsnoop_wall_time_format (NOW - G_GUINT64_CONSTANT (2000000000), NOW, wall_now),
               "2026-11-22 23:59:59");
  assert_text (memsnoop_wall_time_format (G_MAXUINT64, 0, wall_now), "2611-06-13 23:34:34");
}

static void
assert_resolved (const gchar *name, const gchar *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = memsnoop_executable_path_resolve (name, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, expected);
}

static void
test_a_path_leads_to_the_file_that_processes_run (void)
{
  g_autofree gchar *made = g_dir_make_tmp ("memsnoop-XXXXXX", NULL);
  g_autofree char *folder = realpath (made, NULL);
  g_autofree gchar *program = g_build_filename (folder, "a program", NULL);
  g_autofree gchar *link = g_build_filename (folder, "link", NULL);
  g_autofree gchar *beside = g_build_filename (folder, ".", "link", NULL);
  g_autofree gchar *before = g_get_current_dir ();

  g_assert_true (g_file_set_contents (program, "#!/bin/sh\n", -1, NULL));
  g_assert_cmpint (symlink ("a program", link), ==, 0);
  assert_resolved (link, program);
  assert_resolved (beside, program);
  g_assert_cmpint (g_chdir (folder), ==, 0);
  assert_resolved ("link", program);
  assert_text (memsnoop_executable_path_absolute ("./gone/../link"), link);
  g_assert_cmpint (g_chdir (before), ==, 0);
  g_assert_true (memsnoop_executable_path_is_script (program));
  g_assert_false (memsnoop_executable_path_is_script ("/proc/self/exe"));
  g_unlink (link);
  g_unlink (program);
  g_rmdir (folder);
}

static void
assert_unresolved (const gchar *name, const gchar *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_executable_path_resolve (name, &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_what_is_no_executable_is_named (void)
{
  assert_unresolved ("/no/such/program", "cannot find the executable '/no/such/program'");
  assert_unresolved ("/", "'/' is no file");
  assert_unresolved ("sh", "the program of this name is /");
}

static void
test_a_deleted_executable_keeps_its_path (void)
{
  assert_text (memsnoop_executable_path_strip_deleted ("/bin/a (deleted)"), "/bin/a");
  assert_text (memsnoop_executable_path_strip_deleted ("/bin/a"), "/bin/a");
}

static void
test_a_service_that_knows_no_histories_is_asked_without (void)
{
  g_autoptr (GVariant) with = g_variant_ref_sink (memsnoop_top_request_options (TRUE));
  g_autoptr (GVariant) without = g_variant_ref_sink (memsnoop_top_request_options (FALSE));
  g_autoptr (GError) refusal = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, "unknown");
  g_autoptr (GError) other = g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "gone");

  assert_text (g_variant_print (with, FALSE), "{'history': <true>}");
  g_assert_cmpuint (g_variant_n_children (without), ==, 0);
  g_assert_true (memsnoop_top_request_is_refused (refusal));
  g_assert_false (memsnoop_top_request_is_refused (other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sentence/a-standing-suspicion-is-told-whole",
                   test_a_standing_suspicion_is_told_whole);
  g_test_add_func ("/sentence/a-change-says-what-has-changed", test_a_change_says_what_has_changed);
  g_test_add_func ("/sentence/what-grows-no-longer-is-told-with-the-rate-of-then",
                   test_what_grows_no_longer_is_told_with_the_rate_of_then);
  g_test_add_func ("/sentence/the-page-of-what-grows-no-longer-has-no-rate",
                   test_the_page_of_what_grows_no_longer_has_no_rate);
  g_test_add_func ("/sentence/the-end-of-a-suspicion-says-why",
                   test_the_end_of_a_suspicion_says_why);
  g_test_add_func ("/told/is-remembered-until-it-is-cleared",
                   test_what_was_told_is_remembered_until_it_is_cleared);
  g_test_add_func ("/suspects/are-a-table-in-which-names-cannot-steer-the-terminal",
                   test_suspects_are_a_table_in_which_names_cannot_steer_the_terminal);
  g_test_add_func ("/suspects/one-is-told-with-its-code", test_one_suspect_is_told_with_its_code);
  g_test_add_func ("/suspects/nothing-says-why-or-of-how-many",
                   test_nothing_suspected_says_why_or_of_how_many);
  g_test_add_func ("/sites/say-what-keeps-them-from-being-a-proof",
                   test_sites_say_what_keeps_them_from_being_a_proof);
  g_test_add_func ("/time/of-the-bus-is-told-by-the-clock-on-the-wall",
                   test_times_of_the_bus_are_told_by_the_clock_on_the_wall);
  g_test_add_func ("/executable/a-path-leads-to-the-file-that-processes-run",
                   test_a_path_leads_to_the_file_that_processes_run);
  g_test_add_func ("/executable/what-is-none-is-named", test_what_is_no_executable_is_named);
  g_test_add_func ("/executable/a-deleted-one-keeps-its-path",
                   test_a_deleted_executable_keeps_its_path);
  g_test_add_func ("/top/a-service-that-knows-no-histories-is-asked-without",
                   test_a_service_that_knows_no_histories_is_asked_without);
  return g_test_run ();
}
