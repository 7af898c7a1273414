/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top-table.h"

#include "chart.h"
#include "command-error.h"
#include "dictionary.h"
#include "quantity.h"
#include "terminal-text.h"
#include "text-table.h"

#include <math.h>
#include <string.h>

/* "1023.9 MiB" */
#define SIZE_COLUMNS 10
#define NAME_COLUMNS 15
/* "1023 MiB/min" */
#define RATE_COLUMNS 12
/* The history is drawn in so many characters at least, and at most when there is room. */
#define HISTORY_COLUMNS 8
#define HISTORY_COLUMNS_AT_MOST 24

typedef struct
{
  MemsnoopTopColumnNames names;
  guint width;
  /* Columns of a higher rank are left out first on a narrow screen. */
  guint rank;
} Column;

static const Column columns[MEMSNOOP_TOP_N_COLUMNS] = {
  [MEMSNOOP_TOP_PID] = { { "PID", "pid", 'P' }, 7, 0 },
  [MEMSNOOP_TOP_USER] = { { "USER", "user", 'U' }, 8, 5 },
  [MEMSNOOP_TOP_ANONYMOUS] = { { "ANONYMOUS", "rss-anon", 'A' }, SIZE_COLUMNS, 2 },
  [MEMSNOOP_TOP_FILE] = { { "FILE", "rss-file", 'F' }, SIZE_COLUMNS, 8 },
  [MEMSNOOP_TOP_SHARED] = { { "SHARED", "rss-shmem", 'S' }, SIZE_COLUMNS, 10 },
  [MEMSNOOP_TOP_SWAP] = { { "SWAP", "swap", 'W' }, SIZE_COLUMNS, 7 },
  [MEMSNOOP_TOP_GROWTH] = { { "GROWTH", "growth-rate", 'G' }, RATE_COLUMNS, 3 },
  [MEMSNOOP_TOP_HISTORY] = { { "HISTORY", NULL, 0 }, HISTORY_COLUMNS, 6 },
  [MEMSNOOP_TOP_KERNEL] = { { "KERNEL", "kernel.current-bytes", 'K' }, SIZE_COLUMNS, 4 },
  [MEMSNOOP_TOP_PEAK] = { { "PEAK", "kernel.peak-bytes", 'X' }, SIZE_COLUMNS, 9 },
  [MEMSNOOP_TOP_HEAP] = { { "HEAP", "heap.current-bytes", 'H' }, SIZE_COLUMNS, 3 },
  [MEMSNOOP_TOP_RETAINED] = { { "RETAINED", "heap.retained-bytes", 'R' }, SIZE_COLUMNS, 3 },
  [MEMSNOOP_TOP_SUSPECTED] = { { "!", NULL, 0 }, 1, 1 },
  [MEMSNOOP_TOP_NAME] = { { "NAME", "comm", 'N' }, NAME_COLUMNS, 0 },
};

static gboolean
is_size (MemsnoopTopColumn column)
{
  return column >= MEMSNOOP_TOP_ANONYMOUS && column <= MEMSNOOP_TOP_RETAINED &&
         column != MEMSNOOP_TOP_GROWTH && column != MEMSNOOP_TOP_HISTORY;
}

static gboolean
is_right_aligned (MemsnoopTopColumn column)
{
  return column == MEMSNOOP_TOP_PID || column == MEMSNOOP_TOP_GROWTH ||
         column == MEMSNOOP_TOP_HISTORY || is_size (column);
}

const MemsnoopTopColumnNames *
memsnoop_top_column_names (MemsnoopTopColumn column)
{
  return &columns[column].names;
}

gboolean
memsnoop_top_column_from_sort_key (const gchar *sort_key, MemsnoopTopColumn *column, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    {
      if (columns[i].names.sort_key == NULL)
        continue;
      if (strcmp (columns[i].names.sort_key, sort_key) == 0)
        {
          *column = i;
          return TRUE;
        }
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", columns[i].names.sort_key);
    }

  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "--sort is one of %s, not '%s'", known->str, sort_key);
  return FALSE;
}

MemsnoopTopColumn
memsnoop_top_column_next (MemsnoopTopColumn column, gboolean right)
{
  guint step = right ? 1 : MEMSNOOP_TOP_N_COLUMNS - 1;
  guint next = column;

  do
    next = (next + step) % MEMSNOOP_TOP_N_COLUMNS;
  while (columns[next].names.sort_key == NULL);
  return next;
}

