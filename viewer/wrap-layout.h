/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two widgets beside each other where there is room, the second one with what is left of it; otherwise below each other. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_WRAP_LAYOUT (memsnoop_wrap_layout_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopWrapLayout, memsnoop_wrap_layout, MEMSNOOP, WRAP_LAYOUT, GtkLayoutManager)

G_END_DECLS
