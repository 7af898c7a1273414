/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-state.h"

#include "state-file.h"
#include "state-folder.h"
#include "state-record.h"
#include "suspicion-record.h"

#include <string.h>

#define FILE_NAME "watch"
/* Of the file while it is written: at the end, and by a save that may not have ended by then. */
#define FINAL_SUFFIX ".new"
#define PERIODIC_SUFFIX ".part"

/* What the file is, and the version of its form. */
#define MAGIC "memsnoop-watch\n"
#define FORMAT 4

/* Far more than any record has: a history is some KiB, and so are a path and the code of a
 * suspicion. */
#define RECORD_SIZE_MAXIMUM (256 * 1024)
/* Enough for the full histories of some 300,000 processes. */
#define FILE_SIZE_MAXIMUM (G_GUINT64_CONSTANT (1) << 30)

/* Processes whose records are made at a time. */
#define SLICE 64

typedef enum
{
  RECORD_PROCESS,
  RECORD_SUSPICION,
  RECORD_MACHINE,
} RecordKind;

/* Writing */

/* A save that is under way. */
typedef struct
{
  MemsnoopWatch *watch;
  gchar *folder;
  /* The pids that are to be written; those that exit meanwhile are left out. */
  GArray *pids;
  guint n_done;
  gboolean complete;
  /* What is to be written next. */
  GByteArray *chunk;
  MemsnoopStateWriter *writer;
} Save;

static void
add_pid (MemsnoopWatchedProcess *process, gpointer pids)
{
  g_array_append_val ((GArray *) pids, process->pid);
}

static gchar *
read_boot_id (void)
{
  gchar *boot_id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (boot_id);
}

/* Each record has its length before it. */
static guint
begin_record (GByteArray *chunk)
{
  guint start = chunk->len;

  memsnoop_state_record_add_number (chunk, 0);
  return start;
}

static void
end_record (GByteArray *chunk, guint start)
{
  guint64 length = chunk->len - start - sizeof (guint64);

  memcpy (chunk->data + start, &length, sizeof length);
}

/* What tells whether the rest can be read. A history is for the same build. */
static void
add_build (GByteArray *chunk, MemsnoopWatch *watch)
{
  MemsnoopProcessTable *table = memsnoop_watch_get_table (watch);

  memsnoop_state_record_add_text (chunk, MEMSNOOP_VERSION);
  memsnoop_state_record_add_number (chunk, memsnoop_usage_history_get_size_maximum ());
  memsnoop_state_record_add_number (chunk, memsnoop_process_table_get_page_size (table));
}

static void
add_header (GByteArray *chunk, MemsnoopWatch *watch, guint64 spare_ids)
{
  g_autofree gchar *boot_id = read_boot_id ();
  guint start;

  g_byte_array_append (chunk, (const guint8 *) MAGIC, strlen (MAGIC));
  memsnoop_state_record_add_number (chunk, FORMAT);
  start = begin_record (chunk);
  memsnoop_state_record_add_text (chunk, boot_id);
  memsnoop_state_record_add_number (chunk, memsnoop_watch_get_next_id (watch) + spare_ids);
  memsnoop_state_record_add_number (
      chunk, memsnoop_process_table_get_interval (memsnoop_watch_get_table (watch)));
  add_build (chunk, watch);
  end_record (chunk, start);
}

static void
add_process (GByteArray *chunk, const MemsnoopWatchedProcess *process)
{
  guint start = begin_record (chunk);

  memsnoop_state_record_add_number (chunk, RECORD_PROCESS);
  memsnoop_state_record_add_number (chunk, process->pid);
  memsnoop_state_record_add_number (chunk, process->start_time);
  memsnoop_state_record_add_number (chunk, process->execution);
  memsnoop_state_record_add_number (chunk, process->first_seen);
  memsnoop_usage_history_save (process->history, chunk);
  end_record (chunk, start);
}

