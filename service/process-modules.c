/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-modules.h"

#include "mapped-modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENT_MAX 2

/* One executable mapping, before it is in the table. */
typedef struct
{
  guint64 start;
  guint64 end;
  guint64 offset;
  const gchar *path;
  /* -1: the file cannot be opened. */
  int descriptor;
  /* Why, in the first of the file's areas. */
  gchar *obstacle;
} Area;

static void
clear_area (gpointer data)
{
  Area *area = data;

  if (area->descriptor >= 0)
    close (area->descriptor);
  g_free (area->obstacle);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const Area *first = a;
  const Area *second = b;

  return (first->start > second->start) - (first->start < second->start);
}

/* @n_silent: how many file systems have not answered; each took seconds, so there is an end to
 * that. */
static int
open_module (const MemsnoopMappedModule *module,
             const MemsnoopProcessIdentity *identity,
             guint *n_silent,
             GError **error)
{
  g_autoptr (GError) open_error = NULL;
  int descriptor;

  if (*n_silent >= SILENT_MAX)
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
          "A module was not tried, as %u files before were on file systems that do not answer",
          *n_silent);
      return -1;
    }
  descriptor = memsnoop_mapped_module_open (module, identity, &open_error);
  *n_silent += g_error_matches (open_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  if (open_error != NULL)
    g_propagate_error (error, g_steal_pointer (&open_error));
  return descriptor;
}

static void
add_module (GArray *areas,
            const MemsnoopMappedModule *module,
            const MemsnoopProcessIdentity *identity,
            guint *n_silent)
{
  g_autoptr (GError) error = NULL;
  int descriptor = open_module (module, identity, n_silent, &error);

  if (descriptor < 0)
    g_debug ("Nothing in a module of process %u will have a name: %s", identity->pid,
             error->message);
  for (guint i = 0; i < module->mappings->len; i++)
    {
      const MemsnoopModuleMapping *mapping =
          &g_array_index (module->mappings, MemsnoopModuleMapping, i);
      Area area = {
        mapping->start,
        mapping->end,
        mapping->offset,
        module->path,
        descriptor >= 0 ? fcntl (descriptor, F_DUPFD_CLOEXEC, 0) : -1,
        i == 0 && error != NULL ? g_strdup (error->message) : NULL,
      };

      g_array_append_val (areas, area);
    }
  if (descriptor >= 0)
    close (descriptor);
}

/* Returns: a descriptor of a copy, or -1. */
static int
copy_vdso (gsize length)
{
  const void *image = (const void *) getauxval (AT_SYSINFO_EHDR);
  int descriptor;

  if (image == NULL)
    return -1;
  descriptor = memfd_create ("memsnoop-vdso", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor >= 0 && write (descriptor, image, length) == (ssize_t) length &&
      fcntl (descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
          0)
    return descriptor;
  if (descriptor >= 0)
    close (descriptor);
  return -1;
}

/* Finds the vDSO in the text of a file maps. */
static gboolean
find_vdso (const gchar *maps, guint64 *start, guint64 *end)
{
  const gchar *line = strstr (maps, "[vdso]");

  while (line != NULL && line > maps && line[-1] != '\n')
    line--;
  return line != NULL &&
         sscanf (line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x", start, end) == 2;
}

static gchar *
read_maps (int directory)
{
  int descriptor = openat (directory, "maps", O_RDONLY | O_CLOEXEC);
  GString *text = g_string_new (NULL);
  gchar chunk[16384];
  ssize_t length;

  while (descriptor >= 0 && (length = read (descriptor, chunk, sizeof chunk)) > 0)
    g_string_append_len (text, chunk, length);
  if (descriptor >= 0)
    close (descriptor);
  return g_string_free (text, FALSE);
}

/* The kernel has one for all processes of this kind, so this one's own is copied: but only if it is
 * as long. */
static void
add_vdso (GArray *areas, const MemsnoopProcessIdentity *identity)
{
  g_autofree gchar *maps = read_maps (identity->directory);
  g_autofree gchar *own_maps = NULL;
  Area area = { .path = "[vdso]", .descriptor = -1 };
  guint64 own_start;
  guint64 own_end;

  if (!find_vdso (maps, &area.start, &area.end) ||
      !g_file_get_contents ("/proc/self/maps", &own_maps, NULL, NULL) ||
      !find_vdso (own_maps, &own_start, &own_end) || own_end - own_start != area.end - area.start)
    return;
  area.descriptor = copy_vdso ((gsize) (own_end - own_start));
  g_array_append_val (areas, area);
}

static guint64
read_namespace (const MemsnoopProcessIdentity *identity)
{
  struct stat status;

  return fstatat (identity->directory, "ns/mnt", &status, 0) == 0 ? status.st_ino : 0;
}

static MemsnoopModuleTable *
make_table (const MemsnoopProcessIdentity *identity, GArray *areas)
{
  int root = openat (identity->directory, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  MemsnoopModuleTable *table = memsnoop_module_table_new (root, read_namespace (identity));

  g_array_sort (areas, compare);
  for (guint i = 0; i < areas->len; i++)
    {
      Area *area = &g_array_index (areas, Area, i);

      if (!memsnoop_module_table_add (table, area->path, area->start, area->end, area->offset,
                                      g_steal_fd (&area->descriptor)))
        g_warning ("Process %u has more executable mappings than %u: nothing in this one of %s "
                   "will have a name",
                   identity->pid, i, area->path);
      else if (area->obstacle != NULL)
        memsnoop_module_table_set_obstacle (table, area->obstacle);
    }
  return table;
}

MemsnoopModuleTable *
memsnoop_process_modules_read (const MemsnoopProcessIdentity *identity, GError **error)
{
  g_autoptr (MemsnoopMappedModules) modules = memsnoop_mapped_modules_read (identity, error);
  g_autoptr (GArray) areas = NULL;
  guint n_silent = 0;

  if (modules == NULL)
    return NULL;
  if (modules->n_left_out > 0)
    g_message (
        "Process %u has %u more modules than are looked at: nothing in them will have a name",
        identity->pid, modules->n_left_out);
  areas = g_array_new (FALSE, FALSE, sizeof (Area));
  g_array_set_clear_func (areas, clear_area);
  for (guint i = 0; i < modules->list->len; i++)
    add_module (areas, modules->list->pdata[i], identity, &n_silent);
  add_vdso (areas, identity);
  return make_table (identity, areas);
}
