/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window-opener.h"

#include "process-name.h"

#define VIEWER "memsnoop-viewer"
#define VIEWER_NAME "org.memsnoop1.Viewer"
#define VIEWER_PATH "/org/memsnoop1/Viewer"

/* @process: as process-name.h writes it; %NULL for all that is suspected. */
typedef struct
{
  gchar *process;
  gchar *token;
} Opening;

static void
free_opening (gpointer data)
{
  Opening *opening = data;

  g_free (opening->process);
  g_free (opening->token);
  g_free (opening);
}

gboolean
memsnoop_window_opener_is_there (void)
{
  g_autofree gchar *path = g_find_program_in_path (VIEWER);

  return path != NULL;
}

static GSubprocess *
spawn (const Opening *opening, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const gchar *const of_process[] = { VIEWER, "--process", opening->process, NULL };
  const gchar *const of_suspects[] = { VIEWER, "--suspects", NULL };

  if (opening->token != NULL)
    {
      g_subprocess_launcher_setenv (launcher, "XDG_ACTIVATION_TOKEN", opening->token, TRUE);
      g_subprocess_launcher_setenv (launcher, "DESKTOP_STARTUP_ID", opening->token, TRUE);
    }
  return g_subprocess_launcher_spawnv (launcher,
                                       opening->process != NULL ? of_process : of_suspects, error);
}

static void
on_activated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &refusal);
  g_autoptr (GSubprocess) viewer = NULL;
  GError *error = NULL;

  if (reply == NULL && !g_error_matches (refusal, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    viewer = spawn (g_task_get_task_data (task), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* Both keys, as servers and toolkits know the one or the other. */
static GVariant *
describe_platform (const gchar *token)
{
  GVariantDict data;

  g_variant_dict_init (&data, NULL);
  if (token != NULL)
    {
      g_variant_dict_insert (&data, "activation-token", "s", token);
      g_variant_dict_insert (&data, "desktop-startup-id", "s", token);
    }
  return g_variant_dict_end (&data);
}

static GVariant *
describe_action (const Opening *opening)
{
  GVariantBuilder parameters;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  if (opening->process != NULL)
    g_variant_builder_add (&parameters, "v", g_variant_new_string (opening->process));
  return g_variant_new ("(sav@a{sv})", opening->process != NULL ? "show-process" : "suspects",
                        &parameters, describe_platform (opening->token));
}

void
memsnoop_window_opener_open_async (GDBusConnection *bus,
                                   guint32 pid,
                                   guint64 start_time,
                                   const gchar *token,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task = g_task_new (bus, cancellable, callback, user_data);
  Opening *opening = g_new0 (Opening, 1);

  opening->process = pid != 0 ? memsnoop_process_name_write (pid, start_time) : NULL;
  opening->token = g_strdup (token);
  g_task_set_source_tag (task, memsnoop_window_opener_open_async);
  g_task_set_task_data (task, opening, free_opening);
  g_dbus_connection_call (bus, VIEWER_NAME, VIEWER_PATH, "org.freedesktop.Application",
                          "ActivateAction", describe_action (opening), NULL, G_DBUS_CALL_FLAGS_NONE,
                          -1, cancellable, on_activated, task);
}

gboolean
memsnoop_window_opener_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
