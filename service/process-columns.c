/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-columns.h"

#include "printable-text.h"
#include "process-identity.h"
#include "process-row.h"

/* A name in the message at most, as D-Bus aligns it: 16 bytes, each written as four. */
#define NAME_SIZE_MAX 72

typedef guint64 (*ReadNumber) (const MemsnoopProcessRow *row);

static guint64
read_start_time (const MemsnoopProcessRow *row)
{
  return memsnoop_round_start_time (row->memory->start_time);
}

static guint64
read_rss_anon (const MemsnoopProcessRow *row)
{
  return row->memory->rss_anon;
}

static guint64
read_rss_file (const MemsnoopProcessRow *row)
{
  return row->memory->rss_file;
}

static guint64
read_rss_shmem (const MemsnoopProcessRow *row)
{
  return row->memory->rss_shmem;
}

static guint64
read_swap (const MemsnoopProcessRow *row)
{
  return row->memory->swap;
}

static guint64
read_kernel_current (const MemsnoopProcessRow *row)
{
  return row->recorded != NULL ? row->recorded->current_bytes : G_MAXUINT64;
}

static guint64
read_kernel_peak (const MemsnoopProcessRow *row)
{
  return row->recorded != NULL ? row->recorded->peak_bytes : G_MAXUINT64;
}

static guint64
read_heap_current (const MemsnoopProcessRow *row)
{
  return row->heap != NULL ? row->heap->current_bytes : G_MAXUINT64;
}

static guint64
read_heap_retained (const MemsnoopProcessRow *row)
{
  return row->heap != NULL ? memsnoop_process_row_retained_bytes (row) : G_MAXUINT64;
}

/* @partial: left out when no process has it. */
static const struct
{
  const gchar *key;
  ReadNumber read;
  gboolean partial;
} number_columns[] = {
  { "start-time", read_start_time, FALSE },
  { "rss-anon", read_rss_anon, FALSE },
  { "rss-file", read_rss_file, FALSE },
  { "rss-shmem", read_rss_shmem, FALSE },
  { "swap", read_swap, FALSE },
  { "kernel.current-bytes", read_kernel_current, TRUE },
  { "kernel.peak-bytes", read_kernel_peak, TRUE },
  { "heap.current-bytes", read_heap_current, TRUE },
  { "heap.retained-bytes", read_heap_retained, TRUE },
};

/* What a process takes in the message at most. */
static gsize
row_size_max (gboolean history)
{
  gsize size = 2 * sizeof (guint32) + NAME_SIZE_MAX + sizeof (gdouble) +
               G_N_ELEMENTS (number_columns) * sizeof (guint64);

  return size + (history ? sizeof (guint32) + MEMSNOOP_USAGE_BLOCKS * sizeof (guint64) : 0);
}

static const MemsnoopProcessRow *
row_at (const GArray *rows, guint i)
{
  return &g_array_index (rows, MemsnoopProcessRow, i);
}

static void
add_array (GVariantDict *columns, const gchar *key, const GVariantType *type, const GArray *values)
{
  g_variant_dict_insert_value (
      columns, key,
      g_variant_new_fixed_array (type, values->data, values->len,
                                 g_array_get_element_size ((GArray *) values)));
}

static void
add_numbers (GVariantDict *columns, const GArray *rows, guint column)
{
  g_autoptr (GArray) values = g_array_sized_new (FALSE, FALSE, sizeof (guint64), rows->len);
  gboolean known = !number_columns[column].partial;

  for (guint i = 0; i < rows->len; i++)
    {
      guint64 value = number_columns[column].read (row_at (rows, i));

      known = known || value != G_MAXUINT64;
      g_array_append_val (values, value);
    }
  if (known)
    add_array (columns, number_columns[column].key, G_VARIANT_TYPE_UINT64, values);
}

static void
add_identities (GVariantDict *columns, const GArray *rows)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      const MemsnoopProcessMemory *memory = row_at (rows, i)->memory;
      guint32 pid = (guint32) memory->pid, uid = (guint32) memory->uid;

      g_array_append_val (pids, pid);
      g_array_append_val (uids, uid);
      g_ptr_array_add (names, memsnoop_printable_text (memory->comm));
    }
  add_array (columns, "pid", G_VARIANT_TYPE_UINT32, pids);
  add_array (columns, "uid", G_VARIANT_TYPE_UINT32, uids);
  g_variant_dict_insert_value (
      columns, "comm",
      g_variant_new_strv ((const gchar *const *) names->pdata, (gssize) names->len));
}

static void
add_growth_rates (GVariantDict *columns, const GArray *rows)
{
  g_autoptr (GArray) rates = g_array_new (FALSE, FALSE, sizeof (gdouble));

  for (guint i = 0; i < rows->len; i++)
    {
      gdouble rate = memsnoop_process_row_growth_rate (row_at (rows, i));

      g_array_append_val (rates, rate);
    }
  add_array (columns, "growth-rate", G_VARIANT_TYPE_DOUBLE, rates);
}

static void
add_recent (GVariantDict *columns, const GArray *rows, const GArray *recent)
{
  g_autoptr (GArray) counts = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < rows->len; i++)
    {
      const MemsnoopWatchedGrowth *watched = row_at (rows, i)->watched;
      guint32 count = watched != NULL ? watched->n_recent : 0;

      g_array_append_val (counts, count);
      if (count > 0)
        g_array_append_vals (values, &g_array_index (recent, guint64, watched->first_recent),
                             count);
    }
  add_array (columns, "recent-count", G_VARIANT_TYPE_UINT32, counts);
  add_array (columns, "recent-private", G_VARIANT_TYPE_UINT64, values);
}

GVariant *
memsnoop_process_columns_build (const GArray *memory,
                                const GArray *recorded,
                                const GArray *heaps,
                                const MemsnoopWatchedList *watched,
                                const MemsnoopProcessListOptions *options)
{
  g_autoptr (GArray) rows =
      memsnoop_process_rows_make (memory, recorded, heaps, watched, options->sort);
  guint most = (guint) (MEMSNOOP_PROCESS_LIST_SIZE_MAX / row_size_max (options->history));
  GVariantDict columns;

  if (options->limit > 0)
    most = MIN (most, options->limit);
  if (rows->len > most)
    g_array_set_size (rows, most);
  g_variant_dict_init (&columns, NULL);
  add_identities (&columns, rows);
  for (guint i = 0; i < G_N_ELEMENTS (number_columns); i++)
    add_numbers (&columns, rows, i);
  add_growth_rates (&columns, rows);
  if (options->history)
    add_recent (&columns, rows, watched->recent);
  return g_variant_dict_end (&columns);
}
