/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flame-source.h"

#include "quantity.h"
#include "reported-memory.h"
#include "session-calls.h"
#include "session-choice.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SESSION_FOLDER "/org/memsnoop1/session/"

gboolean
memsnoop_flame_source_is_file (const gchar *operand)
{
  return !g_str_has_prefix (operand, SESSION_FOLDER) &&
         (*operand == '\0' || operand[strspn (operand, "0123456789")] != '\0');
}

/* Everything that the session has recorded, in JSON. @pid: 0 for all processes. */
static gboolean
call_export (
    GDBusConnection *connection, const gchar *path, guint32 pid, int descriptor, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (pid > 0)
    g_variant_dict_insert (&options, "pid", "u", pid);
  return memsnoop_session_export (connection, path, "json", descriptor,
                                  g_variant_dict_end (&options), error);
}

static GPtrArray *
read_export (int descriptor, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (descriptor, FALSE, error);

  if (file == NULL)
    return NULL;
  return memsnoop_reported_memory_read (g_mapped_file_get_contents (file),
                                        g_mapped_file_get_length (file), "the service's report",
                                        error);
}

static GPtrArray *
load_report (GDBusConnection *connection, const gchar *path, guint32 pid, GError **error)
{
  int descriptor = memfd_create ("memsnoop-report", MFD_CLOEXEC);
  int number = errno;
  GPtrArray *memories = NULL;

  if (descriptor < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
                   "cannot get memory for the session's report: %s", g_strerror (number));
      return NULL;
    }
  if (call_export (connection, path, pid, descriptor, error))
    memories = read_export (descriptor, error);
  close (descriptor);
  return memories;
}

/* The heap and the growth of the process alone; %NULL when there is none. */
static GPtrArray *
keep_process (GPtrArray *memories, guint32 pid)
{
  for (guint i = memories->len; i > 0; i--)
    {
      const MemsnoopReportedMemory *memory = memories->pdata[i - 1];

      if (memory->is_kernel || memory->pid != pid)
        g_ptr_array_remove_index (memories, i - 1);
    }
  return memories->len > 0 ? g_ptr_array_ref (memories) : NULL;
}

/* %NULL without an error when the session has neither of this process. */
static GPtrArray *
load_stacks (GDBusConnection *connection,
             const MemsnoopSessionEntry *session,
             guint32 pid,
             GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) memories = load_report (connection, session->path, pid, &failure);

  if (memories != NULL)
    return keep_process (memories, pid);
  if (!g_error_matches (failure, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

static gboolean
names_process (const MemsnoopSessionEntry *session, guint32 pid)
{
  for (guint i = 0; i < session->pids->len; i++)
    if (g_array_index (session->pids, guint32, i) == pid)
      return TRUE;
  return FALSE;
}

static gboolean
has_stacks (const MemsnoopSessionEntry *session)
{
  const gchar *const *sources = (const gchar *const *) session->sources;

  return g_strv_contains (sources, "heap") || g_strv_contains (sources, "growth");
}

/* The sessions that may have a heap or growth of this process, the likeliest last: newer, of this
 * user, that name it. */
static GPtrArray *
find_candidates (GPtrArray *sessions, guint32 pid)
{
  GPtrArray *candidates = g_ptr_array_new ();

  for (guint pass = 0; pass < 3; pass++)
    for (guint i = 0; i < sessions->len; i++)
      {
        const MemsnoopSessionEntry *session = sessions->pdata[i];
        gboolean named = names_process (session, pid);
        gboolean own = session->owner == getuid ();
        guint rank = named ? 1 + own : 0;

        /* Another's session that does not name it would only have a password asked for. */
        if (rank == pass && (named || own || getuid () == 0) && has_stacks (session))
          g_ptr_array_add (candidates, (gpointer) session);
      }
  return candidates;
}

static void
set_not_found_error (guint32 pid, GError **error)
{
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
               "no session has the heap or growth of a process %u: 'memsnoopctl start --heap %u' "
               "records it, 'memsnoopctl status' lists what is recorded",
               pid, pid);
}

static GPtrArray *
load_process (GDBusConnection *connection, GPtrArray *sessions, guint32 pid, GError **error)
{
  g_autoptr (GPtrArray) candidates = find_candidates (sessions, pid);
  g_autoptr (GError) failure = NULL;

  for (guint i = candidates->len; i > 0; i--)
    {
      GPtrArray *memories = load_stacks (connection, candidates->pdata[i - 1], pid, &failure);

      if (memories != NULL)
        return memories;
      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
    }
  set_not_found_error (pid, error);
  return NULL;
}

static GPtrArray *
load_session (GDBusConnection *connection,
              GPtrArray *sessions,
              const gchar *name,
              guint32 pid,
              GError **error)
{
  const MemsnoopSessionEntry *session = memsnoop_session_choose_to_read (sessions, name, error);
  g_autoptr (GError) failure = NULL;
  GPtrArray *memories;

  if (session == NULL)
    return NULL;
  if (pid == 0)
    return load_report (connection, session->path, 0, error);
  memories = load_stacks (connection, session, pid, &failure);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  else if (memories == NULL)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "session %s has no heap or growth of a process %u", name, pid);
  return memories;
}

static GPtrArray *
load_recording (GDBusConnection *connection,
                const MemsnoopBriefRecording *recording,
                GError **error)
{
  g_autofree gchar *path = memsnoop_brief_recording_make (recording, connection, error);

  return path != NULL ? load_report (connection, path, 0, error) : NULL;
}

static GPtrArray *
load_from_service (MemsnoopInvocation *invocation,
                   guint32 pid,
                   const gchar *session,
                   const MemsnoopBriefRecording *recording,
                   GError **error)
{
  g_autoptr (GDBusConnection) connection = memsnoop_invocation_connect_to_ask (invocation, error);
  g_autoptr (GPtrArray) sessions = NULL;

  if (connection == NULL)
    return NULL;
  if (recording->options != NULL)
    return load_recording (connection, recording, error);
  sessions = memsnoop_session_list_load (connection, error);
  if (sessions == NULL)
    return NULL;
  if (pid > 0 && session == NULL)
    return load_process (connection, sessions, pid, error);
  return load_session (connection, sessions, session, pid, error);
}

GPtrArray *
memsnoop_flame_source_load (MemsnoopInvocation *invocation,
                            const gchar *operand,
                            const gchar *session,
                            const MemsnoopBriefRecording *recording,
                            GError **error)
{
  gboolean is_path = operand != NULL && g_str_has_prefix (operand, SESSION_FOLDER);
  guint64 pid = 0;

  if (session != NULL && operand != NULL && (is_path || memsnoop_flame_source_is_file (operand)))
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "beside --session there can be a process id, which '%s' is not", operand);
      return NULL;
    }
  if (is_path)
    return load_from_service (invocation, 0, operand, recording, error);
  if (operand != NULL && memsnoop_flame_source_is_file (operand))
    return memsnoop_reported_memory_read_file (operand, error);
  if (operand != NULL &&
      !memsnoop_quantity_parse_number (operand, "the process id", 1, G_MAXINT32, &pid, error))
    return NULL;
  return load_from_service (invocation, (guint32) pid, session, recording, error);
}
