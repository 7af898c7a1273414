/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal-keys.h"

#include <string.h>

#define ESCAPE '\033'

/* Longer ones are of no terminal: their bytes are thrown away rather than kept for ever. */
#define LONGEST_SEQUENCE 32

static const struct
{
  const gchar *ending;
  guint key;
} sequences[] = {
  { "A", MEMSNOOP_KEY_UP },    { "B", MEMSNOOP_KEY_DOWN },     { "C", MEMSNOOP_KEY_RIGHT },
  { "D", MEMSNOOP_KEY_LEFT },  { "H", MEMSNOOP_KEY_HOME },     { "F", MEMSNOOP_KEY_END },
  { "1~", MEMSNOOP_KEY_HOME }, { "7~", MEMSNOOP_KEY_HOME },    { "4~", MEMSNOOP_KEY_END },
  { "8~", MEMSNOOP_KEY_END },  { "5~", MEMSNOOP_KEY_PAGE_UP }, { "6~", MEMSNOOP_KEY_PAGE_DOWN },
};

static guint
find_sequence (const gchar *ending, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sequences); i++)
    if (strlen (sequences[i].ending) == length && memcmp (sequences[i].ending, ending, length) == 0)
      return sequences[i].key;
  return MEMSNOOP_KEY_UNKNOWN;
}

/* ESC [ or ESC O, parameters, and a last byte from @ to ~. */
static gsize
take_sequence (const gchar *bytes, gsize length, guint *key)
{
  gsize end = 2;

  *key = MEMSNOOP_KEY_UNKNOWN;
  if (length < 2)
    return 0;
  /* Escape alone, and then another key. */
  if (bytes[1] != '[' && bytes[1] != 'O')
    return 1;

  while (end < length && (bytes[end] < '@' || bytes[end] > '~'))
    if (++end >= LONGEST_SEQUENCE)
      return end;
  if (end >= length)
    return 0;

  *key = find_sequence (bytes + 2, end + 1 - 2);
  return end + 1;
}

gsize
memsnoop_terminal_keys_next (const gchar *bytes, gsize length, guint *key)
{
  gunichar character;

  if (length == 0)
    return 0;
  if (bytes[0] == ESCAPE)
    return take_sequence (bytes, length, key);

  character = g_utf8_get_char_validated (bytes, (gssize) length);
  if (character == (gunichar) -2 && length < 4)
    return 0;
  if (character >= (gunichar) -2)
    {
      *key = MEMSNOOP_KEY_UNKNOWN;
      return 1;
    }

  *key = character;
  return (gsize) g_unichar_to_utf8 (character, NULL);
}
