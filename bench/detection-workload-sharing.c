/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that others see: file pages, shared mappings, and what the kernel keeps for file
 * descriptors. */
#include "detection-workload.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define FRAMES 8

/* As many as the hard limit allows; none of the workloads needs more than 20,000. */
static void
allow_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    run_fail ("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    run_fail ("setrlimit");
}

/* count eventfds in a tick, never closed. */
void
leak_eventfds (struct run *run)
{
  allow_descriptors ();
  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < run->parameters->count; i++)
        if (eventfd (0, EFD_CLOEXEC) < 0)
          run_fail ("eventfd");
    }
}

static void
open_sockets (int sockets[2])
{
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) != 0)
    run_fail ("socketpair");
}

/* count pairs of sockets in a tick, never closed. */
void
leak_sockets (struct run *run)
{
  int sockets[2];

  allow_descriptors ();
  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < run->parameters->count; i++)
        open_sockets (sockets);
    }
}

/* count pipes every period ticks, never closed. */
void
leak_pipes (struct run *run)
{
  int ends[2];

  allow_descriptors ();
  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      for (unsigned i = 0; i < run->parameters->count; i++)
        if (pipe2 (ends, O_CLOEXEC) != 0)
          run_fail ("pipe2");
    }
}

/* count messages of block in a tick, which nobody reads; a new pair of sockets when no more go into
 * one. */
void
leak_unread_messages (struct run *run)
{
  static char message[1 << 16];
  size_t length = (size_t) run->parameters->block;
  int sockets[2];

  allow_descriptors ();
  open_sockets (sockets);
  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < run->parameters->count; i++)
        if (send (sockets[0], message, length, 0) < 0)
          open_sockets (sockets);
    }
}

static char *
map_shared (size_t bytes)
{
  int file = memfd_create ("buffer", MFD_CLOEXEC);
  char *start;

  if (file < 0 || ftruncate (file, (off_t) bytes) != 0)
    run_fail ("memfd_create");
  start = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (start == MAP_FAILED)
    run_fail ("mmap");
  close (file);
  return start;
}

/* A shared file of block every period ticks, mapped, written, never unmapped. */
void
leak_shared_files (struct run *run)
{
  size_t block = (size_t) run->parameters->block;

  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      memset (map_shared (block), 1, block);
    }
}

/* One shared file, rate longer in each tick. */
void
leak_growing_file (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region file = region_shared (parameters->size);

  memory_take (parameters->base);
  for (;;)
    {
      region_resize (&file, parameters->rate * (double) run->now);
      run_next_tick (run);
    }
}

/* rate of shared memory in each tick, beside private garbage of size that is collected every period
 * ticks. */
void
leak_shared_anonymous (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region garbage = region_new (parameters->size);
  struct region shared = region_shared (parameters->rate * (double) run->ends);

  memory_take (parameters->base);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period) / parameters->period;

      region_resize (&garbage, parameters->size * into);
      region_resize (&shared, parameters->rate * (double) run->now);
      run_next_tick (run);
    }
}

static char *
map_file (struct run *run)
{
  char *start = mmap (NULL, (size_t) run->parameters->size, PROT_READ | PROT_WRITE, MAP_SHARED,
                      file_new (run->parameters->size), 0);

  if (start == MAP_FAILED)
    run_fail ("mmap");
  madvise (start, (size_t) run->parameters->size, MADV_RANDOM);
  return start;
}

/* A file of size; count pages of it are read in a tick, one after the other. */
void
database_reads (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  volatile char *start = map_file (run);
  size_t pages = (size_t) parameters->size / PAGE;
  size_t page = 0;

  memory_take (parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < parameters->count; i++)
        (void) start[page++ % pages * PAGE];
    }
}

/* The same, pages by chance, and all of them are written. */
void
database_writes (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  volatile char *start = map_file (run);
  double pages = parameters->size / PAGE;

  memory_take (parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < parameters->count; i++)
        start[(size_t) (pages * run_chance (run)) * PAGE]++;
    }
}

/* A database in shared memory, loaded to size within rise ticks, and changed in place from then on.
 */
void
database_in_memory (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region table = region_shared (parameters->size);

  memory_take (parameters->base);
  for (;;)
    {
      region_resize (&table, parameters->size * fmin (1, (double) run->now / parameters->rise));
      run_next_tick (run);
    }
}

static char *buffers;

