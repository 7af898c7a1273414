/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-list.h"

#include "option-dictionary.h"
#include "printable-text.h"
#include "process-identity.h"
#include "quoted-text.h"

static const MemsnoopOption known_options[] = { { "sort", "s" }, { "limit", "u" } };

static const gchar *const sort_names[] = {
  [MEMSNOOP_PROCESS_LIST_RSS_ANON] = "rss-anon",
  [MEMSNOOP_PROCESS_LIST_RSS_FILE] = "rss-file",
  [MEMSNOOP_PROCESS_LIST_RSS_SHMEM] = "rss-shmem",
  [MEMSNOOP_PROCESS_LIST_SWAP] = "swap",
  [MEMSNOOP_PROCESS_LIST_KERNEL_CURRENT_BYTES] = "kernel.current-bytes",
  [MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES] = "kernel.peak-bytes",
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

typedef struct
{
  const MemsnoopProcessMemory *memory;
  /* NULL where nothing is recorded. */
  const MemsnoopRecordedProcess *recorded;
  guint64 key;
} Row;

static guint64
sort_key (const Row *row, MemsnoopProcessListSort sort)
{
  switch (sort)
    {
    case MEMSNOOP_PROCESS_LIST_RSS_FILE:
      return row->memory->rss_file;
    case MEMSNOOP_PROCESS_LIST_RSS_SHMEM:
      return row->memory->rss_shmem;
    case MEMSNOOP_PROCESS_LIST_SWAP:
      return row->memory->swap;
    case MEMSNOOP_PROCESS_LIST_KERNEL_CURRENT_BYTES:
      return row->recorded != NULL ? row->recorded->current_bytes : 0;
    case MEMSNOOP_PROCESS_LIST_KERNEL_PEAK_BYTES:
      return row->recorded != NULL ? row->recorded->peak_bytes : 0;
    case MEMSNOOP_PROCESS_LIST_RSS_ANON:
    default:
      return row->memory->rss_anon;
    }
}

static gint
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *left = a;
  const Row *right = b;

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

static gboolean
is_worth_a_row (const Row *row)
{
  return !row->memory->kernel_thread || (row->recorded != NULL && row->recorded->current_bytes > 0);
}

static GArray *
make_rows (const GArray *memory, const GArray *recorded, MemsnoopProcessListSort sort)
{
  g_autoptr (GHashTable) index = index_recorded (recorded);
  GArray *rows = g_array_sized_new (FALSE, FALSE, sizeof (Row), memory->len);

  for (guint i = 0; i < memory->len; i++)
    {
      Row row = { .memory = &g_array_index (memory, MemsnoopProcessMemory, i) };
      const MemsnoopRecordedProcess *process =
          g_hash_table_lookup (index, GUINT_TO_POINTER (row.memory->pid));

      if (process != NULL && memsnoop_round_start_time (process->start_time) ==
                                 memsnoop_round_start_time (row.memory->start_time))
        row.recorded = process;
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
  KEY_KERNEL_CURRENT_BYTES,
  KEY_KERNEL_PEAK_BYTES,
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
  [KEY_KERNEL_CURRENT_BYTES] = "kernel.current-bytes",
  [KEY_KERNEL_PEAK_BYTES] = "kernel.peak-bytes",
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
} RowWriter;

static void
row_writer_init (RowWriter *writer)
{
  *writer = (RowWriter){ 0 };
  for (guint i = 0; i < N_KEYS; i++)
    writer->keys[i] = g_variant_ref_sink (g_variant_new_string (key_names[i]));
}

static void
row_writer_clear (RowWriter *writer)
{
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_variant_unref (writer->keys[i]);
      g_clear_pointer (&writer->last_entries[i], g_variant_unref);
    }
}

static GVariant *
write_entry (RowWriter *writer, guint key, GVariant *value)
{
  return g_variant_new_dict_entry (writer->keys[key], g_variant_new_variant (value));
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

static GVariant *
write_row (RowWriter *writer, const Row *row)
{
  const MemsnoopProcessMemory *memory = row->memory;
  guint64 start_time = memsnoop_round_start_time (memory->start_time);
  gchar *comm = memsnoop_printable_text (memory->comm);
  GVariant *entries[N_KEYS];
  guint n_entries = N_KEYS;

  entries[KEY_PID] = write_number (writer, KEY_PID, memory->pid);
  entries[KEY_START_TIME] = write_number (writer, KEY_START_TIME, start_time);
  entries[KEY_COMM] = write_entry (writer, KEY_COMM, g_variant_new_take_string (comm));
  entries[KEY_UID] = write_number (writer, KEY_UID, memory->uid);
  entries[KEY_RSS_ANON] = write_number (writer, KEY_RSS_ANON, memory->rss_anon);
  entries[KEY_RSS_FILE] = write_number (writer, KEY_RSS_FILE, memory->rss_file);
  entries[KEY_RSS_SHMEM] = write_number (writer, KEY_RSS_SHMEM, memory->rss_shmem);
  entries[KEY_SWAP] = write_number (writer, KEY_SWAP, memory->swap);
  if (row->recorded == NULL)
    n_entries = KEY_KERNEL_CURRENT_BYTES;
  else
    {
      entries[KEY_KERNEL_CURRENT_BYTES] =
          write_number (writer, KEY_KERNEL_CURRENT_BYTES, row->recorded->current_bytes);
      entries[KEY_KERNEL_PEAK_BYTES] =
          write_number (writer, KEY_KERNEL_PEAK_BYTES, row->recorded->peak_bytes);
    }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), entries, n_entries);
}

GVariant *
memsnoop_process_list_build (const GArray *memory,
                             const GArray *recorded,
                             const MemsnoopProcessListOptions *options)
{
  g_autoptr (GArray) rows = make_rows (memory, recorded, options->sort);
  guint n_rows = options->limit == 0 ? rows->len : MIN (rows->len, options->limit);
  g_autofree GVariant **written = g_new (GVariant *, n_rows);
  RowWriter writer;
  gsize size = 0;
  guint n_written = 0;

  row_writer_init (&writer);
  while (n_written < n_rows && size <= MEMSNOOP_PROCESS_LIST_SIZE_MAX)
    {
      written[n_written] = write_row (&writer, &g_array_index (rows, Row, n_written));
      size += g_variant_get_size (written[n_written]);
      n_written++;
    }
  row_writer_clear (&writer);
  return g_variant_new_array (G_VARIANT_TYPE_VARDICT, written, n_written);
}