static void
add_suspicions (GByteArray *chunk, MemsnoopWatch *watch)
{
  GPtrArray *suspicions = memsnoop_watch_get_suspects (watch);

  for (guint i = 0; i < suspicions->len; i++)
    {
      guint start = begin_record (chunk);

      memsnoop_state_record_add_number (chunk, RECORD_SUSPICION);
      memsnoop_suspicion_record_add (chunk, g_ptr_array_index (suspicions, i));
      end_record (chunk, start);
    }
}

/* One without a sample is no history. */
static void
add_machine (GByteArray *chunk, MemsnoopWatch *watch)
{
  const MemsnoopUsageHistory *history = memsnoop_watch_get_machine_history (watch);
  guint start;

  if (memsnoop_usage_history_get_newest (history) == 0)
    return;
  start = begin_record (chunk);
  memsnoop_state_record_add_number (chunk, RECORD_MACHINE);
  memsnoop_usage_history_save (history, chunk);
  end_record (chunk, start);
}

/* Makes the next chunk: some processes, and with the last of them what is suspected and the
 * machine's shared memory. */
static void
fill_chunk (Save *save)
{
  MemsnoopProcessTable *table = memsnoop_watch_get_table (save->watch);
  guint end = MIN (save->n_done + SLICE, save->pids->len);

  for (; save->n_done < end; save->n_done++)
    {
      guint32 pid = g_array_index (save->pids, guint32, save->n_done);
      const MemsnoopWatchedProcess *process = memsnoop_process_table_lookup (table, pid);

      if (process != NULL)
        add_process (save->chunk, process);
    }
  save->complete = save->n_done == save->pids->len;
  if (!save->complete)
    return;
  add_suspicions (save->chunk, save->watch);
  add_machine (save->chunk, save->watch);
}

static gboolean
write_chunk (Save *save, const gchar *suffix, GError **error)
{
  if (save->writer == NULL)
    save->writer = memsnoop_state_writer_new (save->folder, FILE_NAME, suffix, error);
  if (save->writer == NULL ||
      !memsnoop_state_writer_write (save->writer, save->chunk->data, save->chunk->len, error))
    return FALSE;
  g_byte_array_set_size (save->chunk, 0);
  return TRUE;
}

static Save *
save_new (MemsnoopWatch *watch, const gchar *folder, guint64 spare_ids)
{
  Save *save = g_new0 (Save, 1);

  save->watch = g_object_ref (watch);
  save->folder = g_strdup (folder);
  save->pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  save->chunk = g_byte_array_new ();
  memsnoop_process_table_foreach (memsnoop_watch_get_table (watch), add_pid, save->pids);
  add_header (save->chunk, watch, spare_ids);
  return save;
}

static void
save_free (gpointer data)
{
  Save *save = data;

  memsnoop_state_writer_free (save->writer);
  g_byte_array_unref (save->chunk);
  g_array_unref (save->pids);
  g_free (save->folder);
  g_object_unref (save->watch);
  g_free (save);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Save, save_free)

static gboolean
has_observed (MemsnoopWatch *watch)
{
  return memsnoop_process_table_count (memsnoop_watch_get_table (watch)) > 0;
}

gboolean
memsnoop_watch_state_save (MemsnoopWatch *watch, const gchar *folder, GError **error)
{
  g_autoptr (Save) save = NULL;

  if (!has_observed (watch))
    return TRUE;
  save = save_new (watch, folder, 0);
  while (!save->complete)
    {
      fill_chunk (save);
      if (!write_chunk (save, FINAL_SUFFIX, error))
        return FALSE;
    }
  return memsnoop_state_writer_commit (save->writer, error);
}

/* The last look at the cancellable comes as late as can be: the file of a save that has come to its
 * end may be there. */
static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;

  if (write_chunk (save, PERIODIC_SUFFIX, &error) &&
      !g_cancellable_set_error_if_cancelled (cancellable, &error) &&
      (!save->complete || memsnoop_state_writer_commit (save->writer, &error)))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void go_on (GTask *task);

static void
chunk_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Save *save = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_error (task, error);
  else if (save->complete)
    g_task_return_boolean (task, TRUE);
  else
    go_on (g_steal_pointer (&task));
}

