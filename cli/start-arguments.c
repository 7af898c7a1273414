/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start-arguments.h"

#include "call-options.h"
#include "command-error.h"
#include "quantity.h"

void
memsnoop_start_arguments_clear (MemsnoopStartArguments *self)
{
  g_clear_pointer (&self->pids, g_strfreev);
  g_clear_pointer (&self->duration, g_free);
  g_clear_pointer (&self->keep, g_free);
  g_clear_pointer (&self->map_memory, g_free);
  g_clear_pointer (&self->sample_interval, g_free);
  g_clear_pointer (&self->stack_depth, g_free);
  g_clear_pointer (&self->cpu_budget, g_free);
}

void
memsnoop_start_arguments_add_pids (MemsnoopStartArguments *self, gchar *const *pids)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (pids[0] == NULL)
    return;
  if (self->pids != NULL)
    g_strv_builder_addv (builder, (const gchar **) self->pids);
  g_strv_builder_addv (builder, (const gchar **) pids);
  g_strfreev (self->pids);
  self->pids = g_strv_builder_end (builder);
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

      if (!memsnoop_quantity_parse_number (pids[i], "the process id", 1, G_MAXINT32, &pid, error))
        {
          g_variant_builder_clear (&builder);
          return FALSE;
        }
      g_variant_builder_add (&builder, "u", (guint32) pid);
    }
  g_variant_dict_insert_value (options, "pids", g_variant_builder_end (&builder));
  return TRUE;
}

static void
add_sources (GVariantDict *options, const MemsnoopStartArguments *self)
{
  const gchar *sources[4] = { NULL };
  guint n = 0;

  if (!self->heap && !self->growth)
    return;
  if (self->kernel)
    sources[n++] = "kernel";
  if (self->heap)
    sources[n++] = "heap";
  if (self->growth)
    sources[n++] = "growth";
  g_variant_dict_insert_value (options, "sources", g_variant_new_strv (sources, n));
}

static gboolean
refuse_usage (const gchar *message, GError **error)
{
  g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE, message);
  return FALSE;
}

static gboolean
check_stacked (const MemsnoopStartArguments *self, GError **error)
{
  if (self->heap && self->pids == NULL)
    return refuse_usage ("--heap records the heaps of the processes that are named, and none is",
                         error);
  if (self->growth && self->pids == NULL)
    return refuse_usage ("--growth records the growth of the processes that are named, and none is",
                         error);
  if (!self->heap && (self->sample_interval != NULL || self->cpu_budget != NULL))
    return refuse_usage ("--sample-interval and --cpu-budget are of the heap: they need --heap",
                         error);
  if (!self->heap && !self->growth && self->stack_depth != NULL)
    return refuse_usage ("--stack-depth is of call stacks: it needs --heap or --growth", error);
  return TRUE;
}

static gboolean
check_combination (const MemsnoopStartArguments *self, GError **error)
{
  guint32 keep = 1;

  if (self->no_follow && self->pids == NULL)
    return refuse_usage ("--no-follow leaves out the children of the processes that are named, and "
                         "none is",
                         error);

  if (self->foreground && self->keep != NULL &&
      memsnoop_quantity_parse_duration (self->keep, "--keep", &keep, NULL) && keep == 0)
    return refuse_usage ("--foreground prints the last figures after the session has ended, so "
                         "that --keep has to be at least 1",
                         error);
  return check_stacked (self, error);
}

GVariant *
memsnoop_start_arguments_to_options (const MemsnoopStartArguments *self, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (!check_combination (self, error) || !add_pids (&options, self->pids, error) ||
      !memsnoop_call_options_add_duration (&options, "duration", self->duration, "--duration",
                                           error) ||
      !memsnoop_call_options_add_duration (&options, "keep", self->keep, "--keep", error) ||
      !memsnoop_call_options_add_size (&options, "map-memory", self->map_memory, "--map-memory",
                                       error) ||
      !memsnoop_call_options_add_size (&options, "sample-interval", self->sample_interval,
                                       "--sample-interval", error) ||
      !memsnoop_call_options_add_number (&options, "stack-depth", self->stack_depth,
                                         "--stack-depth", 1, error) ||
      !memsnoop_call_options_add_share (&options, "cpu-budget", self->cpu_budget, "--cpu-budget",
                                        error))
    return NULL;

  add_sources (&options, self);
  if (self->no_follow)
    g_variant_dict_insert (&options, "follow", "b", FALSE);
  /* The command exits at once, and a session that does not linger would go with it. */
  if (!self->foreground)
    g_variant_dict_insert (&options, "linger", "b", TRUE);
  return g_variant_dict_end (&options);
}
