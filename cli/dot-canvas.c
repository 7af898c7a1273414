/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dot-canvas.h"

#include <stdlib.h>

/* U+2800 and up: a bit for each dot that is set. */
#define BRAILLE_BLANK 0x2800

static const guint8 braille_bits[4][2] = {
  { 0x01, 0x08 },
  { 0x02, 0x10 },
  { 0x04, 0x20 },
  { 0x40, 0x80 },
};

/* By the dots that are set, the uppermost being bit 0. */
static const gchar ascii_characters[8] = { ' ', '\'', '-', '|', '.', '|', '|', '|' };

struct _MemsnoopDotCanvas
{
  guint columns;
  guint lines;
  guint dots_across;
  guint dots_down;
  gboolean unicode;
  guint8 *cells;
};

MemsnoopDotCanvas *
memsnoop_dot_canvas_new (guint columns, guint lines, gboolean unicode)
{
  MemsnoopDotCanvas *self = g_new0 (MemsnoopDotCanvas, 1);

  self->columns = columns;
  self->lines = lines;
  self->dots_across = unicode ? 2 : 1;
  self->dots_down = unicode ? 4 : 3;
  self->unicode = unicode;
  self->cells = g_new0 (guint8, (gsize) columns * lines);
  return self;
}

void
memsnoop_dot_canvas_free (MemsnoopDotCanvas *self)
{
  g_free (self->cells);
  g_free (self);
}

guint
memsnoop_dot_canvas_get_width (const MemsnoopDotCanvas *self)
{
  return self->columns * self->dots_across;
}

guint
memsnoop_dot_canvas_get_height (const MemsnoopDotCanvas *self)
{
  return self->lines * self->dots_down;
}

guint
memsnoop_dot_canvas_get_line (const MemsnoopDotCanvas *self, guint y)
{
  return self->lines - 1 - y / self->dots_down;
}

static void
set_dot (MemsnoopDotCanvas *self, guint x, guint y)
{
  guint line = memsnoop_dot_canvas_get_line (self, y);
  guint across = x % self->dots_across;
  guint down = self->dots_down - 1 - y % self->dots_down;
  guint8 bit = self->unicode ? braille_bits[down][across] : (guint8) (1 << down);

  self->cells[(gsize) line * self->columns + x / self->dots_across] |= bit;
}

/* Bresenham's. */
void
memsnoop_dot_canvas_draw_line (
    MemsnoopDotCanvas *self, guint from_x, guint from_y, guint to_x, guint to_y)
{
  gint x = (gint) from_x, y = (gint) from_y;
  gint width = abs ((gint) to_x - x), height = abs ((gint) to_y - y);
  gint right = (gint) to_x > x ? 1 : -1, up = (gint) to_y > y ? 1 : -1;
  gint error = width - height;

  for (;;)
    {
      gint twice = 2 * error;

      set_dot (self, (guint) x, (guint) y);
      if (x == (gint) to_x && y == (gint) to_y)
        return;
      if (twice > -height)
        {
          error -= height;
          x += right;
        }
      if (twice < width)
        {
          error += width;
          y += up;
        }
    }
}

void
memsnoop_dot_canvas_append_line (const MemsnoopDotCanvas *self, guint line, GString *text)
{
  const guint8 *cells = self->cells + (gsize) line * self->columns;
  guint used = self->columns;

  while (used > 0 && cells[used - 1] == 0)
    used--;
  for (guint i = 0; i < used; i++)
    if (cells[i] == 0)
      g_string_append_c (text, ' ');
    else if (self->unicode)
      g_string_append_unichar (text, BRAILLE_BLANK + cells[i]);
    else
      g_string_append_c (text, ascii_characters[cells[i]]);
}