static void
row_free (gpointer data)
{
  MemsnoopTopRow *row = data;

  g_variant_unref (row->process);
  g_free (row->name);
  g_free (row->user);
  g_free (row);
}

static MemsnoopTopRow *
row_new (GVariant *process, MemsnoopUserNames *users, gboolean unicode)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (process, "comm");
  MemsnoopTopRow *row = g_new0 (MemsnoopTopRow, 1);
  guint64 uid;

  row->process = g_variant_ref (process);
  memsnoop_dictionary_lookup_number (process, "pid", &row->pid);
  row->name = memsnoop_terminal_text_escape (comm != NULL ? comm : "?", unicode);
  if (memsnoop_dictionary_lookup_number (process, "uid", &uid))
    row->user = g_strdup (memsnoop_user_names_lookup (users, uid));
  else
    row->user = g_strdup ("?");

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    if (!is_size (i) ||
        !memsnoop_dictionary_lookup_number (process, columns[i].names.sort_key, &row->bytes[i]))
      row->bytes[i] = MEMSNOOP_TOP_UNKNOWN;
  if (!memsnoop_dictionary_lookup_double (process, columns[MEMSNOOP_TOP_GROWTH].names.sort_key,
                                          &row->growth))
    row->growth = NAN;
  row->mark = "";
  return row;
}

GPtrArray *
memsnoop_top_rows_from_processes (GVariant *processes, MemsnoopUserNames *users, gboolean unicode)
{
  gsize count = g_variant_n_children (processes);
  GPtrArray *rows = g_ptr_array_new_full ((guint) count, row_free);

  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) process = g_variant_get_child_value (processes, i);

      g_ptr_array_add (rows, row_new (process, users, unicode));
    }
  return rows;
}

static gboolean
is_same_process (GVariant *process, GVariant *suspect)
{
  guint64 start_time, suspects_start_time;

  return memsnoop_dictionary_lookup_number (process, "start-time", &start_time) &&
         memsnoop_dictionary_lookup_number (suspect, "start-time", &suspects_start_time) &&
         start_time == suspects_start_time;
}

/* A process may be suspected of several kinds of memory: the worst counts. */
static void
mark_row (MemsnoopTopRow *row, GVariant *suspect)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (suspect, "level");

  if (g_strcmp0 (level, "growth") != 0)
    row->mark = "!";
  else if (*row->mark == '\0')
    row->mark = "?";
}

/* Of rows by pid, all of them without a mark. */
static GHashTable *
index_unmarked (GPtrArray *rows)
{
  GHashTable *index = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < rows->len; i++)
    {
      MemsnoopTopRow *row = rows->pdata[i];

      row->mark = "";
      g_hash_table_insert (index, &row->pid, row);
    }
  return index;
}

guint
memsnoop_top_rows_mark (GPtrArray *rows, GVariant *suspects)
{
  g_autoptr (GHashTable) index = index_unmarked (rows);
  guint n_marked = 0;

  for (gsize i = 0; i < g_variant_n_children (suspects); i++)
    {
      g_autoptr (GVariant) suspect = g_variant_get_child_value (suspects, i);
      MemsnoopTopRow *row;
      guint64 pid;

      if (!memsnoop_dictionary_lookup_number (suspect, "pid", &pid))
        continue;
      row = g_hash_table_lookup (index, &pid);
      if (row == NULL || !is_same_process (row->process, suspect))
        continue;
      n_marked += *row->mark == '\0';
      mark_row (row, suspect);
    }
  return n_marked;
}

typedef struct
{
  MemsnoopTopColumn column;
  gboolean reverse;
} Order;

static gint
compare_numbers (guint64 first, guint64 second)
{
  return first < second ? -1 : first > second;
}

static gint
compare_column (const MemsnoopTopRow *first, const MemsnoopTopRow *second, MemsnoopTopColumn column)
{
  if (column == MEMSNOOP_TOP_PID)
    return compare_numbers (first->pid, second->pid);
  if (column == MEMSNOOP_TOP_USER)
    return strcmp (first->user, second->user);
  if (column == MEMSNOOP_TOP_NAME)
    return strcmp (first->name, second->name);
  if (column == MEMSNOOP_TOP_GROWTH)
    return first->growth > second->growth ? -1 : first->growth < second->growth;
  return compare_numbers (second->bytes[column], first->bytes[column]);
}

