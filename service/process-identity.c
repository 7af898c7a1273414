/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-identity.h"

#include "error.h"
#include "process-status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From include/linux/sched.h: part of the format of /proc/PID/stat. */
#define KERNEL_THREAD_FLAG 0x00200000UL
/* Fields of /proc/PID/stat, counted from the state, which follows the name. */
#define STAT_FLAGS 6
#define STAT_START_TIME 19

/* More than the kernel writes into any file that is read here, up to what is looked for in it. */
#define FILE_MAX 8192

static guint64
tick_nanoseconds (void)
{
  return G_GUINT64_CONSTANT (1000000000) / (guint64) sysconf (_SC_CLK_TCK);
}

static gboolean
is_gone (int number)
{
  return number == ENOENT || number == ESRCH;
}

static void
set_unknown_error (guint32 pid, GError **error)
{
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN, "There is no process %u",
               pid);
}

static void
set_read_error (guint32 pid, const gchar *file, int number, GError **error)
{
  if (is_gone (number))
    set_unknown_error (pid, error);
  else
    memsnoop_error_set_errno (error, number, "Cannot read /proc/%u/%s", pid, file);
}

/* Reads a file of the process as text; @owner is the user whom the kernel says it belongs to. */
static gboolean
read_file (const MemsnoopProcessIdentity *self,
           const gchar *file,
           gchar text[FILE_MAX],
           guint32 *owner,
           GError **error)
{
  int descriptor = openat (self->directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;
  ssize_t length = -1;
  int number;

  if (descriptor >= 0 && fstat (descriptor, &status) == 0)
    length = read (descriptor, text, FILE_MAX - 1);
  number = errno;
  if (descriptor >= 0)
    close (descriptor);
  if (length < 0)
    {
      set_read_error (self->pid, file, number, error);
      return FALSE;
    }
  text[length] = '\0';
  if (owner != NULL)
    *owner = status.st_uid;
  return TRUE;
}

static gboolean
parse_stat (MemsnoopProcessIdentity *self, gchar *text)
{
  /* The name may contain anything, parentheses and spaces too. */
  gchar *fields = strrchr (text, ')');
  g_auto (GStrv) words = NULL;

  if (fields == NULL || fields[1] != ' ')
    return FALSE;
  words = g_strsplit (fields + 2, " ", STAT_START_TIME + 2);
  if (g_strv_length (words) <= STAT_START_TIME)
    return FALSE;
  self->kernel_thread = (g_ascii_strtoull (words[STAT_FLAGS], NULL, 10) & KERNEL_THREAD_FLAG) != 0;
  self->start_time = g_ascii_strtoull (words[STAT_START_TIME], NULL, 10) * tick_nanoseconds ();
  return TRUE;
}

static gboolean
parse_status (MemsnoopProcessIdentity *self,
              const gchar *text,
              guint32 owner,
              guint32 *thread_group)
{
  const gchar *users = strstr (text, "\nUid:");
  const gchar *group = strstr (text, "\nTgid:");

  if (users == NULL || group == NULL ||
      sscanf (users, "\nUid: %u %u %u", &self->real_uid, &self->effective_uid, &self->saved_uid) !=
          3 ||
      sscanf (group, "\nTgid: %u", thread_group) != 1)
    return FALSE;
  /* The kernel gives the files of a process that is not dumpable to root. (Not its folder.) */
  self->dumpable = owner == self->effective_uid;
  return TRUE;
}

static gboolean
read_status (MemsnoopProcessIdentity *self, guint32 *thread_group, GError **error)
{
  gchar text[FILE_MAX];
  guint32 owner;

  if (!read_file (self, "status", text, &owner, error))
    return FALSE;
  if (!parse_status (self, text, owner, thread_group))
    {
      g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                   "/proc/%u/status is not in the expected form", self->pid);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_stat (MemsnoopProcessIdentity *self, GError **error)
{
  gchar text[FILE_MAX];

  if (!read_file (self, "stat", text, NULL, error))
    return FALSE;
  if (!parse_stat (self, text))
    {
      g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                   "/proc/%u/stat is not in the expected form", self->pid);
      return FALSE;
    }
  return TRUE;
}

gchar *
memsnoop_process_identity_read_comm (const MemsnoopProcessIdentity *self, GError **error)
{
  gchar text[FILE_MAX];

  if (!read_file (self, "comm", text, NULL, error))
    return NULL;
  /* The kernel ends it with a line feed; others in it are the name's own. */
  if (g_str_has_suffix (text, "\n"))
    text[strlen (text) - 1] = '\0';
  return g_strdup (text);
}

MemsnoopProcessIdentity *
memsnoop_process_identity_open (guint32 pid, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) self = g_new0 (MemsnoopProcessIdentity, 1);
  gchar path[sizeof "/proc/" + 10];
  guint32 thread_group;

  self->pid = pid;
  g_snprintf (path, sizeof path, "/proc/%u", pid);
  self->directory = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->directory < 0)
    {
      set_read_error (pid, "", errno, error);
      return NULL;
    }
  if (!read_status (self, &thread_group, error) || !read_stat (self, error))
    return NULL;
  self->comm = memsnoop_process_identity_read_comm (self, error);
  if (self->comm == NULL)
    return NULL;
  if (thread_group != pid)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                   "There is no process %u: this is a thread of the process %u", pid, thread_group);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
memsnoop_process_identity_free (MemsnoopProcessIdentity *self)
{
  if (self->directory >= 0)
    close (self->directory);
  g_free (self->comm);
  g_free (self);
}

MemsnoopProcessIdentity *
memsnoop_process_identity_open_again (guint32 pid, guint64 start_time, GError **error)
{
  g_autoptr (MemsnoopProcessIdentity) self = memsnoop_process_identity_open (pid, error);

  if (self == NULL)
    return NULL;
  if (self->start_time != start_time)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                   "The process %u has exited, and another one has its number now", pid);
      return NULL;
    }
  return g_steal_pointer (&self);
}

gboolean
memsnoop_process_identity_is_own (const MemsnoopProcessIdentity *self, guint32 uid)
{
  return self->real_uid == uid && self->effective_uid == uid && self->saved_uid == uid &&
         self->dumpable && !self->kernel_thread;
}

static gchar *
read_executable (int directory)
{
  gchar path[PATH_MAX];
  ssize_t length = readlinkat (directory, "exe", path, sizeof path);

  return length < 0 ? NULL : g_strndup (path, (gsize) length);
}

/* What a process runs belongs to its memory, which a first thread that has exited lacks. */
static gchar *
read_executable_of_thread (const MemsnoopProcessIdentity *self)
{
  MemsnoopProcessStatus status;
  gchar *path;
  int thread;

  if (memsnoop_process_status_read (self->directory, &status) != 0 || status.has_memory ||
      status.threads < 2)
    return NULL;
  thread = memsnoop_process_status_open_living_thread (self->directory, &status);
  if (thread < 0)
    return NULL;
  path = read_executable (thread);
  close (thread);
  return path;
}

gchar *
memsnoop_process_identity_read_executable (const MemsnoopProcessIdentity *self)
{
  gchar *path = read_executable (self->directory);

  if (path == NULL && !self->kernel_thread)
    path = read_executable_of_thread (self);
  return path != NULL ? path : g_strdup ("");
}

gboolean
memsnoop_process_identity_started_at (const MemsnoopProcessIdentity *self, guint64 start_time)
{
  return memsnoop_round_start_time (start_time) == self->start_time;
}

guint64
memsnoop_round_start_time (guint64 start_time)
{
  return start_time - start_time % tick_nanoseconds ();
}
