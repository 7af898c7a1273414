/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to a service that hangs, is late, and is replaced, on a bus of the test's own. */
#include "service.h"

#include "memsnoop-names.h"
#include "service-error.h"
#include "session-objects.h"

#define DEADLINE (10 * G_TIME_SPAN_SECOND)

static const MemsnoopServicePatience patience = { .retry = 50, .late = 100, .call = 400 };

static GTestDBus *bus;

/* What has the service's name, and answers what it is told to. */
typedef struct
{
  GDBusConnection *connection;
  /* Whether it answers what its objects are, and calls. */
  gboolean lists;
  gboolean answers;
  guint n_sessions;
  guint objects[2];
  guint name;
  gboolean owns;
  GPtrArray *unanswered;
} Owner;

static GVariant *
list_objects (Owner *owner)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  for (guint i = 0; i < owner->n_sessions; i++)
    {
      g_autofree gchar *path = g_strdup_printf (MEMSNOOP_OBJECT_PATH "/sessions/%u", i);

      g_variant_builder_add_parsed (&builder, "{%o, @a{sa{sv}} {}}", path);
    }
  return g_variant_new ("(a{oa{sa{sv}}})", &builder);
}

static void
on_called (GDBusConnection *connection,
           const gchar *sender,
           const gchar *path,
           const gchar *interface,
           const gchar *method,
           GVariant *arguments,
           GDBusMethodInvocation *invocation,
           gpointer user_data)
{
  Owner *owner = user_data;

  if (g_str_equal (method, "GetManagedObjects") && owner->lists)
    g_dbus_method_invocation_return_value (invocation, list_objects (owner));
  else if (g_str_equal (method, "ListSuspects") && owner->answers)
    g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed ("(@aa{sv} [],)"));
  else
    g_ptr_array_add (owner->unanswered, invocation);
}

static GVariant *
on_property (GDBusConnection *connection,
             const gchar *sender,
             const gchar *path,
             const gchar *interface,
             const gchar *name,
             GError **error,
             gpointer user_data)
{
  if (g_str_equal (name, "Version"))
    return g_variant_new_string ("test");
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY, "none");
  return NULL;
}

static void
on_acquired (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  ((Owner *) user_data)->owns = TRUE;
}

static void
register_objects (Owner *owner)
{
  static const gchar xml[] =
      "<node><interface name='org.freedesktop.DBus.ObjectManager'>"
      "<method name='GetManagedObjects'>"
      "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface></node>";
  const GDBusInterfaceVTable table = { on_called, on_property, NULL, { 0 } };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);

  owner->objects[0] = g_dbus_connection_register_object (
      owner->connection, MEMSNOOP_OBJECT_PATH, node->interfaces[0], &table, owner, NULL, NULL);
  owner->objects[1] = g_dbus_connection_register_object (owner->connection, MEMSNOOP_OBJECT_PATH,
                                                         memsnoop_bus_manager_interface_info (),
                                                         &table, owner, NULL, NULL);
  g_assert_true (owner->objects[0] != 0 && owner->objects[1] != 0);
}

static Owner *
owner_new (gboolean lists, gboolean answers)
{
  Owner *owner = g_new0 (Owner, 1);
  g_autoptr (GError) error = NULL;

  owner->lists = lists;
  owner->answers = answers;
  owner->unanswered = g_ptr_array_new_with_free_func (g_object_unref);
  owner->connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (owner->connection, FALSE);
  register_objects (owner);
  owner->name = g_bus_own_name_on_connection (owner->connection, MEMSNOOP_BUS_NAME,
                                              G_BUS_NAME_OWNER_FLAGS_ALLOW_REPLACEMENT |
                                                  G_BUS_NAME_OWNER_FLAGS_REPLACE,
                                              on_acquired, NULL, owner, NULL);
  while (!owner->owns)
    g_main_context_iteration (NULL, TRUE);
  return owner;
}

