/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods about suspicions and about what is ignored: what they answer, and to whom. Needs root
 * to be another user. */
#include "forked-child.h"
#include "service-fixture.h"

#include "process-identity.h"

#include <glib/gstdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB G_GUINT64_CONSTANT (1048576)
#define NO_SUCH_SUSPECT "org.memsnoop1.Error.NoSuchSuspect"

typedef struct
{
  Service *service;
  MemsnoopWatch *watch;
  MemsnoopIgnoreList *ignored;
  /* A client of the user NOBODY, and a process of theirs. */
  GDBusConnection *nobody;
  pid_t nobodys;
  gchar *folder;
  /* A program that exists. */
  gchar *program;
} Fixture;

static void
make_program (Fixture *fixture)
{
  g_autofree gchar *folder = g_dir_make_tmp ("memsnoop-suspects-XXXXXX", NULL);
  char resolved[PATH_MAX];

  g_assert_nonnull (folder);
  g_assert_nonnull (realpath (folder, resolved));
  fixture->folder = g_strdup (resolved);
  fixture->program = g_build_filename (resolved, "prog\351ram", NULL);
  g_assert_true (g_file_set_contents (fixture->program, "", 0, NULL));
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  Service *service = service_new (NULL);

  fixture->service = service;
  make_program (fixture);
  fixture->ignored = memsnoop_ignore_list_new (fixture->folder);
  fixture->watch = memsnoop_watch_new (memsnoop_manager_get_recording (service->manager),
                                       fixture->ignored, service->configuration);
  memsnoop_manager_set_watch (service->manager, fixture->watch, fixture->ignored);
  fixture->nobody = service_connect_as_nobody ();
  fixture->nobodys = forked_child_start (forked_child_become_nobody);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *list = g_build_filename (fixture->folder, "ignored", NULL);

  service_disconnect (fixture->nobody);
  forked_child_end (fixture->nobodys);
  service_free (fixture->service);
  g_object_unref (fixture->watch);
  g_object_unref (fixture->ignored);
  g_unlink (list);
  g_unlink (fixture->program);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->program);
  g_free (fixture->folder);
}

static guint64
start_time_of (pid_t pid)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) pid, NULL);

  g_assert_nonnull (identity);
  return identity->start_time;
}

/* A running process is suspected, with an id of its pid. */
static void
suspect (Fixture *fixture, pid_t pid, guint32 uid)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new ((guint64) pid, MEMSNOOP_SUSPICION_KERNEL);
  MemsnoopGrowthVerdict verdict = { .since = 5, .bytes = 40 * MIB, .rate = 65536 };

  suspicion->pid = (guint32) pid;
  suspicion->uid = uid;
  suspicion->start_time = start_time_of (pid) + 3;
  g_free (suspicion->executable);
  suspicion->executable = g_strdup (fixture->program);
  memsnoop_suspicion_update (suspicion, &verdict, 6, 50 * MIB);
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (1, 2, "frame+0x1", "cache"));
  memsnoop_watch_adopt_suspicion (fixture->watch, suspicion);
}

static GVariant *
call (Fixture *fixture,
      GDBusConnection *client,
      const gchar *method,
      GVariant *parameters,
      GError **error)
{
  g_autoptr (GVariant) reply = service_call (fixture->service, client, method, parameters, error);

  if (error != NULL && *error != NULL)
    g_test_message ("%s", (*error)->message);
  return reply == NULL || g_variant_n_children (reply) == 0 ? g_steal_pointer (&reply)
                                                            : g_variant_get_child_value (reply, 0);
}

static GVariant *
get_suspect (Fixture *fixture, GDBusConnection *client, guint64 id, GError **error)
{
  return call (fixture, client, "GetSuspect", g_variant_new ("(t)", id), error);
}

static gboolean
change (Fixture *fixture,
        GDBusConnection *client,
        const gchar *method,
        const gchar *path,
        GError **error)
{
  g_autoptr (GVariant) reply = call (fixture, client, method, g_variant_new ("(s)", path), error);

  return reply != NULL;
}

