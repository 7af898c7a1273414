/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-iterator.h"

#include "error.h"
#include "pid-namespace.h"

#include "process-iterator.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What the kernel hands out at a time is not more than this: eight pages. */
#define READ_SIZE (32 * 1024)

/* One program serves all who ask; written once. */
typedef struct
{
  struct process_iterator_bpf *skeleton;
  GError *error;
} Iterator;

static gboolean
iterator_attach (struct process_iterator_bpf *skeleton, GError **error)
{
  int result = process_iterator_bpf__attach (skeleton);

  if (result != 0)
    memsnoop_error_set_errno (error, result, "Cannot attach the process iterator");
  return result == 0;
}

/* The kernel's types are named, because libbpf before 1.3 otherwise looks for missing ones in those
 * of modules, and fails without CAP_SYS_ADMIN. */
static struct process_iterator_bpf *
open_and_load (void)
{
  LIBBPF_OPTS (bpf_object_open_opts, options, .btf_custom_path = "/sys/kernel/btf/vmlinux");
  struct process_iterator_bpf *skeleton = process_iterator_bpf__open_opts (&options);
  int result;

  if (skeleton == NULL)
    return NULL;
  result = process_iterator_bpf__load (skeleton);
  if (result == 0)
    return skeleton;
  process_iterator_bpf__destroy (skeleton);
  errno = -result;
  return NULL;
}

static struct process_iterator_bpf *
load_and_attach (GError **error)
{
  struct process_iterator_bpf *skeleton = open_and_load ();

  if (skeleton == NULL)
    memsnoop_error_set_errno (error, errno, "Cannot load the process iterator");
  else if (!iterator_attach (skeleton, error))
    g_clear_pointer (&skeleton, process_iterator_bpf__destroy);
  return skeleton;
}

static Iterator *
iterator_new (void)
{
  Iterator *self = g_new0 (Iterator, 1);

  if (memsnoop_pid_namespace_require_initial (&self->error))
    self->skeleton = load_and_attach (&self->error);
  return self;
}

static const Iterator *
iterator_get (void)
{
  static gsize iterator = 0;

  if (g_once_init_enter (&iterator))
    g_once_init_leave (&iterator, (gsize) iterator_new ());
  return (const Iterator *) iterator;
}

gboolean
memsnoop_process_iterator_load (GError **error)
{
  const Iterator *iterator = iterator_get ();

  if (iterator->skeleton == NULL && error != NULL)
    *error = g_error_copy (iterator->error);
  return iterator->skeleton != NULL;
}

typedef struct
{
  MemsnoopProcessEntryFunction function;
  gpointer user_data;
  /* What was read and not handed on. */
  gsize length;
  guint8 bytes[READ_SIZE + sizeof (struct memsnoop_process_entry)];
} Reader;

/* A read may end in the middle of an entry. */
static void
hand_on_entries (Reader *reader)
{
  struct memsnoop_process_entry entry;
  gsize position = 0;

  for (; reader->length - position >= sizeof entry; position += sizeof entry)
    {
      memcpy (&entry, reader->bytes + position, sizeof entry);
      reader->function (&entry, reader->user_data);
    }
  reader->length -= position;
  memmove (reader->bytes, reader->bytes + position, reader->length);
}

static gboolean
read_entries (int descriptor, Reader *reader, GError **error)
{
  ssize_t length;

  do
    {
      length = read (descriptor, reader->bytes + reader->length, READ_SIZE);
      if (length > 0)
        {
          reader->length += (gsize) length;
          hand_on_entries (reader);
        }
    }
  while (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)));
  if (length < 0)
    memsnoop_error_set_errno (error, errno, "Cannot read from the process iterator");
  return length == 0;
}

gboolean
memsnoop_process_iterator_read_all (MemsnoopProcessEntryFunction function,
                                    gpointer user_data,
                                    GError **error)
{
  g_autofree Reader *reader = NULL;
  gboolean result;
  int descriptor;

  if (!memsnoop_process_iterator_load (error))
    return FALSE;
  descriptor = bpf_iter_create (bpf_link__fd (iterator_get ()->skeleton->links.write_process));
  if (descriptor < 0)
    {
      memsnoop_error_set_errno (error, descriptor, "Cannot start the process iterator");
      return FALSE;
    }
  reader = g_new (Reader, 1);
  reader->function = function;
  reader->user_data = user_data;
  reader->length = 0;
  result = read_entries (descriptor, reader, error);
  close (descriptor);
  return result;
}
