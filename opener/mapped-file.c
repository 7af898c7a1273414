/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mapped-file.h"

#include "file-access.h"
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The field of /proc/PID/stat, counted from the state, which follows the name. */
#define STAT_START_TIME 19
#define NANOSECONDS UINT64_C (1000000000)

/* In clock ticks; 0 when it is not told. */
static uint64_t
parse_start_time (const char *stat)
{
  /* The name may contain anything, parentheses and spaces too. */
  const char *field = strrchr (stat, ')');

  if (field == NULL || field[1] != ' ')
    return 0;
  field += 2;
  for (unsigned int i = 0; i < STAT_START_TIME && field != NULL; i++)
    {
      field = strchr (field, ' ');
      field = field != NULL ? field + 1 : NULL;
    }
  return field != NULL ? strtoull (field, NULL, 10) : 0;
}

static int
check_start_time (int directory, uint64_t start_time)
{
  char text[2048];
  int descriptor = openat (directory, "stat", O_RDONLY | O_CLOEXEC);
  ssize_t length = descriptor >= 0 ? read (descriptor, text, sizeof text - 1) : -1;
  uint64_t tick = NANOSECONDS / (uint64_t) sysconf (_SC_CLK_TCK);

  if (descriptor >= 0)
    close (descriptor);
  if (length <= 0)
    return -ESRCH;
  text[length] = '\0';
  return parse_start_time (text) == start_time / tick ? 0 : -ESRCH;
}

/* From here on the folder stands for this process, whoever gets its pid. */
static int
open_process (const struct memsnoop_opener_request *request)
{
  char path[sizeof "/proc/" + 10];
  int directory;
  int result;

  snprintf (path, sizeof path, "/proc/%" PRIu32, request->pid);
  directory = openat (AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0)
    return errno == ENOENT ? -ESRCH : -errno;
  result = check_start_time (directory, request->start_time);
  if (result == 0)
    return directory;
  close (directory);
  return result;
}

/* A handle by which nothing can be read, and by which a device does not know of it. */
static int
find_file (int directory, const struct memsnoop_opener_request *request)
{
  char link[64];
  int file;

  snprintf (link, sizeof link, "map_files/%" PRIx64 "-%" PRIx64, request->start, request->end);
  file = openat (directory, link, O_PATH | O_CLOEXEC);
  if (file >= 0)
    return file;
  /* The kernel's answer to who may not search the folder is the same as that of a file: tell them
   * apart. */
  return errno == ENOENT ? -ESTALE : errno == EACCES ? -EPERM : -errno;
}

static int
check_file (int directory, int file)
{
  struct stat status;

  if (fstat (file, &status) != 0)
    return -errno;
  if (!S_ISREG (status.st_mode))
    return -EINVAL;
  return memsnoop_file_access_check (directory, &status);
}

static int
open_file (int file)
{
  char link[32];
  int descriptor;

  snprintf (link, sizeof link, "/proc/self/fd/%d", file);
  descriptor = openat (AT_FDCWD, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor >= 0)
    return descriptor;
  return errno == EACCES ? -EPERM : -errno;
}

/* The mapping is looked at before and after: so the file in between was the one that is wanted. Its
 * device and inode do not tell that, as file systems with volumes or layers have others for fstat()
 * than for mappings. */
static int
open_mapped (int directory, const struct memsnoop_opener_request *request)
{
  int result = memsnoop_mapping_check (directory, request);
  int file;

  if (result != 0)
    return result;
  file = find_file (directory, request);
  if (file < 0)
    return file;
  result = check_file (directory, file);
  if (result == 0)
    result = memsnoop_mapping_check (directory, request);
  if (result == 0)
    result = open_file (file);
  close (file);
  return result;
}

int
memsnoop_mapped_file_open (const struct memsnoop_opener_request *request)
{
  int directory = open_process (request);
  int result;

  if (directory < 0)
    return directory;
  result = open_mapped (directory, request);
  close (directory);
  return result;
}
