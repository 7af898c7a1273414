/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drawing in characters of which each has several dots: two by four in Braille, or one by three in
 * ASCII.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopDotCanvas MemsnoopDotCanvas;

/** @columns, @lines: of characters, at least 1. */
MemsnoopDotCanvas *memsnoop_dot_canvas_new         (guint                    columns,
                                                    guint                    lines,
                                                    gboolean                 unicode);
void               memsnoop_dot_canvas_free        (MemsnoopDotCanvas       *self);

/** The size in dots. */
guint              memsnoop_dot_canvas_get_width   (const MemsnoopDotCanvas *self);
guint              memsnoop_dot_canvas_get_height  (const MemsnoopDotCanvas *self);

/** The line of characters, from above, in which dots of this height, from below, are. */
guint              memsnoop_dot_canvas_get_line    (const MemsnoopDotCanvas *self,
                                                    guint                    y);

/** Draws a line from one dot to another, both on the canvas; @y counts from below. */
void               memsnoop_dot_canvas_draw_line   (MemsnoopDotCanvas       *self,
                                                    guint                    from_x,
                                                    guint                    from_y,
                                                    guint                    to_x,
                                                    guint                    to_y);

/** Appends one line of characters, counted from above, without spaces at its end. */
void               memsnoop_dot_canvas_append_line (const MemsnoopDotCanvas *self,
                                                    guint                    line,
                                                    GString                 *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopDotCanvas, memsnoop_dot_canvas_free)

G_END_DECLS
