/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start-options.h"

#include "configuration.h"
#include "heap-recording.h"
#include "option-dictionary.h"
#include "quoted-text.h"

#include <math.h>

#define SOURCES_MAX 3

static const MemsnoopOption known_options[] = {
  { "sources", "as" },   { "pids", "au" },      { "follow", "b" },          { "duration", "u" },
  { "linger", "b" },     { "keep", "u" },       { "sample-interval", "t" }, { "stack-depth", "u" },
  { "map-memory", "t" }, { "cpu-budget", "d" },
};

static gboolean
add_source (MemsnoopStartOptions *self, const gchar *source, GError **error)
{
  g_autofree gchar *quoted_source = NULL;

  self->kernel |= g_str_equal (source, "kernel");
  self->heap |= g_str_equal (source, "heap");
  self->growth |= g_str_equal (source, "growth");
  if (g_str_equal (source, "kernel") || g_str_equal (source, "heap") ||
      g_str_equal (source, "growth"))
    return TRUE;
  quoted_source = memsnoop_quoted_text (source);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "There is no source %s; the sources are: kernel, heap, growth", quoted_source);
  return FALSE;
}

/* Of the whole list first, so that one message tells of all. */
static gboolean
check_repetition (const gchar *const *sources, GError **error)
{
  for (gsize i = 0; sources[i] != NULL; i++)
    {
      g_autofree gchar *quoted_source = NULL;

      if (!g_strv_contains (sources + i + 1, sources[i]))
        continue;
      quoted_source = memsnoop_quoted_text (sources[i]);
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “sources” names %s more than once", quoted_source);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_sources (MemsnoopStartOptions *self, GVariant *options, GError **error)
{
  g_autofree const gchar **sources = NULL;
  g_autoptr (GVariant) value =
      g_variant_lookup_value (options, "sources", G_VARIANT_TYPE_STRING_ARRAY);
  gsize n_sources;

  self->kernel = value == NULL;
  if (value == NULL)
    return TRUE;
  n_sources = g_variant_n_children (value);
  if (n_sources == 0 || n_sources > SOURCES_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “sources” has %" G_GSIZE_FORMAT " members; it must name 1 to %d of: "
                   "kernel, heap, growth",
                   n_sources, SOURCES_MAX);
      return FALSE;
    }
  sources = g_variant_get_strv (value, NULL);
  if (!check_repetition (sources, error))
    return FALSE;
  for (gsize i = 0; sources[i] != NULL; i++)
    if (!add_source (self, sources[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
add_pid (GArray *pids, guint32 pid, GError **error)
{
  if (pid == 0)
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                           "The option “pids” contains 0, which is no process; leave the option "
                           "out for every process");
      return FALSE;
    }
  for (guint i = 0; i < pids->len; i++)
    if (g_array_index (pids, guint32, i) == pid)
      {
        g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                     "The option “pids” contains %u more than once", pid);
        return FALSE;
      }
  g_array_append_val (pids, pid);
  return TRUE;
}

static gboolean
parse_pids (GVariant *options, GArray *pids, GError **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, "pids", G_VARIANT_TYPE ("au"));
  const guint32 *given;
  gsize n_given = 0;

  if (value == NULL)
    return TRUE;
  given = g_variant_get_fixed_array (value, &n_given, sizeof (guint32));
  if (n_given > MEMSNOOP_START_PIDS_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “pids” has %" G_GSIZE_FORMAT " processes; at most %d are possible",
                   n_given, MEMSNOOP_START_PIDS_MAX);
      return FALSE;
    }
  for (gsize i = 0; i < n_given; i++)
    if (!add_pid (pids, given[i], error))
      return FALSE;
  return TRUE;
}

