/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-instruction.h"

#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Bytes: call *disp32(base, index, scale). A REX prefix may stand before any. */
#define LONGEST 7

/* The length of an indirect call (FF /2) by its ModRM and SIB bytes; 0 when it is none. */
static gsize
indirect_length (const guint8 *bytes)
{
  guint8 modrm = bytes[1];
  guint mode = modrm >> 6;
  guint base = modrm & 7;
  gsize length = 2;

  if (bytes[0] != 0xff || (modrm >> 3 & 7) != 2)
    return 0;
  if (mode == 3)
    return length;
  if (base == 4)
    {
      length++;
      if (mode == 0 && (bytes[2] & 7) == 5)
        return length + 4;
    }
  if (mode == 0)
    return base == 5 ? length + 4 : length;
  return length + (mode == 1 ? 1 : 4);
}

static gboolean
may_be_call (const guint8 before[LONGEST])
{
  if (before[LONGEST - 5] == 0xe8)
    return TRUE;
  for (gsize length = 2; length <= LONGEST; length++)
    {
      guint8 bytes[LONGEST + 1] = { 0 };

      memcpy (bytes, before + LONGEST - length, length);
      if (indirect_length (bytes) == length)
        return TRUE;
    }
  return FALSE;
}

gsize
memsnoop_call_instruction_get_length (const guint8 *code, gsize room)
{
  guint8 bytes[LONGEST + 1] = { 0 };
  gsize length;

  if (room == 0 || (code[0] != 0xe8 && code[0] != 0xff))
    return 0;
  memcpy (bytes, code, MIN (room, LONGEST));
  length = bytes[0] == 0xe8 ? 5 : indirect_length (bytes);
  return length <= room ? length : 0;
}

gboolean
memsnoop_call_instruction_get_distance (const guint8 *code, gint64 *distance)
{
  gint32 given;

  if (code[0] != 0xe8)
    return FALSE;
  memcpy (&given, code + 1, sizeof given);
  *distance = given;
  return TRUE;
}

#else

#define LONGEST 4

/* BL, BLR and BLRA* of AArch64. */
static gboolean
may_be_call (const guint8 before[LONGEST])
{
  guint32 instruction;

  memcpy (&instruction, before, sizeof instruction);
  return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfefff000) == 0xd63f0000;
}

gsize
memsnoop_call_instruction_get_length (const guint8 *code, gsize room)
{
  return room >= LONGEST && may_be_call (code) ? LONGEST : 0;
}

gboolean
memsnoop_call_instruction_get_distance (const guint8 *code, gint64 *distance)
{
  return FALSE;
}

#endif

gboolean
memsnoop_call_instruction_ends (const MemsnoopModuleFile *file, guint64 offset)
{
  guint8 before[LONGEST];

  if (offset < LONGEST || offset > memsnoop_module_file_get_size (file))
    return FALSE;
  return pread (memsnoop_module_file_get_descriptor (file), before, LONGEST,
                (off_t) (offset - LONGEST)) == LONGEST &&
         may_be_call (before);
}
