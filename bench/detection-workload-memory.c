/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is really there: every page is written. */
#include "detection-workload.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define LEAK_BLOCK_DEFAULT 512
#define LEAK_BLOCK_MINIMUM 24

void *
memory_take (double bytes)
{
  void *block = malloc ((size_t) bytes);

  if (block == NULL)
    run_fail ("malloc");
  memset (block, 1, (size_t) bytes);
  /* The compiler may not see that nobody looks at it. */
  __asm__ volatile("" : : "r"(block) : "memory");
  return block;
}

void
leak_add (struct run *run, struct leak *leak, double bytes)
{
  double most = run->parameters->block > 0 ? run->parameters->block : LEAK_BLOCK_DEFAULT;

  for (leak->owed += bytes; leak->owed >= most;)
    {
      double size = run_between (run, LEAK_BLOCK_MINIMUM, most);

      memory_take (size);
      leak->owed -= size;
    }
}

static struct region
map_region (double room, int flags)
{
  struct region region = { .room = (size_t) room / PAGE * PAGE + PAGE };

  region.start = mmap (NULL, region.room, PROT_READ | PROT_WRITE,
                       flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region.start == MAP_FAILED)
    run_fail ("mmap");
  return region;
}

struct region
region_new (double room)
{
  return map_region (room, MAP_PRIVATE);
}

struct region
region_shared (double room)
{
  return map_region (room, MAP_SHARED);
}

void
region_resize (struct region *region, double bytes)
{
  size_t wanted = bytes <= 0 ? 0 : (size_t) bytes / PAGE * PAGE;

  if (wanted > region->room)
    wanted = region->room;
  for (size_t at = region->resident; at < wanted; at += PAGE)
    *(volatile char *) (region->start + at) = 1;
  /* Unlike MADV_DONTNEED, this frees shared pages too; private ones are refused. */
  if (wanted < region->resident &&
      madvise (region->start + wanted, region->resident - wanted, MADV_REMOVE) != 0 &&
      madvise (region->start + wanted, region->resident - wanted, MADV_DONTNEED) != 0)
    run_fail ("madvise");
  region->resident = wanted;
}

const char *
files_folder (void)
{
  const char *folder = getenv ("TMPDIR");

  return folder != NULL ? folder : "/var/tmp";
}

int
file_new (double bytes)
{
  static char buffer[1 << 20];
  int file = open (files_folder (), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

  if (file < 0)
    run_fail (files_folder ());
  for (double written = 0; written < bytes; written += sizeof buffer)
    if (write (file, buffer, sizeof buffer) != sizeof buffer)
      run_fail ("write");
  return file;
}
