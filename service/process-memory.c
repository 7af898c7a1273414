/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-memory.h"

#include "error.h"
#include "executable-path.h"
#include "process-identity.h"
#include "process-iterator.h"
#include "process-status.h"
#include "user-turns.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Seconds to wait for others that look into processes of the same user. */
#define TURN_WAIT 5

/* Why the last reading could not be made with the iterator, which is loaded; NULL if it could. */
static gchar *failure = NULL;
G_LOCK_DEFINE_STATIC (failure);

static gchar *
copy_failure (void)
{
  gchar *copy;

  G_LOCK (failure);
  copy = g_strdup (failure);
  G_UNLOCK (failure);
  return copy;
}

/* Tells of the first failure, and of the first reading after some. */
static void
set_failure (const gchar *message)
{
  g_autofree gchar *before = NULL;

  G_LOCK (failure);
  before = failure;
  failure = g_strdup (message);
  G_UNLOCK (failure);
  if (message != NULL && before == NULL)
    g_warning ("%s; processes are read from /proc one by one", message);
  if (message == NULL && before != NULL)
    g_message ("The process iterator works again");
}

gboolean
memsnoop_process_memory_iterator_available (gchar **reason)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *message = NULL;

  if (memsnoop_process_iterator_load (&error))
    message = copy_failure ();
  else
    message = g_strdup (error->message);
  if (message != NULL && reason != NULL)
    *reason = g_strdup_printf ("%s.", message);
  return message == NULL;
}

static guint64
pages_to_bytes (gint64 pages, guint64 page_size)
{
  return pages > 0 ? (guint64) pages * page_size : 0;
}

typedef struct
{
  /* MemsnoopProcessMemory */
  GArray *processes;
  guint64 page_size;
} Pass;

static void
add_entry (const struct memsnoop_process_entry *entry, gpointer user_data)
{
  Pass *pass = user_data;
  MemsnoopProcessMemory process = {
    .pid = entry->pid,
    .uid = entry->uid,
    .parent_pid = entry->parent_pid,
    .start_time = entry->start_time,
    .execution = entry->execution,
    .control_group = entry->control_group,
    .kernel_thread = entry->kernel_thread != 0,
    .rss_anon = pages_to_bytes (entry->anonymous_pages, pass->page_size),
    .rss_file = pages_to_bytes (entry->file_pages, pass->page_size),
    .rss_shmem = pages_to_bytes (entry->shared_pages, pass->page_size),
    .swap = pages_to_bytes (entry->swap_pages, pass->page_size),
  };

  memcpy (process.comm, entry->comm, sizeof entry->comm);
  g_array_append_val (pass->processes, process);
}

/* A hash of the executable's path; 0 when that cannot be seen. An upgrade, which adds " (deleted)",
 * changes nothing. */
static guint64
read_execution (const MemsnoopProcessIdentity *identity)
{
  g_autofree gchar *path = memsnoop_process_identity_read_executable (identity);
  g_autofree gchar *stripped = memsnoop_executable_path_strip_deleted (path);
  const gchar *name = stripped != NULL ? stripped : path;

  return *name != '\0' ? (guint64) g_str_hash (name) + 1 : 0;
}

static void
warn_of_status (guint32 pid)
{
  static gint warned = FALSE;

  if (g_atomic_int_compare_and_exchange (&warned, FALSE, TRUE))
    g_warning ("/proc/%u/status is not in the expected form; processes like it are left out", pid);
}

static gboolean
read_from_files (guint32 pid, MemsnoopProcessMemory *process)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, NULL);
  MemsnoopProcessStatus status;
  int result;

  if (identity == NULL)
    return FALSE;
  result = memsnoop_process_status_read_group (identity->directory, &status);
  if (result == -EBADMSG || result == -EFBIG)
    warn_of_status (pid);
  if (result != 0)
    return FALSE;
  process->pid = pid;
  process->uid = identity->real_uid;
  process->parent_pid = status.parent_pid;
  process->start_time = identity->start_time;
  process->execution = read_execution (identity);
  process->kernel_thread = identity->kernel_thread;
  process->rss_anon = status.rss_anon;
  process->rss_file = status.rss_file;
  process->rss_shmem = status.rss_shmem;
  process->swap = status.swap;
  g_strlcpy (process->comm, identity->comm, sizeof process->comm);
  return TRUE;
}

/* Kernels were seen (Linux 6.18) whose task iterator begins with the second process. */
static void
add_first_process (GArray *processes)
{
  MemsnoopProcessMemory process = { 0 };

  if (processes->len > 0 && g_array_index (processes, MemsnoopProcessMemory, 0).pid == 1)
    return;
  if (read_from_files (1, &process))
    g_array_prepend_val (processes, process);
}

