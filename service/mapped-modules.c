/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mapped-modules.h"

#include "error.h"
#include "module-opener.h"
#include "printable-text.h"
#include "process-stack.h"
#include "root-file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRELOAD "LD_PRELOAD="
/* A process with the most mappings that the kernel allows by default, 65,530, has fewer bytes. */
#define MAPS_BYTES_MAX (32 * 1024 * 1024)
#define ENVIRONMENT_BYTES_MAX (2 * 1024 * 1024)
#define VECTOR_BYTES_MAX 4096
#define PRELOADED_MAX 64

static void
module_free (MemsnoopMappedModule *module)
{
  g_free (module->path);
  g_array_unref (module->mappings);
  g_free (module);
}

void
memsnoop_mapped_modules_free (MemsnoopMappedModules *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->list);
  g_free (self);
}

/* One line of /proc/PID/maps, whose path is the rest of it. */
typedef struct
{
  MemsnoopModuleMapping mapping;
  gchar permissions[5];
  guint32 major;
  guint32 minor;
  guint64 inode;
  const gchar *path;
} Line;

static gboolean
parse_line (const gchar *text, Line *line)
{
  int path = 0;

  if (sscanf (text,
              "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %" G_GINT64_MODIFIER
              "x %x:%x %" G_GINT64_MODIFIER "u %n",
              &line->mapping.start, &line->mapping.end, line->permissions, &line->mapping.offset,
              &line->major, &line->minor, &line->inode, &path) < 7 ||
      path == 0)
    return FALSE;
  line->path = text + path;
  return strchr (line->permissions, 'x') != NULL && line->inode != 0 && line->path[0] == '/' &&
         line->mapping.start < line->mapping.end;
}

/* The kernel writes line feeds of a path as \012, and nothing else. */
static gchar *
unescape (const gchar *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "\\012", -1);

  return g_strjoinv ("\n", parts);
}

/* Seen from another mount namespace a path begins outside of the process's @root. */
static const gchar *
strip_root (const gchar *path, const gchar *root)
{
  gsize length = root != NULL ? strlen (root) : 0;

  return length > 1 && strncmp (path, root, length) == 0 && path[length] == '/' ? path + length
                                                                                : path;
}

/* The path, too: two volumes of one file system may have an inode of the same number, and mappings
 * tell one device for both. */
static MemsnoopMappedModule *
find_module (MemsnoopMappedModules *self, const Line *line, const gchar *path)
{
  for (guint i = 0; i < self->list->len; i++)
    {
      MemsnoopMappedModule *module = self->list->pdata[i];

      if (module->inode == line->inode && module->major == line->major &&
          module->minor == line->minor && g_str_equal (module->path, path))
        return module;
    }
  return NULL;
}

static MemsnoopMappedModule *
add_module (MemsnoopMappedModules *self, const Line *line, const gchar *path)
{
  MemsnoopMappedModule *module;

  if (self->list->len == MEMSNOOP_MAPPED_MODULES_MAX)
    {
      self->n_left_out++;
      return NULL;
    }
  module = g_new0 (MemsnoopMappedModule, 1);
  module->major = line->major;
  module->minor = line->minor;
  module->inode = line->inode;
  module->path = g_strdup (path);
  module->mappings = g_array_new (FALSE, FALSE, sizeof (MemsnoopModuleMapping));
  g_ptr_array_add (self->list, module);
  return module;
}

static gboolean
contains (const MemsnoopModuleMapping *mapping, guint64 address)
{
  return address >= mapping->start && address < mapping->end;
}

static void
add_line (MemsnoopMappedModules *self,
          const Line *line,
          const gchar *root,
          guint64 program,
          guint64 loader)
{
  g_autofree gchar *whole_path = unescape (line->path);
  const gchar *path = strip_root (whole_path, root);
  MemsnoopMappedModule *module = find_module (self, line, path);

  if (module == NULL)
    module = add_module (self, line, path);
  if (module == NULL)
    return;
  if (module->mappings->len < MEMSNOOP_MODULE_MAPPINGS_MAX)
    g_array_append_val (module->mappings, line->mapping);
  module->is_program |= contains (&line->mapping, program);
  module->is_loader |= contains (&line->mapping, loader);
}

