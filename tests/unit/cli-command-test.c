/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what is refused, with which exit status, and what the service is told. */
#include "brief-recording.h"
#include "command.h"
#include "program.h"
#include "session-list.h"
#include "similar-name.h"
#include "start-arguments.h"

#include <string.h>

static int
run (const gchar *first, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  va_list rest;

  g_ptr_array_add (arguments, (gpointer) "memsnoopctl");
  va_start (rest, first);
  for (const gchar *argument = first; argument != NULL; argument = va_arg (rest, const gchar *))
    g_ptr_array_add (arguments, (gpointer) argument);
  va_end (rest);
  g_ptr_array_add (arguments, NULL);
  return memsnoop_command_line_run ((const gchar *const *) arguments->pdata);
}

static void
test_a_wrong_command_line_is_status_2 (void)
{
  g_assert_cmpint (run (NULL), ==, 2);
  g_assert_cmpint (run ("dance", NULL), ==, 2);
  g_assert_cmpint (run ("--dance", NULL), ==, 2);
  g_assert_cmpint (run ("status", "--dance", NULL), ==, 2);
  g_assert_cmpint (run ("status", "more", NULL), ==, 2);
  g_assert_cmpint (run ("stats", NULL), ==, 2);
  g_assert_cmpint (run ("stats", "0", NULL), ==, 2);
  g_assert_cmpint (run ("stats", "firefox", NULL), ==, 2);
  g_assert_cmpint (run ("stop", "1", "2", NULL), ==, 2);
  g_assert_cmpint (run ("stop", "--all", "2", NULL), ==, 2);
  g_assert_cmpint (run ("start", "--pid", "x", NULL), ==, 2);
  g_assert_cmpint (run ("start", "--duration", "1w", NULL), ==, 2);
  g_assert_cmpint (run ("start", "--no-follow", NULL), ==, 2);
  g_assert_cmpint (run ("start", "--foreground", "--keep", "0", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--json", "--format", "text", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--limit", "4294967296", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--duration", "10s", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--heap", "firefox", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--heap", "7", "--growth", "8", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--growth", "8", "--sample-interval", "4K", NULL), ==, 2);
  g_assert_cmpint (run ("report", "--heap", "7", "3", NULL), ==, 2);
  g_assert_cmpint (run ("export", "--heap", "7", "--pid", "7", "-o", "a", NULL), ==, 2);
  g_assert_cmpint (run ("flame", "--heap", "7", "--session", "3", "-o", "a", NULL), ==, 2);
  g_assert_cmpint (run ("top", "-d", "0.01", NULL), ==, 2);
  g_assert_cmpint (run ("top", "-d", "nan", NULL), ==, 2);
  g_assert_cmpint (run ("top", "--sort", "beauty", NULL), ==, 2);
  g_assert_cmpint (run ("status\xff", NULL), ==, 2);
  g_assert_cmpint (run ("suspects", "firefox", NULL), ==, 2);
  g_assert_cmpint (run ("suspects", "1", "2", NULL), ==, 2);
  g_assert_cmpint (run ("history", NULL), ==, 2);
  g_assert_cmpint (run ("history", "7", "--kind", "heap", NULL), ==, 2);
  g_assert_cmpint (run ("history", "7", "--since", "0", NULL), ==, 2);
  g_assert_cmpint (run ("ignore", "--pid", "x", NULL), ==, 2);
  g_assert_cmpint (run ("ignore", "--list", "/bin/sh", NULL), ==, 2);
  g_assert_cmpint (run ("unignore", NULL), ==, 2);
}

static void
test_a_bus_that_is_not_there_is_status_1 (void)
{
  g_assert_cmpint (run ("--bus-address", "unix:path=/nonexistent/bus", "status", NULL), ==, 1);
  g_assert_cmpint (run ("stop", "--bus-address=nonsense", NULL), ==, 1);
}

static void
assert_bus_error (const gchar *name, MemsnoopExitStatus expected)
{
  g_autoptr (GError) error = g_dbus_error_new_for_dbus_error (name, "this is why");
  g_autofree gchar *text = memsnoop_command_error_describe (error);

  g_assert_cmpint (memsnoop_command_error_exit_status (error), ==, expected);
  g_assert_true (g_str_has_prefix (text, "memsnoopctl: "));
  g_assert_null (strstr (text, "GDBus.Error"));
  g_assert_null (strstr (text, "org.freedesktop.DBus.Error"));
}

