/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file-access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes: what is wanted comes early; a user may be in 65,536 groups, which then are not all seen.
 */
#define STATUS_BYTES 16384

/* @owner: who may look into the process; root for one that is not dumpable. */
static bool
read_status (int directory, char text[STATUS_BYTES], uid_t *owner)
{
  int descriptor = openat (directory, "status", O_RDONLY | O_CLOEXEC);
  struct stat status;
  ssize_t length = -1;

  if (descriptor >= 0 && fstat (descriptor, &status) == 0)
    length = read (descriptor, text, STATUS_BYTES - 1);
  if (descriptor >= 0)
    close (descriptor);
  if (length < 0)
    return false;
  text[length] = '\0';
  *owner = status.st_uid;
  return true;
}

/* The second and the last of the four ids of a line: the effective one, and that for access to
 * files. */
static bool
find_ids (const char *text, const char *line, unsigned int *effective, unsigned int *for_files)
{
  const char *found = strstr (text, line);

  return found != NULL &&
         sscanf (found + strlen (line), "%*u %u %*u %u", effective, for_files) == 2;
}

static bool
is_in_groups (const char *text, gid_t group)
{
  const char *position = strstr (text, "\nGroups:");
  unsigned int effective;
  unsigned int own;
  char *end;

  if (find_ids (text, "\nGid:", &effective, &own) && own == group)
    return true;
  for (position = position != NULL ? position + strlen ("\nGroups:") : ""; *position != '\0';
       position = end)
    {
      unsigned long number;

      while (*position == ' ' || *position == '\t')
        position++;
      number = strtoul (position, &end, 10);
      if (end == position)
        return false;
      if (number == group)
        return true;
    }
  return false;
}

int
memsnoop_file_access_check (int directory, const struct stat *file)
{
  char text[STATUS_BYTES];
  unsigned int effective;
  unsigned int user;
  uid_t owner;
  mode_t right;

  if (!read_status (directory, text, &owner))
    return -errno;
  if (!find_ids (text, "\nUid:", &effective, &user))
    return -ESRCH;
  if (user == 0 || owner != effective)
    return 0;
  if (user == file->st_uid)
    right = S_IRUSR;
  else if (is_in_groups (text, file->st_gid))
    right = S_IRGRP;
  else
    right = S_IROTH;
  return (file->st_mode & right) != 0 ? 0 : -EACCES;
}
