/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flame graph: a row for each level of calls, the outermost on top, as wide as the memory that they hold. A click, or Enter on
 * the call that has the focus, makes a call as wide as the graph; Escape and Backspace lead back out; arrows move the
 * focus. It is to be put into what scrolls, but not into a scrolled window of its own, which would keep the wheel from the page.
 */
#pragma once

#include "call-profile.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_FLAME_GRAPH (memsnoop_flame_graph_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopFlameGraph, memsnoop_flame_graph, MEMSNOOP, FLAME_GRAPH, GtkWidget)

GtkWidget *memsnoop_flame_graph_new         (void);
/** @profile: (nullable): zoom and focus stay at the same path of functions, as far as there is one. */
void       memsnoop_flame_graph_set_profile (MemsnoopFlameGraph  *self,
                                             MemsnoopCallProfile *profile);
/** Calls whose text has @text in it, regardless of case, are marked; %NULL or empty for none. */
void       memsnoop_flame_graph_set_search  (MemsnoopFlameGraph  *self,
                                             const gchar         *text);
/** How many calls are marked; @value: what they hold, those within others counted once. */
guint      memsnoop_flame_graph_count_found (MemsnoopFlameGraph *self,
                                             guint64            *value);
/** Moves to the next call that is marked, from the last one to the first. */
void       memsnoop_flame_graph_next_found (MemsnoopFlameGraph  *self);
/** Makes a call as wide as the graph; 0 for all. */
void       memsnoop_flame_graph_zoom        (MemsnoopFlameGraph  *self,
                                             guint                call);
guint      memsnoop_flame_graph_get_zoom    (MemsnoopFlameGraph  *self);
/** The call that is drawn at a place in the widget. */
gboolean   memsnoop_flame_graph_find        (MemsnoopFlameGraph  *self,
                                             double               x,
                                             double               y,
                                             guint               *call);

G_END_DECLS
