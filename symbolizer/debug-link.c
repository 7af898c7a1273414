/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debug-link.h"

#include <elfutils/libdw.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Bytes. */
#define BUILD_ID_MAX 64
#define LINK_MAX 512
#define CHUNK (64 * 1024)

gchar *
memsnoop_debug_link_find (const MemsnoopModuleFile *file, guint32 *checksum)
{
  GElf_Word crc = 0;
  const gchar *name = dwelf_elf_gnu_debuglink (memsnoop_module_file_get_elf (file), &crc);

  if (name == NULL || name[0] == '\0' || strlen (name) > LINK_MAX || strchr (name, '/') != NULL ||
      !g_utf8_validate (name, -1, NULL))
    return NULL;
  if (checksum != NULL)
    *checksum = crc;
  return g_strdup (name);
}

static gchar *
to_digits (const void *bytes, gsize length)
{
  GString *digits = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (digits, "%02x", ((const guint8 *) bytes)[i]);
  return g_string_free (digits, FALSE);
}

gchar *
memsnoop_debug_link_find_supplement (const MemsnoopModuleFile *file, gchar **build_id)
{
  Dwarf *information = dwarf_begin_elf (memsnoop_module_file_get_elf (file), DWARF_C_READ, NULL);
  const gchar *name = NULL;
  const void *bytes = NULL;
  ssize_t length;
  gchar *path = NULL;

  if (information == NULL)
    return NULL;
  length = dwelf_dwarf_gnu_debugaltlink (information, &name, &bytes);
  if (length > 0 && length <= BUILD_ID_MAX && strlen (name) <= LINK_MAX &&
      g_utf8_validate (name, -1, NULL))
    {
      *build_id = to_digits (bytes, (gsize) length);
      path = g_strdup (name);
    }
  dwarf_end (information);
  return path;
}

static gboolean
compute_checksum (int descriptor, guint64 size, guint32 *checksum)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  uLong sum = crc32 (0, NULL, 0);

  for (guint64 position = 0; position < size;)
    {
      ssize_t length = pread (descriptor, chunk, CHUNK, (off_t) position);

      if (length <= 0)
        return FALSE;
      sum = crc32 (sum, chunk, (uInt) length);
      position += (guint64) length;
    }
  *checksum = (guint32) sum;
  return TRUE;
}

gboolean
memsnoop_debug_link_check (const MemsnoopModuleFile *module, const MemsnoopModuleFile *debug)
{
  const gchar *wanted = memsnoop_module_file_get_build_id (module);
  g_autofree gchar *link = NULL;
  guint32 expected = 0;
  guint32 found = 0;

  if (wanted[0] != '\0')
    return g_str_equal (wanted, memsnoop_module_file_get_build_id (debug));
  link = memsnoop_debug_link_find (module, &expected);
  return link != NULL &&
         compute_checksum (memsnoop_module_file_get_descriptor (debug),
                           memsnoop_module_file_get_size (debug), &found) &&
         found == expected;
}
