/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a call, with methods of the test's own. */
#include "service-fixture.h"

#include "bus-call.h"

#include <string.h>
#include <unistd.h>

#define INTERFACE "org.memsnoop1.Test"

static const gchar introspection[] =
    "<node><interface name='" INTERFACE "'>"
    "<method name='Echo'><arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
    "<method name='Fail'/><method name='Wait'/><method name='Unlisted'/>"
    "</interface></node>";

static GPtrArray *waiting;

static gboolean
prepare_nothing (MemsnoopBusCall *call, GError **error)
{
  return TRUE;
}

static void
run_echo (MemsnoopBusCall *call)
{
  g_assert_cmpuint (memsnoop_caller_get_uid (call->caller), ==, geteuid ());
  memsnoop_bus_call_return_value (call, call->parameters);
}

static gboolean
prepare_failure (MemsnoopBusCall *call, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "No domain of the bus");
  return FALSE;
}

static void
run_wait (MemsnoopBusCall *call)
{
  g_ptr_array_add (waiting, call);
}

static const MemsnoopBusRule rules[] = {
  { INTERFACE, "Echo", prepare_nothing, run_echo },
  { INTERFACE, "Fail", prepare_failure, NULL },
  { INTERFACE, "Wait", prepare_nothing, run_wait },
};

typedef struct
{
  GDBusConnection *server;
  GDBusConnection *client;
  MemsnoopCallerCache *callers;
  MemsnoopAuthority *authority;
} Fixture;

static void
method_called (GDBusConnection *connection,
               const gchar *sender,
               const gchar *path,
               const gchar *interface,
               const gchar *method,
               GVariant *parameters,
               GDBusMethodInvocation *invocation,
               gpointer user_data)
{
  Fixture *fixture = user_data;

  memsnoop_bus_call_begin (rules, G_N_ELEMENTS (rules), fixture, fixture->callers,
                           fixture->authority, invocation);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const GDBusInterfaceVTable table = { .method_call = method_called };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GError) error = NULL;

  fixture->server = service_connect ();
  fixture->client = service_connect ();
  fixture->callers = memsnoop_caller_cache_new (fixture->server);
  fixture->authority = memsnoop_authority_new ();
  g_dbus_connection_register_object (fixture->server, "/", node->interfaces[0], &table, fixture,
                                     NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->callers);
  g_object_unref (fixture->authority);
  service_disconnect (fixture->client);
  service_disconnect (fixture->server);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gpointer *) user_data != NULL;
}

static GVariant *
call (Fixture *fixture, const gchar *method, GVariant *parameters, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (fixture->client, g_dbus_connection_get_unique_name (fixture->server), "/",
                          INTERFACE, method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                          keep_result, &result);
  service_wait (is_set, &result);
  return g_dbus_connection_call_finish (fixture->client, result, error);
}

static void
test_a_listed_method_runs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const gchar *text;

  for (guint i = 0; i < 2; i++)
    {
      /* The second time the caller is known. */
      g_autoptr (GVariant) reply = call (fixture, "Echo", g_variant_new ("(s)", "hello"), &error);

      g_assert_no_error (error);
      g_variant_get (reply, "(&s)", &text);
      g_assert_cmpstr (text, ==, "hello");
    }
  g_assert_nonnull (memsnoop_caller_cache_peek (
      fixture->callers, g_dbus_connection_get_unique_name (fixture->client)));
}

static void
test_an_unlisted_method_is_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (call (fixture, "Unlisted", NULL, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
}

static void
test_other_domains_become_failed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (call (fixture, "Fail", NULL, &error));
  service_assert_remote_error (error, "org.memsnoop1.Error.Failed");
  g_assert_nonnull (strstr (error->message, "No domain of the bus"));
}

static gboolean
caller_is_forgotten (gpointer user_data)
{
  Fixture *fixture = user_data;

  return memsnoop_caller_cache_peek (fixture->callers,
                                     g_dbus_connection_get_unique_name (fixture->client)) == NULL;
}

static void
test_callers_are_forgotten_when_they_leave (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) reply = call (fixture, "Echo", g_variant_new ("(s)", ""), NULL);

  g_assert_nonnull (reply);
  g_dbus_connection_close_sync (fixture->client, NULL, NULL);
  service_wait (caller_is_forgotten, fixture);
}

static void
count_limited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    ++*(guint *) user_data;
}

static gboolean
three_are_limited (gpointer user_data)
{
  return *(guint *) user_data == 3;
}

static void
test_calls_of_one_caller_are_limited (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  guint n_limited = 0;

  waiting = g_ptr_array_new ();
  for (guint i = 0; i < MEMSNOOP_CALLER_CALLS_MAX + 3; i++)
    g_dbus_connection_call (fixture->client, g_dbus_connection_get_unique_name (fixture->server),
                            "/", INTERFACE, "Wait", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                            count_limited, &n_limited);
  service_wait (three_are_limited, &n_limited);
  g_assert_cmpuint (waiting->len, ==, MEMSNOOP_CALLER_CALLS_MAX);

  for (guint i = 0; i < waiting->len; i++)
    memsnoop_bus_call_return_value (waiting->pdata[i], NULL);
  g_ptr_array_unref (waiting);
  reply = call (fixture, "Echo", g_variant_new ("(s)", ""), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_limited, ==, 3);
}

#define ADD_TEST(path, function)                                                                   \
  g_test_add ("/bus-call/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  ADD_TEST ("a-listed-method-runs", test_a_listed_method_runs);
  ADD_TEST ("an-unlisted-method-is-refused", test_an_unlisted_method_is_refused);
  ADD_TEST ("other-domains-become-failed", test_other_domains_become_failed);
  ADD_TEST ("callers-are-forgotten-when-they-leave", test_callers_are_forgotten_when_they_leave);
  ADD_TEST ("calls-of-one-caller-are-limited", test_calls_of_one_caller_are_limited);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
