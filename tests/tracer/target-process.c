/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target-process.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The next line, without its end; FALSE at the end of the output. */
static gboolean
read_line (TargetProcess *self, gchar *line, gsize size)
{
  gsize length = 0;

  while (length < size - 1 && read (self->output, &line[length], 1) == 1)
    {
      if (line[length] == '\n')
        {
          line[length] = '\0';
          return TRUE;
        }
      length++;
    }
  return FALSE;
}

static void
await_phase (TargetProcess *self)
{
  gchar line[128];

  g_hash_table_remove_all (self->truth);
  while (read_line (self, line, sizeof line))
    {
      gchar *value = strchr (line, '=');

      g_assert_nonnull (value);
      *value++ = '\0';
      if (strcmp (line, "at") == 0)
        return;
      g_hash_table_replace (self->truth, g_strdup (line), g_strdup (value));
    }
  g_error ("The target has ended before its phase");
}

TargetProcess *
target_process_start (const gchar *name,
                      const gchar *first_argument,
                      const gchar *second_argument,
                      gchar **environment)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), name, NULL);
  const gchar *arguments[] = { path, first_argument, second_argument, NULL };

  return target_process_start_command (arguments, environment);
}

TargetProcess *
target_process_start_command (const gchar *const *arguments, gchar **environment)
{
  TargetProcess *self = g_new0 (TargetProcess, 1);
  g_autoptr (GError) error = NULL;

  self->truth = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_spawn_async_with_pipes (NULL, (gchar **) arguments, environment,
                            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL, &self->pid,
                            &self->input, &self->output, NULL, &error);
  g_assert_no_error (error);
  await_phase (self);
  return self;
}

void
target_process_command (TargetProcess *self, const gchar *command)
{
  g_autofree gchar *line = g_strconcat (command, "\n", NULL);

  g_assert_cmpint (write (self->input, line, strlen (line)), ==, (gssize) strlen (line));
  await_phase (self);
}

gint64
target_process_truth (TargetProcess *self, const gchar *key)
{
  const gchar *value = g_hash_table_lookup (self->truth, key);

  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : 0;
}

void
target_process_end (TargetProcess *self)
{
  close (self->input);
  waitpid (self->pid, NULL, 0);
  close (self->output);
  g_hash_table_unref (self->truth);
  g_free (self);
}
