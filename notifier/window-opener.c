/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window-opener.h"

#include "process-name.h"

#define VIEWER "memsnoop-viewer"

gboolean
memsnoop_window_opener_is_there (void)
{
  g_autofree gchar *path = g_find_program_in_path (VIEWER);

  return path != NULL;
}

gboolean
memsnoop_window_opener_open (guint32 pid, guint64 start_time, const gchar *token, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree gchar *process = memsnoop_process_name_write (pid, start_time);
  const gchar *const of_process[] = { VIEWER, "--process", process, NULL };
  const gchar *const of_suspects[] = { VIEWER, "--suspects", NULL };
  g_autoptr (GSubprocess) viewer = NULL;

  if (token != NULL)
    {
      g_subprocess_launcher_setenv (launcher, "XDG_ACTIVATION_TOKEN", token, TRUE);
      g_subprocess_launcher_setenv (launcher, "DESKTOP_STARTUP_ID", token, TRUE);
    }
  viewer = g_subprocess_launcher_spawnv (launcher, pid != 0 ? of_process : of_suspects, error);
  return viewer != NULL;
}
