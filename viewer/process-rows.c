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

static gint
compare_resident (gconstpointer a, gconstpointer b)
{
  guint64 one = ((const MemsnoopProcessRow *) a)->figures.resident;
  guint64 other = ((const MemsnoopProcessRow *) b)->figures.resident;

  return one > other ? -1 : one < other;
}

static void
limit (MemsnoopProcessRows *self, guint most)
{
  if (self->rows->len <= most)
    return;
  self->left_out += self->rows->len - most;
  g_array_sort (self->rows, compare_resident);
  g_array_set_size (self->rows, most);
}

MemsnoopProcessRows *
memsnoop_process_rows_read (GVariant *rows, guint most)
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
      if (self->rows->len / 2 >= most)
        limit (self, most);
    }
  limit (self, most);
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

/* @n: how many processes there are. @chosen: those that there are rows of, of which each number is
 * greater than the one before. */
typedef struct
{
  MemsnoopProcessRows *rows;
  GVariant *columns;
  gsize n;
  GArray *chosen;
} Reading;

/* A column of as many elements as there are processes, or %NULL. */
static gconstpointer
find_column (const Reading *reading, const gchar *key, const gchar *type)
{
  gsize n;
  gconstpointer elements = keep_column (reading->rows, reading->columns, key, type, &n);

  return n == reading->n ? elements : NULL;
}

static gsize
chosen_at (const Reading *reading, gsize row)
{
  return g_array_index (reading->chosen, gsize, row);
}

typedef struct
{
  guint64 resident;
  gsize number;
} Candidate;

static gint
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *other = b;

  if (one->resident != other->resident)
    return one->resident > other->resident ? -1 : 1;
  return one->number < other->number ? -1 : one->number > other->number;
}

static gint
compare_chosen (gconstpointer a, gconstpointer b)
{
  gsize one = *(const gsize *) a, other = *(const gsize *) b;

  return one < other ? -1 : one > other;
}

/* Returns: (transfer full): the @most largest. */
static GArray *
list_largest (const Reading *reading, guint most)
{
  const guint64 *kinds[] = { find_column (reading, "rss-anon", "at"),
                             find_column (reading, "rss-file", "at"),
                             find_column (reading, "rss-shmem", "at") };
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (gsize i = 0; i < reading->n; i++)
    {
      Candidate candidate = { .number = i };

      for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
        if (kinds[kind] != NULL)
          add (&candidate.resident, kinds[kind][i]);
      g_array_append_val (candidates, candidate);
      if (candidates->len / 2 < most && i + 1 < reading->n)
        continue;
      g_array_sort (candidates, compare_candidates);
      g_array_set_size (candidates, MIN (candidates->len, most));
    }
  return candidates;
}

/* A message has room for many more processes than there is for rows. */
static void
choose (Reading *reading, guint most)
{
  g_autoptr (GArray) largest = reading->n > most ? list_largest (reading, most) : NULL;
  gsize n = largest != NULL ? largest->len : reading->n;

  for (gsize i = 0; i < n; i++)
    {
      gsize number = largest != NULL ? g_array_index (largest, Candidate, i).number : i;

      g_array_append_val (reading->chosen, number);
    }
  g_array_sort (reading->chosen, compare_chosen);
  g_array_set_size (reading->rows->rows, (guint) n);
  reading->rows->left_out = (guint) MIN (reading->n - n, G_MAXUINT);
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
take_numbers (const Reading *reading)
{

  for (gsize column = 0; column < G_N_ELEMENTS (number_columns); column++)
    {
      const guint64 *numbers = find_column (reading, number_columns[column].key, "at");

      for (gsize i = 0; numbers != NULL && i < reading->chosen->len; i++)
        number_columns[column].take (row_at (reading->rows, i), numbers[chosen_at (reading, i)]);
    }
}

static void
take_rates_and_users (const Reading *reading)
{
  const gdouble *rates = find_column (reading, "growth-rate", "ad");
  const guint32 *users = find_column (reading, "uid", "au");

  for (gsize i = 0; i < reading->chosen->len; i++)
    {
      MemsnoopProcessRow *row = row_at (reading->rows, i);
      gsize number = chosen_at (reading, i);

      if (rates != NULL && isfinite (rates[number]))
        row->figures.growth_rate = rates[number];
      row->uid = users != NULL ? users[number] : G_MAXUINT64;
    }
}

static void
take_names (const Reading *reading)
{
  GVariant *names = g_variant_lookup_value (reading->columns, "comm", G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree const gchar **texts = NULL;
  gsize n;

  if (names == NULL)
    return;
  g_ptr_array_add (reading->rows->kept, names);
  texts = g_variant_get_strv (names, &n);
  for (gsize i = 0; n == reading->n && i < reading->chosen->len; i++)
    row_at (reading->rows, i)->comm = texts[chosen_at (reading, i)];
}

static void
take_recent (const Reading *reading)
{
  gsize n = 0, first = 0, row = 0;
  const guint32 *counts = find_column (reading, "recent-count", "au");
  const guint64 *values = keep_column (reading->rows, reading->columns, "recent-private", "at", &n);

  if (counts == NULL || values == NULL)
    return;
  for (gsize i = 0; row < reading->chosen->len && counts[i] <= n - first; i++)
    {
      if (chosen_at (reading, row) == i)
        set_recent (&row_at (reading->rows, row++)->figures, values + first, counts[i]);
      first += counts[i];
    }
}

MemsnoopProcessRows *
memsnoop_process_rows_read_columns (GVariant *columns, guint most)
{
  MemsnoopProcessRows *self = rows_new ();
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (gsize));
  Reading reading = { .rows = self, .columns = columns, .chosen = chosen };
  const guint32 *pids = keep_column (self, columns, "pid", "au", &reading.n);

  choose (&reading, most);
  for (gsize i = 0; i < chosen->len; i++)
    row_at (self, i)->pid = pids[chosen_at (&reading, i)];
  take_numbers (&reading);
  take_rates_and_users (&reading);
  take_names (&reading);
  take_recent (&reading);
  return self;
}

void
memsnoop_process_rows_free (MemsnoopProcessRows *self)
{
  g_array_unref (self->rows);
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->kept);
  g_free (self);
}
