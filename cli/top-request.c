/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top-request.h"

GVariant *
memsnoop_top_request_options (gboolean history)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (history)
    g_variant_dict_insert (&options, "history", "b", TRUE);
  return g_variant_dict_end (&options);
}

gboolean
memsnoop_top_request_is_refused (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
}

GVariant *
memsnoop_top_request_run (MemsnoopBusManager *manager, gboolean history, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  GVariant *processes = NULL;

  if (memsnoop_bus_manager_call_list_processes_sync (
          manager, memsnoop_top_request_options (history), G_DBUS_CALL_FLAGS_NONE, -1, &processes,
          NULL, &refusal))
    return processes;
  if (history && memsnoop_top_request_is_refused (refusal))
    return memsnoop_top_request_run (manager, FALSE, error);

  g_propagate_error (error, g_steal_pointer (&refusal));
  return NULL;
}

gboolean
memsnoop_top_request_is_no_watch (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
}

GVariant *
memsnoop_top_request_suspects (MemsnoopBusManager *manager, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  GVariant *suspects = NULL;

  if (memsnoop_bus_manager_call_list_suspects_sync (manager, G_DBUS_CALL_FLAGS_NONE, -1, &suspects,
                                                    NULL, &refusal))
    return suspects;
  if (memsnoop_top_request_is_no_watch (refusal))
    return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));

  g_propagate_error (error, g_steal_pointer (&refusal));
  return NULL;
}
