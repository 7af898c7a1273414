/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted polkit of the service fixture. */
#include "service-fixture.h"

#include <string.h>

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define FLAG_INTERACTION 1

static const gchar introspection[] =
    "<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
    "<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='a{ss}' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='(bba{ss})' direction='out'/></method>"
    "<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method>"
    "<signal name='Changed'/>"
    "<property name='BackendName' type='s' access='read'/>"
    "<property name='BackendVersion' type='s' access='read'/>"
    "<property name='BackendFeatures' type='u' access='read'/>"
    "</interface></node>";

static struct
{
  GDBusConnection *connection;
  PolkitScript script;
  GPtrArray *waiting;
  gchar *action;
  guint n_questions;
  guint n_cancelled;
  gboolean interactive;
} polkit;

static void
answer (GDBusMethodInvocation *invocation, gboolean allowed, gboolean challenge)
{
  g_dbus_method_invocation_return_value (
      invocation, g_variant_new ("((bb@a{ss}))", allowed, challenge,
                                 g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0)));
}

static void
answer_by_script (GDBusMethodInvocation *invocation, gboolean interactive)
{
  switch (polkit.script)
    {
    case POLKIT_ALLOWS:
      answer (invocation, TRUE, FALSE);
      break;
    case POLKIT_ASKS:
      answer (invocation, interactive, !interactive);
      break;
    case POLKIT_WAITS:
      g_ptr_array_add (polkit.waiting, invocation);
      break;
    case POLKIT_REFUSES:
    default:
      answer (invocation, FALSE, FALSE);
    }
}

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
  guint32 flags;

  if (g_str_equal (method, "CancelCheckAuthorization"))
    {
      polkit.n_cancelled++;
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_free (polkit.action);
  g_variant_get_child (parameters, 1, "s", &polkit.action);
  g_variant_get_child (parameters, 3, "u", &flags);
  polkit.n_questions++;
  polkit.interactive = polkit.interactive || (flags & FLAG_INTERACTION) != 0;
  answer_by_script (invocation, (flags & FLAG_INTERACTION) != 0);
}

static GVariant *
get_property (GDBusConnection *connection,
              const gchar *sender,
              const gchar *path,
              const gchar *interface,
              const gchar *property,
              GError **error,
              gpointer user_data)
{
  if (g_str_equal (property, "BackendFeatures"))
    return g_variant_new_uint32 (0);
  return g_variant_new_string ("scripted");
}

static void
own_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      polkit.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "RequestName", g_variant_new ("(su)", POLKIT_NAME, 4), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
      &error);

  g_assert_no_error (error);
}

/* Polkit's library sends its questions to the owner that it last heard of. */
static void
let_library_see_owner (void)
{
  g_autoptr (GDBusConnection) shared = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      shared, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId",
      NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

  g_assert_nonnull (reply);
  service_run_for (10);
}

void
service_polkit_start (PolkitScript script)
{
  static const GDBusInterfaceVTable table = { .method_call = method_called,
                                              .get_property = get_property };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (polkit.connection);
  polkit.script = script;
  polkit.waiting = g_ptr_array_new ();
  polkit.connection = service_connect ();
  g_dbus_connection_register_object (polkit.connection, POLKIT_PATH, node->interfaces[0], &table,
                                     NULL, NULL, &error);
  g_assert_no_error (error);
  own_name ();
  let_library_see_owner ();
}

void
service_polkit_stop (void)
{
  service_polkit_answer (FALSE);
  service_disconnect (polkit.connection);
  g_ptr_array_unref (polkit.waiting);
  g_free (polkit.action);
  memset (&polkit, 0, sizeof polkit);
}

void
service_polkit_answer (gboolean allowed)
{
  for (guint i = 0; i < polkit.waiting->len; i++)
    answer (polkit.waiting->pdata[i], allowed, FALSE);
  g_ptr_array_set_size (polkit.waiting, 0);
}

const gchar *
service_polkit_get_action (void)
{
  return polkit.action;
}

guint
service_polkit_count_questions (void)
{
  return polkit.n_questions;
}

guint
service_polkit_count_cancelled (void)
{
  return polkit.n_cancelled;
}

guint
service_polkit_count_waiting (void)
{
  return polkit.waiting->len;
}

gboolean
service_polkit_was_interactive (void)
{
  return polkit.interactive;
}

static gboolean
so_many_wait (gpointer n)
{
  return polkit.waiting->len >= GPOINTER_TO_UINT (n);
}

void
service_polkit_wait_for_questions (guint n)
{
  service_wait (so_many_wait, GUINT_TO_POINTER (n));
}