/* Takes over the task. */
static void
go_on (GTask *task)
{
  Save *save = g_task_get_task_data (task);
  g_autoptr (GTask) work =
      g_task_new (save->watch, g_task_get_cancellable (task), chunk_written, task);

  fill_chunk (save);
  g_task_set_source_tag (work, go_on);
  g_task_set_priority (work, G_PRIORITY_LOW);
  g_task_set_task_data (work, save, NULL);
  g_task_run_in_thread (work, write_in_thread);
}

void
memsnoop_watch_state_save_async (MemsnoopWatch *watch,
                                 const gchar *folder,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (watch, cancellable, callback, user_data);

  g_task_set_source_tag (task, memsnoop_watch_state_save_async);
  if (!has_observed (watch))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, save_new (watch, folder, MEMSNOOP_WATCH_STATE_SPARE_IDS), save_free);
  go_on (task);
}

gboolean
memsnoop_watch_state_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Reading */

typedef struct
{
  MemsnoopWatch *watch;
  MemsnoopStateReader *reader;
  GByteArray *record;
  /* The first time all is only looked at, so that of a file that is damaged nothing is taken. */
  gboolean adopt;
  guint n_processes;
  guint n_suspicions;
} Restoration;

static gboolean
fail (GError **error, const gchar *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", what);
  return FALSE;
}

static gboolean
read_record (Restoration *self, MemsnoopStateCursor *cursor, GError **error)
{
  guint64 length;

  if (!memsnoop_state_reader_read (self->reader, &length, sizeof length, error))
    return FALSE;
  if (length > RECORD_SIZE_MAXIMUM)
    return fail (error, "It has a record that is longer than any can be");
  g_byte_array_set_size (self->record, (guint) length);
  if (!memsnoop_state_reader_read (self->reader, self->record->data, length, error))
    return FALSE;
  *cursor = (MemsnoopStateCursor){ .data = self->record->data, .length = length };
  return TRUE;
}

static gboolean
take_process (Restoration *self, MemsnoopStateCursor *cursor, GError **error)
{
  guint32 pid = (guint32) memsnoop_state_cursor_take_bounded (cursor, G_MAXINT32);
  guint64 start_time = memsnoop_state_cursor_take_number (cursor);
  guint64 execution = memsnoop_state_cursor_take_number (cursor);
  guint64 first_seen = memsnoop_state_cursor_take_number (cursor);
  g_autoptr (MemsnoopUsageHistory) history = NULL;

  if (!cursor->failed)
    history = memsnoop_usage_history_load (&cursor->data, &cursor->length);
  if (history == NULL || cursor->length > 0)
    return fail (error, "It has a record that is no process's history");
  self->n_processes++;
  if (self->adopt)
    memsnoop_process_table_adopt (memsnoop_watch_get_table (self->watch), pid, start_time,
                                  execution, first_seen, g_steal_pointer (&history));
  return TRUE;
}

static gboolean
take_suspicion (Restoration *self, MemsnoopStateCursor *cursor, GError **error)
{
  g_autoptr (MemsnoopSuspicion) suspicion = memsnoop_suspicion_record_take (cursor);

  if (suspicion == NULL || cursor->length > 0)
    return fail (error, "It has a record that is no suspicion");
  self->n_suspicions++;
  if (self->adopt)
    memsnoop_watch_adopt_suspicion (self->watch, g_steal_pointer (&suspicion));
  return TRUE;
}

static gboolean
take_machine (Restoration *self, MemsnoopStateCursor *cursor, GError **error)
{
  g_autoptr (MemsnoopUsageHistory) history =
      memsnoop_usage_history_load (&cursor->data, &cursor->length);

  if (history == NULL || cursor->length > 0)
    return fail (error, "It has a record that is no history of the machine");
  if (self->adopt)
    memsnoop_watch_adopt_machine_history (self->watch, g_steal_pointer (&history));
  return TRUE;
}