/* The ids of the rows, as text. */
static gchar *
list_ids (Fixture *fixture, GDBusConnection *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = call (fixture, client, "ListSuspects", NULL, &error);
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      guint64 id = 0;

      g_assert_true (g_variant_lookup (row, "id", "t", &id));
      g_string_append_printf (text, "%" G_GUINT64_FORMAT ";", id);
    }
  return g_string_free (text, FALSE);
}

static gchar *
list_ignored (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) paths =
      call (fixture, fixture->service->client, "ListIgnored", NULL, &error);
  g_autofree const gchar **strings = NULL;

  g_assert_no_error (error);
  strings = g_variant_get_strv (paths, NULL);
  return g_strjoinv (":", (gchar **) strings);
}

static void
test_rows_have_the_evidence_and_the_process (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autofree gchar *executable = g_strconcat (fixture->folder, "/prog\\xe9ram", NULL);
  const gchar *text;
  guint64 number;

  suspect (fixture, getpid (), geteuid ());
  rows = call (fixture, fixture->service->client, "ListSuspects", NULL, NULL);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "kind", "&s", &text));
  g_assert_cmpstr (text, ==, "kernel");
  g_assert_true (g_variant_lookup (row, "exe", "&s", &text));
  g_assert_cmpstr (text, ==, executable);
  g_assert_true (g_variant_lookup (row, "start-time", "t", &number));
  g_assert_cmpuint (number, ==, start_time_of (getpid ()));
  g_assert_false (g_variant_lookup (row, "sites", "aa{sv}", NULL));
}

static void
test_one_suspicion_has_its_sites (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) sites = NULL;

  suspect (fixture, getpid (), geteuid ());
  row = get_suspect (fixture, fixture->service->client, (guint64) getpid (), &error);
  g_assert_no_error (error);
  sites = g_variant_lookup_value (row, "sites", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_nonnull (sites);
  g_assert_cmpuint (g_variant_n_children (sites), ==, 1);
}

static void
test_unknown_ids_are_refused (Fixture *fixture, gconstpointer unused)
{
  const guint64 ids[] = { 0, 4242424242, G_MAXUINT64 };

  suspect (fixture, getpid (), geteuid ());
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree gchar *id = g_strdup_printf ("%" G_GUINT64_FORMAT, ids[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (get_suspect (fixture, fixture->service->client, ids[i], &error));
      service_assert_remote_error (error, NO_SUCH_SUSPECT);
      g_assert_nonnull (strstr (error->message, id));
    }
}

static void
test_polling_shows_own_rows_and_never_asks (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *own = NULL;
  g_autofree gchar *shown = NULL;

  suspect (fixture, getpid (), 0);
  suspect (fixture, fixture->nobodys, NOBODY);
  own = g_strdup_printf ("%d;", fixture->nobodys);
  service_polkit_start (POLKIT_ASKS);
  shown = list_ids (fixture, fixture->nobody);
  g_assert_cmpstr (shown, ==, own);
  g_assert_false (service_polkit_was_interactive ());
  service_polkit_stop ();
}

/* Its user is NOBODY only in part: we run as root and lie about the uid. */
static void
test_a_process_that_is_not_wholly_own_is_no_own_row (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *shown = NULL;

  suspect (fixture, getpid (), NOBODY);
  service_polkit_start (POLKIT_REFUSES);
  shown = list_ids (fixture, fixture->nobody);
  g_assert_cmpstr (shown, ==, "");
  service_polkit_stop ();
}

static void
test_who_may_inspect_sees_every_row (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *all = NULL;
  g_autofree gchar *shown = NULL;

  suspect (fixture, getpid (), 0);
  suspect (fixture, fixture->nobodys, NOBODY);
  all = g_strdup_printf ("%d;%d;", getpid (), fixture->nobodys);
  service_polkit_start (POLKIT_ALLOWS);
  shown = list_ids (fixture, fixture->nobody);
  g_assert_cmpstr (shown, ==, all);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  service_polkit_stop ();
}

static void
test_own_suspicions_are_free_and_others_are_not (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GVariant) own = NULL;
  g_autoptr (GError) error = NULL;

  suspect (fixture, getpid (), 0);
  suspect (fixture, fixture->nobodys, NOBODY);
  service_polkit_start (POLKIT_REFUSES);
  own = get_suspect (fixture, fixture->nobody, (guint64) fixture->nobodys, &error);
  g_assert_no_error (error);
  g_assert_nonnull (own);
  g_assert_cmpuint (service_polkit_count_questions (), ==, 0);
  g_assert_null (get_suspect (fixture, fixture->nobody, (guint64) getpid (), &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  service_polkit_stop ();
}

static void
test_the_interval_of_the_watch_is_told (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GVariant) interval = service_get_property (fixture->service, "WatchInterval");

  g_assert_cmpfloat_with_epsilon (g_variant_get_double (interval),
                                  fixture->service->configuration->watch_interval, 1e-6);
}

static void
test_what_finds_no_room_is_counted (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GVariant) none = service_get_property (fixture->service, "SuspectsLeftOut");
  g_autoptr (GVariant) some = NULL;

  g_assert_cmpuint (g_variant_get_uint32 (none), ==, 0);
  g_signal_emit_by_name (fixture->watch, "left-out", 3);
  some = service_get_property (fixture->service, "SuspectsLeftOut");
  g_assert_cmpuint (g_variant_get_uint32 (some), ==, 3);
}

