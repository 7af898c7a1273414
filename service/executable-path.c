/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executable-path.h"

#include "printable-text.h"
#include "quoted-text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)"
/* What a message quotes of a path is shorter. */
#define QUOTED_BYTES 1024

gchar *
memsnoop_executable_path_strip_deleted (const gchar *path)
{
  return g_str_has_suffix (path, DELETED) ? g_strndup (path, strlen (path) - strlen (DELETED))
                                          : NULL;
}

/* A byte from 0x80 on, as \xNN; 0 when @text does not begin with one. */
static guchar
escaped_byte (const gchar *text)
{
  gint high;
  gint low;

  if (text[0] != '\\' || text[1] != 'x')
    return 0;
  high = g_ascii_xdigit_value (text[2]);
  low = high < 8 ? -1 : g_ascii_xdigit_value (text[3]);
  return low < 0 ? 0 : (guchar) (high << 4 | low);
}

static gchar *
unescape (const gchar *text)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autofree gchar *again = NULL;

  for (const gchar *position = text; *position != '\0';)
    {
      guchar byte = escaped_byte (position);

      g_string_append_c (bytes, byte != 0 ? (gchar) byte : *position);
      position += byte != 0 ? 4 : 1;
    }
  again = memsnoop_printable_text (bytes->str);
  return g_strdup (g_str_equal (again, text) ? bytes->str : text);
}

gchar *
memsnoop_executable_path_from_text (const gchar *text)
{
  g_autofree gchar *path = NULL;
  gchar *stripped;

  /* A client's text may have megabytes; each byte of a path takes four at most. */
  if (strnlen (text, 4 * PATH_MAX) == 4 * PATH_MAX)
    return g_strndup (text, PATH_MAX);
  path = unescape (text);
  stripped = memsnoop_executable_path_strip_deleted (path);
  return stripped != NULL ? stripped : g_steal_pointer (&path);
}

static gboolean
refuse (GError **error, const gchar *path, const gchar *what)
{
  g_autofree gchar *beginning = g_strndup (path, QUOTED_BYTES);
  g_autofree gchar *text = memsnoop_printable_text (beginning);
  g_autofree gchar *quoted = memsnoop_quoted_text (text);

  g_set_error (
      error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
      "%s %s; what is expected is the absolute path of an executable, as in “/usr/bin/program”",
      quoted, what);
  return FALSE;
}

static gboolean
has_odd_parts (const gchar *path)
{
  g_auto (GStrv) parts = g_strsplit (path + 1, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] == '\0' || g_str_equal (parts[i], ".") || g_str_equal (parts[i], ".."))
      return TRUE;
  return FALSE;
}

gboolean
memsnoop_executable_path_check (const gchar *path, GError **error)
{
  if (*path == '\0')
    return refuse (error, path, "is empty");
  if (*path != '/')
    return refuse (error, path, "is not absolute");
  if (strnlen (path, PATH_MAX) >= PATH_MAX)
    return refuse (error, path, "is longer than any path can be");
  if (path[1] == '\0' || has_odd_parts (path))
    return refuse (error, path, "has a part that is empty, “.” or “..”");
  return TRUE;
}

typedef enum
{
  ABSENT,
  FOUND,
  ANOTHER_NAME,
  NO_FILE,
} Finding;

/* As the kernel names what is open; NULL when it does not say. */
static gchar *
read_name (int directory, const gchar *link)
{
  gchar name[PATH_MAX];
  ssize_t length = readlinkat (directory, link, name, sizeof name);

  return length < 0 || (gsize) length == sizeof name ? NULL : g_strndup (name, (gsize) length);
}

static Finding
examine (int descriptor, const gchar *path, gchar **name)
{
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", descriptor);
  g_autofree gchar *found = read_name (AT_FDCWD, link);
  struct stat status;

  if (found != NULL && !g_str_equal (found, path))
    {
      g_free (*name);
      *name = g_steal_pointer (&found);
      return ANOTHER_NAME;
    }
  return fstat (descriptor, &status) != 0 || S_ISREG (status.st_mode) ? FOUND : NO_FILE;
}

/* @root: a folder that @path begins at. */
static Finding
look_below (const gchar *root, const gchar *path, gchar **name)
{
  int directory = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int descriptor;
  Finding finding;

  /* Whoever may not look there is left with the other ways. */
  if (directory < 0)
    return ABSENT;
  descriptor = openat (directory, path + 1, O_PATH | O_CLOEXEC);
  if (descriptor < 0)
    finding = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG
                  ? ABSENT
                  : FOUND;
  else
    {
      finding = examine (descriptor, path, name);
      close (descriptor);
    }
  close (directory);
  return finding;
}

static gboolean
is_named (const gchar *executable, const gchar *path)
{
  g_autofree gchar *stripped = memsnoop_executable_path_strip_deleted (executable);

  return g_str_equal (executable, path) || (stripped != NULL && g_str_equal (stripped, path));
}

static gboolean
runs_now (const gchar *path)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const gchar *entry;

  while (processes != NULL && (entry = g_dir_read_name (processes)) != NULL)
    {
      g_autofree gchar *link = NULL;
      g_autofree gchar *executable = NULL;

      if (!g_ascii_isdigit (*entry))
        continue;
      link = g_strdup_printf ("/proc/%s/exe", entry);
      executable = read_name (AT_FDCWD, link);
      if (executable != NULL && is_named (executable, path))
        return TRUE;
    }
  return FALSE;
}

static gboolean
refuse_finding (Finding finding, const gchar *path, const gchar *name, GError **error)
{
  g_autofree gchar *text = memsnoop_printable_text (path);
  g_autofree gchar *quoted = memsnoop_quoted_text (text);
  g_autofree gchar *right = memsnoop_printable_text (name != NULL ? name : "");

  if (finding == ANOTHER_NAME)
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                 "%s leads over a symbolic link; the kernel knows the program as “%s”: give that",
                 quoted, right);
  else if (finding == NO_FILE)
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                 "%s is no regular file; what is expected is the path of an executable", quoted);
  else
    g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_FILE_NOT_FOUND,
                 "There is no %s, and no process runs it; what is expected is the path of an "
                 "executable, as “memsnoopctl suspects ID”, or exe of ListSuspects, tells it",
                 quoted);
  return FALSE;
}

gboolean
memsnoop_executable_path_find (const gchar *path, GError **error)
{
  static const gchar *const roots[] = { "/", "/proc/1/root" };
  g_autofree gchar *name = NULL;
  Finding worst = ABSENT;

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      Finding finding = look_below (roots[i], path, &name);

      if (finding == FOUND)
        return TRUE;
      worst = MAX (worst, finding);
    }
  if (runs_now (path))
    return TRUE;
  return refuse_finding (worst, path, name, error);
}