static void
use_buffers (struct run *run)
{
  double pages = run->parameters->size / PAGE;

  memory_take (run->parameters->base);
  for (;;)
    {
      /* So many that after rise ticks a page was used with probability 1 - 1/e. */
      for (double i = 0; i < pages / run->parameters->rise; i++)
        buffers[(size_t) (pages * run_chance (run)) * PAGE]++;
      run_next_tick (run);
    }
}

/* Buffers of size that count children share; each uses pages by chance, and so has more of them in
 * time. */
void
shared_buffers (struct run *run)
{
  buffers = map_shared ((size_t) run->parameters->size);
  for (unsigned i = 0; i < run->parameters->count; i++)
    run_in_child (run, use_buffers);
  for (;;)
    run_next_tick (run);
}

/* Pictures of at most size/8, eight at a time, handed over in shared memory: the oldest is dropped
 * every period ticks. */
void
shared_frames (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  struct region frames[FRAMES];

  memory_take (parameters->base);
  for (unsigned i = 0; i < FRAMES; i++)
    frames[i] = region_shared (parameters->size / FRAMES);
  for (unsigned i = 0;; i++)
    {
      region_resize (&frames[i % FRAMES], 0);
      region_resize (&frames[i % FRAMES], parameters->size / FRAMES * run_between (run, 0.3, 1));
      run_wait (run, parameters->period);
    }
}

/* A file of size is read over and over through a buffer of base, a buffer in each tick. */
void
files_read (struct run *run)
{
  size_t length = (size_t) run->parameters->base;
  char *buffer = memory_take (run->parameters->base);
  int file = file_new (run->parameters->size);

  lseek (file, 0, SEEK_SET);
  for (;;)
    {
      run_next_tick (run);
      if (read (file, buffer, length) == 0)
        lseek (file, 0, SEEK_SET);
    }
}

/* Opens a file of a folder and closes it; makes it when it is not there. */
static void
touch_file (int folder, unsigned number)
{
  char name[16];
  int file;

  snprintf (name, sizeof name, "%u", number);
  file = openat (folder, name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0)
    run_fail ("openat");
  close (file);
}

static int
make_folder (void)
{
  char path[4096];
  int folder;

  snprintf (path, sizeof path, "%s/detection-workload-XXXXXX", files_folder ());
  if (mkdtemp (path) == NULL)
    run_fail (path);
  folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    run_fail (path);
  return folder;
}

static void
empty_folder (int folder, unsigned count)
{
  char name[16];

  for (unsigned i = 0; i < count; i++)
    {
      snprintf (name, sizeof name, "%u", i);
      unlinkat (folder, name, 0);
    }
}

/* count files are made within rise ticks, and opened and closed from then on; every period ticks
 * all are removed. */
void
files_walked (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  int folder = make_folder ();
  double made = 0;

  memory_take (parameters->base);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period) / parameters->rise;

      for (; made < parameters->count * fmin (into, 1); made++)
        touch_file (folder, (unsigned) made);
      touch_file (folder, (unsigned) (made * run_chance (run)));
      run_next_tick (run);
      if (fmod ((double) run->now, parameters->period) == 0)
        {
          empty_folder (folder, (unsigned) made);
          made = 0;
        }
    }
}

/* count sockets at most, all of them open after rise ticks; then any of them is closed and opened
 * again in each tick. */
void
descriptors_pooled (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  int (*sockets)[2] = calloc (parameters->count, sizeof *sockets);
  unsigned open_pairs = 0;

  allow_descriptors ();
  memory_take (parameters->base);
  for (;;)
    {
      unsigned index = (unsigned) (open_pairs * run_chance (run));

      if (open_pairs > 0)
        {
          close (sockets[index][0]);
          close (sockets[index][1]);
          open_sockets (sockets[index]);
        }
      while (open_pairs < parameters->count * fmin (1, (double) run->now / parameters->rise))
        open_sockets (sockets[open_pairs++]);
      run_next_tick (run);
    }
}

/* count pairs of sockets are opened within rise ticks; all are closed after period. */
void
descriptors_cycle (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  int (*sockets)[2] = calloc (parameters->count, sizeof *sockets);
  unsigned open_pairs = 0;

  allow_descriptors ();
  memory_take (parameters->base);
  for (;;)
    {
      double into = fmod ((double) run->now, parameters->period);

      while (into == 0 && open_pairs > 0)
        {
          close (sockets[--open_pairs][0]);
          close (sockets[open_pairs][1]);
        }
      while (open_pairs < parameters->count * fmin (1, into / parameters->rise))
        open_sockets (sockets[open_pairs++]);
      run_next_tick (run);
    }
}