static guint64
module_start (const MemsnoopMappedModule *module)
{
  return g_array_index (module->mappings, MemsnoopModuleMapping, 0).start;
}

static gboolean
is_named_by (const gchar *path, const gchar *entry)
{
  const gchar *name = strrchr (path, '/') + 1;
  const gchar *wanted = strrchr (entry, '/');

  if (g_str_equal (path, entry))
    return TRUE;
  /* A name may be a link to the same with a longer version: libx.so.2 to libx.so.2.1. */
  wanted = wanted != NULL ? wanted + 1 : entry;
  return *wanted != '\0' && g_str_has_prefix (name, wanted) &&
         strchr (". ", name[strlen (wanted)]) != NULL;
}

/* The place in LD_PRELOAD, from 1; 0: not there. */
static guint
find_preloaded (const MemsnoopMappedModule *module, GStrv preload)
{
  for (guint i = 0; preload != NULL && preload[i] != NULL && i < PRELOADED_MAX; i++)
    if (is_named_by (module->path, preload[i]))
      return i + 1;
  return 0;
}

typedef struct
{
  GStrv preload;
  gboolean rising;
} Order;

static guint
rank (const MemsnoopMappedModule *module, const Order *order)
{
  guint preloaded;

  if (module->is_program)
    return 0;
  if (module->is_loader)
    return G_MAXUINT;
  preloaded = find_preloaded (module, order->preload);
  return preloaded > 0 ? preloaded : G_MAXUINT - 1;
}

static gint
compare_modules (gconstpointer a, gconstpointer b, gpointer data)
{
  const MemsnoopMappedModule *left = *(MemsnoopMappedModule *const *) a;
  const MemsnoopMappedModule *right = *(MemsnoopMappedModule *const *) b;
  const Order *order = data;
  guint left_rank = rank (left, order), right_rank = rank (right, order);
  gboolean below = module_start (left) < module_start (right);

  if (left_rank != right_rank)
    return left_rank < right_rank ? -1 : 1;
  return below == order->rising ? -1 : 1;
}

/* The kernel has placed the interpreter before anything that this has loaded. */
static gboolean
is_rising (const MemsnoopMappedModules *self)
{
  const MemsnoopMappedModule *loader = NULL;
  guint above = 0, below = 0;

  for (guint i = 0; i < self->list->len; i++)
    if (((MemsnoopMappedModule *) self->list->pdata[i])->is_loader)
      loader = self->list->pdata[i];
  for (guint i = 0; loader != NULL && i < self->list->len; i++)
    {
      const MemsnoopMappedModule *module = self->list->pdata[i];

      if (module->is_program || module == loader)
        continue;
      above += module_start (module) > module_start (loader);
      below += module_start (module) < module_start (loader);
    }
  return above > below;
}

static void
sort_modules (MemsnoopMappedModules *self, const gchar *preload)
{
  g_auto (GStrv) entries = preload != NULL ? g_strsplit_set (preload, ": ", -1) : NULL;
  Order order = { .preload = entries, .rising = is_rising (self) };

  for (guint i = 0; i < self->list->len; i++)
    {
      MemsnoopMappedModule *module = self->list->pdata[i];

      module->is_preloaded = !module->is_program && find_preloaded (module, entries) > 0;
    }
  g_ptr_array_sort_with_data (self->list, compare_modules, &order);
}

MemsnoopMappedModules *
memsnoop_mapped_modules_parse (
    const gchar *maps, const gchar *root, guint64 program, guint64 loader, const gchar *preload)
{
  MemsnoopMappedModules *self = g_new0 (MemsnoopMappedModules, 1);
  g_auto (GStrv) lines = g_strsplit (maps, "\n", -1);

  self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) module_free);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      Line line;

      if (parse_line (lines[i], &line))
        add_line (self, &line, root, program, loader);
    }
  sort_modules (self, preload);
  return self;
}

/* Reading it from a process */

static gboolean
is_running_or_zombie (const MemsnoopProcessIdentity *identity)
{
  gchar byte;
  int descriptor = openat (identity->directory, "stat", O_RDONLY | O_CLOEXEC);
  gboolean answers = descriptor >= 0 && read (descriptor, &byte, 1) == 1;

  if (descriptor >= 0)
    close (descriptor);
  return answers;
}