/* Leaves @seconds alone when the option is not given. */
static gboolean
parse_seconds (GVariant *options, const gchar *key, guint maximum, guint *seconds, GError **error)
{
  guint32 given;

  if (!g_variant_lookup (options, key, "u", &given))
    return TRUE;
  if (given > maximum)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “%s” is %u seconds; at most %u are possible", key, given, maximum);
      return FALSE;
    }
  *seconds = given;
  return TRUE;
}

static gboolean
parse_map_memory (GVariant *options, guint64 *map_memory, GError **error)
{
  g_autofree gchar *given_text = NULL;
  g_autofree gchar *minimum_text = NULL;
  g_autofree gchar *maximum_text = NULL;
  guint64 given;

  if (!g_variant_lookup (options, "map-memory", "t", &given))
    return TRUE;
  if (given >= MEMSNOOP_MAP_MEMORY_MINIMUM && given <= MEMSNOOP_MAP_MEMORY_MAXIMUM)
    {
      *map_memory = given;
      return TRUE;
    }
  /* "64.0 MiB (67108864 bytes)", and alone where it is the same. */
  given_text = g_format_size_full (given, G_FORMAT_SIZE_IEC_UNITS | G_FORMAT_SIZE_LONG_FORMAT);
  minimum_text = g_format_size_full (MEMSNOOP_MAP_MEMORY_MINIMUM, G_FORMAT_SIZE_IEC_UNITS);
  maximum_text = g_format_size_full (MEMSNOOP_MAP_MEMORY_MAXIMUM, G_FORMAT_SIZE_IEC_UNITS);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "The option “map-memory” is %s; possible are %s to %s", given_text, minimum_text,
               maximum_text);
  return FALSE;
}

/* Refuses an option that what is to be recorded does not have. */
static gboolean
refuse_option (GVariant *options, const gchar *key, const gchar *reason, GError **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (options, key, NULL);
  g_autofree gchar *text = g_variant_print (value, FALSE);

  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "The option “%s” is %s; %s, so it must be 0", key, text, reason);
  return FALSE;
}

static gboolean
check_no_stacks (GVariant *options, GError **error)
{
  guint32 stack_depth = 0;

  g_variant_lookup (options, "stack-depth", "u", &stack_depth);
  if (stack_depth == 0)
    return TRUE;
  return refuse_option (options, "stack-depth", "a recording of the source “kernel” has no stacks",
                        error);
}

static gboolean
check_no_heap_options (GVariant *options, GError **error)
{
  const gchar *reason = "only a recording of the source “heap” can be sampled or has a budget";
  guint64 sample_interval = 0;
  gdouble cpu_budget = 0;

  g_variant_lookup (options, "sample-interval", "t", &sample_interval);
  g_variant_lookup (options, "cpu-budget", "d", &cpu_budget);
  if (sample_interval != 0)
    return refuse_option (options, "sample-interval", reason, error);
  if (fpclassify (cpu_budget) != FP_ZERO)
    return refuse_option (options, "cpu-budget", reason, error);
  return TRUE;
}

static gboolean
parse_sample_interval (MemsnoopStartOptions *self, GVariant *options, GError **error)
{
  guint64 given = 0;

  g_variant_lookup (options, "sample-interval", "t", &given);
  if (given != 0 &&
      (given < MEMSNOOP_START_SAMPLE_INTERVAL_MIN || given > MEMSNOOP_START_SAMPLE_INTERVAL_MAX))
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “sample-interval” is %" G_GUINT64_FORMAT " bytes; possible are "
                   "0 (every block) and %d to %d",
                   given, MEMSNOOP_START_SAMPLE_INTERVAL_MIN, MEMSNOOP_START_SAMPLE_INTERVAL_MAX);
      return FALSE;
    }
  self->sample_interval = given;
  return TRUE;
}

