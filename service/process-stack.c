/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-stack.h"

#include "error.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Of the stack's beginning: arguments and environment may have 6 MiB, most of it texts behind what
 * is read here. */
#define STACK_BYTES_MAX (1 << 20)
#define ENVIRONMENT_BYTES_MAX (1 << 18)
#define PART_BYTES 4096

/* Numbers of fields of /proc/PID/stat, see proc(5). */
#define FIELD_AFTER_NAME 3
#define FIELD_START_STACK 28
#define FIELD_ENV_START 50
#define FIELD_ENV_END 51

/* 0 when it is not told. */
static guint64
find_field (gchar *const *fields, guint number)
{
  guint n = g_strv_length ((gchar **) fields);

  return number - FIELD_AFTER_NAME < n
             ? g_ascii_strtoull (fields[number - FIELD_AFTER_NAME], NULL, 10)
             : 0;
}

/* The fields behind the name, by the folder that stands for the process: NULL when that has gone.
 */
static GStrv
read_fields (const MemsnoopProcessIdentity *identity)
{
  gchar text[2048];
  int descriptor = openat (identity->directory, "stat", O_RDONLY | O_CLOEXEC);
  ssize_t n = descriptor >= 0 ? read (descriptor, text, sizeof text - 1) : -1;
  const gchar *name_end;

  if (descriptor >= 0)
    close (descriptor);
  if (n <= 0)
    return NULL;
  text[n] = '\0';
  name_end = strrchr (text, ')');
  return name_end != NULL && name_end[1] == ' '
             ? g_strsplit (g_strchomp (text) + (name_end + 2 - text), " ", -1)
             : NULL;
}

/* As much as there is of @size bytes. Returns: whether all of it was there. */
static gboolean
read_memory (guint32 pid, guint64 address, gsize size, GByteArray *bytes)
{
  guint8 part[PART_BYTES];

  while (size > 0)
    {
      /* Not across a page, behind which there may be nothing. */
      gsize wanted = MIN (size, PART_BYTES - address % PART_BYTES);
      struct iovec local = { .iov_base = part, .iov_len = wanted };
      struct iovec remote = { .iov_base = (gpointer) (gsize) address, .iov_len = wanted };
      ssize_t n = process_vm_readv ((pid_t) pid, &local, 1, &remote, 1, 0);

      if (n <= 0)
        return FALSE;
      g_byte_array_append (bytes, part, (guint) n);
      address += (guint64) n;
      size -= (gsize) n;
    }
  return TRUE;
}

static GByteArray *
fail (const MemsnoopProcessIdentity *identity, const gchar *what, int number, GError **error)
{
  memsnoop_error_set_errno (error, -number, "Cannot read %s of the process %u", what,
                            identity->pid);
  return NULL;
}

/* Behind the count of arguments, those, the environment, and a null behind each; 0 when it is not
 * there. */
static gsize
find_vector (const guint64 *words, gsize n)
{
  gsize i = n > 0 && words[0] < n ? (gsize) words[0] + 2 : n;

  while (i < n && words[i] != 0)
    i++;
  return i + 1 < n ? i + 1 : 0;
}

GByteArray *
memsnoop_process_stack_read_vector (const MemsnoopProcessIdentity *identity, GError **error)
{
  g_auto (GStrv) fields = read_fields (identity);
  g_auto (GStrv) fields_after = NULL;
  g_autoptr (GByteArray) stack = g_byte_array_new ();
  GByteArray *vector;
  gsize first, n;

  if (fields == NULL)
    return fail (identity, "the beginning of the stack", ESRCH, error);
  read_memory (identity->pid, find_field (fields, FIELD_START_STACK), STACK_BYTES_MAX, stack);
  /* If it is still there, the pid was its own meanwhile. */
  fields_after = read_fields (identity);
  if (fields_after == NULL)
    return fail (identity, "the beginning of the stack", ESRCH, error);
  n = stack->len / sizeof (guint64);
  first = find_vector ((const guint64 *) (gpointer) stack->data, n);
  if (first == 0)
    return fail (identity, "the beginning of the stack", stack->len == 0 ? EPERM : EINVAL, error);
  vector = g_byte_array_new ();
  while (first + 1 < n)
    {
      const guint64 *entry = (const guint64 *) (gpointer) stack->data + first;

      g_byte_array_append (vector, (const guint8 *) entry, sizeof (Elf64_auxv_t));
      if (entry[0] == AT_NULL)
        break;
      first += 2;
    }
  return vector;
}

GByteArray *
memsnoop_process_stack_read_environment (const MemsnoopProcessIdentity *identity, GError **error)
{
  g_auto (GStrv) fields = read_fields (identity);
  g_auto (GStrv) fields_after = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint64 start = fields != NULL ? find_field (fields, FIELD_ENV_START) : 0;
  guint64 end = fields != NULL ? find_field (fields, FIELD_ENV_END) : 0;

  if (end > start &&
      !read_memory (identity->pid, start, (gsize) MIN (end - start, ENVIRONMENT_BYTES_MAX), bytes))
    return fail (identity, "the environment", errno, error);
  fields_after = read_fields (identity);
  if (fields_after == NULL)
    return fail (identity, "the environment", ESRCH, error);
  return g_steal_pointer (&bytes);
}
