/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Lines are longer only by the path, which is not looked at. */
#define LINE_BYTES 128

/* From linux/fs.h of Linux 6.11, which older headers lack. */
struct mapping_query
{
  uint64_t size;
  uint64_t query_flags;
  uint64_t query_address;
  uint64_t start;
  uint64_t end;
  uint64_t flags;
  uint64_t page_size;
  uint64_t offset;
  uint64_t inode;
  uint32_t device_major;
  uint32_t device_minor;
  uint32_t name_size;
  uint32_t build_id_size;
  uint64_t name;
  uint64_t build_id;
};

#define QUERY_MAPPING _IOWR ('f', 17, struct mapping_query)
#define MAPPING_EXECUTABLE 0x04

const unsigned long memsnoop_mapping_query = QUERY_MAPPING;

static bool
is_wanted (const struct mapping_query *found, const struct memsnoop_opener_request *request)
{
  return found->start == request->start && found->end == request->end &&
         found->inode == request->inode && found->device_major == request->device_major &&
         found->device_minor == request->device_minor && (found->flags & MAPPING_EXECUTABLE) != 0;
}

/* As a line of /proc/PID/maps has it. */
static bool
parse_line (const char *line, struct mapping_query *found)
{
  char permissions[5];

  memset (found, 0, sizeof *found);
  if (sscanf (line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64, &found->start, &found->end,
              permissions, &found->device_major, &found->device_minor, &found->inode) != 6)
    return false;
  found->flags = strchr (permissions, 'x') != NULL ? MAPPING_EXECUTABLE : 0;
  return true;
}

/* Takes the next bytes of a file: the beginnings of its lines, one after another, are kept in
 * @line. Returns: whether the line that is wanted was among them. */
static bool
search_part (const char *part,
             ssize_t length,
             char line[LINE_BYTES],
             size_t *used,
             const struct memsnoop_opener_request *request)
{
  for (ssize_t i = 0; i < length; i++)
    {
      struct mapping_query found;

      if (part[i] != '\n')
        {
          if (*used < LINE_BYTES - 1)
            line[(*used)++] = part[i];
          continue;
        }
      line[*used] = '\0';
      *used = 0;
      if (parse_line (line, &found) && is_wanted (&found, request))
        return true;
    }
  return false;
}

static int
search_text (int maps, const struct memsnoop_opener_request *request)
{
  char line[LINE_BYTES];
  char part[4096];
  size_t used = 0;
  ssize_t length;

  while ((length = read (maps, part, sizeof part)) > 0)
    if (search_part (part, length, line, &used, request))
      return 0;
  return length == 0 ? -ESTALE : -errno;
}

/* Kernels before 6.11 cannot be asked for one mapping; of many thousands all are read then. */
static int
search (int maps, const struct memsnoop_opener_request *request)
{
  struct mapping_query query = { .size = sizeof query, .query_address = request->start };

  if (ioctl (maps, memsnoop_mapping_query, &query) == 0)
    return is_wanted (&query, request) ? 0 : -ESTALE;
  if (errno == ENOENT || errno == ESRCH)
    return -ESTALE;
  return search_text (maps, request);
}

int
memsnoop_mapping_check (int directory, const struct memsnoop_opener_request *request)
{
  int maps = openat (directory, "maps", O_RDONLY | O_CLOEXEC);
  int result;

  if (maps < 0)
    return -errno;
  result = search (maps, request);
  close (maps);
  return result;
}
