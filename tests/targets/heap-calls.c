/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-calls: does what each command names with the allocator, and tells what a recording of the
 * heap has to show of it: allocs, frees, alloc-bytes, free-bytes and, where it is not just
 * their difference, peak-bytes; untracked is how many blocks of before it frees, -1 when that is
 * not known.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024 * 1024)

/* The optimizer knows what the allocator does, and would leave some of it out. */
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

static void *before[10];
static volatile size_t too_large = SIZE_MAX / 2 - 4096;
static volatile size_t many = SIZE_MAX / 8;
static volatile size_t nothing = 0;

static void
tell (long allocs, long frees, long alloc_bytes, long free_bytes)
{
  target_tell ("allocs", allocs);
  target_tell ("frees", frees);
  target_tell ("alloc-bytes", alloc_bytes);
  target_tell ("free-bytes", free_bytes);
}

static void *
allocate (size_t size)
{
  void *block = malloc (size);

  if (block == NULL)
    target_fail ("malloc");
  KEEP (block);
  return block;
}

static void
plain (void)
{
  void *blocks[1000];

  for (int i = 0; i < 1000; i++)
    blocks[i] = allocate ((size_t) i + 1);
  for (int i = 0; i < 500; i++)
    free (blocks[i]);
  tell (1000, 500, 1000 * 1001 / 2, 500 * 501 / 2);
}

/* The allocator gets such a block from the kernel, and gives it back. */
static void
large (void)
{
  void *kept = allocate (MIB), *freed = allocate (3 * MIB);

  free (freed);
  KEEP (kept);
  tell (2, 1, 4 * MIB, 3 * MIB);
}

static void
check (const void *block, const char *what)
{
  if (block == NULL)
    target_fail (what);
}

static void
family (void)
{
  void *blocks[8] = { 0 };

  check (blocks[0] = calloc (10, 100), "calloc");
  check (blocks[1] = realloc (NULL, 2000), "realloc");
  check (blocks[2] = reallocarray (NULL, 30, 100), "reallocarray");
  if (posix_memalign (&blocks[3], 256, 4000) != 0)
    target_fail ("posix_memalign");
  check (blocks[4] = aligned_alloc (64, 4992), "aligned_alloc");
  check (blocks[5] = memalign (4096, 6000), "memalign");
#ifdef __GLIBC__
  check (blocks[6] = valloc (7000), "valloc");
  check (blocks[7] = pvalloc (8000), "pvalloc");
#else
  /* They are not everywhere. */
  check (blocks[6] = memalign (4096, 7000), "memalign");
  check (blocks[7] = memalign (4096, 8000), "memalign");
#endif
  for (int i = 0; i < 4; i++)
    free (blocks[i]);
  KEEP (blocks[7]);
  tell (8, 4, 35992, 10000);
}

static void *
allocate_in_thread (void *data)
{
  free (allocate (100));
  return allocate (50);
}

/* The thread that is made first leaves a stack to those that follow: making them allocates nothing
 * then. */
static void
run_thread (void *(*function) (void *data), void *data, void **result)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, function, data) != 0)
    target_fail ("pthread_create");
  pthread_join (thread, result);
}

static void *
return_at_once (void *data)
{
  return data;
}

/* At the end of a thread the C library frees the thread's cache, which nobody has allocated by a
 * call. */
static void
tell_of_threads (long allocs, long bytes)
{
  tell (allocs, allocs, bytes, bytes);
  target_tell ("untracked", -1);
}

/* The first call of a thread makes the thread's cache, from the heap. */
static void
first_in_thread (void)
{
  void *block;

  run_thread (allocate_in_thread, NULL, &block);
  free (block);
  tell_of_threads (2, 150);
}

static void
failures (void)
{
  void *kept = allocate (1000), *block = NULL, *more;

  if (malloc (too_large) != NULL || calloc (many, 16) != NULL || calloc (too_large, 1) != NULL ||
      realloc (kept, too_large) != NULL || reallocarray (kept, many, 16) != NULL ||
      posix_memalign (&block, 64, too_large) == 0 || posix_memalign (&block, 3, 10) == 0 ||
      aligned_alloc (64, too_large) != NULL || memalign (4096, too_large) != NULL)
    target_refuse ("failures");
  /* Still live after its failed growth, and known. */
  more = realloc (kept, 3000);
  check (more, "realloc");
  free (more);
  tell (2, 2, 4000, 4000);
  target_tell ("peak-bytes", 3000);
}

static void
realloc_to_nothing (void)
{
  void *block = allocate (500), *result;

  result = realloc (block, nothing);
  KEEP (result);
  free (NULL);
  tell (1, 1, 500, 500);
}

