/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-list.h"

#include "option-dictionary.h"
#include "printable-text.h"
#include "process-identity.h"
#include "process-row.h"
#include "quoted-text.h"

static const MemsnoopOption known_options[] = { { "sort", "s" },
                                                { "limit", "u" },
                                                { "history", "b" } };

static const gchar *const sort_names[] = {
  [MEMSNOOP_PROCESS_LIST_RSS_ANON] = "rss-anon",
  [MEMSNOOP_PROCESS_LIST_RSS_FILE] = "rss-file",
  [MEMSNOOP_PROCESS_LIST_RSS_SHMEM] = "rss-shmem",
  [MEMSNOOP_PROCESS_LIST_SWAP] = "swap",
  [MEMSNOOP_PROCESS_LIST_GROWTH_RATE] = "growth-rate",
  [MEMSNOOP_PROCESS_LIST_KERNEL_CURRENT_BYTES] = "kernel.current-bytes",
  [MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES] = "kernel.peak-bytes",
  [MEMSNOOP_PROCESS_LIST_HEAP_CURRENT_BYTES] = "heap.current-bytes",
  [MEMSNOOP_PROCESS_LIST_HEAP_RETAINED_BYTES] = "heap.retained-bytes",
  NULL,
};

static gboolean
parse_sort (const gchar *name, MemsnoopProcessListSort *sort, GError **error)
{
  g_autofree gchar *quoted_name = NULL;
  g_autofree gchar *names = NULL;

  for (guint i = 0; sort_names[i] != NULL; i++)
    if (g_str_equal (sort_names[i], name))
      {
        *sort = i;
        return TRUE;
      }
  quoted_name = memsnoop_quoted_text (name);
  names = g_strjoinv (", ", (gchar **) sort_names);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "Processes cannot be sorted by %s; they can by: %s", quoted_name, names);
  return FALSE;
}

gboolean
memsnoop_process_list_options_parse (GVariant *options,
                                     MemsnoopProcessListOptions *parsed,
                                     GError **error)
{
  const gchar *sort = sort_names[MEMSNOOP_PROCESS_LIST_RSS_ANON];

  if (!memsnoop_option_dictionary_check ("ListProcesses", options, known_options,
                                         G_N_ELEMENTS (known_options), error))
    return FALSE;
  parsed->limit = 0;
  g_variant_lookup (options, "limit", "u", &parsed->limit);
  parsed->history = FALSE;
  g_variant_lookup (options, "history", "b", &parsed->history);
  g_variant_lookup (options, "sort", "&s", &sort);
  return parse_sort (sort, &parsed->sort, error);
}

void
memsnoop_process_list_add_recorded (const MemsnoopProcessFigures *figures, gpointer recorded)
{
  MemsnoopRecordedProcess process = {
    .pid = figures->pid,
    .start_time = figures->start_time,
    .current_bytes = figures->current_bytes,
    .peak_bytes = figures->peak_bytes,
  };

  if (figures->kind <= MEMSNOOP_PROCESS_KIND_KERNEL_THREAD && figures->exited_at == 0)
    g_array_append_val ((GArray *) recorded, process);
}

/* What is being copied from the table, and how. */
typedef struct
{
  MemsnoopWatchedList *list;
  guint64 page_size;
  gboolean history;
} Copying;

static void
copy_watched (MemsnoopWatchedProcess *process, gpointer user_data)
{
  const Copying *copying = user_data;
  MemsnoopWatchedGrowth growth = {
    .pid = process->pid,
    .start_time = process->start_time,
    .growth_rate = process->growth_rate,
    .first_recent = copying->list->recent->len,
  };
  guint64 values[MEMSNOOP_USAGE_BLOCKS];
  guint n_values = 0;

  if (copying->history)
    n_values = memsnoop_usage_history_get_blocks (process->history, MEMSNOOP_USAGE_PRIVATE, 0,
                                                  copying->page_size, values);
  for (guint i = 0; i < n_values; i++)
    {
      if (values[i] == MEMSNOOP_USAGE_GAP)
        values[i] = MEMSNOOP_PROCESS_LIST_GAP;
      g_array_append_val (copying->list->recent, values[i]);
    }
  growth.n_recent = n_values;
  g_array_append_val (copying->list->growth, growth);
}

MemsnoopWatchedList *
memsnoop_process_list_read_watched (MemsnoopProcessTable *table, gboolean history)
{
  MemsnoopWatchedList *self = g_new0 (MemsnoopWatchedList, 1);
  Copying copying = { .list = self, .history = history };

  self->growth = g_array_new (FALSE, FALSE, sizeof (MemsnoopWatchedGrowth));
  self->recent = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (table != NULL)
    {
      copying.page_size = memsnoop_process_table_get_page_size (table);
      memsnoop_process_table_foreach (table, copy_watched, &copying);
    }
  return self;
}

