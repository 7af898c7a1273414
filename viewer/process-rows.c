/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-rows.h"

#include <math.h>

static void
set_recent (MemsnoopProcessFigures *figures, const guint64 *recent, gsize n)
{
  figures->n_recent = (guint) MIN (n, MEMSNOOP_PROCESS_RECENT_MAX);
  for (guint i = 0; i < figures->n_recent; i++)
    figures->recent[i] = recent[n - figures->n_recent + i];
}

/* By rows */

static void
read_recent (GVariant *value, MemsnoopProcessFigures *figures)
{
  gsize n;
  const guint64 *recent;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE ("at")))
    return;
  recent = g_variant_get_fixed_array (value, &n, sizeof *recent);
  set_recent (figures, recent, n);
}

/* Whole numbers of the contract are t or u. */
static gboolean
read_number (GVariant *value, guint64 *number)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    *number = g_variant_get_uint64 (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    *number = g_variant_get_uint32 (value);
  else
    return FALSE;
  return TRUE;
}

static void
add (guint64 *sum, guint64 number)
{
  *sum = number < G_MAXUINT64 - *sum ? *sum + number : G_MAXUINT64;
}

static void
add_number (GVariant *value, guint64 *sum)
{
  guint64 number;

  if (read_number (value, &number))
    add (sum, number);
}

static void
read_member (MemsnoopProcessRow *row, GStringChunk *texts, const gchar *key, GVariant *value)
{
  MemsnoopProcessFigures *figures = &row->figures;

  if (g_str_equal (key, "pid"))
    read_number (value, &row->pid);
  else if (g_str_equal (key, "start-time"))
    read_number (value, &row->start_time);
  else if (g_str_equal (key, "uid"))
    read_number (value, &row->uid);
  else if (g_str_equal (key, "comm") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) &&
           row->comm == NULL)
    row->comm = g_string_chunk_insert (texts, g_variant_get_string (value, NULL));
  else if (g_str_equal (key, "rss-anon") && read_number (value, &figures->anonymous))
    add_number (value, &figures->resident);
  else if (g_str_equal (key, "rss-file") || g_str_equal (key, "rss-shmem"))
    add_number (value, &figures->resident);
  else if (g_str_equal (key, "swap"))
    read_number (value, &figures->swap);
  else if (g_str_equal (key, "growth-rate") &&
           g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) &&
           isfinite (g_variant_get_double (value)))
    figures->growth_rate = g_variant_get_double (value);
  else if (g_str_equal (key, "kernel.current-bytes"))
    figures->has_kernel = read_number (value, &figures->kernel);
  else if (g_str_equal (key, "heap.current-bytes"))
    figures->has_heap = read_number (value, &figures->heap);
  else if (g_str_equal (key, "recent-private"))
    read_recent (value, figures);
}

static MemsnoopProcessRows *
rows_new (void)
{
  MemsnoopProcessRows *self = g_new0 (MemsnoopProcessRows, 1);

  self->rows = g_array_new (FALSE, TRUE, sizeof (MemsnoopProcessRow));
  self->texts = g_string_chunk_new (4096);
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  return self;
}

MemsnoopProcessRows *
memsnoop_process_rows_read (GVariant *rows)
{
  MemsnoopProcessRows *self = rows_new ();
  GVariantIter iterator, members;
  GVariant *dictionary, *value;
  const gchar *key;

  g_variant_iter_init (&iterator, rows);
  while ((dictionary = g_variant_iter_next_value (&iterator)) != NULL)
    {
      MemsnoopProcessRow row = { .uid = G_MAXUINT64 };

      g_variant_iter_init (&members, dictionary);
      while (g_variant_iter_loop (&members, "{&sv}", &key, &value))
        read_member (&row, self->texts, key, value);
      g_array_append_val (self->rows, row);
      g_variant_unref (dictionary);
    }
  return self;
}

/* By columns */

/* Its elements stay where they are as long as the rows. */
static gconstpointer
keep_column (
    MemsnoopProcessRows *self, GVariant *columns, const gchar *key, const gchar *type, gsize *n)
{
  GVariant *column = g_variant_lookup_value (columns, key, G_VARIANT_TYPE (type));

  *n = 0;
  if (column == NULL)
    return NULL;
  g_ptr_array_add (self->kept, column);
  return g_variant_get_fixed_array (column, n, type[1] == 'u' ? 4 : 8);
}

/* A column of as many elements as there are rows, or %NULL. */
static gconstpointer
find_column (MemsnoopProcessRows *self, GVariant *columns, const gchar *key, const gchar *type)
{
  gsize n;
  gconstpointer elements = keep_column (self, columns, key, type, &n);

  return n == self->rows->len ? elements : NULL;
}

typedef void (*TakeNumber) (MemsnoopProcessRow *row, guint64 number);

