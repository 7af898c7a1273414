/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report-options.h"

#include "option-dictionary.h"
#include "quoted-text.h"

static const gchar *const format_names[] = {
  [MEMSNOOP_REPORT_FORMAT_TEXT] = "text",
  [MEMSNOOP_REPORT_FORMAT_JSON] = "json",
  [MEMSNOOP_REPORT_FORMAT_FOLDED] = "folded",
  NULL,
};

static const gchar *const sort_names[] = {
  [MEMSNOOP_REPORT_SORT_CURRENT_BYTES] = "current-bytes",
  [MEMSNOOP_REPORT_SORT_PEAK_BYTES] = "peak-bytes",
  [MEMSNOOP_REPORT_SORT_ALLOC_BYTES] = "alloc-bytes",
  [MEMSNOOP_REPORT_SORT_ALLOC_COUNT] = "alloc-count",
  [MEMSNOOP_REPORT_SORT_CHURN] = "churn",
  [MEMSNOOP_REPORT_SORT_INTERNAL_FRAGMENTATION] = "internal-fragmentation",
  [MEMSNOOP_REPORT_SORT_CURRENT_COUNT] = "current-count",
  [MEMSNOOP_REPORT_SORT_GROWTH_RATE] = "growth-rate",
  [MEMSNOOP_REPORT_SORT_OLDEST_AGE] = "oldest-age",
  NULL,
};

static const MemsnoopOption options_known[] = {
  { "limit", "u" },
  { "sort", "s" },
  { "pid", "u" },
};

const gchar *
memsnoop_report_sort_name (MemsnoopReportSort sort)
{
  return sort_names[sort];
}

/* The index of @value among @names; @what is what it is, for the message. */
static gboolean
parse_name (
    const gchar *what, const gchar *value, const gchar *const *names, guint *index, GError **error)
{
  g_autofree gchar *quoted = NULL;
  g_autofree gchar *list = NULL;

  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], value))
      {
        *index = i;
        return TRUE;
      }
  quoted = memsnoop_quoted_text (value);
  list = g_strjoinv (", ", (gchar **) names);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, "There is no %s %s; there are: %s",
               what, quoted, list);
  return FALSE;
}

gboolean
memsnoop_report_options_parse (const gchar *format,
                               GVariant *options,
                               MemsnoopReportOptions *parsed,
                               GError **error)
{
  MemsnoopReportOptions result = { .limit = MEMSNOOP_REPORT_LIMIT_DEFAULT };
  const gchar *sort = NULL;
  guint index;

  if (!parse_name ("report format", format, format_names, &index, error))
    return FALSE;
  result.format = (MemsnoopReportFormat) index;
  if (options != NULL)
    {
      if (!memsnoop_option_dictionary_check ("GetReport", options, options_known,
                                             G_N_ELEMENTS (options_known), error))
        return FALSE;
      g_variant_lookup (options, "limit", "u", &result.limit);
      result.has_pid = g_variant_lookup (options, "pid", "u", &result.pid);
      if (g_variant_lookup (options, "sort", "&s", &sort))
        {
          if (!parse_name ("sort key", sort, sort_names, &index, error))
            return FALSE;
          result.sort = (MemsnoopReportSort) index;
        }
    }
  *parsed = result;
  return TRUE;
}
