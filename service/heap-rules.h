/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the rules for walking the stacks of a recorded process are learnt, and forgotten. */
#pragma once

#include "heap-capture.h"
#include "module-table.h"
#include "worker-jobs.h"

G_BEGIN_DECLS

/** Enters the rules of all frames that were @unwound from where the walk of @capture ended. */
void     memsnoop_heap_rules_learn         (MemsnoopWalkRules          *rules,
                                            const MemsnoopHeapCapture  *capture,
                                            const MemsnoopUnwoundStack *unwound);

/** Drops those for addresses at which there is another module @now than @before. */
void     memsnoop_heap_rules_follow        (MemsnoopWalkRules          *rules,
                                            guint32                     program,
                                            const MemsnoopModuleTable  *before,
                                            const MemsnoopModuleTable  *now);

/** Whether one of the addresses lies in no module. */
gboolean memsnoop_heap_rules_leads_nowhere (const MemsnoopHeapCapture  *capture,
                                            const MemsnoopModuleTable  *table);

G_END_DECLS
