/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 4096
/* More than the kernel writes into any file that is read here: a process may have 65,536 groups
 * (NGROUPS_MAX) of up to ten digits and a space each. */
#define FILE_MAX (1024 * 1024)

static int
read_to_end (int descriptor, GString *text)
{
  gchar part[READ_SIZE];
  ssize_t length;

  do
    {
      length = read (descriptor, part, sizeof part);
      if (length > 0)
        g_string_append_len (text, part, length);
    }
  while (text->len <= FILE_MAX && (length > 0 || (length < 0 && errno == EINTR)));
  if (length < 0)
    return -errno;
  return length > 0 ? -EFBIG : 0;
}

int
memsnoop_process_file_read (int directory, const gchar *name, gchar **text)
{
  int descriptor = openat (directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  GString *read_text;
  int result;

  if (descriptor < 0)
    return -errno;
  read_text = g_string_sized_new (READ_SIZE);
  result = read_to_end (descriptor, read_text);
  close (descriptor);
  if (result == 0)
    *text = g_string_free (read_text, FALSE);
  else
    g_string_free (read_text, TRUE);
  return result;
}

static gboolean
find_value (const gchar *text, const gchar *name, guint64 *value)
{
  gsize length = strlen (name);

  for (const gchar *line = text; line != NULL; line = strchr (line, '\n'))
    {
      line += line != text;
      if (strncmp (line, name, length) != 0 || line[length] != ':')
        continue;
      *value = g_ascii_strtoull (line + length + 1, NULL, 10);
      return TRUE;
    }
  return FALSE;
}

gboolean
memsnoop_process_file_find_bytes (const gchar *text, const gchar *name, guint64 *bytes)
{
  if (!find_value (text, name, bytes))
    return FALSE;
  *bytes *= 1024;
  return TRUE;
}

gboolean
memsnoop_process_status_parse (const gchar *text, MemsnoopProcessStatus *status)
{
  guint64 parent_pid, size;

  memset (status, 0, sizeof *status);
  if (!find_value (text, "PPid", &parent_pid) || !find_value (text, "Threads", &status->threads))
    return FALSE;
  status->parent_pid = (guint32) parent_pid;
  status->has_memory = memsnoop_process_file_find_bytes (text, "VmSize", &size);
  if (!status->has_memory)
    return TRUE;
  /* Kernels without swap leave that out. */
  memsnoop_process_file_find_bytes (text, "VmSwap", &status->swap);
  return memsnoop_process_file_find_bytes (text, "RssAnon", &status->rss_anon) &&
         memsnoop_process_file_find_bytes (text, "RssFile", &status->rss_file) &&
         memsnoop_process_file_find_bytes (text, "RssShmem", &status->rss_shmem);
}

int
memsnoop_process_status_read (int directory, MemsnoopProcessStatus *status)
{
  g_autofree gchar *text = NULL;
  int result = memsnoop_process_file_read (directory, "status", &text);

  if (result != 0)
    return result;
  return memsnoop_process_status_parse (text, status) ? 0 : -EBADMSG;
}

static int
open_thread_with_memory (DIR *threads, MemsnoopProcessStatus *status)
{
  const struct dirent *entry;

  while ((entry = readdir (threads)) != NULL)
    {
      int thread = -1;

      /* Threads may exit while we look. */
      if (entry->d_name[0] != '.')
        thread = openat (dirfd (threads), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (thread < 0)
        continue;
      if (memsnoop_process_status_read (thread, status) == 0 && status->has_memory)
        return thread;
      close (thread);
    }
  return -1;
}

int
memsnoop_process_status_open_living_thread (int directory, MemsnoopProcessStatus *status)
{
  int folder = openat (directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *threads = folder < 0 ? NULL : fdopendir (folder);
  int thread;

  if (threads == NULL)
    {
      if (folder >= 0)
        close (folder);
      return -1;
    }
  thread = open_thread_with_memory (threads, status);
  closedir (threads);
  return thread;
}

int
memsnoop_process_status_read_group (int directory, MemsnoopProcessStatus *status)
{
  MemsnoopProcessStatus living;
  int result = memsnoop_process_status_read (directory, status);
  int thread;

  if (result != 0 || status->has_memory || status->threads < 2)
    return result;
  thread = memsnoop_process_status_open_living_thread (directory, &living);
  if (thread >= 0)
    {
      close (thread);
      *status = living;
    }
  return 0;
}
