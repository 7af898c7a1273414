/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of calls near to those that were met: whoever allocates in one place will do so in its neighbourhood. */
#pragma once

#include "process-image.h"

G_BEGIN_DECLS

/**
 * memsnoop_nearby_rules_add:
 * @mapping: of @image.
 * @address: in it, of an instruction.
 * @rules: (element-type struct memsnoop_walk_rule): gets those for the return addresses of all calls in the page of @address, if
 *   they were not told before. Their keys are the addresses.
 * @most: rules in @rules at most.
 *
 * What looks like a call is taken for one: a rule for an address to which nothing returns does no harm.
 */
void memsnoop_nearby_rules_add (MemsnoopProcessImage  *image,
                                const MemsnoopMapping *mapping,
                                guint64                address,
                                GArray                *rules,
                                guint                  most);

G_END_DECLS