static void
keep_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  g_assert_null (reply);
  *(GError **) user_data = error;
}

static gboolean
is_set (gpointer user_data)
{
  return *(gpointer *) user_data != NULL;
}

static void
test_what_is_withdrawn_during_the_question_is_not_told (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  suspect (fixture, getpid (), 0);
  service_polkit_start (POLKIT_WAITS);
  service_call_async (fixture->service, fixture->nobody, "GetSuspect",
                      g_variant_new ("(t)", (guint64) getpid ()), keep_reply, &error);
  service_polkit_wait_for_questions (1);
  g_ptr_array_set_size (memsnoop_watch_get_suspects (fixture->watch), 0);
  service_polkit_answer (TRUE);
  service_wait (is_set, &error);
  service_assert_remote_error (error, NO_SUCH_SUSPECT);
  service_polkit_stop ();
}

/* As a suspicion's exe tells it, also where that is not UTF-8. */
static void
test_a_path_is_ignored_as_it_is_told (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *text = g_strconcat (fixture->folder, "/prog\\xe9ram", NULL);
  g_autofree gchar *listed = NULL;
  g_autofree gchar *none = NULL;
  g_autofree gchar *ids = NULL;
  g_autoptr (GError) error = NULL;

  suspect (fixture, getpid (), geteuid ());
  g_assert_true (change (fixture, fixture->service->client, "Ignore", text, &error));
  g_assert_no_error (error);
  listed = list_ignored (fixture);
  g_assert_cmpstr (listed, ==, text);
  g_assert_true (memsnoop_ignore_list_contains (fixture->ignored, fixture->program));
  /* It is not suspected any more. */
  ids = list_ids (fixture, fixture->service->client);
  g_assert_cmpstr (ids, ==, "");

  g_assert_true (change (fixture, fixture->service->client, "Unignore", text, &error));
  none = list_ignored (fixture);
  g_assert_cmpstr (none, ==, "");
}