static void
test_refusals_are_status_3 (void)
{
  assert_bus_error ("org.freedesktop.DBus.Error.AccessDenied", MEMSNOOP_EXIT_NOT_AUTHORISED);
  assert_bus_error ("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                    MEMSNOOP_EXIT_NOT_AUTHORISED);
  assert_bus_error ("org.freedesktop.DBus.Error.InvalidArgs", MEMSNOOP_EXIT_USAGE);
  assert_bus_error ("org.freedesktop.DBus.Error.UnixProcessIdUnknown", MEMSNOOP_EXIT_FAILED);
  assert_bus_error ("org.freedesktop.DBus.Error.ServiceUnknown", MEMSNOOP_EXIT_FAILED);
  assert_bus_error ("org.memsnoop1.Error.NoSuchSession", MEMSNOOP_EXIT_FAILED);
}

static void
test_a_missing_service_comes_with_a_hint (void)
{
  g_autoptr (GError) error = g_dbus_error_new_for_dbus_error (
      "org.freedesktop.DBus.Error.ServiceUnknown", "The name was not provided");
  g_autofree gchar *text = memsnoop_command_error_describe (error);

  g_assert_true (memsnoop_command_error_is_absence (error));
  g_assert_nonnull (strstr (text, "systemctl start memsnoopd"));
}

static void
assert_absence (const gchar *name, const gchar *message, const gchar *part)
{
  g_autoptr (GError) error = g_dbus_error_new_for_dbus_error (name, message);
  g_autofree gchar *text = memsnoop_command_error_describe (error);

  g_assert_true (memsnoop_command_error_is_absence (error));
  g_assert_nonnull (strstr (text, part));
  g_assert_nonnull (strstr (text, "systemctl"));
  g_assert_null (strstr (text, "GDBus.Error"));
}

static void
test_a_service_that_cannot_be_started_comes_with_a_hint (void)
{
  assert_absence ("org.freedesktop.DBus.Error.Spawn.ChildExited",
                  "Launch helper exited with unknown return code 1",
                  "cannot be started: Launch helper exited with unknown return code 1");
  assert_absence ("org.freedesktop.DBus.Error.Spawn.ServiceNotFound", "x", "journalctl");
  assert_absence ("org.freedesktop.DBus.Error.Spawn.ExecFailed", "x", "run memsnoopd by hand");
  assert_absence ("org.freedesktop.DBus.Error.TimedOut", "timed out", "cannot be started");
  assert_absence ("org.freedesktop.systemd1.UnitMasked", "Unit memsnoopd.service is masked.",
                  "cannot be started: Unit memsnoopd.service is masked.");
  assert_absence ("org.freedesktop.DBus.Error.NameHasNoOwner", "x", "is not running");
  assert_absence ("org.freedesktop.DBus.Error.ServiceUnknown", "x", "run memsnoopd by hand");
}

static void
test_a_mistyped_command_is_recognised (void)
{
  const gchar *const names[] = { "status", "start", "stop", "stats", "suspects", "history", NULL };

  g_assert_cmpuint (memsnoop_similar_name_distance ("kitten", "sitting"), ==, 3);
  g_assert_cmpuint (memsnoop_similar_name_distance ("stats", "statu"), ==, 1);
  g_assert_cmpuint (memsnoop_similar_name_distance ("sotp", "stop"), ==, 1);
  g_assert_cmpuint (memsnoop_similar_name_distance ("", "abc"), ==, 3);
  g_assert_cmpstr (memsnoop_similar_name_find (names, "suspect"), ==, "suspects");
  g_assert_cmpstr (memsnoop_similar_name_find (names, "hist"), ==, "history");
  g_assert_cmpstr (memsnoop_similar_name_find (names, "hsitory"), ==, "history");
  g_assert_cmpstr (memsnoop_similar_name_find (names, "statsu"), ==, "status");
  g_assert_null (memsnoop_similar_name_find (names, "dance"));
  g_assert_null (memsnoop_similar_name_find (names, "x"));
  g_assert_null (memsnoop_similar_name_find (names, ""));
}

static void
test_help_can_be_asked_for_as_a_command (void)
{
  if (g_test_subprocess ())
    {
      g_assert_cmpint (run ("help", NULL), ==, 0);
      return;
    }
  g_assert_cmpint (run ("help", "dance", NULL), ==, 2);
  g_assert_cmpint (run ("help", "status", "more", NULL), ==, 2);
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*Commands:*status*suspects*");
}

static void
test_interpreters_are_known_by_their_names (void)
{
  const gchar *const interpreters[] = { "/usr/bin/gjs-console",    "/usr/bin/python3.11",
                                        "/usr/lib/jvm/x/bin/java", "/bin/sh",
                                        "/usr/bin/node",           "/usr/sbin/php-fpm8.2",
                                        "/opt/perl5.36.0" };
  const gchar *const programs[] = { "/usr/bin/redis-server", "/usr/bin/pythonista", "/1",
                                    "/usr/bin/gnome-shell" };
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (interpreters); i++)
    g_assert_true (memsnoop_program_is_interpreter (interpreters[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    g_assert_false (memsnoop_program_is_interpreter (programs[i]));
  g_assert_cmpuint (memsnoop_program_count_processes (self), >=, 1);
  g_assert_cmpuint (memsnoop_program_count_processes ("/nonexistent/program"), ==, 0);
}

static void
assert_same_options (GVariant *options, const gchar *expected)
{
  g_autoptr (GVariant) wanted =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, expected, NULL, NULL, NULL);

  g_assert_cmpuint (g_variant_n_children (options), ==, g_variant_n_children (wanted));
  for (gsize i = 0; i < g_variant_n_children (wanted); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (wanted, i);
      g_autoptr (GVariant) value = NULL, found = NULL;
      const gchar *key;

      g_variant_get (entry, "{&sv}", &key, &value);
      found = g_variant_lookup_value (options, key, NULL);
      g_assert_nonnull (found);
      g_assert_true (g_variant_equal (found, value));
    }
}

static void
assert_options (MemsnoopStartArguments *arguments, const gchar *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = memsnoop_start_arguments_to_options (arguments, &error);

  g_assert_no_error (error);
  g_variant_ref_sink (options);
  assert_same_options (options, expected);
}

static void
test_a_started_session_outlives_the_command (void)
{
  const gchar *pids[] = { "7", "8", NULL };
  MemsnoopStartArguments none = { 0 };
  MemsnoopStartArguments foreground = { .foreground = TRUE };
  MemsnoopStartArguments many = { .pids = (gchar **) pids,
                                  .no_follow = TRUE,
                                  .duration = (gchar *) "2m",
                                  .keep = (gchar *) "0",
                                  .map_memory = (gchar *) "64M" };

  assert_options (&none, "{'linger': <true>}");
  assert_options (&foreground, "{}");
  assert_options (&many, "{'linger': <true>, 'pids': <[uint32 7, 8]>, 'follow': <false>,"
                         " 'duration': <uint32 120>, 'keep': <uint32 0>,"
                         " 'map-memory': <uint64 67108864>}");
}

static void
assert_refused_options (MemsnoopStartArguments *arguments, const gchar *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_start_arguments_to_options (arguments, &error));
  g_assert_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_heaps_are_those_of_named_processes (void)
{
  const gchar *pids[] = { "7", NULL };
  const gchar *more[] = { "8", NULL };
  MemsnoopStartArguments heap = { .heap = TRUE, .pids = g_strdupv ((gchar **) pids) };
  MemsnoopStartArguments both = { .heap = TRUE,
                                  .kernel = TRUE,
                                  .foreground = TRUE,
                                  .pids = (gchar **) pids,
                                  .sample_interval = (gchar *) "512K",
                                  .stack_depth = (gchar *) "32",
                                  .cpu_budget = (gchar *) "12.5%" };
  MemsnoopStartArguments nobody = { .heap = TRUE };
  MemsnoopStartArguments no_heap = { .sample_interval = (gchar *) "512K" };
  MemsnoopStartArguments no_share = { .heap = TRUE,
                                      .pids = (gchar **) pids,
                                      .cpu_budget = (gchar *) "little" };
  MemsnoopStartArguments no_depth = { .heap = TRUE,
                                      .pids = (gchar **) pids,
                                      .stack_depth = (gchar *) "0" };

  memsnoop_start_arguments_add_pids (&heap, (gchar **) more);
  assert_options (&heap, "{'sources': <['heap']>, 'pids': <[uint32 7, 8]>, 'linger': <true>}");
  memsnoop_start_arguments_clear (&heap);
  assert_options (&both, "{'sources': <['kernel', 'heap']>, 'pids': <[uint32 7]>,"
                         " 'sample-interval': <uint64 524288>, 'stack-depth': <uint32 32>,"
                         " 'cpu-budget': <0.125>}");
  assert_refused_options (&nobody, "none is");
  assert_refused_options (&no_heap, "--heap");
  assert_refused_options (&no_depth, "--stack-depth");
  assert_refused_options (&no_share, "--cpu-budget");
}

static void
test_a_brief_recording_is_bounded_and_ends_with_its_command (void)
{
  g_auto (MemsnoopBriefRecording) none = { NULL };
  g_auto (MemsnoopBriefRecording) plain = { .heap = g_strdup ("7") };
  g_auto (MemsnoopBriefRecording) sampled = { .heap = g_strdup ("7"),
                                              .duration = g_strdup ("2m"),
                                              .sample_interval = g_strdup ("512K") };
  g_auto (MemsnoopBriefRecording) growth = { .growth = g_strdup ("7"), .duration = g_strdup ("0") };
  g_autoptr (GError) error = NULL;

  g_assert_true (memsnoop_brief_recording_check (&growth, NULL, &error));
  assert_same_options (growth.options, "{'sources': <['growth']>, 'pids': <[uint32 7]>,"
                                       " 'duration': <uint32 0>}");
  g_assert_true (memsnoop_brief_recording_check (&none, "3", &error));
  g_assert_null (none.options);
  g_assert_true (memsnoop_brief_recording_check (&plain, NULL, &error));
  assert_same_options (plain.options, "{'sources': <['heap']>, 'pids': <[uint32 7]>,"
                                      " 'duration': <uint32 10>}");
  g_assert_true (memsnoop_brief_recording_check (&sampled, NULL, &error));
  assert_same_options (sampled.options, "{'sources': <['heap']>, 'pids': <[uint32 7]>,"
                                        " 'duration': <uint32 120>,"
                                        " 'sample-interval': <uint64 524288>}");
  g_assert_no_error (error);
}

static GPtrArray *
make_sessions (const gchar *const *states, const guint32 *owners, gsize count)
{
  GVariantBuilder builder;
  g_autoptr (GVariant) objects = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (gsize i = 0; i < count; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/org/memsnoop1/session/%u", (guint) i + 9);
      g_autofree gchar *text = g_strdup_printf (
          "{'org.memsnoop1.Session': {'State': <'%s'>, 'Owner': <uint32 %u>, 'Pids': <[uint32 1]>},"
          " 'org.freedesktop.DBus.Peer': {}}",
          states[i], owners[i]);
      g_autoptr (GVariant) interfaces =
          g_variant_parse (G_VARIANT_TYPE ("a{sa{sv}}"), text, NULL, NULL, NULL);

      g_variant_builder_add (&builder, "{o@a{sa{sv}}}", path, interfaces);
    }
  objects = g_variant_ref_sink (g_variant_builder_end (&builder));
  return memsnoop_session_list_from_objects (objects);
}

static void
test_the_session_that_is_meant_is_found (void)
{
  const gchar *const states[] = { "stopped", "recording", "failed", "recording" };
  const guint32 owners[] = { 5, 5, 5, 6 };
  g_autoptr (GPtrArray) all = make_sessions (states, owners, 4);
  g_autoptr (GPtrArray) one_runs = make_sessions (states, owners, 3);
  g_autoptr (GPtrArray) one_stopped = make_sessions (states, owners, 1);
  g_autoptr (GPtrArray) own = memsnoop_session_list_running_of (all, 5);

  /* Ten comes behind nine, not before it. */
  g_assert_cmpuint (((const MemsnoopSessionEntry *) all->pdata[0])->number, ==, 9);
  g_assert_cmpuint (memsnoop_session_list_choose_to_stop (all, 5, NULL)->number, ==, 10);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (one_runs, 5, NULL)->number, ==, 10);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (one_stopped, 5, NULL)->number, ==, 9);
  g_assert_cmpuint (memsnoop_session_list_find (all, "12", NULL)->number, ==, 12);
  g_assert_cmpuint (memsnoop_session_list_find (all, "/org/memsnoop1/session/11", NULL)->number, ==,
                    11);
  g_assert_cmpuint (own->len, ==, 1);
}