static gboolean
parse_stack_depth (MemsnoopStartOptions *self, GVariant *options, GError **error)
{
  guint32 given = MEMSNOOP_STACK_DEPTH_DEFAULT;

  g_variant_lookup (options, "stack-depth", "u", &given);
  if (given == 0 || given > MEMSNOOP_STACK_DEPTH_MAX)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “stack-depth” is %u frames; possible are 1 to %d", given,
                   MEMSNOOP_STACK_DEPTH_MAX);
      return FALSE;
    }
  self->stack_depth = given;
  return TRUE;
}

static gboolean
parse_cpu_budget (MemsnoopStartOptions *self, GVariant *options, GError **error)
{
  gdouble given = 0;

  g_variant_lookup (options, "cpu-budget", "d", &given);
  self->cpu_budget = given;
  if (fpclassify (given) == FP_ZERO ||
      (given >= MEMSNOOP_START_CPU_BUDGET_MIN && given <= MEMSNOOP_START_CPU_BUDGET_MAX))
    return TRUE;
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "The option “cpu-budget” is %g; it is a share of one core: possible are 0 (no "
               "budget) and %g to %g",
               given, MEMSNOOP_START_CPU_BUDGET_MIN, MEMSNOOP_START_CPU_BUDGET_MAX);
  return FALSE;
}

static gboolean
check_stacked_pids (const MemsnoopStartOptions *self, GError **error)
{
  guint n = self->pids->len;
  /* Recordings of one process, each with tables of its own. */
  guint n_each = self->heap + self->growth;

  if (n == 0 || n > MEMSNOOP_START_HEAP_PIDS_MAX)
    {
      g_set_error (
          error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
          "The option “pids” has %u processes; for the sources “heap” and “growth” it must "
          "name 1 to %d",
          n, MEMSNOOP_START_HEAP_PIDS_MAX);
      return FALSE;
    }
  if (self->map_memory > MEMSNOOP_MAP_MEMORY_MAXIMUM / (n * n_each))
    {
      g_autofree gchar *given = g_format_size_full (self->map_memory, G_FORMAT_SIZE_IEC_UNITS);
      g_autofree gchar *possible =
          g_format_size_full (MEMSNOOP_MAP_MEMORY_MAXIMUM, G_FORMAT_SIZE_IEC_UNITS);

      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “map-memory” is %s for each of %u recordings; all of them together "
                   "can have %s",
                   given, n * n_each, possible);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_stacked_options (MemsnoopStartOptions *self, GVariant *options, GError **error)
{
  if (self->heap || self->growth)
    {
      if (!check_stacked_pids (self, error) || !parse_stack_depth (self, options, error))
        return FALSE;
    }
  else if (!check_no_stacks (options, error))
    return FALSE;
  if (!self->heap)
    return check_no_heap_options (options, error);
  return parse_sample_interval (self, options, error) && parse_cpu_budget (self, options, error);
}

MemsnoopStartOptions *
memsnoop_start_options_parse (GVariant *options, GError **error)
{
  g_autoptr (MemsnoopStartOptions) self = g_new0 (MemsnoopStartOptions, 1);

  self->pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->follow = TRUE;
  self->keep = MEMSNOOP_START_KEEP_DEFAULT;

  if (!memsnoop_option_dictionary_check ("Start", options, known_options,
                                         G_N_ELEMENTS (known_options), error) ||
      !parse_sources (self, options, error) || !parse_pids (options, self->pids, error) ||
      !parse_seconds (options, "duration", MEMSNOOP_START_DURATION_MAX, &self->duration, error) ||
      !parse_seconds (options, "keep", MEMSNOOP_START_KEEP_MAX, &self->keep, error) ||
      !parse_map_memory (options, &self->map_memory, error) ||
      !parse_stacked_options (self, options, error))
    return NULL;

  g_variant_lookup (options, "follow", "b", &self->follow);
  g_variant_lookup (options, "linger", "b", &self->linger);
  return g_steal_pointer (&self);
}

void
memsnoop_start_options_free (MemsnoopStartOptions *self)
{
  g_array_unref (self->pids);
  g_free (self);
}
