/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes a terminal sends, as keys. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A key is the character it types, or one of these. */
typedef enum
{
  /* Nothing to be done: a sequence that is not known, or a byte that is no character. */
  MEMSNOOP_KEY_UNKNOWN = 0,
  MEMSNOOP_KEY_CONTROL_C = 3,
  MEMSNOOP_KEY_UP = 0x110000,
  MEMSNOOP_KEY_DOWN,
  MEMSNOOP_KEY_LEFT,
  MEMSNOOP_KEY_RIGHT,
  MEMSNOOP_KEY_PAGE_UP,
  MEMSNOOP_KEY_PAGE_DOWN,
  MEMSNOOP_KEY_HOME,
  MEMSNOOP_KEY_END,
} MemsnoopKey;

/**
 * memsnoop_terminal_keys_next:
 * @bytes: (array length=length): what the terminal sent.
 *
 * Takes the first key from @bytes. Returns: how many bytes it took; 0 when its end has not
 * arrived yet.
 */
gsize memsnoop_terminal_keys_next (const gchar *bytes,
                                   gsize        length,
                                   guint       *key);

G_END_DECLS