static void
test_the_likeliest_session_is_read (void)
{
  const gchar *const states[] = { "stopped", "recording", "recording", "failed", "recording" };
  const guint32 owners[] = { 5, 5, 5, 7, 6 };
  g_autoptr (GPtrArray) all = make_sessions (states, owners, 5);

  /* Own before others', running before stopped, the newest of several. */
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (all, 5, NULL)->number, ==, 11);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (all, 6, NULL)->number, ==, 13);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (all, 7, NULL)->number, ==, 12);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (all, 8, NULL)->number, ==, 13);
  g_ptr_array_set_size (all, 4);
  g_assert_cmpuint (memsnoop_session_list_choose_to_read (all, 8, NULL)->number, ==, 11);
}

static void
assert_message (GError *error, const gchar *part)
{
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, part));
  g_error_free (error);
}

static void
test_an_unclear_session_is_asked_for (void)
{
  const gchar *const states[] = { "recording", "recording" };
  /* Nobody has this name. */
  const guint32 owners[] = { 3999999999, 3999999999 };
  g_autoptr (GPtrArray) two = make_sessions (states, owners, 2);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  GError *error = NULL;

  g_assert_null (memsnoop_session_list_choose_to_stop (two, 3999999999, &error));
  assert_message (g_steal_pointer (&error),
                  "9 (recording, of 3999999999), 10 (recording, of 3999999999)");
  g_assert_null (memsnoop_session_list_choose_to_stop (two, 6, &error));
  assert_message (g_steal_pointer (&error), "you have no running session");
  g_assert_null (memsnoop_session_list_choose_to_read (none, 5, &error));
  assert_message (g_steal_pointer (&error), "memsnoopctl start");
  g_assert_null (memsnoop_session_list_find (two, "77", &error));
  assert_message (g_steal_pointer (&error), "there is no session 77; there are 9");
  g_assert_null (memsnoop_session_list_find (two, "/org/other", &error));
  assert_message (g_steal_pointer (&error), "'/org/other'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command/a-wrong-command-line-is-status-2",
                   test_a_wrong_command_line_is_status_2);
  g_test_add_func ("/command/a-bus-that-is-not-there-is-status-1",
                   test_a_bus_that_is_not_there_is_status_1);
  g_test_add_func ("/command/refusals-are-status-3", test_refusals_are_status_3);
  g_test_add_func ("/command/a-missing-service-comes-with-a-hint",
                   test_a_missing_service_comes_with_a_hint);
  g_test_add_func ("/command/a-service-that-cannot-be-started-comes-with-a-hint",
                   test_a_service_that_cannot_be_started_comes_with_a_hint);
  g_test_add_func ("/command/a-mistyped-one-is-recognised", test_a_mistyped_command_is_recognised);
  g_test_add_func ("/command/help-can-be-asked-for-as-one",
                   test_help_can_be_asked_for_as_a_command);
  g_test_add_func ("/ignore/interpreters-are-known-by-their-names",
                   test_interpreters_are_known_by_their_names);
  g_test_add_func ("/start/a-started-session-outlives-the-command",
                   test_a_started_session_outlives_the_command);
  g_test_add_func ("/start/heaps-are-those-of-named-processes",
                   test_heaps_are_those_of_named_processes);
  g_test_add_func ("/start/a-brief-recording-is-bounded-and-ends-with-its-command",
                   test_a_brief_recording_is_bounded_and_ends_with_its_command);
  g_test_add_func ("/sessions/the-one-that-is-meant-is-found",
                   test_the_session_that_is_meant_is_found);
  g_test_add_func ("/sessions/the-likeliest-one-is-read", test_the_likeliest_session_is_read);
  g_test_add_func ("/sessions/an-unclear-one-is-asked-for", test_an_unclear_session_is_asked_for);
  return g_test_run ();
}
