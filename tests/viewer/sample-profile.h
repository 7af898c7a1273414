/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles whose numbers are known. */
#pragma once

#include "call-profile.h"

G_BEGIN_DECLS

/**
 * sample_profile:
 * @lines: "outer;middle;inner bytes", as folded stacks are written; %NULL-terminated.
 *
 * Returns: (transfer full): of the heap of a process "tree" with number 7, which holds just this.
 */
MemsnoopCallProfile *sample_profile (const gchar *const *lines);
/** The number of the first call of this name, which there has to be. */
guint                sample_profile_find (MemsnoopCallProfile *profile,
                                          const gchar         *text);

G_END_DECLS
