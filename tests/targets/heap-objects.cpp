// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * heap-objects: C++ that makes objects in every way there is, and lets their making fail. It tells
 * allocs, frees (-1 when only the library knows) and current-bytes as heap-calls does, and how many
 * exceptions it has caught.
 */
extern "C"
{
#include "target.h"
}

#include <csetjmp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

volatile std::size_t too_large = static_cast<std::size_t> (-1) / 2 - 65536;
constexpr int rounds = 100;

struct alignas (64) Aligned
{
  char bytes[640];
};

struct Plain
{
  char bytes[72];
};

struct Thrower
{
  char bytes[200];
  __attribute__ ((noinline)) explicit Thrower (int number)
  {
    if (number >= 0)
      throw number;
  }
};

struct OutOfMemory
{
};

std::jmp_buf escape;

template <typename Pointer>
void
keep (Pointer &pointer)
{
  __asm__ volatile("" : "+r"(pointer) : : "memory");
}

void
tell (long allocs, long frees, long current, long caught)
{
  target_tell ("allocs", allocs);
  target_tell ("frees", frees);
  target_tell ("current-bytes", current);
  target_tell ("caught", caught);
}

// Half of each are deleted.
void
objects ()
{
  for (int i = 0; i < rounds; i++)
    {
      Plain *plain = new Plain, *array = new Plain[3];
      Aligned *aligned = new Aligned, *aligned_array = new Aligned[2];
      Plain *careful = new (std::nothrow) Plain;

      keep (plain), keep (array), keep (aligned), keep (aligned_array), keep (careful);
      if (i % 2 == 0)
        continue;
      delete plain;
      delete[] array;
      delete aligned;
      delete[] aligned_array;
      delete careful;
    }
  tell (5 * rounds, 5 * rounds / 2, rounds / 2 * (5 * 72 + 3 * 640), 0);
}

void *
try_without_throwing (std::size_t size)
{
  void *block = ::operator new (size, std::nothrow);

  if (block == nullptr)
    block = ::operator new (size, std::align_val_t (64), std::nothrow);
  keep (block);
  return block;
}

// The block is taken back when its constructor throws; the exception is a block, too.
void
constructors ()
{
  long caught = 0;
  Plain *kept = new Plain;

  keep (kept);
  for (int i = 0; i < rounds; i++)
    {
      try
        {
          Thrower *object = new Thrower (i);

          keep (object);
        }
      catch (int)
        {
          caught++;
        }
    }
  tell (1 + 2 * caught, 2 * caught, 72, caught);
}

__attribute__ ((noinline)) long
fall (int depth)
{
  volatile char room[64];
  long result;

  room[0] = static_cast<char> (depth);
  if (depth == 0)
    throw std::runtime_error ("x");
  result = fall (depth - 1) + room[0];
  keep (result);
  return result;
}

// The library may well throw and catch inside.
void
careful ()
{
  for (int i = 0; i < rounds; i++)
    if (try_without_throwing (too_large) != nullptr)
      target_refuse ("careful");
  tell (-1, -1, 0, 0);
}

// Exceptions of the library's, thrown again, through frames that hold blocks.
void
exceptions ()
{
  long caught = 0;

  for (int i = 0; i < rounds; i++)
    {
      try
        {
          Plain *made = new Plain;
          std::unique_ptr<Plain> held (made);

          keep (made);
          try
            {
              fall (i % 7);
            }
          catch (const std::exception &)
            {
              caught++;
              throw;
            }
        }
      catch (const std::runtime_error &)
        {
          caught++;
        }
    }
  // The object, the exception and its text, which has a header that only the library knows.
  tell (3 * rounds, 3 * rounds, 0, caught);
}

void
throw_another ()
{
  throw OutOfMemory ();
}

void
jump_away ()
{
  std::longjmp (escape, 1);
}

// What is called when there is no memory may leave operator new in its own way.
void
handlers ()
{
  volatile long caught = 0;
  volatile long jumped = 0;
  void *block;

  std::set_new_handler (throw_another);
  for (int i = 0; i < rounds; i++)
    try
      {
        block = ::operator new (too_large);
        keep (block);
      }
    catch (const OutOfMemory &)
      {
        caught = caught + 1;
      }
  std::set_new_handler (jump_away);
  for (volatile int i = 0; i < rounds; i++)
    {
      if (setjmp (escape) == 0)
        {
          block = ::operator new (too_large);
          keep (block);
        }
      else
        jumped = jumped + 1;
      block = ::operator new (10);
      keep (block);
    }
  std::set_new_handler (nullptr);
  if (jumped != rounds)
    target_refuse ("handlers");
  tell (rounds + caught, caught, 10 * rounds, caught);
}

// What containers take is no secret: 1, 2, 4, ... elements, then all in one.
void
containers ()
{
  std::vector<Plain> grown;
  std::vector<std::string> texts;

  for (int i = 0; i < 64; i++)
    grown.push_back (Plain ());
  texts.reserve (rounds);
  for (int i = 0; i < rounds; i++)
    texts.emplace_back (static_cast<std::size_t> (99), 'x');
  tell (7 + 1 + rounds, 6,
        static_cast<long> (64 * sizeof (Plain) + rounds * (sizeof (std::string) + 100)), 0);
  target_at ("done");
  target_await ("go");
  texts.clear ();
  texts.shrink_to_fit ();
  tell (7 + 1 + rounds, 6 + 1 + rounds, 64 * sizeof (Plain), 0);
}

const struct
{
  const char *name;
  void (*run) ();
} commands[] = {
  { "objects", objects },       { "constructors", constructors }, { "careful", careful },
  { "exceptions", exceptions }, { "handlers", handlers },         { "containers", containers },
};

} // namespace

int
main ()
{
  target_ready ();
  for (;;)
    {
      const char *command = target_next_command ();
      bool known = false;

      if (std::strcmp (command, "exit") == 0)
        return 0;
      for (const auto &candidate : commands)
        if (std::strcmp (command, candidate.name) == 0)
          {
            candidate.run ();
            known = true;
          }
      if (!known)
        target_refuse (command);
      target_at ("done");
    }
}
