/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-call.h"

#include "error.h"

void
memsnoop_bus_call_end (MemsnoopBusCall *call)
{
  g_assert (call->invocation == NULL);
  if (call->data != NULL && call->free_data != NULL)
    call->free_data (call->data);
  if (call->counted)
    memsnoop_caller_end_call (call->caller);
  g_clear_object (&call->caller);
  g_object_unref (call->callers);
  g_object_unref (call->authority);
  g_variant_unref (call->parameters);
  g_free (call);
}

void
memsnoop_bus_call_set_data (MemsnoopBusCall *call, gpointer data, GDestroyNotify free_data)
{
  g_assert (call->data == NULL);
  call->data = data;
  call->free_data = free_data;
}

void
memsnoop_bus_call_send_value (MemsnoopBusCall *call, GVariant *value)
{
  g_dbus_method_invocation_return_value (g_steal_pointer (&call->invocation), value);
}

void
memsnoop_bus_call_return_value (MemsnoopBusCall *call, GVariant *value)
{
  memsnoop_bus_call_send_value (call, value);
  memsnoop_bus_call_end (call);
}

/* What clients see has a name that is documented, never an encoded domain of the service's insides.
 */
static gboolean
has_name_on_bus (const GError *error)
{
  if (error->domain == MEMSNOOP_ERROR)
    return error->code != MEMSNOOP_ERROR_NOT_RECORDING;
  return error->domain == G_DBUS_ERROR;
}

void
memsnoop_bus_call_return_error (MemsnoopBusCall *call, GError *error)
{
  GDBusMethodInvocation *invocation = g_steal_pointer (&call->invocation);

  g_dbus_error_strip_remote_error (error);
  if (has_name_on_bus (error))
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    {
      g_message ("%s failed: %s", call->rule->method, error->message);
      g_dbus_method_invocation_return_error_literal (invocation, MEMSNOOP_ERROR,
                                                     MEMSNOOP_ERROR_FAILED, error->message);
    }
  g_error_free (error);
  memsnoop_bus_call_end (call);
}

static void
check_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  GError *error = NULL;

  call->authorized = memsnoop_authority_check_finish (MEMSNOOP_AUTHORITY (source), result, &error);
  if (call->authorized)
    call->rule->run (call);
  else if (call->optional && g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED))
    memsnoop_bus_call_return_error (call, error);
  else if (call->optional)
    {
      g_error_free (error);
      call->rule->run (call);
    }
  else
    memsnoop_bus_call_return_error (call, error);
}

static gboolean
allows_interaction (MemsnoopBusCall *call)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  GDBusMessageFlags flags = g_dbus_message_get_flags (message);

  return !call->optional && (flags & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
}

static void
check_authority (MemsnoopBusCall *call)
{
  if (call->action != NULL && !memsnoop_authority_trusts (call->authority, call->caller))
    {
      call->waited = TRUE;
      memsnoop_authority_check_async (call->authority, call->caller, call->action,
                                      allows_interaction (call), check_finished, call);
      return;
    }
  call->authorized = TRUE;
  call->rule->run (call);
}

static void
caller_known (MemsnoopBusCall *call)
{
  GError *error = NULL;

  call->counted = memsnoop_caller_begin_call (call->caller, &error);
  if (!call->counted || !call->rule->prepare (call, &error))
    memsnoop_bus_call_return_error (call, error);
  else
    check_authority (call);
}

static void
caller_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  GError *error = NULL;

  call->caller =
      memsnoop_caller_cache_identify_finish (MEMSNOOP_CALLER_CACHE (source), result, &error);
  if (call->caller != NULL)
    caller_known (call);
  else
    memsnoop_bus_call_return_error (call, error);
}

static const MemsnoopBusRule *
find_rule (const MemsnoopBusRule *rules, gsize n_rules, GDBusMethodInvocation *invocation)
{
  const gchar *interface = g_dbus_method_invocation_get_interface_name (invocation);
  const gchar *method = g_dbus_method_invocation_get_method_name (invocation);

  for (gsize i = 0; i < n_rules; i++)
    if (g_str_equal (rules[i].interface, interface) && g_str_equal (rules[i].method, method))
      return &rules[i];
  return NULL;
}

void
memsnoop_bus_call_begin (const MemsnoopBusRule *rules,
                         gsize n_rules,
                         gpointer context,
                         MemsnoopCallerCache *callers,
                         MemsnoopAuthority *authority,
                         GDBusMethodInvocation *invocation)
{
  const MemsnoopBusRule *rule = find_rule (rules, n_rules, invocation);
  const gchar *sender = g_dbus_method_invocation_get_sender (invocation);
  MemsnoopCaller *known;
  MemsnoopBusCall *call;

  if (rule == NULL || sender == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                             "%s is open to nobody",
                                             g_dbus_method_invocation_get_method_name (invocation));
      return;
    }

  call = g_new0 (MemsnoopBusCall, 1);
  call->context = context;
  call->invocation = invocation;
  call->parameters = g_variant_ref (g_dbus_method_invocation_get_parameters (invocation));
  call->callers = g_object_ref (callers);
  call->authority = g_object_ref (authority);
  call->rule = rule;

  known = memsnoop_caller_cache_peek (callers, sender);
  if (known != NULL)
    {
      call->caller = g_object_ref (known);
      caller_known (call);
    }
  else
    memsnoop_caller_cache_identify_async (callers, sender, caller_identified, call);
}
