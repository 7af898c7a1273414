/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-own: a program that has an allocator of its own, with the functions of C23, and uses it as
 * none of a C library can be relied on to bear. It tells what heap-calls does.
 */
#include "target.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ALIGNMENT 64
#define MEMORY_BYTES (4 * 1024 * 1024)
/* Sizes with a meaning: see malloc(). */
#define SIGNAL 4711

void *malloc (size_t size);
void *calloc (size_t count, size_t size);
void *realloc (void *block, size_t size);
void *aligned_alloc (size_t alignment, size_t size);
void free (void *block);
void free_sized (void *block, size_t size);
void free_aligned_sized (void *block, size_t alignment, size_t size);

static char memory[MEMORY_BYTES] __attribute__ ((aligned (ALIGNMENT)));
static char signal_stack[65536] __attribute__ ((aligned (16)));
static size_t used;
static void *volatile last;

/* Nothing is used twice. */
static void *
take (size_t size)
{
  size_t whole = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);

  if (size > MEMORY_BYTES || whole > MEMORY_BYTES - used)
    return NULL;
  used += whole;
  return &memory[used - whole];
}

/* With a certain size a signal comes in the middle. */
__attribute__ ((noinline)) void *
malloc (size_t size)
{
  void *block = take (size);

  if (size == SIGNAL)
    raise (SIGUSR1);
  __asm__ volatile("" : "+r"(block));
  return block;
}

__attribute__ ((noinline)) void *
calloc (size_t count, size_t size)
{
  void *block = size == 0 || count <= SIZE_MAX / size ? take (count * size) : NULL;

  if (block != NULL)
    memset (block, 0, count * size);
  return block;
}

__attribute__ ((noinline)) void *
realloc (void *block, size_t size)
{
  void *more = take (size);

  if (more != NULL && block != NULL)
    memmove (more, block, size);
  return more;
}

__attribute__ ((noinline)) void *
aligned_alloc (size_t alignment, size_t size)
{
  void *block = alignment <= ALIGNMENT ? take (size) : NULL;

  __asm__ volatile("" : "+r"(block));
  return block;
}

__attribute__ ((noinline)) void
free (void *block)
{
  last = block;
}

__attribute__ ((noinline)) void
free_sized (void *block, size_t size)
{
  last = (char *) block + size;
}

__attribute__ ((noinline)) void
free_aligned_sized (void *block, size_t alignment, size_t size)
{
  last = (char *) block + size + alignment;
}

static void
tell (long allocs, long frees, long alloc_bytes, long free_bytes)
{
  target_tell ("allocs", allocs);
  target_tell ("frees", frees);
  target_tell ("alloc-bytes", alloc_bytes);
  target_tell ("free-bytes", free_bytes);
}

/* C23's way to free, and the other. */
static void
sized (void)
{
  for (int i = 0; i < 30; i++)
    {
      void *volatile plain = malloc (100);
      void *volatile aligned = aligned_alloc (ALIGNMENT, 640);

      if (i % 3 == 0)
        free (plain);
      if (i % 3 == 1)
        free_sized (plain, 100);
      if (i % 2 == 0)
        free_aligned_sized (aligned, ALIGNMENT, 640);
    }
  tell (60, 35, 22200, 2000 + 15 * 640);
}

/* An address within a block is none of a block. */
static void
interior (void)
{
  char *volatile block = malloc (1000);

  last = block + 16;
  free (last);
  last = block + 500;
  free (last);
  tell (1, 0, 1000, 0);
  target_tell ("untracked", 2);
}

/* The second time there is nothing to free. */
static void
twice (void)
{
  void *volatile block = malloc (1000);
  void *volatile other = malloc (10);

  free (block);
  free (other);
  free (block);
  tell (2, 2, 1010, 1010);
  target_tell ("untracked", 1);
}

static void
allocate_in_handler (int number)
{
  last = malloc (50);
}

static void
signal_within (int flags)
{
  struct sigaction action = { .sa_handler = allocate_in_handler, .sa_flags = flags };

  sigaction (SIGUSR1, &action, NULL);
  for (int i = 0; i < 10; i++)
    {
      last = malloc (SIGNAL);
      last = malloc (100);
    }
}

/* What a handler takes in the middle of malloc() is not told from what malloc() itself takes. */
static void
interrupted (void)
{
  signal_within (0);
  tell (20, 0, 10 * (SIGNAL + 100), 0);
}

/* On another stack it is: but then it is the interrupted call whose return is not known. */
static void
interrupted_aside (void)
{
  stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };

  sigaltstack (&stack, NULL);
  signal_within (SA_ONSTACK);
  tell (20, 0, 10 * (50 + 100), 0);
  target_tell ("abandoned", 10);
}

static const TargetCommand commands[] = {
  { "sized", sized },
  { "interior", interior },
  { "twice", twice },
  { "interrupted", interrupted },
  { "interrupted-aside", interrupted_aside },
  { NULL, NULL },
};

int
main (void)
{
  target_ready ();
  target_serve (commands);
  return 0;
}