static void
set_read_error (const MemsnoopProcessIdentity *identity,
                const gchar *name,
                int number,
                GError **error)
{
  if (number != ENOENT && number != ESRCH)
    memsnoop_error_set_errno (error, number, "Cannot read /proc/%u/%s", identity->pid, name);
  else if (is_running_or_zombie (identity))
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
                 "The process %u has no memory: it is a kernel thread, or has exited and waits for "
                 "its parent",
                 identity->pid);
  else
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN,
                 "There is no process %u any more", identity->pid);
}

/* A whole file of the process's folder, with a zero behind it. */
static GByteArray *
read_file (const MemsnoopProcessIdentity *identity, const gchar *name, gsize max, GError **error)
{
  int descriptor = openat (identity->directory, name, O_RDONLY | O_CLOEXEC);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 part[16384];
  ssize_t n = -1;
  int number;

  if (descriptor >= 0)
    while ((n = read (descriptor, part, sizeof part)) > 0 && bytes->len < max)
      g_byte_array_append (bytes, part, (guint) n);
  number = errno;
  if (descriptor >= 0)
    close (descriptor);
  if (n < 0)
    {
      set_read_error (identity, name, number, error);
      return NULL;
    }
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return g_steal_pointer (&bytes);
}

/* The same from the process's memory where its files are not for us. */
static GByteArray *
read_beginning (const MemsnoopProcessIdentity *identity,
                const gchar *name,
                gsize max,
                GError **error)
{
  gboolean is_vector = g_str_equal (name, "auxv");
  int descriptor = openat (identity->directory, name, O_RDONLY | O_CLOEXEC);
  gboolean refused = descriptor < 0 && errno == EACCES;
  GByteArray *bytes;

  if (descriptor >= 0)
    close (descriptor);
  if (!refused)
    return read_file (identity, name, max, error);
  bytes = is_vector ? memsnoop_process_stack_read_vector (identity, error)
                    : memsnoop_process_stack_read_environment (identity, error);
  if (bytes != NULL)
    g_byte_array_append (bytes, (const guint8 *) "", 1);
  return bytes;
}

/* What the kernel has told the program when it began: where it and its interpreter are. */
static gboolean
read_vector (const MemsnoopProcessIdentity *identity,
             guint64 *program,
             guint64 *loader,
             GError **error)
{
  g_autoptr (GByteArray) bytes = read_beginning (identity, "auxv", VECTOR_BYTES_MAX, error);

  if (bytes == NULL)
    return FALSE;
  for (gsize i = 0; i + sizeof (Elf64_auxv_t) <= bytes->len; i += sizeof (Elf64_auxv_t))
    {
      Elf64_auxv_t entry;

      memcpy (&entry, bytes->data + i, sizeof entry);
      if (entry.a_type == AT_ENTRY)
        *program = entry.a_un.a_val;
      else if (entry.a_type == AT_BASE)
        *loader = entry.a_un.a_val;
    }
  return TRUE;
}

/* The base of the interpreter is in its first mapping, which holds no code: find the code of the
 * same file. */
static guint64
find_code (const gchar *maps, guint64 base)
{
  g_auto (GStrv) lines = g_strsplit (maps, "\n", -1);
  guint64 inode = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint64 start, end, line_inode;
      gchar permissions[5];

      if (sscanf (lines[i],
                  "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %*x %*x:%*x "
                  "%" G_GINT64_MODIFIER "u",
                  &start, &end, permissions, &line_inode) != 4)
        continue;
      if (base >= start && base < end)
        inode = line_inode;
      if (inode != 0 && line_inode == inode && strchr (permissions, 'x') != NULL)
        return start;
    }
  return 0;
}

/* Of the environment at the beginning; the process may have overwritten it. */
static gchar *
read_preload (const MemsnoopProcessIdentity *identity)
{
  g_autoptr (GByteArray) bytes = read_beginning (identity, "environ", ENVIRONMENT_BYTES_MAX, NULL);

  for (gsize i = 0; bytes != NULL && i < bytes->len;
       i += strlen ((const gchar *) bytes->data + i) + 1)
    if (g_str_has_prefix ((const gchar *) bytes->data + i, PRELOAD))
      return g_strdup ((const gchar *) bytes->data + i + strlen (PRELOAD));
  return NULL;
}