static void
test_wrong_paths_change_nothing (Fixture *fixture, gconstpointer unused)
{
  const struct
  {
    const gchar *method;
    const gchar *path;
    gint code;
  } calls[] = {
    { "Ignore", "", G_DBUS_ERROR_INVALID_ARGS },
    { "Ignore", "program", G_DBUS_ERROR_INVALID_ARGS },
    { "Ignore", "/usr/../bin/program", G_DBUS_ERROR_INVALID_ARGS },
    { "Ignore", fixture->folder, G_DBUS_ERROR_INVALID_ARGS },
    { "Ignore", "/nonexistent/program", G_DBUS_ERROR_FILE_NOT_FOUND },
    { "Unignore", "program", G_DBUS_ERROR_INVALID_ARGS },
    { "Unignore", "/usr/bin/other", G_DBUS_ERROR_INVALID_ARGS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *listed = NULL;

      g_assert_false (
          change (fixture, fixture->service->client, calls[i].method, calls[i].path, &error));
      g_assert_error (error, G_DBUS_ERROR, calls[i].code);
      g_assert_nonnull (strstr (error->message, calls[i].path));
      listed = list_ignored (fixture);
      g_assert_cmpstr (listed, ==, "");
    }
}

static void
test_refused_changes_change_nothing (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *text = g_strconcat (fixture->folder, "/prog\\xe9ram", NULL);
  g_autofree gchar *list = g_build_filename (fixture->folder, "ignored", NULL);
  g_autofree gchar *listed = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_false (change (fixture, fixture->nobody, "Ignore", text, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.configure");
  g_assert_false (g_file_test (list, G_FILE_TEST_EXISTS));
  g_clear_error (&error);

  g_assert_true (change (fixture, fixture->service->client, "Ignore", text, NULL));
  g_assert_false (change (fixture, fixture->nobody, "Unignore", text, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.configure");
  listed = list_ignored (fixture);
  g_assert_cmpstr (listed, ==, text);
  service_polkit_stop ();
}

/* Whether a file exists is not told to those who may not ask. */
static void
test_those_who_may_not_ignore_are_not_told_what_exists (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_false (change (fixture, fixture->nobody, "Ignore", "/nonexistent/program", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  service_polkit_stop ();
}

static void
test_what_is_ignored_is_told_to_those_who_may_inspect (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_null (call (fixture, fixture->nobody, "ListIgnored", NULL, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  service_polkit_stop ();
  service_polkit_start (POLKIT_ALLOWS);
  reply = call (fixture, fixture->nobody, "ListIgnored", NULL, NULL);
  g_assert_nonnull (reply);
  service_polkit_stop ();
}

static void
test_without_a_watch_the_methods_say_so (void)
{
  Service *service = service_new (NULL);
  const struct
  {
    const gchar *method;
    GVariant *parameters;
  } calls[] = {
    { "ListSuspects", NULL },
    { "GetSuspect", g_variant_new ("(t)", (guint64) 1) },
    { "Ignore", g_variant_new ("(s)", "/usr/bin/env") },
    { "Unignore", g_variant_new ("(s)", "/usr/bin/env") },
    { "ListIgnored", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          service_call (service, service->client, calls[i].method, calls[i].parameters, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED);
    }
  service_free (service);
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/suspect-methods/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (geteuid () != 0)
    {
      g_print ("1..0 # SKIP root: only root can connect as another user\n");
      return 0;
    }
  service_bus_start ();
  add ("rows-have-the-evidence-and-the-process", test_rows_have_the_evidence_and_the_process);
  add ("one-suspicion-has-its-sites", test_one_suspicion_has_its_sites);
  add ("unknown-ids-are-refused", test_unknown_ids_are_refused);
  add ("polling-shows-own-rows-and-never-asks", test_polling_shows_own_rows_and_never_asks);
  add ("a-process-that-is-not-wholly-own-is-no-own-row",
       test_a_process_that_is_not_wholly_own_is_no_own_row);
  add ("who-may-inspect-sees-every-row", test_who_may_inspect_sees_every_row);
  add ("own-suspicions-are-free-and-others-are-not",
       test_own_suspicions_are_free_and_others_are_not);
  add ("the-interval-of-the-watch-is-told", test_the_interval_of_the_watch_is_told);
  add ("what-finds-no-room-is-counted", test_what_finds_no_room_is_counted);
  add ("what-is-withdrawn-during-the-question-is-not-told",
       test_what_is_withdrawn_during_the_question_is_not_told);
  add ("a-path-is-ignored-as-it-is-told", test_a_path_is_ignored_as_it_is_told);
  add ("wrong-paths-change-nothing", test_wrong_paths_change_nothing);
  add ("refused-changes-change-nothing", test_refused_changes_change_nothing);
  add ("those-who-may-not-ignore-are-not-told-what-exists",
       test_those_who_may_not_ignore_are_not_told_what_exists);
  add ("what-is-ignored-is-told-to-those-who-may-inspect",
       test_what_is_ignored_is_told_to_those_who_may_inspect);
  g_test_add_func ("/suspect-methods/without-a-watch-the-methods-say-so",
                   test_without_a_watch_the_methods_say_so);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
