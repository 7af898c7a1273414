/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-folder.h"

#include "error.h"
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders above are everyone's to look into, as usual; the folder itself is not. */
#define PARENT_MODE 0755
#define FOLDER_MODE 0700

static gchar *
find_path (GError **error)
{
  const gchar *given = g_getenv ("STATE_DIRECTORY");
  g_auto (GStrv) folders = g_strsplit (given != NULL ? given : "", ":", -1);
  const gchar *path = folders[0] != NULL ? folders[0] : MEMSNOOP_STATEDIR;

  if (g_path_is_absolute (path))
    return g_strdup (path);
  g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
               "STATE_DIRECTORY in the environment is “%s”, but has to be an absolute path", given);
  return NULL;
}

static gboolean
make_folder (const gchar *path, uid_t uid, gid_t gid, GError **error)
{
  g_autofree gchar *parent = g_path_get_dirname (path);

  if (g_mkdir_with_parents (parent, PARENT_MODE) != 0 || mkdir (path, FOLDER_MODE) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot make the folder");
      return FALSE;
    }
  if (uid == geteuid () || lchown (path, uid, gid) == 0)
    return TRUE;
  memsnoop_error_set_errno (error, errno, "Cannot give the folder to the user %u", uid);
  rmdir (path);
  return FALSE;
}

/* Whether it can be written to is seen when the service is the user that will write. */
static gboolean
check_folder (const struct stat *status, uid_t uid, GError **error)
{
  if (!S_ISDIR (status->st_mode))
    g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED, "It is no folder");
  else if (status->st_uid != uid)
    g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
                 "It belongs to the user %u, but has to belong to %u, as whom the service runs",
                 status->st_uid, uid);
  else if ((status->st_mode & 0022) != 0)
    g_set_error (
        error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
        "Its mode is %04o, but has to be 0700, or another in which only its owner may write",
        status->st_mode & 07777);
  else
    return TRUE;
  return FALSE;
}

static gboolean
prepare (const gchar *path, const gchar *user, GError **error)
{
  struct stat status;
  uid_t uid = geteuid ();
  gid_t gid = getegid ();

  if (uid == 0 && !memsnoop_privileges_find_account (user, &uid, &gid, error))
    return FALSE;
  if (lstat (path, &status) == 0)
    return check_folder (&status, uid, error);
  if (errno == ENOENT)
    return make_folder (path, uid, gid, error);
  memsnoop_error_set_errno (error, errno, "Cannot look at it");
  return FALSE;
}

static void
warn (const gchar *path, const gchar *reason)
{
  g_warning ("Nothing will be kept over a restart, because the state folder %s cannot be used: %s",
             path, reason);
}

gchar *
memsnoop_state_folder_prepare (const gchar *user)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = find_path (&error);

  if (path != NULL && prepare (path, user, &error))
    return g_steal_pointer (&path);
  warn (path != NULL ? path : "that was given", error->message);
  return NULL;
}

gchar *
memsnoop_state_folder_confirm (gchar *folder)
{
  if (folder == NULL || access (folder, R_OK | W_OK | X_OK) == 0)
    return folder;
  warn (folder, g_strerror (errno));
  g_free (folder);
  return NULL;
}

static gboolean
check_file (int descriptor, guint64 maximum, guint64 *size, GError **error)
{
  struct stat status;

  if (fstat (descriptor, &status) != 0)
    {
      memsnoop_error_set_errno (error, errno, "It cannot be looked at");
      return FALSE;
    }
  *size = (guint64) status.st_size;
  if (S_ISREG (status.st_mode) && *size <= maximum)
    return TRUE;
  if (S_ISREG (status.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "It has %" G_GUINT64_FORMAT " bytes, where %" G_GUINT64_FORMAT
                 " are possible at most",
                 *size, maximum);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "It is no regular file");
  return FALSE;
}

int
memsnoop_state_folder_open (
    const gchar *folder, const gchar *name, guint64 maximum, guint64 *size, GError **error)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  /* Not waiting for the other end, should it be a pipe. */
  int descriptor = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (descriptor < 0)
    memsnoop_error_set_errno (error, errno, "It cannot be opened");
  else if (!check_file (descriptor, maximum, size, error))
    {
      close (descriptor);
      descriptor = -1;
    }
  return descriptor;
}

void
memsnoop_state_folder_set_aside (const gchar *folder, const gchar *name, const gchar *reason)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *aside = g_strconcat (path, ".damaged", NULL);

  if (g_rename (path, aside) == 0)
    g_warning ("%s is of no use and is now %s: %s", path, aside, reason);
  else
    g_warning ("%s is of no use, and cannot be renamed (%s): %s", path, g_strerror (errno), reason);
}
