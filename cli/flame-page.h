/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flame graph as one HTML page that needs nothing else: it opens in any browser, without network, and may load
 * nothing. What the page does is in flame-page.js.
 */
#pragma once

#include "flame-tree.h"

G_BEGIN_DECLS

/* Longer texts are cut. */
#define MEMSNOOP_FLAME_MAXIMUM_TEXT 500

/**
 * memsnoop_flame_page:
 * @title: what it shows.
 * @note: what a reader has to know beside; may be empty.
 *
 * No text, wherever it is from, is taken for HTML or a script.
 *
 * Returns: (transfer full): the page, UTF-8.
 */
gchar *memsnoop_flame_page (const MemsnoopFlameTree *tree,
                            MemsnoopFlameValue       value,
                            const gchar             *title,
                            const gchar             *note);

G_END_DECLS