static gboolean
is_unknown (const MemsnoopTopRow *row, MemsnoopTopColumn column)
{
  if (column == MEMSNOOP_TOP_GROWTH)
    return isnan (row->growth);
  return is_size (column) && row->bytes[column] == MEMSNOOP_TOP_UNKNOWN;
}

static gint
compare_rows (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const MemsnoopTopRow *first = *(const MemsnoopTopRow *const *) a;
  const MemsnoopTopRow *second = *(const MemsnoopTopRow *const *) b;
  const Order *order = user_data;
  gboolean first_unknown = is_unknown (first, order->column);
  gboolean second_unknown = is_unknown (second, order->column);
  gint result;

  if (first_unknown != second_unknown)
    return first_unknown ? 1 : -1;

  result = compare_column (first, second, order->column);
  if (order->reverse)
    result = -result;
  return result != 0 ? result : compare_numbers (first->pid, second->pid);
}

void
memsnoop_top_rows_sort (GPtrArray *rows, MemsnoopTopColumn column, gboolean reverse)
{
  Order order = { column, reverse };

  g_ptr_array_sort_with_data (rows, compare_rows, &order);
}

GVariant *
memsnoop_top_sort_processes (GVariant *processes,
                             MemsnoopTopColumn column,
                             gboolean reverse,
                             guint limit)
{
  g_autoptr (MemsnoopUserNames) users = memsnoop_user_names_new ();
  g_autoptr (GPtrArray) rows = memsnoop_top_rows_from_processes (processes, users, TRUE);
  guint count = limit > 0 ? MIN (limit, rows->len) : rows->len;
  GVariantBuilder builder;

  memsnoop_top_rows_sort (rows, column, reverse);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < count; i++)
    g_variant_builder_add_value (&builder, ((const MemsnoopTopRow *) rows->pdata[i])->process);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static guint
total_width (const guint widths[MEMSNOOP_TOP_N_COLUMNS])
{
  guint total = 0;

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    if (widths[i] > 0)
      total += widths[i] + (total > 0 ? 1 : 0);
  return total;
}

/* The visible column that is the first to go; MEMSNOOP_TOP_N_COLUMNS when none may. */
static guint
find_dispensable (const guint widths[MEMSNOOP_TOP_N_COLUMNS])
{
  guint found = MEMSNOOP_TOP_N_COLUMNS;

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    if (widths[i] > 0 && columns[i].rank > 0 &&
        (found == MEMSNOOP_TOP_N_COLUMNS || columns[i].rank > columns[found].rank))
      found = i;
  return found;
}

gboolean
memsnoop_top_rows_have_heaps (GPtrArray *rows)
{
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    if (!is_unknown (rows->pdata[i], MEMSNOOP_TOP_HEAP))
      return TRUE;
  return FALSE;
}

void
memsnoop_top_layout (guint screen_columns, gboolean heaps, guint widths[MEMSNOOP_TOP_N_COLUMNS])
{
  guint rest;

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    widths[i] = columns[i].width;
  if (!heaps)
    widths[MEMSNOOP_TOP_HEAP] = widths[MEMSNOOP_TOP_RETAINED] = 0;

  while (total_width (widths) > screen_columns)
    {
      guint dispensable = find_dispensable (widths);

      if (dispensable == MEMSNOOP_TOP_N_COLUMNS)
        break;
      widths[dispensable] = 0;
    }

  /* What is left is for the history and then for the name; on a tiny screen the process id has to
   * do. */
  widths[MEMSNOOP_TOP_NAME] = 0;
  rest = total_width (widths) + 1;
  if (widths[MEMSNOOP_TOP_HISTORY] > 0 && screen_columns > rest + NAME_COLUMNS)
    {
      guint more =
          MIN (screen_columns - rest - NAME_COLUMNS, HISTORY_COLUMNS_AT_MOST - HISTORY_COLUMNS);

      widths[MEMSNOOP_TOP_HISTORY] += more;
      rest += more;
    }
  if (screen_columns > rest)
    widths[MEMSNOOP_TOP_NAME] = screen_columns - rest;
  widths[MEMSNOOP_TOP_PID] = MIN (widths[MEMSNOOP_TOP_PID], screen_columns);
}

