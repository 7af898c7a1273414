/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ignore-list.h"

#include "error.h"
#include "executable-path.h"
#include "ignored-paths.h"
#include "printable-text.h"
#include "quoted-text.h"
#include "state-folder.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define FILE_NAME "ignored"
/* Every byte of a path may be escaped; behind that come the first line and the ends of lines. */
#define FILE_SIZE_MAXIMUM ((MEMSNOOP_IGNORED_MAXIMUM + 1) * (2 * PATH_MAX + 1))
#define FILE_MODE 0600

struct _MemsnoopIgnoreList
{
  GObject parent_instance;

  /* NULL to keep nothing. */
  gchar *folder;
  GHashTable *paths;
  /* The change that is being made, and those that are to be made behind it. */
  GTask *current;
  GQueue changes;
};

G_DEFINE_FINAL_TYPE (MemsnoopIgnoreList, memsnoop_ignore_list, G_TYPE_OBJECT)

static guint changed_signal;

/* What each of these tasks has as its data. */
typedef struct
{
  gchar *path;
  gboolean ignored;
  /* What the file is in and the list will be; set when it is this change's turn. */
  gchar *folder;
  GHashTable *paths;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->path);
  g_free (change->folder);
  g_clear_pointer (&change->paths, g_hash_table_unref);
  g_free (change);
}

/* Reading */

static gboolean
read_bytes (int descriptor, gchar *bytes, gsize size, GError **error)
{
  for (gsize n_read = 0; n_read < size;)
    {
      ssize_t result = read (descriptor, bytes + n_read, size - n_read);

      if (result < 0 && errno == EINTR)
        continue;
      if (result < 0)
        memsnoop_error_set_errno (error, errno, "It cannot be read");
      if (result == 0)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "It ends before its end");
      if (result <= 0)
        return FALSE;
      n_read += (gsize) result;
    }
  return TRUE;
}

static GHashTable *
read_paths (const gchar *folder, GError **error)
{
  g_autofree gchar *text = NULL;
  GHashTable *paths = NULL;
  guint64 size;
  int descriptor = memsnoop_state_folder_open (folder, FILE_NAME, FILE_SIZE_MAXIMUM, &size, error);

  if (descriptor < 0)
    return NULL;
  text = g_malloc (size + 1);
  if (read_bytes (descriptor, text, size, error))
    paths = memsnoop_ignored_paths_read (text, size, MEMSNOOP_IGNORED_MAXIMUM, error);
  close (descriptor);
  return paths;
}

static GHashTable *
restore_paths (const gchar *folder)
{
  g_autoptr (GError) error = NULL;
  GHashTable *paths = read_paths (folder, &error);

  if (paths != NULL)
    return paths;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    memsnoop_state_folder_set_aside (folder, FILE_NAME, error->message);
  return memsnoop_ignored_paths_new ();
}

/* Changing */

static gboolean
is_ignored (MemsnoopIgnoreList *self, const gchar *path)
{
  return g_hash_table_contains (self->paths, path);
}

static gboolean
check_change (MemsnoopIgnoreList *self, const Change *change, GError **error)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *quoted = NULL;

  if (change->ignored && g_hash_table_size (self->paths) == MEMSNOOP_IGNORED_MAXIMUM)
    {
      g_set_error (
          error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
          "%d executables are ignored already, and no more can be; unignoring one makes room",
          MEMSNOOP_IGNORED_MAXIMUM);
      return FALSE;
    }
  if (change->ignored || is_ignored (self, change->path))
    return TRUE;
  text = memsnoop_printable_text (change->path);
  quoted = memsnoop_quoted_text (text);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "%s is not ignored; “memsnoopctl ignore”, or ListIgnored, tells what is", quoted);
  return FALSE;
}

static gboolean
write_paths (const Change *change, GError **error)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;

  if (change->folder == NULL)
    return TRUE;
  path = g_build_filename (change->folder, FILE_NAME, NULL);
  text = memsnoop_ignored_paths_write (change->paths);
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   FILE_MODE, error);
}

