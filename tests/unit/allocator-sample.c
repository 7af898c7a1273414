/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module that defines functions of the malloc family in every way that a file can. It is read,
 * and never run. */
#include <stddef.h>

#ifdef SAMPLE_GO
__attribute__ ((section (".go.buildinfo"), used)) static const char build[16] = "Go";
#endif

void *malloc (size_t size);
void free (void *block);
void *memalign (size_t alignment, size_t size);
void *aligned_alloc (size_t alignment, size_t size);
void *calloc (size_t count, size_t size);
void *_Znwm (size_t size);
void *_Znam (size_t size);
void _ZdlPv (void *block);
void _ZdaPv (void *block);
void _ZdlPvm (void *block, size_t size);
void *_ZnwmSt11align_val_t (size_t size, size_t alignment);
void sample_release (void *block);
void *sample_slow_path (size_t size);
int mallctl (const char *name);

static char heap[64];
/* So that the compiler knows nothing. */
volatile int mallctl_calls;

__attribute__ ((noinline)) void *
malloc (size_t size)
{
  return size < sizeof heap && mallctl_calls ? heap : NULL;
}

__attribute__ ((noinline)) void
free (void *block)
{
  mallctl_calls += block == heap;
}

__attribute__ ((noinline)) void *
memalign (size_t alignment, size_t size)
{
  return alignment > 1 && mallctl_calls ? heap + size : NULL;
}

void *aligned_alloc (size_t alignment, size_t size) __attribute__ ((alias ("memalign")));

static void *
calloc_of_this_machine (size_t count, size_t size)
{
  return count * size < sizeof heap ? heap : NULL;
}

static void *(*choose_calloc (void)) (size_t, size_t)
{
  return calloc_of_this_machine;
}

void *calloc (size_t count, size_t size) __attribute__ ((ifunc ("choose_calloc")));

/* Not by malloc(). */
void *
_Znwm (size_t size)
{
  if (mallctl_calls > 3)
    return heap;
  return size > 16 ? heap + 1 : heap + 2;
}

/* By malloc(). */
void *
_Znam (size_t size)
{
  void *block = malloc (size);

  mallctl_calls++;
  return block;
}

void
_ZdlPv (void *block)
{
  free (block);
}

__attribute__ ((noinline)) void
sample_release (void *block)
{
  free (block);
}

/* By free(), and one more between. */
void
_ZdlPvm (void *block, size_t size)
{
  sample_release (block);
}

__attribute__ ((noinline)) void *
sample_slow_path (size_t size)
{
  mallctl_calls++;
  return heap + size;
}

/* Returns in another function, too. */
void *
_ZnwmSt11align_val_t (size_t size, size_t alignment)
{
  return mallctl_calls > 3 ? heap + alignment : sample_slow_path (size);
}

/* Not by free(). */
void
_ZdaPv (void *block)
{
  mallctl_calls += block != heap;
}

int
mallctl (const char *name)
{
  return name[0];
}

/* No function of the family. */
static __attribute__ ((noinline, used)) void *
realloc (void *block, size_t size)
{
  return (char *) block + size;
}
