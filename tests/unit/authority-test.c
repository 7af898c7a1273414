/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what, with clients of root and of an unprivileged user. Needs root for the latter. */
#include "forked-child.h"
#include "service-fixture.h"

#include <string.h>
#include <unistd.h>

#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

static gchar *
start_for_pid (Service *service, GDBusConnection *client, pid_t pid, GError **error)
{
  g_autofree gchar *options = g_strdup_printf ("{'pids': <[uint32 %d]>}", pid);

  return service_start (service, client, options, error);
}

static void
assert_nothing_changed (Service *service)
{
  g_assert_cmpuint (service_count_sessions (service), ==, 0);
  g_assert_cmpuint (memsnoop_fake_tracer_count_starts (service->tracer), ==, 0);
}

static void
test_without_polkit_only_root_may (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (service_start (service, nobody, "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_nonnull (strstr (error->message, "org.memsnoop1.record-any"));
  g_assert_nonnull (strstr (error->message, "no polkitd"));
  assert_nothing_changed (service);
  g_clear_error (&error);

  path = service_start (service, service->client, "{}", &error);
  g_assert_no_error (error);
  service_disconnect (nobody);
  service_free (service);
}

static void
test_root_is_not_asked_about (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path = NULL;

  service_polkit_start (POLKIT_REFUSES);
  path = service_start (service, service->client, "{}", NULL);
  g_assert_nonnull (path);
  g_assert_cmpuint (service_polkit_count_questions (), ==, 0);
  service_polkit_stop ();
  service_free (service);
}

static void
test_a_refused_start_changes_nothing (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_null (service_start (service, nobody, "{}", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-any");
  assert_nothing_changed (service);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

static void
test_own_processes_have_their_own_action (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  pid_t child = forked_child_start (forked_child_become_nobody);
  g_autofree gchar *own = NULL;
  g_autofree gchar *others = NULL;
  g_autofree gchar *all = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  own = start_for_pid (service, nobody, child, NULL);
  g_assert_nonnull (own);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-own");
  others = start_for_pid (service, nobody, getpid (), NULL);
  g_assert_nonnull (others);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-any");
  all = service_start (service, nobody, "{}", NULL);
  g_assert_nonnull (all);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.record-any");

  service_polkit_stop ();
  service_disconnect (nobody);
  forked_child_end (child);
  service_free (service);
}

static void
test_users_are_asked_only_when_the_call_allows_it (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  service_polkit_start (POLKIT_ASKS);
  g_assert_null (service_start (service, nobody, "{}", &error));
  service_assert_remote_error (error, INTERACTION_REQUIRED);
  g_assert_false (service_polkit_was_interactive ());
  assert_nothing_changed (service);

  reply =
      service_call_interactively (service, nobody, "Start", g_variant_new ("(a{sv})", NULL), NULL);
  g_assert_nonnull (reply);
  g_assert_true (service_polkit_was_interactive ());
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

static gboolean
question_is_taken_back (gpointer user_data)
{
  return service_polkit_count_cancelled () > 0;
}

static void
test_a_caller_that_leaves_during_the_question_leaves_nothing (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();

  service_polkit_start (POLKIT_WAITS);
  service_call_async (service, nobody, "Start", g_variant_new ("(a{sv})", NULL),
                      service_ignore_reply, NULL);
  service_polkit_wait_for_questions (1);
  service_disconnect (nobody);
  service_wait (question_is_taken_back, NULL);
  service_polkit_answer (TRUE);
  service_run_for (200);
  assert_nothing_changed (service);
  service_polkit_stop ();
  service_free (service);
}

typedef struct
{
  guint n_limited;
  guint n_done;
} Counts;

static void
count_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Counts *counts = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  counts->n_done++;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    counts->n_limited++;
}

static gboolean
two_limited (gpointer user_data)
{
  return ((const Counts *) user_data)->n_limited == 2;
}

static gboolean
ten_done (gpointer user_data)
{
  return ((const Counts *) user_data)->n_done == 10;
}

static void
test_questions_of_one_caller_are_limited (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  Counts counts = { 0 };

  service_polkit_start (POLKIT_WAITS);
  for (guint i = 0; i < 10; i++)
    service_call_async (service, nobody, "GetProcessStats",
                        g_variant_new ("(u)", (guint32) getpid ()), count_reply, &counts);
  service_wait (two_limited, &counts);
  service_polkit_wait_for_questions (MEMSNOOP_CALLER_CHECKS_MAX);
  g_assert_cmpuint (service_polkit_count_questions (), ==, MEMSNOOP_CALLER_CHECKS_MAX);
  service_polkit_answer (TRUE);
  service_wait (ten_done, &counts);
  g_assert_cmpuint (counts.n_limited, ==, 2);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

static gboolean
one_done (gpointer user_data)
{
  return ((const Counts *) user_data)->n_done == 1;
}

static void
test_others_questions_do_not_delay_a_call (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autofree gchar *path = NULL;
  Counts counts = { 0 };

  service_polkit_start (POLKIT_WAITS);
  service_call_async (service, nobody, "Start", g_variant_new ("(a{sv})", NULL), count_reply,
                      &counts);
  service_polkit_wait_for_questions (1);
  path = service_start (service, service->client, "{}", NULL);
  g_assert_nonnull (path);
  g_assert_cmpuint (service_polkit_count_waiting (), ==, 1);
  service_polkit_answer (FALSE);
  service_wait (one_done, &counts);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

static GVariant *
call_stop (Service *service, GDBusConnection *client, const gchar *path, GError **error)
{
  return service_call (service, client, "Stop", g_variant_new ("(o)", path), error);
}

static void
test_stopping_another_users_session_has_its_own_action (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  GDBusConnection *nobody_again = service_connect_as_nobody ();
  g_autofree gchar *roots = service_start (service, service->client, "{}", NULL);
  g_autofree gchar *state = NULL;
  g_autofree gchar *nobodys = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  g_assert_null (call_stop (service, nobody, roots, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.stop-any");
  state = service_get_state (service, roots);
  g_assert_cmpstr (state, ==, "recording");
  service_polkit_stop ();

  /* From another connection of the same user nothing is needed. */
  service_polkit_start (POLKIT_ALLOWS);
  nobodys = service_start (service, nobody, "{}", NULL);
  service_polkit_stop ();
  reply = call_stop (service, nobody_again, nobodys, NULL);
  g_assert_nonnull (reply);
  service_disconnect (nobody);
  service_disconnect (nobody_again);
  service_free (service);
}

static GVariant *
get_report (Service *service, GDBusConnection *client, const gchar *path, GError **error)
{
  return service_call (service, client, "GetReport",
                       g_variant_new ("(osa{sv})", path, "text", NULL), error);
}

static void
test_reports_of_others_need_inspection (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autofree gchar *roots = service_start (service, service->client, "{}", NULL);
  g_autofree gchar *nobodys = NULL;
  g_autoptr (GVariant) own = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  nobodys = service_start (service, nobody, "{}", NULL);
  service_polkit_stop ();

  service_polkit_start (POLKIT_REFUSES);
  own = get_report (service, nobody, nobodys, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (service_polkit_count_questions (), ==, 0);
  g_assert_null (get_report (service, nobody, roots, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

static GVariant *
get_stats (Service *service, GDBusConnection *client, pid_t pid, GError **error)
{
  return service_call (service, client, "GetProcessStats", g_variant_new ("(u)", (guint32) pid),
                       error);
}

static void
test_own_statistics_are_free (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  pid_t child = forked_child_start (forked_child_become_nobody);
  g_autoptr (GVariant) own = NULL;
  g_autoptr (GError) error = NULL;

  service_polkit_start (POLKIT_REFUSES);
  own = get_stats (service, nobody, child, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (service_polkit_count_questions (), ==, 0);
  g_assert_null (get_stats (service, nobody, getpid (), &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (service_polkit_get_action (), ==, "org.memsnoop1.inspect-any");
  service_polkit_stop ();
  forked_child_end (child);
  service_disconnect (nobody);
  service_free (service);
}

static void
assert_rows_are_of (GVariant *reply, guint32 uid, guint32 pid)
{
  g_autoptr (GVariant) rows = g_variant_get_child_value (reply, 0);
  gboolean found = FALSE;

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      guint32 row_uid = 0;
      guint32 row_pid = 0;

      g_assert_true (g_variant_lookup (row, "uid", "u", &row_uid));
      g_assert_true (g_variant_lookup (row, "pid", "u", &row_pid));
      g_assert_cmpuint (row_uid, ==, uid);
      found = found || row_pid == pid;
    }
  g_assert_true (found);
}

static void
test_lists_show_own_rows_and_never_ask (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  pid_t child = forked_child_start (forked_child_become_nobody);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  service_polkit_start (POLKIT_ASKS);
  reply = service_call_interactively (service, nobody, "ListProcesses",
                                      g_variant_new ("(a{sv})", NULL), &error);
  g_assert_no_error (error);
  g_assert_false (service_polkit_was_interactive ());
  assert_rows_are_of (reply, NOBODY, (guint32) child);
  service_polkit_stop ();
  forked_child_end (child);
  service_disconnect (nobody);
  service_free (service);
}

static void
test_who_may_inspect_sees_every_row (void)
{
  Service *service = service_new (NULL);
  GDBusConnection *nobody = service_connect_as_nobody ();
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) rows = NULL;

  service_polkit_start (POLKIT_ALLOWS);
  reply = service_call (service, nobody, "ListProcesses", g_variant_new ("(a{sv})", NULL), NULL);
  g_assert_nonnull (reply);
  rows = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (rows), >, 1);
  service_polkit_stop ();
  service_disconnect (nobody);
  service_free (service);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (geteuid () != 0)
    {
      g_print ("1..0 # SKIP only root can connect as another user\n");
      return 0;
    }
  service_bus_start ();
  /* First: the others put a polkit on the bus. */
  g_test_add_func ("/authority/without-polkit-only-root-may", test_without_polkit_only_root_may);
  g_test_add_func ("/authority/root-is-not-asked-about", test_root_is_not_asked_about);
  g_test_add_func ("/authority/a-refused-start-changes-nothing",
                   test_a_refused_start_changes_nothing);
  g_test_add_func ("/authority/own-processes-have-their-own-action",
                   test_own_processes_have_their_own_action);
  g_test_add_func ("/authority/users-are-asked-only-when-the-call-allows-it",
                   test_users_are_asked_only_when_the_call_allows_it);
  g_test_add_func ("/authority/a-caller-that-leaves-during-the-question-leaves-nothing",
                   test_a_caller_that_leaves_during_the_question_leaves_nothing);
  g_test_add_func ("/authority/questions-of-one-caller-are-limited",
                   test_questions_of_one_caller_are_limited);
  g_test_add_func ("/authority/others-questions-do-not-delay-a-call",
                   test_others_questions_do_not_delay_a_call);
  g_test_add_func ("/authority/stopping-another-users-session-has-its-own-action",
                   test_stopping_another_users_session_has_its_own_action);
  g_test_add_func ("/authority/reports-of-others-need-inspection",
                   test_reports_of_others_need_inspection);
  g_test_add_func ("/authority/own-statistics-are-free", test_own_statistics_are_free);
  g_test_add_func ("/authority/lists-show-own-rows-and-never-ask",
                   test_lists_show_own_rows_and_never_ask);
  g_test_add_func ("/authority/who-may-inspect-sees-every-row",
                   test_who_may_inspect_sees_every_row);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