static GArray *
read_all_with_iterator (void)
{
  Pass pass = { .processes = g_array_new (FALSE, FALSE, sizeof (MemsnoopProcessMemory)),
                .page_size = (guint64) sysconf (_SC_PAGESIZE) };
  g_autoptr (GError) error = NULL;

  if (memsnoop_process_iterator_read_all (add_entry, &pass, &error))
    add_first_process (pass.processes);
  else
    g_clear_pointer (&pass.processes, g_array_unref);
  set_failure (error != NULL ? error->message : NULL);
  return pass.processes;
}

/* What files tell of executions is not what the iterator tells, which may work again at the next
 * pass. */
static void
forget_executions (GArray *processes)
{
  for (guint i = 0; i < processes->len; i++)
    g_array_index (processes, MemsnoopProcessMemory, i).execution = 0;
}

GArray *
memsnoop_process_memory_read_all (GError **error)
{
  GArray *processes;

  if (!memsnoop_process_iterator_load (NULL))
    return memsnoop_process_memory_read_from_files (error);
  processes = read_all_with_iterator ();
  if (processes != NULL)
    return processes;
  processes = memsnoop_process_memory_read_from_files (error);
  if (processes != NULL)
    forget_executions (processes);
  return processes;
}

GArray *
memsnoop_process_memory_read_from_files (GError **error)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc", 0, error);
  GArray *processes;
  const gchar *name;

  if (directory == NULL)
    return NULL;
  processes = g_array_new (FALSE, TRUE, sizeof (MemsnoopProcessMemory));
  while ((name = g_dir_read_name (directory)) != NULL)
    {
      MemsnoopProcessMemory process = { 0 };
      guint64 pid;

      /* Processes may exit while we look. */
      if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT32, &pid, NULL) &&
          read_from_files ((guint32) pid, &process))
        g_array_append_val (processes, process);
    }
  return processes;
}

/* Without the right to see them they are left out, and so they are for kernel threads, which have
 * nothing to see, and when the first thread has exited: the kernel has no such file for the others.
 * A process that maps a file waits for its file system, and whoever asks for this then as well: so
 * not too many do. */
static void
read_shares (const MemsnoopProcessIdentity *identity, MemsnoopProcessDetails *details)
{
  static const gchar *const own[] = { "Private_Clean", "Private_Dirty", "Private_Hugetlb" };
  static MemsnoopUserTurns turns;
  g_autofree gchar *text = NULL;
  guint64 turn = memsnoop_user_turns_take (&turns, identity->real_uid, TURN_WAIT);
  int result;

  if (turn == 0)
    return;
  result = memsnoop_process_file_read (identity->directory, "smaps_rollup", &text);
  memsnoop_user_turns_give_back (&turns, turn, -1);
  if (result != 0)
    return;
  details->has_pss = memsnoop_process_file_find_bytes (text, "Pss", &details->pss);
  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    {
      guint64 bytes = 0;

      memsnoop_process_file_find_bytes (text, own[i], &bytes);
      details->uss += bytes;
    }
}

static void
set_gone_error (guint32 pid, GError **error)
{
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
               "The process %u that was asked about has exited", pid);
}

static gboolean
read_details (const MemsnoopProcessIdentity *identity,
              MemsnoopProcessDetails *details,
              GError **error)
{
  MemsnoopProcessStatus status;
  int result = memsnoop_process_status_read_group (identity->directory, &status);

  if (result == -ESRCH || result == -ENOENT)
    set_gone_error (identity->pid, error);
  else if (result != 0)
    memsnoop_error_set_errno (error, result, "Cannot read /proc/%u/status", identity->pid);
  if (result != 0)
    return FALSE;
  details->rss_anon = status.rss_anon;
  details->rss_file = status.rss_file;
  details->rss_shmem = status.rss_shmem;
  details->swap = status.swap;
  return TRUE;
}

static MemsnoopProcessIdentity *
open_started_at (guint32 pid, guint64 start_time, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, error);

  if (identity == NULL)
    return NULL;
  if (!memsnoop_process_identity_started_at (identity, start_time))
    {
      set_gone_error (pid, error);
      return NULL;
    }
  return g_steal_pointer (&identity);
}

gboolean
memsnoop_process_memory_read_details (guint32 pid,
                                      guint64 start_time,
                                      MemsnoopProcessDetails *details,
                                      GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity = open_started_at (pid, start_time, error);

  memset (details, 0, sizeof *details);
  return identity != NULL && read_details (identity, details, error);
}

gboolean
memsnoop_process_memory_read_shares (guint32 pid,
                                     guint64 start_time,
                                     MemsnoopProcessDetails *details,
                                     GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) identity = open_started_at (pid, start_time, error);

  memset (details, 0, sizeof *details);
  if (identity == NULL || !read_details (identity, details, error))
    return FALSE;
  read_shares (identity, details);
  return TRUE;
}