static void
take_start_time (MemsnoopProcessRow *row, guint64 number)
{
  row->start_time = number;
}

static void
take_anonymous (MemsnoopProcessRow *row, guint64 number)
{
  row->figures.anonymous = number;
  add (&row->figures.resident, number);
}

static void
take_resident (MemsnoopProcessRow *row, guint64 number)
{
  add (&row->figures.resident, number);
}

static void
take_swap (MemsnoopProcessRow *row, guint64 number)
{
  row->figures.swap = number;
}

static void
take_kernel (MemsnoopProcessRow *row, guint64 number)
{
  row->figures.has_kernel = number != G_MAXUINT64;
  row->figures.kernel = row->figures.has_kernel ? number : 0;
}

static void
take_heap (MemsnoopProcessRow *row, guint64 number)
{
  row->figures.has_heap = number != G_MAXUINT64;
  row->figures.heap = row->figures.has_heap ? number : 0;
}

static const struct
{
  const gchar *key;
  TakeNumber take;
} number_columns[] = {
  { "start-time", take_start_time },
  { "rss-anon", take_anonymous },
  { "rss-file", take_resident },
  { "rss-shmem", take_resident },
  { "swap", take_swap },
  { "kernel.current-bytes", take_kernel },
  { "heap.current-bytes", take_heap },
};

static MemsnoopProcessRow *
row_at (MemsnoopProcessRows *self, gsize i)
{
  return &g_array_index (self->rows, MemsnoopProcessRow, i);
}

static void
take_numbers (MemsnoopProcessRows *self, GVariant *columns)
{
  gsize n_rows = self->rows->len;

  for (gsize column = 0; column < G_N_ELEMENTS (number_columns); column++)
    {
      const guint64 *numbers = find_column (self, columns, number_columns[column].key, "at");

      for (gsize i = 0; numbers != NULL && i < n_rows; i++)
        number_columns[column].take (row_at (self, i), numbers[i]);
    }
}

static void
take_rates_and_users (MemsnoopProcessRows *self, GVariant *columns)
{
  gsize n_rows = self->rows->len;
  const gdouble *rates = find_column (self, columns, "growth-rate", "ad");
  const guint32 *users = find_column (self, columns, "uid", "au");

  for (gsize i = 0; i < n_rows; i++)
    {
      if (rates != NULL && isfinite (rates[i]))
        row_at (self, i)->figures.growth_rate = rates[i];
      row_at (self, i)->uid = users != NULL ? users[i] : G_MAXUINT64;
    }
}

static void
take_names (MemsnoopProcessRows *self, GVariant *columns)
{
  GVariant *names = g_variant_lookup_value (columns, "comm", G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree const gchar **texts = NULL;
  gsize n;

  if (names == NULL)
    return;
  g_ptr_array_add (self->kept, names);
  texts = g_variant_get_strv (names, &n);
  for (gsize i = 0; n == self->rows->len && i < n; i++)
    row_at (self, i)->comm = texts[i];
}

static void
take_recent (MemsnoopProcessRows *self, GVariant *columns)
{
  gsize n_rows = self->rows->len, n = 0, first = 0;
  const guint32 *counts = find_column (self, columns, "recent-count", "au");
  const guint64 *values = keep_column (self, columns, "recent-private", "at", &n);

  if (counts == NULL || values == NULL)
    return;
  for (gsize i = 0; i < n_rows && counts[i] <= n - first; i++)
    {
      set_recent (&row_at (self, i)->figures, values + first, counts[i]);
      first += counts[i];
    }
}

MemsnoopProcessRows *
memsnoop_process_rows_read_columns (GVariant *columns)
{
  MemsnoopProcessRows *self = rows_new ();
  gsize n;
  const guint32 *pids = keep_column (self, columns, "pid", "au", &n);

  g_array_set_size (self->rows, (guint) MIN (n, G_MAXUINT / 2));
  for (gsize i = 0; i < self->rows->len; i++)
    row_at (self, i)->pid = pids[i];
  take_numbers (self, columns);
  take_rates_and_users (self, columns);
  take_names (self, columns);
  take_recent (self, columns);
  return self;
}

static gint
compare_resident (gconstpointer a, gconstpointer b)
{
  guint64 one = ((const MemsnoopProcessRow *) a)->figures.resident;
  guint64 other = ((const MemsnoopProcessRow *) b)->figures.resident;

  return one > other ? -1 : one < other;
}

void
memsnoop_process_rows_limit (MemsnoopProcessRows *self, guint most)
{
  if (self->rows->len <= most)
    return;
  self->left_out += self->rows->len - most;
  g_array_sort (self->rows, compare_resident);
  g_array_set_size (self->rows, most);
}

void
memsnoop_process_rows_free (MemsnoopProcessRows *self)
{
  g_array_unref (self->rows);
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->kept);
  g_free (self);
}
