/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the rules for walking the stacks of a recorded process are learnt, and forgotten. */
#pragma once

#include "heap-capture.h"
#include "module-table.h"
#include "worker-jobs.h"

G_BEGIN_DECLS

/** Enters the rules of all frames that were @unwound from where the walk of @capture ended, and of calls near to them as long as a quarter of the room is left. */
void     memsnoop_heap_rules_learn         (MemsnoopWalkRules          *rules,
                                            const MemsnoopHeapCapture  *capture,
                                            const MemsnoopUnwoundStack *unwound);

/** Drops those for addresses at which there is another module @now than @before. */
void     memsnoop_heap_rules_follow        (MemsnoopWalkRules          *rules,
                                            guint32                     program,
                                            const MemsnoopModuleTable  *before,
                                            const MemsnoopModuleTable  *now);

/**
 * memsnoop_heap_rules_list_unknown:
 * @captures: (element-type MemsnoopHeapCapture): those of @program are walked as far as the rules lead, up to @depth frames.
 *
 * Returns: (transfer full) (element-type guint64): where they cannot go on.
 */
GArray  *memsnoop_heap_rules_list_unknown  (const MemsnoopWalkRules    *rules,
                                            const GQueue               *captures,
                                            guint32                     program,
                                            guint                       depth);

/** Whether one of the addresses lies in no module. */
gboolean memsnoop_heap_rules_leads_nowhere (const MemsnoopHeapCapture  *capture,
                                            const MemsnoopModuleTable  *table);

G_END_DECLS