void
memsnoop_watched_list_free (MemsnoopWatchedList *self)
{
  g_array_unref (self->growth);
  g_array_unref (self->recent);
  g_free (self);
}

static gboolean
is_own (const MemsnoopProcessMemory *process, guint32 uid)
{
  g_autoptr (MemsnoopProcessIdentity) identity = NULL;

  if (process->uid != uid)
    return FALSE;
  identity = memsnoop_process_identity_open_again (
      process->pid, memsnoop_round_start_time (process->start_time), NULL);
  return identity != NULL && memsnoop_process_identity_is_own (identity, uid);
}

void
memsnoop_process_list_keep_own (GArray *memory, guint32 uid)
{
  guint n_kept = 0;

  for (guint i = 0; i < memory->len; i++)
    {
      const MemsnoopProcessMemory *process = &g_array_index (memory, MemsnoopProcessMemory, i);

      if (is_own (process, uid))
        g_array_index (memory, MemsnoopProcessMemory, n_kept++) = *process;
    }
  g_array_set_size (memory, n_kept);
}

gdouble
memsnoop_process_row_growth_rate (const MemsnoopProcessRow *row)
{
  return row->watched != NULL ? row->watched->growth_rate : 0;
}

guint64
memsnoop_process_row_retained_bytes (const MemsnoopProcessRow *row)
{
  guint64 explained = row->heap->current_bytes + row->heap->mapped_bytes;

  return row->memory->rss_anon - MIN (explained, row->memory->rss_anon);
}

static gdouble
sort_key (const MemsnoopProcessRow *row, MemsnoopProcessListSort sort)
{
  switch (sort)
    {
    case MEMSNOOP_PROCESS_LIST_RSS_FILE:
      return (gdouble) row->memory->rss_file;
    case MEMSNOOP_PROCESS_LIST_RSS_SHMEM:
      return (gdouble) row->memory->rss_shmem;
    case MEMSNOOP_PROCESS_LIST_SWAP:
      return (gdouble) row->memory->swap;
    case MEMSNOOP_PROCESS_LIST_GROWTH_RATE:
      return memsnoop_process_row_growth_rate (row);
    case MEMSNOOP_PROCESS_LIST_KERNEL_CURRENT_BYTES:
      return row->recorded != NULL ? (gdouble) row->recorded->current_bytes : 0;
    case MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES:
      return row->recorded != NULL ? (gdouble) row->recorded->peak_bytes : 0;
    case MEMSNOOP_PROCESS_LIST_HEAP_CURRENT_BYTES:
      return row->heap != NULL ? (gdouble) row->heap->current_bytes : 0;
    case MEMSNOOP_PROCESS_LIST_HEAP_RETAINED_BYTES:
      return row->heap != NULL ? (gdouble) memsnoop_process_row_retained_bytes (row) : 0;
    case MEMSNOOP_PROCESS_LIST_RSS_ANON:
    default:
      return (gdouble) row->memory->rss_anon;
    }
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  const MemsnoopProcessRow *left = a;
  const MemsnoopProcessRow *right = b;

  if (left->key != right->key)
    return left->key > right->key ? -1 : 1;
  return left->memory->pid < right->memory->pid ? -1 : left->memory->pid > right->memory->pid;
}

/* Pid to MemsnoopRecordedProcess. */
static GHashTable *
index_recorded (const GArray *recorded)
{
  GHashTable *index = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < recorded->len; i++)
    {
      MemsnoopRecordedProcess *process = &g_array_index (recorded, MemsnoopRecordedProcess, i);

      g_hash_table_insert (index, GUINT_TO_POINTER (process->pid), process);
    }
  return index;
}

/* Pid to MemsnoopRecordedHeap. */
static GHashTable *
index_heaps (const GArray *heaps)
{
  GHashTable *index = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < heaps->len; i++)
    {
      MemsnoopRecordedHeap *heap = &g_array_index (heaps, MemsnoopRecordedHeap, i);

      g_hash_table_insert (index, GUINT_TO_POINTER (heap->pid), heap);
    }
  return index;
}

/* Pid to MemsnoopWatchedGrowth. */
static GHashTable *
index_watched (const MemsnoopWatchedList *watched)
{
  GHashTable *index = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < watched->growth->len; i++)
    {
      MemsnoopWatchedGrowth *process = &g_array_index (watched->growth, MemsnoopWatchedGrowth, i);

      g_hash_table_insert (index, GUINT_TO_POINTER (process->pid), process);
    }
  return index;
}

