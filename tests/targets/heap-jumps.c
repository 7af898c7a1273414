/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heap-jumps: an allocator of its own whose functions are often left without returning, by
 * longjmp() as by an exception. It tells where they are in its file: probed_malloc, probed_new with
 * its only return instruction, and probed_free. At "malloc" and "new" it makes blocks with the one
 * or the other, half of whose calls fail so, from places with more and with less stack than those;
 * then tells the truth as heap-calls does.
 */
#include "target.h"

#include <link.h>
#include <setjmp.h>
#include <stdlib.h>

#define ROUNDS 1000
#define SIZE 64

static jmp_buf failed;
static char blocks[1 << 20] __attribute__ ((aligned (16)));
static size_t used;
static long allocs;
static long frees;

/* Fails when the size is odd. */
void *take_block (size_t size);
void *probed_malloc (size_t size);
void *probed_new (size_t size);
void probed_free (void *block);
extern const char probed_new_return[];

void *
take_block (size_t size)
{
  char *block = &blocks[used];

  if (size % 2 != 0)
    longjmp (failed, 1);
  used = (used + SIZE) % sizeof blocks;
  return block;
}

__attribute__ ((noinline)) void *
probed_malloc (size_t size)
{
  void *block = take_block (size);

  __asm__ volatile("" : "+r"(block));
  return block;
}

__attribute__ ((noinline)) void
probed_free (void *block)
{
  __asm__ volatile("" : : "r"(block));
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl probed_new, probed_new_return\n"
        "probed_new:\n"
        "  push %rbp\n"
        "  call take_block\n"
        "  pop %rbp\n"
        "probed_new_return:\n"
        "  ret\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl probed_new, probed_new_return\n"
        "probed_new:\n"
        "  stp x29, x30, [sp, -16]!\n"
        "  bl take_block\n"
        "  ldp x29, x30, [sp], 16\n"
        "probed_new_return:\n"
        "  ret\n");
#endif

static __attribute__ ((noinline)) void *
call (void *(*function) (size_t), size_t size, int depth)
{
  volatile char room[64];
  void *block;

  room[0] = (char) depth;
  block = depth > 0 ? call (function, size, depth - 1) : function (size);
  room[1] = room[0];
  return block;
}

/* Each failure leaves the call at one height of the stack, and the next call is at another. */
static void
run (void *(*function) (size_t))
{
  for (volatile int i = 0; i < ROUNDS; i++)
    {
      void *block;

      if (setjmp (failed) == 0)
        call (function, SIZE + 1, i % 7);
      block = call (function, SIZE, i * 5 % 11);
      allocs++;
      if (i % 2 == 0)
        continue;
      probed_free (block);
      frees++;
    }
  target_tell ("allocs", allocs);
  target_tell ("alloc-bytes", allocs * SIZE);
  target_tell ("frees", frees);
  target_tell ("free-bytes", frees * SIZE);
  target_at ("done");
}

struct place
{
  const char *name;
  size_t address;
};

static int
tell_offset (struct dl_phdr_info *module, size_t size, void *data)
{
  const struct place *place = data;

  for (int i = 0; i < module->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &module->dlpi_phdr[i];
      size_t begin = module->dlpi_addr + segment->p_vaddr;

      if (segment->p_type == PT_LOAD && place->address - begin < segment->p_filesz)
        target_tell (place->name, (long long) (place->address - begin + segment->p_offset));
    }
  return 1;
}

int
main (void)
{
  struct place places[] = {
    { "malloc", (size_t) probed_malloc },
    { "new", (size_t) probed_new },
    { "new-return", (size_t) probed_new_return },
    { "free", (size_t) probed_free },
  };

  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    dl_iterate_phdr (tell_offset, &places[i]);
  target_ready ();
  target_await ("malloc");
  run (probed_malloc);
  target_await ("new");
  run (probed_new);
  target_await_exit ();
}