static void
free_of_before (void)
{
  void *grown;

  for (int i = 0; i < 8; i++)
    free (before[i]);
  grown = realloc (before[8], 5000);
  check (grown, "realloc");
  before[8] = grown;
  tell (1, 0, 5000, 0);
  target_tell ("untracked", 8);
}

static void
realloc_mapped (void)
{
  char *block = allocate (MIB);

  for (int i = 2; i <= 8; i++)
    check (block = realloc (block, (size_t) i * MIB), "realloc");
  check (block = realloc (block, 100), "realloc");
  KEEP (block);
  tell (9, 8, 36L * MIB + 100, 36L * MIB);
  target_tell ("peak-bytes", 8L * MIB);
}

static void *
free_and_take (void *data)
{
  void *again;

  free (data);
  again = allocate (64);
  KEEP (again);
  return again;
}

/* Blocks go to another thread, which frees them and is given the same addresses. */
static void
crossing (void)
{
  enum
  {
    ROUNDS = 200,
  };

  for (int i = 0; i < ROUNDS; i++)
    {
      void *block = allocate (64);

      run_thread (free_and_take, block, &block);
      free (block);
    }
  tell_of_threads (2 * ROUNDS, 2 * ROUNDS * 64);
}

/* The child's heap is a copy, and none of what it does with it is its parent's. */
static void
fork_child (void)
{
  void *block = allocate (300);
  pid_t child = fork ();

  if (child < 0)
    target_fail ("fork");
  if (child == 0)
    {
      for (int i = 0; i < 100; i++)
        {
          free (block);
          block = allocate (300);
        }
      _exit (0);
    }
  waitpid (child, NULL, 0);
  free (block);
  tell (1, 1, 300, 300);
}

/* Blocks made in three places, two of them by one function at two heights of the stack. */
static __attribute__ ((noinline)) void
make (int count, size_t size)
{
  for (int i = 0; i < count; i++)
    {
      void *block = allocate (size);

      KEEP (block);
    }
}

static __attribute__ ((noinline)) void
make_deeper (int count, size_t size)
{
  volatile char room[256];

  room[0] = 1;
  make (count, size);
  room[1] = room[0];
}

static void
contexts (void)
{
  void *single = malloc (7);

  KEEP (single);
  for (int round = 0; round < 5; round++)
    {
      make (10, 100);
      make_deeper (20, 200);
    }
  tell (151, 0, 25007, 0);
}

static char *
map (size_t size, int flags, int file)
{
  char *pages = mmap (NULL, size, PROT_READ, flags, file, 0);

  if (pages == MAP_FAILED)
    target_fail ("mmap");
  return pages;
}

/* Pages of the program's own, beside those of the allocator, of a thread's stack and of files. */
static void
mappings (void)
{
  const int own = MAP_PRIVATE | MAP_ANONYMOUS;
  int file = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  void *block = allocate (3 * MIB);
  char *moved = map (65536, own, -1), *cut = map (65536, own, -1), *kept = map (MIB, own, -1);

  munmap (map (2 * MIB, own, -1), 2 * MIB);
  moved = mremap (moved, 65536, 131072, MREMAP_MAYMOVE);
  munmap (cut, 16384);
  munmap (map (4096, MAP_PRIVATE, file), 4096);
  if (mmap (NULL, 0, PROT_READ, own, -1, 0) != MAP_FAILED || moved == MAP_FAILED)
    target_refuse ("mappings");
  KEEP (kept);
  free (block);
  tell (1, 1, 3 * MIB, 3 * MIB);
  target_tell ("maps", 6);
  target_tell ("map-bytes", 3 * MIB + 65536 + 131072 + 65536 + 49152);
  target_tell ("unmaps", 3);
  target_tell ("unmap-bytes", 2 * MIB + 65536 + 65536);
}

static void
execute_again (void)
{
  char name[] = "heap-calls";
  char *arguments[] = { name, NULL };

  execv ("/proc/self/exe", arguments);
  target_fail ("execv");
}

static const TargetCommand commands[] = {
  { "plain", plain },
  { "large", large },
  { "family", family },
  { "first-in-thread", first_in_thread },
  { "failures", failures },
  { "realloc-to-nothing", realloc_to_nothing },
  { "free-of-before", free_of_before },
  { "realloc-mapped", realloc_mapped },
  { "crossing", crossing },
  { "fork", fork_child },
  { "contexts", contexts },
  { "mappings", mappings },
  { "exec", execute_again },
  { NULL, NULL },
};

int
main (void)
{
  for (int i = 0; i < 10; i++)
    before[i] = allocate (4000);
  run_thread (return_at_once, NULL, NULL);
  target_ready ();
  target_serve (commands);
  return 0;
}