static void
make_change_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Change *change = data;
  GError *error = NULL;

  if ((!change->ignored || memsnoop_executable_path_find (change->path, &error)) &&
      write_paths (change, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
end_change (MemsnoopIgnoreList *self, gboolean changed, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->current);
  Change *change = g_task_get_task_data (task);

  if (changed)
    {
      g_hash_table_unref (self->paths);
      self->paths = g_steal_pointer (&change->paths);
      g_signal_emit (self, changed_signal, 0, change->path, change->ignored);
    }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void next_change (MemsnoopIgnoreList *self);

static void
change_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean changed = g_task_propagate_boolean (G_TASK (result), &error);

  end_change (MEMSNOOP_IGNORE_LIST (source), changed, error);
  next_change (MEMSNOOP_IGNORE_LIST (source));
}

static void
begin_change (MemsnoopIgnoreList *self)
{
  Change *change = g_task_get_task_data (self->current);
  gboolean nothing_to_do = change->ignored && is_ignored (self, change->path);
  g_autoptr (GTask) work = NULL;
  GError *error = NULL;

  if (nothing_to_do || !check_change (self, change, &error))
    {
      end_change (self, FALSE, error);
      return;
    }
  change->folder = g_strdup (self->folder);
  change->paths = memsnoop_ignored_paths_copy (self->paths);
  if (change->ignored)
    g_hash_table_add (change->paths, g_strdup (change->path));
  else
    g_hash_table_remove (change->paths, change->path);
  work = g_task_new (self, NULL, change_made, NULL);
  g_task_set_source_tag (work, begin_change);
  g_task_set_task_data (work, change, NULL);
  g_task_run_in_thread (work, make_change_in_thread);
}

/* Until one takes time, or none is left. */
static void
next_change (MemsnoopIgnoreList *self)
{
  while (self->current == NULL && !g_queue_is_empty (&self->changes))
    {
      self->current = g_queue_pop_head (&self->changes);
      begin_change (self);
    }
}

static void
queue_change (MemsnoopIgnoreList *self,
              const gchar *path,
              gboolean ignored,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Change *change = g_new0 (Change, 1);

  change->path = g_strdup (path);
  change->ignored = ignored;
  g_task_set_source_tag (task, queue_change);
  g_task_set_task_data (task, change, change_free);
  g_queue_push_tail (&self->changes, task);
  next_change (self);
}

void
memsnoop_ignore_list_add_async (MemsnoopIgnoreList *self,
                                const gchar *path,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  queue_change (self, path, TRUE, callback, user_data);
}

gboolean
memsnoop_ignore_list_add_finish (MemsnoopIgnoreList *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
memsnoop_ignore_list_remove_async (MemsnoopIgnoreList *self,
                                   const gchar *path,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  queue_change (self, path, FALSE, callback, user_data);
}

gboolean
memsnoop_ignore_list_remove_finish (MemsnoopIgnoreList *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Looking */

gboolean
memsnoop_ignore_list_contains (MemsnoopIgnoreList *self, const gchar *executable)
{
  g_autofree gchar *stripped = NULL;

  if (is_ignored (self, executable))
    return TRUE;
  stripped = memsnoop_executable_path_strip_deleted (executable);
  return stripped != NULL && is_ignored (self, stripped);
}

GStrv
memsnoop_ignore_list_get (MemsnoopIgnoreList *self)
{
  return memsnoop_ignored_paths_list (self->paths);
}

static void
memsnoop_ignore_list_finalize (GObject *object)
{
  MemsnoopIgnoreList *self = MEMSNOOP_IGNORE_LIST (object);

  /* Changes hold the list. */
  g_assert (self->current == NULL && g_queue_is_empty (&self->changes));
  g_clear_pointer (&self->paths, g_hash_table_unref);
  g_free (self->folder);
  G_OBJECT_CLASS (memsnoop_ignore_list_parent_class)->finalize (object);
}

static void
memsnoop_ignore_list_class_init (MemsnoopIgnoreListClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_ignore_list_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
memsnoop_ignore_list_init (MemsnoopIgnoreList *self)
{
  g_queue_init (&self->changes);
}

MemsnoopIgnoreList *
memsnoop_ignore_list_new (const gchar *folder)
{
  MemsnoopIgnoreList *self = g_object_new (MEMSNOOP_TYPE_IGNORE_LIST, NULL);

  self->folder = g_strdup (folder);
  self->paths = folder != NULL ? restore_paths (folder) : memsnoop_ignored_paths_new ();
  return self;
}