/* As the kernel tells it to us. */
static gchar *
read_root (const MemsnoopProcessIdentity *identity)
{
  gchar path[PATH_MAX];
  ssize_t length = readlinkat (identity->directory, "root", path, sizeof path);

  return length < 0 || (gsize) length == sizeof path ? NULL : g_strndup (path, (gsize) length);
}

MemsnoopMappedModules *
memsnoop_mapped_modules_read (const MemsnoopProcessIdentity *identity, GError **error)
{
  g_autoptr (MemsnoopMappedModules) self = NULL;
  g_autoptr (GByteArray) maps = read_file (identity, "maps", MAPS_BYTES_MAX, error);
  g_autofree gchar *preload = NULL;
  g_autofree gchar *root = NULL;
  guint64 program = 0, loader = 0;

  if (maps == NULL || !read_vector (identity, &program, &loader, error))
    return NULL;
  preload = read_preload (identity);
  root = read_root (identity);
  loader = loader != 0 ? find_code ((const gchar *) maps->data, loader) : 0;
  self = memsnoop_mapped_modules_parse ((const gchar *) maps->data, root, program, loader, preload);
  if (self->list->len == 0)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
                   "The process %u has no code of a file in its memory: it is a kernel thread, or "
                   "exits",
                   identity->pid);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* Opening */

/* Returns: a descriptor or a negative errno. */
static int
open_mapping (const MemsnoopMappedModule *module, const MemsnoopProcessIdentity *identity)
{
  int result = -ESTALE;

  /* Any of them: some may be gone by now. */
  for (guint i = 0; i < module->mappings->len && result == -ESTALE; i++)
    result = memsnoop_module_opener_open (
        module, &g_array_index (module->mappings, MemsnoopModuleMapping, i), identity);
  return result;
}

/* The device is compared by nobody: some file systems tell stat() another one than mappings. */
static gboolean
is_same_file (const MemsnoopMappedModule *module, int descriptor)
{
  struct stat status;

  return fstat (descriptor, &status) == 0 && S_ISREG (status.st_mode) &&
         status.st_ino == module->inode;
}

static int
keep_if_same (const MemsnoopMappedModule *module, int descriptor)
{
  if (descriptor >= 0 && is_same_file (module, descriptor))
    return descriptor;
  if (descriptor >= 0)
    close (descriptor);
  return -1;
}

static int
open_path (const MemsnoopMappedModule *module, const MemsnoopProcessIdentity *identity)
{
  g_autoptr (GError) error = NULL;
  int root = openat (identity->directory, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int descriptor = -1;

  if (root >= 0)
    {
      descriptor = memsnoop_root_file_open (root, module->path, &error);
      close (root);
    }
  return keep_if_same (module, descriptor);
}

/* What may not be read is not to be got at in another way, and what nobody answers for is not to be
 * waited for again. */
static gboolean
may_try_otherwise (int result)
{
  return result != -EACCES && result != -EINVAL && result != -ETIMEDOUT;
}

static const gchar *
explain (int result)
{
  switch (-result)
    {
    case EACCES:
      return "the user whose process it is may not read it, either";
    case EINVAL:
      return "it is no regular file";
    case ESTALE:
      return "the process has mapped something else by now";
    case ETIMEDOUT:
      return "its file system does not answer";
    case EPERM:
      return "its path does not lead to it, or not for the service, and what is mapped cannot be "
             "opened without CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE";
    default:
      return g_strerror (-result);
    }
}

int
memsnoop_mapped_module_open (const MemsnoopMappedModule *module,
                             const MemsnoopProcessIdentity *identity,
                             GError **error)
{
  int result = open_mapping (module, identity);
  g_autofree gchar *path = NULL;
  int descriptor = -1;

  if (result >= 0)
    return result;
  if (may_try_otherwise (result) && module->is_program)
    descriptor = keep_if_same (
        module, openat (identity->directory, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (may_try_otherwise (result) && descriptor < 0)
    descriptor = open_path (module, identity);
  if (descriptor >= 0)
    return descriptor;
  path = memsnoop_printable_line (module->path);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (-result),
               "Cannot open %s of the process %u: %s", path, identity->pid, explain (result));
  return -1;
}