static void
owner_free (Owner *owner)
{
  for (gsize i = 0; i < G_N_ELEMENTS (owner->objects); i++)
    g_dbus_connection_unregister_object (owner->connection, owner->objects[i]);
  g_bus_unown_name (owner->name);
  g_dbus_connection_close_sync (owner->connection, NULL, NULL);
  g_ptr_array_unref (owner->unanswered);
  g_object_unref (owner->connection);
  g_free (owner);
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Returns: the longest that the main loop took for one thing, in microseconds. */
static gint64
wait_for_state (MemsnoopService *service, MemsnoopServiceState state)
{
  gint64 end = g_get_monotonic_time () + DEADLINE, longest = 0;
  guint tick = g_timeout_add (5, on_tick, NULL);

  while (memsnoop_service_get_state (service) != state)
    {
      gint64 begin = g_get_monotonic_time ();

      g_assert_cmpint (begin, <, end);
      g_main_context_iteration (NULL, TRUE);
      longest = MAX (longest, g_get_monotonic_time () - begin);
    }
  g_source_remove (tick);
  return longest;
}

/* It may be told before that it is late. */
static void
wait_for_problem (MemsnoopService *service, const gchar *part)
{
  gint64 end = g_get_monotonic_time () + DEADLINE;
  guint tick = g_timeout_add (5, on_tick, NULL);

  while (memsnoop_service_get_problem (service) == NULL ||
         strstr (memsnoop_service_get_problem (service), part) == NULL)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static MemsnoopService *
make_service (void)
{
  MemsnoopService *service = memsnoop_service_new ();

  memsnoop_service_set_patience (service, &patience);
  return service;
}

static void
test_a_service_that_starts_late_is_noticed (void)
{
  g_autoptr (MemsnoopService) service = make_service ();
  Owner *owner;

  wait_for_state (service, MEMSNOOP_SERVICE_ABSENT);
  owner = owner_new (TRUE, TRUE);
  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  g_assert_cmpstr (memsnoop_service_get_version (service), ==, "test");
  g_assert_null (memsnoop_service_get_problem (service));
  owner_free (owner);
  wait_for_state (service, MEMSNOOP_SERVICE_ABSENT);
  g_assert_null (memsnoop_service_get_sessions (service));
}

static void
test_a_service_that_hangs_is_told_and_does_not_block (void)
{
  Owner *owner = owner_new (TRUE, TRUE), *hanging;
  g_autoptr (MemsnoopService) service = make_service ();

  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  hanging = owner_new (FALSE, FALSE);
  g_assert_cmpint (wait_for_state (service, MEMSNOOP_SERVICE_SILENT), <, G_TIME_SPAN_SECOND);
  g_assert_nonnull (strstr (memsnoop_service_get_problem (service), "does not answer"));
  owner_free (owner);
  /* It comes to itself. */
  owner = owner_new (TRUE, TRUE);
  g_assert_cmpint (wait_for_state (service, MEMSNOOP_SERVICE_READY), <, G_TIME_SPAN_SECOND);
  owner_free (hanging);
  owner_free (owner);
}

static void
test_more_recordings_than_a_service_has_are_refused (void)
{
  Owner *owner = owner_new (TRUE, TRUE);
  g_autoptr (MemsnoopService) service = NULL;

  owner->n_sessions = MEMSNOOP_SESSION_LIMIT + 1;
  service = make_service ();
  wait_for_problem (service, "8193 recordings");
  g_assert_cmpint (memsnoop_service_get_state (service), ==, MEMSNOOP_SERVICE_SILENT);
  /* It is asked again. */
  owner->n_sessions = MEMSNOOP_SESSION_LIMIT;
  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  owner_free (owner);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GVariant *
call (MemsnoopService *service, gboolean ask, gboolean *was_late, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) reply = NULL;

  memsnoop_service_call (service, "ListSuspects", NULL, "(aa{sv})", ask, -1, NULL, on_answer,
                         &result);
  *was_late = FALSE;
  while (result == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      *was_late = *was_late || memsnoop_service_is_late (service);
    }
  g_assert_false (memsnoop_service_is_late (service));
  return memsnoop_service_call_finish (service, result, error);
}

static void
test_a_call_without_answer_is_late_then_fails_and_can_be_repeated (void)
{
  Owner *owner = owner_new (TRUE, FALSE);
  g_autoptr (MemsnoopService) service = make_service ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean late;

  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  g_assert_null (call (service, FALSE, &late, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (late);
  owner->answers = TRUE;
  reply = call (service, FALSE, &late, NULL);
  g_assert_nonnull (reply);
  g_assert_false (late);
  owner_free (owner);
}

static gboolean
on_password (gpointer user_data)
{
  Owner *owner = user_data;

  g_assert_cmpuint (owner->unanswered->len, ==, 1);
  g_dbus_method_invocation_return_value (g_object_ref (owner->unanswered->pdata[0]),
                                         g_variant_new_parsed ("(@aa{sv} [],)"));
  return G_SOURCE_REMOVE;
}

static void
test_a_person_who_is_asked_may_take_their_time (void)
{
  Owner *owner = owner_new (TRUE, FALSE);
  g_autoptr (MemsnoopService) service = make_service ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean late;

  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  g_timeout_add (2 * patience.call, on_password, owner);
  reply = call (service, TRUE, &late, &error);
  g_assert_no_error (error);
  g_assert_nonnull (reply);
  g_assert_false (late);
  owner_free (owner);
}

/* The bus has another error for what it tried to start. */
static void
test_a_service_that_was_stopped_is_not_started_by_a_call (void)
{
  Owner *owner = owner_new (TRUE, TRUE);
  g_autoptr (MemsnoopService) service = make_service ();
  g_autoptr (GError) error = NULL;
  gboolean late;

  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  owner_free (owner);
  g_assert_cmpint (memsnoop_service_get_state (service), ==, MEMSNOOP_SERVICE_READY);
  g_assert_null (call (service, FALSE, &late, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

/* The last test. */
static void
test_a_bus_that_goes_away_ends_calls (void)
{
  Owner *owner = owner_new (TRUE, FALSE);
  g_autoptr (MemsnoopService) service = make_service ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  wait_for_state (service, MEMSNOOP_SERVICE_READY);
  memsnoop_service_call (service, "ListSuspects", NULL, "(aa{sv})", TRUE, -1, NULL, on_answer,
                         &result);
  owner_free (owner);
  g_test_dbus_stop (bus);
  wait_for_state (service, MEMSNOOP_SERVICE_NO_BUS);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (memsnoop_service_call_finish (service, result, &error));
  g_assert_nonnull (error);
}

static void
test_messages_are_shown_as_one_line (void)
{
  g_autofree gchar *long_message = g_strnfill (100000, 'x');
  g_autoptr (GError) error =
      g_error_new (G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "<b>\n\u202e%s", long_message);
  g_autofree gchar *text = memsnoop_service_error_describe (error);

  g_assert_true (g_str_has_prefix (text, "<b>\\x0a\\u202e"));
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, 500);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *daemon = g_find_program_in_path ("dbus-daemon");

  g_test_init (&argc, &argv, NULL);
  if (daemon == NULL)
    {
      g_print ("1..0 # SKIP dbus-daemon: it is not installed\n");
      return 0;
    }
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (bus), TRUE);
  g_test_add_func ("/service/a-service-that-starts-late-is-noticed",
                   test_a_service_that_starts_late_is_noticed);
  g_test_add_func ("/service/a-service-that-hangs-is-told-and-does-not-block",
                   test_a_service_that_hangs_is_told_and_does_not_block);
  g_test_add_func ("/service/more-recordings-than-a-service-has-are-refused",
                   test_more_recordings_than_a_service_has_are_refused);
  g_test_add_func ("/service/a-call-without-answer-is-late-then-fails-and-can-be-repeated",
                   test_a_call_without_answer_is_late_then_fails_and_can_be_repeated);
  g_test_add_func ("/service/a-person-who-is-asked-may-take-their-time",
                   test_a_person_who_is_asked_may_take_their_time);
  g_test_add_func ("/service/a-service-that-was-stopped-is-not-started-by-a-call",
                   test_a_service_that_was_stopped_is_not_started_by_a_call);
  g_test_add_func ("/service/messages-are-shown-as-one-line", test_messages_are_shown_as_one_line);
  g_test_add_func ("/service/a-bus-that-goes-away-ends-calls",
                   test_a_bus_that_goes_away_ends_calls);
  /* The last test has ended the bus. */
  return g_test_run ();
}
