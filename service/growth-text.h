/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report on growth for people; heap-report.h is what others call. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/**
 * memsnoop_growth_text_append:
 * @limit: call stacks to show; 0 for all.
 * @end: how long @text may become; what stands above the call stacks is written in any case.
 *
 * Returns: whether call stacks were left out for want of space.
 */
gboolean memsnoop_growth_text_append (GString                    *text,
                                      const MemsnoopHeapSnapshot *growth,
                                      guint                       limit,
                                      gsize                       end);

G_END_DECLS
