/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small curve of a process's private memory over the last minutes, from the least to the most of them. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_GROWTH_CURVE (memsnoop_growth_curve_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopGrowthCurve, memsnoop_growth_curve, MEMSNOOP, GROWTH_CURVE, GtkWidget)

GtkWidget *memsnoop_growth_curve_new (void);
/** @values: bytes, oldest first, 0 where nothing is known; @n of them, copied. */
void       memsnoop_growth_curve_set (MemsnoopGrowthCurve *self,
                                      const guint64       *values,
                                      guint                n);

G_END_DECLS