static gchar *
format_bytes (guint64 bytes)
{
  if (bytes == MEMSNOOP_TOP_UNKNOWN)
    return g_strdup ("-");
  /* A column of "0 bytes" is hard to read past. */
  return bytes == 0 ? g_strdup ("0") : memsnoop_quantity_format_size (bytes);
}

/* The course of the last minutes, as far as the service tells it. */
static gchar *
draw_history (const MemsnoopTopRow *row, guint width, gboolean unicode)
{
  g_autoptr (GVariant) history =
      g_variant_lookup_value (row->process, "recent-private", G_VARIANT_TYPE ("at"));
  const guint64 *values;
  gsize count;

  if (history == NULL)
    return g_strdup ("");
  values = g_variant_get_fixed_array (history, &count, sizeof *values);
  return memsnoop_chart_values (values, count, width, unicode);
}

static gchar *
format_cell (const MemsnoopTopRow *row, MemsnoopTopColumn column)
{
  if (column == MEMSNOOP_TOP_PID)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, row->pid);
  if (column == MEMSNOOP_TOP_USER)
    return g_strdup (row->user);
  if (column == MEMSNOOP_TOP_NAME)
    return g_strdup (row->name);
  if (column == MEMSNOOP_TOP_GROWTH)
    return memsnoop_quantity_format_short_rate (row->growth);
  if (column == MEMSNOOP_TOP_SUSPECTED)
    return g_strdup (row->mark);
  return format_bytes (row->bytes[column]);
}

static void
append_cell (GString *line,
             const gchar *cell,
             MemsnoopTopColumn column,
             const guint widths[MEMSNOOP_TOP_N_COLUMNS],
             gboolean unicode)
{
  if (widths[column] == 0)
    return;

  if (line->len > 0)
    g_string_append_c (line, ' ');
  memsnoop_terminal_text_append_fitted (line, cell, widths[column], is_right_aligned (column),
                                        unicode);
}

gchar *
memsnoop_top_title_line (const guint widths[MEMSNOOP_TOP_N_COLUMNS],
                         MemsnoopTopColumn sorted,
                         gboolean reverse,
                         gboolean unicode)
{
  GString *line = g_string_new (NULL);
  const gchar *mark = unicode ? (reverse ? "▴" : "▾") : "*";

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    {
      g_autofree gchar *title = g_strconcat (columns[i].names.title, i == sorted ? mark : "", NULL);

      append_cell (line, title, i, widths, unicode);
    }
  return g_string_free (line, FALSE);
}

gchar *
memsnoop_top_row_line (const MemsnoopTopRow *row,
                       const guint widths[MEMSNOOP_TOP_N_COLUMNS],
                       gboolean unicode)
{
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    {
      g_autofree gchar *cell =
          i == MEMSNOOP_TOP_HISTORY ? draw_history (row, widths[i], unicode) : format_cell (row, i);

      append_cell (line, cell, i, widths, unicode);
    }
  return g_string_free (line, FALSE);
}

/* A cell for each column that is text. */
static gchar **
plain_cells (const MemsnoopTopRow *row)
{
  gchar **cells = g_new0 (gchar *, MEMSNOOP_TOP_N_COLUMNS);
  gsize count = 0;

  for (guint i = 0; i < MEMSNOOP_TOP_N_COLUMNS; i++)
    if (i != MEMSNOOP_TOP_HISTORY)
      cells[count++] = row != NULL ? format_cell (row, i) : g_strdup (columns[i].names.title);
  return cells;
}

gchar *
memsnoop_top_plain_text (GPtrArray *rows, guint limit)
{
  g_autoptr (MemsnoopTextTable) table = memsnoop_text_table_new ("rlrrrrrrrrrll");
  guint count = limit > 0 ? MIN (limit, rows->len) : rows->len;
  GString *text = g_string_new (NULL);

  memsnoop_text_table_add_row (table, plain_cells (NULL));
  for (guint i = 0; i < count; i++)
    memsnoop_text_table_add_row (table, plain_cells (rows->pdata[i]));
  memsnoop_text_table_append (table, text, 0);
  return g_string_free (text, FALSE);
}
