/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-text.h"

#include "figure-text.h"
#include "heap-text.h"
#include "printable-text.h"
#include "stack-text.h"
#include "text-column.h"

#include <string.h>

static gchar *
describe_pages (guint64 bytes, guint64 faults)
{
  g_autofree gchar *size = memsnoop_figure_text_size (bytes);
  g_autofree gchar *count = memsnoop_figure_text_counted (faults, "fault", "faults");

  return g_strdup_printf ("%s in %s", size, count);
}

static gchar *
describe_by_kernel (const MemsnoopHeapSnapshot *growth)
{
  g_autofree gchar *pages = describe_pages (growth->by_kernel_bytes, growth->by_kernel_count);

  return g_strdup_printf ("of these %s by the kernel in system calls, as by read()", pages);
}

static gchar *
describe_from_swap (const MemsnoopHeapSnapshot *growth)
{
  g_autofree gchar *pages = describe_pages (growth->from_swap_bytes, growth->from_swap_count);

  return g_strdup_printf ("%s, which are not new", pages);
}

static gchar *
describe_exactness (const MemsnoopHeapSnapshot *growth)
{
  return g_strdup (growth->exact
                       ? "every page without a file that was new since the recording began"
                       : "but for the lost faults");
}

static void
append_title (GString *text, const MemsnoopHeapSnapshot *growth)
{
  g_autofree gchar *comm = memsnoop_printable_line (growth->comm != NULL ? growth->comm : "");

  g_string_append_printf (text, "Growth of %s (%u), of user %u (Memsnoop %s)\n\n", comm,
                          growth->pid, growth->uid, MEMSNOOP_VERSION);
  if (growth->executable != NULL && growth->executable[0] != '\0')
    memsnoop_heap_text_take_fact (text, "Program", memsnoop_printable_line (growth->executable));
}

static void
append_head (GString *text, const MemsnoopHeapSnapshot *growth)
{
  append_title (text, growth);
  memsnoop_heap_text_take_fact (text, "Recorded", memsnoop_heap_text_describe_recorded (growth));
  memsnoop_heap_text_take_fact (text, "New",
                                describe_pages (growth->alloc_bytes, growth->alloc_count));
  if (growth->by_kernel_count > 0)
    memsnoop_heap_text_take_fact (text, "", describe_by_kernel (growth));
  if (growth->from_swap_count > 0)
    memsnoop_heap_text_take_fact (text, "From swap", describe_from_swap (growth));
  if (growth->resident_anonymous > 0)
    {
      g_autofree gchar *size = memsnoop_figure_text_size (growth->resident_anonymous);

      memsnoop_heap_text_take_fact (
          text, "Resident",
          g_strdup_printf ("%s of anonymous memory now; what was given back is not known", size));
    }
  memsnoop_heap_text_take_fact (text, "Exact", describe_exactness (growth));
  memsnoop_heap_text_append_losses (text, growth);
  memsnoop_heap_text_take_fact (text, "Tables", memsnoop_heap_text_describe_tables (growth));
}

static gchar *
site_row (const MemsnoopHeapSnapshot *growth, const MemsnoopHeapSite *site)
{
  GString *row = g_string_new (NULL);

  memsnoop_text_column_take (row, 12, memsnoop_figure_text_size (site->live_bytes));
  memsnoop_text_column_take (row, 9,
                             memsnoop_figure_text_part (site->live_bytes, growth->alloc_bytes));
  memsnoop_text_column_take (row, 13, memsnoop_figure_text_count (site->live_count));
  memsnoop_text_column_take (row, 15, memsnoop_heap_text_format_growth (site->growth_rate));
  g_string_append_c (row, '\n');
  memsnoop_stack_text_append (row, MEMSNOOP_HEAP_TEXT_STACK_INDENT, site);
  g_string_append_c (row, '\n');
  return g_string_free (row, FALSE);
}

gboolean
memsnoop_growth_text_append (GString *text,
                             const MemsnoopHeapSnapshot *growth,
                             guint limit,
                             gsize end)
{
  guint n = growth->sites->len;
  guint wanted = limit == 0 ? n : MIN (n, limit);
  guint i;

  append_head (text, growth);
  g_string_append (text, n > 0 ? "\nWhat was new, by call stack, the innermost function first\n\n"
                                 "         NEW    SHARE       FAULTS         GROWTH\n"
                               : "\nNothing was new since the recording began.\n");
  for (i = 0; i < wanted; i++)
    {
      g_autofree gchar *row =
          site_row (growth, &g_array_index (growth->sites, MemsnoopHeapSite, i));

      if (text->len + strlen (row) > end)
        break;
      g_string_append (text, row);
    }
  if (i < n)
    g_string_append_printf (text, "    … %u more\n", n - i);
  if (i < wanted)
    g_string_append (text, "    They found no room in this report.\n");
  return i < wanted;
}