static gboolean
take_record (Restoration *self, GError **error)
{
  MemsnoopStateCursor cursor;

  if (!read_record (self, &cursor, error))
    return FALSE;
  switch (memsnoop_state_cursor_take_number (&cursor))
    {
    case RECORD_PROCESS:
      return take_process (self, &cursor, error);
    case RECORD_SUSPICION:
      return take_suspicion (self, &cursor, error);
    case RECORD_MACHINE:
      return take_machine (self, &cursor, error);
    default:
      return fail (error, "It has a record of an unknown kind");
    }
}

static gboolean
take_records (Restoration *self, gboolean adopt, GError **error)
{
  self->adopt = adopt;
  self->n_processes = 0;
  self->n_suspicions = 0;
  while (memsnoop_state_reader_get_left (self->reader) > 0)
    if (!take_record (self, error))
      return FALSE;
  return TRUE;
}

/* %FALSE without an error: of use to another version only. */
static gboolean
check_format (Restoration *self, GError **error)
{
  gchar magic[sizeof MAGIC - 1];
  guint64 format;

  if (!memsnoop_state_reader_read (self->reader, magic, sizeof magic, error))
    return FALSE;
  if (memcmp (magic, MAGIC, sizeof magic) != 0)
    return fail (error, "It does not begin as a state of the watch");
  return memsnoop_state_reader_read (self->reader, &format, sizeof format, error) &&
         format == FORMAT;
}

static gboolean
is_of_this_build (MemsnoopWatch *watch, const guint8 *data, gsize length)
{
  g_autoptr (GByteArray) expected = g_byte_array_new ();

  add_build (expected, watch);
  return length == expected->len && memcmp (data, expected->data, length) == 0;
}

/* Returns: what makes the rest useless, as the end of a sentence; NULL when nothing does. */
static const gchar *
take_header (Restoration *self, MemsnoopStateCursor *cursor)
{
  g_autofree gchar *here = read_boot_id ();
  g_autofree gchar *boot_id = memsnoop_state_cursor_take_text (cursor);
  guint64 next_id = memsnoop_state_cursor_take_number (cursor);
  guint64 interval = memsnoop_state_cursor_take_number (cursor);
  MemsnoopProcessTable *table = memsnoop_watch_get_table (self->watch);

  if (cursor->failed || *here == '\0' || !g_str_equal (boot_id, here))
    return "from before the machine was started";
  memsnoop_watch_set_next_id (self->watch, next_id);
  if (!is_of_this_build (self->watch, cursor->data, cursor->length))
    return "of another version";
  if (interval != memsnoop_process_table_get_interval (table))
    return "of a watch with another interval";
  return NULL;
}

static gboolean
restore (Restoration *self, GError **error)
{
  MemsnoopStateCursor cursor;
  const gchar *useless;
  guint64 left;

  if (!check_format (self, error))
    useless = "of another version";
  else if (!read_record (self, &cursor, error))
    return FALSE;
  else
    useless = take_header (self, &cursor);
  if (*error != NULL)
    return FALSE;
  if (useless != NULL)
    {
      g_message ("What the watch knew is %s: it begins anew", useless);
      return TRUE;
    }
  left = memsnoop_state_reader_get_left (self->reader);
  return take_records (self, FALSE, error) &&
         memsnoop_state_reader_go_back (self->reader, left, error) &&
         take_records (self, TRUE, error);
}

void
memsnoop_watch_state_restore (MemsnoopWatch *watch, const gchar *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) record = g_byte_array_new ();
  g_autoptr (MemsnoopStateReader) reader =
      memsnoop_state_reader_open (folder, FILE_NAME, FILE_SIZE_MAXIMUM, &error);
  Restoration restoration = { .watch = watch, .reader = reader, .record = record };

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return;
  if (reader == NULL || !restore (&restoration, &error))
    memsnoop_state_folder_set_aside (folder, FILE_NAME, error->message);
  else if (restoration.adopt)
    g_message ("The watch goes on with what it knew (histories: %u, suspicions: %u)",
               restoration.n_processes, restoration.n_suspicions);
}