/* A pid may have been used again between two readings. */
static gboolean
is_same_process (const MemsnoopProcessMemory *memory, guint64 start_time)
{
  return memsnoop_round_start_time (start_time) == memsnoop_round_start_time (memory->start_time);
}

static gboolean
is_worth_a_row (const MemsnoopProcessRow *row)
{
  return !row->memory->kernel_thread || (row->recorded != NULL && row->recorded->current_bytes > 0);
}

static MemsnoopProcessRow
make_row (const MemsnoopProcessMemory *memory,
          GHashTable *recorded,
          GHashTable *heaps,
          GHashTable *watched)
{
  gconstpointer pid = GUINT_TO_POINTER (memory->pid);
  MemsnoopProcessRow row = {
    .memory = memory,
    .recorded = g_hash_table_lookup (recorded, pid),
    .heap = g_hash_table_lookup (heaps, pid),
    .watched = g_hash_table_lookup (watched, pid),
  };

  if (row.recorded != NULL && !is_same_process (memory, row.recorded->start_time))
    row.recorded = NULL;
  if (row.heap != NULL && !is_same_process (memory, row.heap->start_time))
    row.heap = NULL;
  if (row.watched != NULL && !is_same_process (memory, row.watched->start_time))
    row.watched = NULL;
  return row;
}

GArray *
memsnoop_process_rows_make (const GArray *memory,
                            const GArray *recorded,
                            const GArray *heaps,
                            const MemsnoopWatchedList *watched,
                            MemsnoopProcessListSort sort)
{
  g_autoptr (GHashTable) recorded_index = index_recorded (recorded);
  g_autoptr (GHashTable) heap_index = index_heaps (heaps);
  g_autoptr (GHashTable) watched_index = index_watched (watched);
  GArray *rows = g_array_sized_new (FALSE, FALSE, sizeof (MemsnoopProcessRow), memory->len);

  for (guint i = 0; i < memory->len; i++)
    {
      MemsnoopProcessRow row = make_row (&g_array_index (memory, MemsnoopProcessMemory, i),
                                         recorded_index, heap_index, watched_index);

      if (!is_worth_a_row (&row))
        continue;
      row.key = sort_key (&row, sort);
      g_array_append_val (rows, row);
    }
  g_array_sort (rows, compare_rows);
  return rows;
}

enum
{
  KEY_PID,
  KEY_START_TIME,
  KEY_COMM,
  KEY_UID,
  KEY_RSS_ANON,
  KEY_RSS_FILE,
  KEY_RSS_SHMEM,
  KEY_SWAP,
  KEY_GROWTH_RATE,
  KEY_RECENT_PRIVATE,
  KEY_KERNEL_CURRENT_BYTES,
  KEY_KERNEL_PEAK_BYTES,
  KEY_HEAP_CURRENT_BYTES,
  KEY_HEAP_RETAINED_BYTES,
  N_KEYS,
};

static const gchar *const key_names[N_KEYS] = {
  [KEY_PID] = "pid",
  [KEY_START_TIME] = "start-time",
  [KEY_COMM] = "comm",
  [KEY_UID] = "uid",
  [KEY_RSS_ANON] = "rss-anon",
  [KEY_RSS_FILE] = "rss-file",
  [KEY_RSS_SHMEM] = "rss-shmem",
  [KEY_SWAP] = "swap",
  [KEY_GROWTH_RATE] = "growth-rate",
  [KEY_RECENT_PRIVATE] = "recent-private",
  [KEY_KERNEL_CURRENT_BYTES] = "kernel.current-bytes",
  [KEY_KERNEL_PEAK_BYTES] = "kernel.peak-bytes",
  [KEY_HEAP_CURRENT_BYTES] = "heap.current-bytes",
  [KEY_HEAP_RETAINED_BYTES] = "heap.retained-bytes",
};

/*
 * All rows share their keys, those that have the same value as the row before share that too (many
 * are 0), and there is no GVariantBuilder: with a thousand rows that saves most of the time of the
 * writing.
 */
typedef struct
{
  GVariant *keys[N_KEYS];
  guint64 last_numbers[N_KEYS];
  GVariant *last_entries[N_KEYS];
  GVariant *no_growth;
} RowWriter;

static GVariant *
write_entry (RowWriter *writer, guint key, GVariant *value)
{
  return g_variant_new_dict_entry (writer->keys[key], g_variant_new_variant (value));
}

static void
row_writer_init (RowWriter *writer)
{
  *writer = (RowWriter){ 0 };
  for (guint i = 0; i < N_KEYS; i++)
    writer->keys[i] = g_variant_ref_sink (g_variant_new_string (key_names[i]));
  writer->no_growth =
      g_variant_ref_sink (write_entry (writer, KEY_GROWTH_RATE, g_variant_new_double (0)));
}

