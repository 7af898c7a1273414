/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules by which the programs in the kernel walk call stacks; they only read it. One writer at a time. */
#pragma once

#include <glib.h>
#include <linux/types.h>

#include "memsnoop-walk-layout.h"

G_BEGIN_DECLS

/**
 * MemsnoopWalkRules:
 * @table: of @length rules, a power of two.
 * @used: places that are or were taken.
 * @refused: rules that found no room.
 */
typedef struct
{
  struct memsnoop_walk_rule *table;
  gsize                      length;
  guint                      used;
  guint                      refused;
} MemsnoopWalkRules;

/** Returns: (nullable): the rule for an address, which may have MEMSNOOP_WALK_EXACT, of a program. */
const struct memsnoop_walk_rule *memsnoop_walk_rules_find  (const MemsnoopWalkRules         *self,
                                                            guint64                          address,
                                                            guint32                          program);

/**
 * memsnoop_walk_rules_enter:
 * @rule: its key is not looked at.
 *
 * In place of what is there for the address.
 *
 * Returns: %FALSE without room, which is counted.
 */
gboolean                         memsnoop_walk_rules_enter (MemsnoopWalkRules               *self,
                                                            guint64                          address,
                                                            guint32                          program,
                                                            const struct memsnoop_walk_rule *rule);

/** Whether the rule for an address (without MEMSNOOP_WALK_EXACT) of this program is to be dropped. */
typedef gboolean (*MemsnoopWalkRuleFunction) (guint64 address, gpointer user_data);

/**
 * memsnoop_walk_rules_drop:
 * @program: rules of other programs are dropped, too.
 * @function: (nullable): %NULL drops all.
 */
void                             memsnoop_walk_rules_drop  (MemsnoopWalkRules               *self,
                                                            guint32                          program,
                                                            MemsnoopWalkRuleFunction         function,
                                                            gpointer                         user_data);

G_END_DECLS
