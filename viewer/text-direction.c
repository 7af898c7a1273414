/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text-direction.h"

#define LEFT_TO_RIGHT_MARK "\u200e"
#define RIGHT_TO_LEFT_MARK "\u200f"
#define FIRST_STRONG_ISOLATE "\u2068"
#define POP_DIRECTIONAL_ISOLATE "\u2069"

gchar *
memsnoop_text_direction_set (const gchar *text, GtkTextDirection direction)
{
  gboolean from_right = direction == GTK_TEXT_DIR_RTL;

  if (!from_right && g_str_is_ascii (text))
    return g_strdup (text);
  return g_strconcat (from_right ? RIGHT_TO_LEFT_MARK : LEFT_TO_RIGHT_MARK, FIRST_STRONG_ISOLATE,
                      text, POP_DIRECTIONAL_ISOLATE, NULL);
}
