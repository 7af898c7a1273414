/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library that counts all calls of the allocator by being in their way: loaded by LD_PRELOAD, it
 * is an independent witness of what a program does. It has heap-stopper.c in it, which says when to
 * begin and to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own names of what is replaced here. */
void *__libc_malloc (size_t size);
void *__libc_calloc (size_t count, size_t size);
void *__libc_realloc (void *block, size_t size);
void *__libc_memalign (size_t alignment, size_t size);
void *__libc_valloc (size_t size);
void *__libc_pvalloc (size_t size);
void __libc_free (void *block);

void *malloc (size_t size);
void *calloc (size_t count, size_t size);
void *realloc (void *block, size_t size);
void *reallocarray (void *block, size_t count, size_t size);
void *memalign (size_t alignment, size_t size);
void *aligned_alloc (size_t alignment, size_t size);
int posix_memalign (void **block, size_t alignment, size_t size);
void *valloc (size_t size);
void *pvalloc (size_t size);
void free (void *block);
void heap_counter_begin (void);
void heap_counter_end (const char *file);

/* A power of two, and more than a program of the tests ever has. */
#define SLOTS (1UL << 22)
#define GONE 1

/* Live blocks by their addresses. */
struct slot
{
  uintptr_t address; /* 0: free, GONE: it was used */
  size_t size;
};

static struct slot *slots;
static int lock;
static long allocs;
static long frees;
static long alloc_bytes;
static long free_bytes;
static long untracked;

static void
take_lock (void)
{
  while (__atomic_exchange_n (&lock, 1, __ATOMIC_ACQUIRE) != 0)
    ;
}

static void
leave_lock (void)
{
  __atomic_store_n (&lock, 0, __ATOMIC_RELEASE);
}

static size_t
place_of (uintptr_t address)
{
  return address / 16 * 0x9e3779b97f4a7c15UL >> 20 & (SLOTS - 1);
}

static void
insert (void *block, size_t size)
{
  size_t i;

  if (slots == NULL || block == NULL)
    return;
  take_lock ();
  for (i = place_of ((uintptr_t) block); slots[i].address > GONE;)
    i = (i + 1) & (SLOTS - 1);
  slots[i] = (struct slot){ (uintptr_t) block, size };
  allocs++;
  alloc_bytes += (long) size;
  leave_lock ();
}

/* The block is as good as gone; false when it is not known. */
static bool
drop (void *block, size_t *size)
{
  size_t i;
  bool found;

  if (slots == NULL || block == NULL)
    return false;
  take_lock ();
  for (i = place_of ((uintptr_t) block);
       slots[i].address != 0 && slots[i].address != (uintptr_t) block;)
    i = (i + 1) & (SLOTS - 1);
  found = slots[i].address == (uintptr_t) block;
  if (found)
    {
      *size = slots[i].size;
      slots[i].address = GONE;
      frees++;
      free_bytes += (long) *size;
    }
  leave_lock ();
  return found;
}

/* What realloc() has not taken after all. */
static void
put_back (void *block, size_t size)
{
  insert (block, size);
  take_lock ();
  allocs--;
  frees--;
  alloc_bytes -= (long) size;
  free_bytes -= (long) size;
  leave_lock ();
}

void *
malloc (size_t size)
{
  void *block = __libc_malloc (size);

  insert (block, size);
  return block;
}

void *
calloc (size_t count, size_t size)
{
  void *block = __libc_calloc (count, size);

  insert (block, count * size);
  return block;
}

void *
realloc (void *block, size_t size)
{
  size_t old = 0;
  bool known = drop (block, &old);
  void *more = __libc_realloc (block, size);

  insert (more, size);
  if (more == NULL && known && size > 0)
    put_back (block, old);
  return more;
}

void *
reallocarray (void *block, size_t count, size_t size)
{
  size_t whole;

  if (!__builtin_mul_overflow (count, size, &whole))
    return realloc (block, whole);
  errno = ENOMEM;
  return NULL;
}

void *
memalign (size_t alignment, size_t size)
{
  void *block = __libc_memalign (alignment, size);

  insert (block, size);
  return block;
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return memalign (alignment, size);
}

int
posix_memalign (void **result, size_t alignment, size_t size)
{
  void *block;

  if (alignment < sizeof (void *) || (alignment & (alignment - 1)) != 0)
    return EINVAL;
  block = memalign (alignment, size);
  if (block == NULL)
    return ENOMEM;
  *result = block;
  return 0;
}

void *
valloc (size_t size)
{
  void *block = __libc_valloc (size);

  insert (block, size);
  return block;
}

void *
pvalloc (size_t size)
{
  void *block = __libc_pvalloc (size);

  insert (block, size);
  return block;
}

void
free (void *block)
{
  size_t size;

  if (slots != NULL && block != NULL && !drop (block, &size))
    __atomic_fetch_add (&untracked, 1, __ATOMIC_RELAXED);
  __libc_free (block);
}

void
heap_counter_begin (void)
{
  void *memory = mmap (NULL, SLOTS * sizeof (struct slot), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  slots = memory != MAP_FAILED ? memory : NULL;
}

void
heap_counter_end (const char *file)
{
  char text[256];
  int descriptor = open (file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int length = snprintf (text, sizeof text, "%ld %ld %ld %ld %ld\n", allocs, frees, alloc_bytes,
                         free_bytes, untracked);

  slots = NULL;
  if (descriptor < 0 || write (descriptor, text, (size_t) length) != length)
    _exit (1);
  close (descriptor);
}
