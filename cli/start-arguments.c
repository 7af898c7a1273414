/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start-arguments.h"

#include "command-error.h"
#include "quantity.h"

void
memsnoop_start_arguments_clear (MemsnoopStartArguments *self)
{
  g_clear_pointer (&self->pids, g_strfreev);
  g_clear_pointer (&self->duration, g_free);
  g_clear_pointer (&self->keep, g_free);
  g_clear_pointer (&self->map_memory, g_free);
}

static gboolean
add_pids (GVariantDict *options, gchar **pids, GError **error)
{
  GVariantBuilder builder;

  if (pids == NULL)
    return TRUE;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("au"));
  for (gsize i = 0; pids[i] != NULL; i++)
    {
      guint64 pid;

      if (!memsnoop_quantity_parse_number (pids[i], "--pid", 1, G_MAXINT32, &pid, error))
        {
          g_variant_builder_clear (&builder);
          return FALSE;
        }
      g_variant_builder_add (&builder, "u", (guint32) pid);
    }
  g_variant_dict_insert_value (options, "pids", g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
add_duration (
    GVariantDict *options, const gchar *key, const gchar *text, const gchar *what, GError **error)
{
  guint32 seconds;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_duration (text, what, &seconds, error))
    return FALSE;

  g_variant_dict_insert (options, key, "u", seconds);
  return TRUE;
}

static gboolean
add_map_memory (GVariantDict *options, const gchar *text, GError **error)
{
  guint64 bytes;

  if (text == NULL)
    return TRUE;
  if (!memsnoop_quantity_parse_size (text, "--map-memory", &bytes, error))
    return FALSE;

  g_variant_dict_insert (options, "map-memory", "t", bytes);
  return TRUE;
}

static gboolean
check_combination (const MemsnoopStartArguments *self, GError **error)
{
  guint32 keep = 1;

  if (self->no_follow && self->pids == NULL)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "--no-follow leaves out the children of processes given with --pid, "
                           "and none is given");
      return FALSE;
    }

  if (self->foreground && self->keep != NULL &&
      memsnoop_quantity_parse_duration (self->keep, "--keep", &keep, NULL) && keep == 0)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "--foreground prints the last figures after the session has ended, so "
                           "that --keep has to be at least 1");
      return FALSE;
    }
  return TRUE;
}

GVariant *
memsnoop_start_arguments_to_options (const MemsnoopStartArguments *self, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (!check_combination (self, error) || !add_pids (&options, self->pids, error) ||
      !add_duration (&options, "duration", self->duration, "--duration", error) ||
      !add_duration (&options, "keep", self->keep, "--keep", error) ||
      !add_map_memory (&options, self->map_memory, error))
    return NULL;

  if (self->no_follow)
    g_variant_dict_insert (&options, "follow", "b", FALSE);
  /* The command exits at once, and a session that does not linger would go with it. */
  if (!self->foreground)
    g_variant_dict_insert (&options, "linger", "b", TRUE);
  return g_variant_dict_end (&options);
}
