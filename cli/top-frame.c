/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top-frame.h"

#include "quantity.h"
#include "session-list.h"
#include "terminal-text.h"

#include <string.h>

#define REVERSE_VIDEO "\033[7m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* Two lines on the whole, the titles. */
#define LINES_ABOVE_ROWS 3

static const gchar *const help_lines[] = {
  "q quit   r reverse   < > sort by the next column   arrows, page up/down scroll",
  "sort by: P pid U user A anonymous F file S shared W swap G growth K kernel X peak N name",
  "         H heap R retained, while a heap is recorded",
  "k record kernel memory while this runs (again: stop)   ? or h hide this",
  "marked in the column !: ? suspected by its growth alone, ! probably leaks",
};

static const gchar short_help[] = "? help";

/* Appends @text, cut to the screen and in a style when that is not %NULL. */
static void
add_line (GPtrArray *lines, const gchar *text, guint columns, const gchar *style, gboolean unicode)
{
  GString *line = g_string_new (style);

  memsnoop_terminal_text_append_fitted (line, text, columns, FALSE, unicode);
  if (style != NULL)
    g_string_append (line, PLAIN);
  else
    while (line->len > 0 && line->str[line->len - 1] == ' ')
      g_string_truncate (line, line->len - 1);
  g_ptr_array_add (lines, g_string_free (line, FALSE));
}

static guint64
sum_column (GPtrArray *rows, MemsnoopTopColumn column, gboolean *known)
{
  guint64 sum = 0;

  *known = FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      guint64 bytes = ((const MemsnoopTopRow *) rows->pdata[i])->bytes[column];

      if (bytes == MEMSNOOP_TOP_UNKNOWN)
        continue;
      sum += bytes;
      *known = TRUE;
    }
  return sum;
}

static void
append_sum (GString *line, GPtrArray *rows, MemsnoopTopColumn column, const gchar *name)
{
  g_autofree gchar *size = NULL;
  gboolean known;
  guint64 sum = sum_column (rows, column, &known);

  if (!known)
    return;

  size = memsnoop_quantity_format_size (sum);
  g_string_append_printf (line, ", %s %s", name, size);
}

static gchar *
summary_line (const MemsnoopTopView *view)
{
  GString *line = g_string_new ("memsnoopctl top");

  g_string_append_printf (line, "  %s  ", view->clock);
  if (view->rows == NULL)
    {
      g_string_append (line, "waiting for the service");
      return g_string_free (line, FALSE);
    }

  g_string_append_printf (line, "%u process%s", view->rows->len, view->rows->len == 1 ? "" : "es");
  append_sum (line, view->rows, MEMSNOOP_TOP_ANONYMOUS, "anonymous");
  append_sum (line, view->rows, MEMSNOOP_TOP_SWAP, "swap");
  append_sum (line, view->rows, MEMSNOOP_TOP_KERNEL, "kernel");
  if (view->n_suspected > 0)
    g_string_append_printf (line, ", %u suspected", view->n_suspected);
  return g_string_free (line, FALSE);
}

/* The session that has been recording for longest: all sessions read the same figures. */
static const MemsnoopSessionEntry *
find_recording (GPtrArray *sessions)
{
  const MemsnoopSessionEntry *found = NULL;

  for (guint i = 0; sessions != NULL && i < sessions->len; i++)
    {
      const MemsnoopSessionEntry *session = sessions->pdata[i];

      if (memsnoop_session_entry_is_running (session) &&
          (found == NULL || session->started_at < found->started_at))
        found = session;
    }
  return found;
}

static gchar *
describe_recording (const MemsnoopSessionEntry *session, guint64 now)
{
  g_autofree gchar *age = memsnoop_quantity_format_duration (
      memsnoop_quantity_seconds_between (session->started_at, now));
  g_autofree gchar *events = memsnoop_quantity_format_count (session->events_seen);
  g_autofree gchar *lost = memsnoop_quantity_format_count (session->events_lost);
  g_autofree gchar *blocks = memsnoop_quantity_format_count (session->live_entries);

  return g_strdup_printf ("kernel memory recorded for %s (session %" G_GUINT64_FORMAT
                          "): %s live blocks, %s events, %s lost",
                          age, session->number, blocks, events, lost);
}

static gchar *
recording_line (const MemsnoopTopView *view)
{
  const MemsnoopSessionEntry *session = find_recording (view->sessions);

  if (view->message != NULL)
    return g_strdup (view->message);
  if (view->rows == NULL)
    return g_strdup ("it is not on the bus; the list comes back with it");
  if (session != NULL)
    return describe_recording (session, view->now);
  return g_strdup ("kernel memory is not recorded: press k, or run 'memsnoopctl start'");
}

/* The titles, with where one is in the list at the right when there is room. */
static void
add_titles (GPtrArray *lines,
            const MemsnoopTopView *view,
            const guint widths[MEMSNOOP_TOP_N_COLUMNS],
            guint columns)
{
  g_autofree gchar *titles =
      memsnoop_top_title_line (widths, view->sorted, view->reverse, view->unicode);
  g_autoptr (GString) line = g_string_new (g_strchomp (titles));
  g_autofree gchar *remark = view->first > 0
                                 ? g_strdup_printf ("from row %u  %s", view->first + 1, short_help)
                                 : g_strdup (short_help);
  guint used = memsnoop_terminal_text_width (line->str);
  guint needed = memsnoop_terminal_text_width (remark);

  if (used + 2 + needed <= columns)
    memsnoop_terminal_text_append_fitted (line, remark, columns - used, TRUE, view->unicode);
  add_line (lines, line->str, columns, REVERSE_VIDEO, view->unicode);
}

static guint
help_length (const MemsnoopTopView *view)
{
  return view->help ? G_N_ELEMENTS (help_lines) : 0;
}

guint
memsnoop_top_frame_page_length (const MemsnoopTopView *view, guint screen_lines)
{
  guint above = LINES_ABOVE_ROWS + help_length (view);

  return screen_lines > above ? screen_lines - above : 0;
}

GPtrArray *
memsnoop_top_frame_lines (const MemsnoopTopView *view, guint screen_columns, guint screen_lines)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *summary = summary_line (view);
  g_autofree gchar *recording = recording_line (view);
  guint widths[MEMSNOOP_TOP_N_COLUMNS];
  guint count = view->rows != NULL ? view->rows->len : 0;
  guint end = view->first + memsnoop_top_frame_page_length (view, screen_lines);

  memsnoop_top_layout (screen_columns, memsnoop_top_rows_have_heaps (view->rows), widths);
  add_line (lines, summary, screen_columns, BOLD, view->unicode);
  add_line (lines, recording, screen_columns, NULL, view->unicode);
  for (guint i = 0; i < help_length (view); i++)
    add_line (lines, help_lines[i], screen_columns, NULL, view->unicode);
  add_titles (lines, view, widths, screen_columns);

  for (guint i = view->first; i < MIN (count, end); i++)
    {
      const MemsnoopTopRow *row = view->rows->pdata[i];
      g_autofree gchar *line = memsnoop_top_row_line (row, widths, view->unicode);

      add_line (lines, line, screen_columns, *row->mark != '\0' ? BOLD : NULL, view->unicode);
    }
  g_ptr_array_set_size (lines, (gint) MIN (lines->len, screen_lines));
  return lines;
}
