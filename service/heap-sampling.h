/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of sampled recordings. Blocks are drawn with probability p = 1 - e^(-size / interval), and each that
 * is drawn stands for 1 / p (the Horvitz-Thompson estimator, which is unbiased).
 */
#pragma once

#include <linux/types.h>

#include "memsnoop-heap-layout.h"

#include <glib.h>

G_BEGIN_DECLS

/** Fills the tables of the BPF programs. */
void    memsnoop_heap_sampling_fill     (guint32  logarithms[MEMSNOOP_HEAP_LOGARITHMS + 1],
                                         guint32  weights[MEMSNOOP_HEAP_WEIGHTS + 1]);

/** How many blocks one that was drawn stands for; 1 when @interval is 0, exactly. @size is not 0 otherwise. */
gdouble memsnoop_heap_sampling_count    (guint64  size,
                                         guint64  interval);

/**
 * memsnoop_heap_sampling_variance:
 *
 * What one drawn block adds to the estimated variance of the bytes (its square root is their standard error):
 * size² (1 − p) ÷ p². 0 when @interval is 0.
 */
gdouble memsnoop_heap_sampling_variance (guint64  size,
                                         guint64  interval);

G_END_DECLS
