/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program-icons.h"

/* TASK_COMM_LEN without its end. */
#define COMM_BYTES 15

static GHashTable *icons;
static GIcon *other;
static gboolean reading;
/* Whether desktop files have come or gone since they were read. */
static gboolean stale = TRUE;

/* What runs programs of all kinds says nothing of which one it is. Without a version at the end. */
static const gchar *const launchers[] = {
  "bash",
  "bwrap",
  "dash",
  "dbus-launch",
  "dbus-run-session",
  "electron",
  "env",
  "flatpak",
  "gapplication",
  "gjs",
  "gjs-console",
  "gtk-launch",
  "java",
  "mono",
  "node",
  "nodejs",
  "perl",
  "pkexec",
  "php",
  "python",
  "ruby",
  "sh",
  "snap",
  "sudo",
  "systemctl",
  "systemd-run",
  "wine",
  "x-terminal-emulator",
  "xdg-open",
};

static gboolean
is_launcher (const gchar *name)
{
  gsize length = strlen (name);

  while (length > 0 && (g_ascii_isdigit (name[length - 1]) || name[length - 1] == '.'))
    length--;
  for (gsize i = 0; i < G_N_ELEMENTS (launchers); i++)
    if (strlen (launchers[i]) == length && strncmp (launchers[i], name, length) == 0)
      return TRUE;
  return FALSE;
}

static void
add_program (GHashTable *found, GAppInfo *program)
{
  const gchar *executable = g_app_info_get_executable (program);
  GIcon *icon = g_app_info_get_icon (program);
  g_autofree gchar *name = NULL;

  if (executable == NULL || icon == NULL)
    return;
  name = g_path_get_basename (executable);
  if (is_launcher (name))
    return;
  if (strlen (name) > COMM_BYTES)
    name[COMM_BYTES] = '\0';
  if (!g_hash_table_contains (found, name))
    g_hash_table_insert (found, g_steal_pointer (&name), g_object_ref (icon));
}

/* There may be hundreds of desktop files. */
static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  GList *programs = g_app_info_get_all ();

  for (GList *link = programs; link != NULL; link = link->next)
    add_program (found, link->data);
  g_list_free_full (programs, g_object_unref);
  g_task_return_pointer (task, found, (GDestroyNotify) g_hash_table_unref);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_clear_pointer (&icons, g_hash_table_unref);
  icons = g_task_propagate_pointer (G_TASK (result), NULL);
  reading = FALSE;
}

static void
read_icons (void)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_read, NULL);

  reading = TRUE;
  stale = FALSE;
  g_task_run_in_thread (task, read_in_thread);
}

static void
on_changed (GAppInfoMonitor *monitor, gpointer user_data)
{
  stale = TRUE;
}

GIcon *
memsnoop_program_icons_find (const gchar *comm)
{
  GIcon *icon;

  if (other == NULL)
    {
      other = g_themed_icon_new ("application-x-executable-symbolic");
      /* For as long as the program runs. */
      g_signal_connect (g_app_info_monitor_get (), "changed", G_CALLBACK (on_changed), NULL);
    }
  if (stale && !reading)
    read_icons ();
  icon = icons != NULL ? g_hash_table_lookup (icons, comm) : NULL;
  return icon != NULL ? icon : other;
}