static void
row_writer_clear (RowWriter *writer)
{
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_variant_unref (writer->keys[i]);
      g_clear_pointer (&writer->last_entries[i], g_variant_unref);
    }
  g_variant_unref (writer->no_growth);
}

/* The entry belongs to the writer. */
static GVariant *
write_number (RowWriter *writer, guint key, guint64 number)
{
  gboolean is_short = key == KEY_PID || key == KEY_UID;

  if (writer->last_entries[key] != NULL && writer->last_numbers[key] == number)
    return writer->last_entries[key];
  g_clear_pointer (&writer->last_entries[key], g_variant_unref);
  writer->last_numbers[key] = number;
  writer->last_entries[key] = g_variant_ref_sink (write_entry (
      writer, key,
      is_short ? g_variant_new_uint32 ((guint32) number) : g_variant_new_uint64 (number)));
  return writer->last_entries[key];
}

/* Most processes do not grow. */
static GVariant *
write_growth_rate (RowWriter *writer, const MemsnoopProcessRow *row)
{
  gdouble rate = memsnoop_process_row_growth_rate (row);

  return rate > 0 || rate < 0 ? write_entry (writer, KEY_GROWTH_RATE, g_variant_new_double (rate))
                              : writer->no_growth;
}

static GVariant *
write_recent (RowWriter *writer, const MemsnoopProcessRow *row, const GArray *recent)
{
  guint n = row->watched != NULL ? row->watched->n_recent : 0;
  const guint64 *values =
      n > 0 ? &g_array_index (recent, guint64, row->watched->first_recent) : NULL;

  return write_entry (
      writer, KEY_RECENT_PRIVATE,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, values, n, sizeof (guint64)));
}

/* @recent: NULL unless it was asked for. */
static GVariant *
write_row (RowWriter *writer, const MemsnoopProcessRow *row, const GArray *recent)
{
  const MemsnoopProcessMemory *memory = row->memory;
  guint64 start_time = memsnoop_round_start_time (memory->start_time);
  gchar *comm = memsnoop_printable_text (memory->comm);
  GVariant *entries[N_KEYS];
  guint n = 0;

  entries[n++] = write_number (writer, KEY_PID, memory->pid);
  entries[n++] = write_number (writer, KEY_START_TIME, start_time);
  entries[n++] = write_entry (writer, KEY_COMM, g_variant_new_take_string (comm));
  entries[n++] = write_number (writer, KEY_UID, memory->uid);
  entries[n++] = write_number (writer, KEY_RSS_ANON, memory->rss_anon);
  entries[n++] = write_number (writer, KEY_RSS_FILE, memory->rss_file);
  entries[n++] = write_number (writer, KEY_RSS_SHMEM, memory->rss_shmem);
  entries[n++] = write_number (writer, KEY_SWAP, memory->swap);
  entries[n++] = write_growth_rate (writer, row);
  if (recent != NULL)
    entries[n++] = write_recent (writer, row, recent);
  if (row->recorded != NULL)
    {
      entries[n++] = write_number (writer, KEY_KERNEL_CURRENT_BYTES, row->recorded->current_bytes);
      entries[n++] = write_number (writer, KEY_KERNEL_PEAK_BYTES, row->recorded->peak_bytes);
    }
  if (row->heap != NULL)
    {
      entries[n++] = write_number (writer, KEY_HEAP_CURRENT_BYTES, row->heap->current_bytes);
      entries[n++] =
          write_number (writer, KEY_HEAP_RETAINED_BYTES, memsnoop_process_row_retained_bytes (row));
    }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), entries, n);
}

GVariant *
memsnoop_process_list_build (const GArray *memory,
                             const GArray *recorded,
                             const GArray *heaps,
                             const MemsnoopWatchedList *watched,
                             const MemsnoopProcessListOptions *options)
{
  g_autoptr (GArray) rows =
      memsnoop_process_rows_make (memory, recorded, heaps, watched, options->sort);
  const GArray *recent = options->history ? watched->recent : NULL;
  guint n_rows = options->limit == 0 ? rows->len : MIN (rows->len, options->limit);
  g_autofree GVariant **written = g_new (GVariant *, n_rows);
  RowWriter writer;
  gsize size = 0;
  guint n_written = 0;

  row_writer_init (&writer);
  while (n_written < n_rows && size <= MEMSNOOP_PROCESS_LIST_SIZE_MAX)
    {
      written[n_written] =
          write_row (&writer, &g_array_index (rows, MemsnoopProcessRow, n_written), recent);
      size += g_variant_get_size (written[n_written]);
      n_written++;
    }
  row_writer_clear (&writer);
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, written, n_written);
}
