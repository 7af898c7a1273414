/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "damage.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct
{
  guint64 offset;
  guint64 length;
} Part;

/* The header, the tables, a section, or all. */
static Part
choose_part (const GByteArray *bytes, GRand *random)
{
  Part whole = { 0, bytes->len };
  Part part = whole;
  Elf64_Ehdr header;
  Elf64_Shdr section;

  memcpy (&header, bytes->data, sizeof header);
  switch (g_rand_int_range (random, 0, 8))
    {
    case 0:
      part = (Part){ 0, sizeof header };
      break;
    case 1:
      part = (Part){ header.e_phoff, header.e_phnum * sizeof (Elf64_Phdr) };
      break;
    case 2:
      part = (Part){ header.e_shoff, header.e_shnum * sizeof (Elf64_Shdr) };
      break;
    case 3:
      break;
    default:
      memcpy (&section,
              bytes->data + header.e_shoff +
                  (guint64) g_rand_int_range (random, 0, header.e_shnum) * sizeof section,
              sizeof section);
      if (section.sh_type != SHT_NOBITS)
        part = (Part){ section.sh_offset, section.sh_size };
    }
  return part.length > 0 && part.offset + part.length <= bytes->len ? part : whole;
}

static void
set_number (guint8 *place, gsize room, GRand *random)
{
  static const guint64 extremes[] = { 0,          1,          0x7f,       0xff,       0xffff,
                                      0x7fffffff, 0xffffffff, G_MAXINT64, G_MAXUINT64 };
  guint64 value = extremes[g_rand_int_range (random, 0, G_N_ELEMENTS (extremes))];
  gsize length = (gsize) 1 << g_rand_int_range (random, 0, 4);

  memcpy (place, &value, MIN (length, room));
}

static void
damage_part (GByteArray *bytes, const Part *part, GRand *random)
{
  guint64 position = part->offset + g_rand_int (random) % part->length;
  guint64 other = part->offset + g_rand_int (random) % part->length;
  gsize room = (gsize) MIN (part->offset + part->length - MAX (position, other), 32);

  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      set_number (bytes->data + position, (gsize) (part->offset + part->length - position), random);
      break;
    case 1:
      bytes->data[position] ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
      break;
    case 2:
      bytes->data[position] = (guint8) g_rand_int (random);
      break;
    default:
      memmove (bytes->data + position, bytes->data + other, room);
    }
}

void
damage_elf (GByteArray *bytes, GRand *random)
{
  Part part = choose_part (bytes, random);
  guint n = 1u << g_rand_int_range (random, 0, 7);

  for (guint i = 0; i < n; i++)
    damage_part (bytes, &part, random);
  if (g_rand_int_range (random, 0, 16) == 0)
    g_byte_array_set_size (bytes, g_rand_int (random) % bytes->len);
}

int
damage_to_file (const GByteArray *bytes)
{
  int descriptor = memfd_create ("damaged", MFD_CLOEXEC);

  g_assert_cmpint (descriptor, >=, 0);
  g_assert_cmpint (write (descriptor, bytes->data, bytes->len), ==, bytes->len);
  return descriptor;
}
