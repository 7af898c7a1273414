/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the probes of a session's processes out of their children that are not recorded. For the main loop. */
#pragma once

#include "lease-set.h"

G_BEGIN_DECLS

typedef struct _MemsnoopInheritedProbes MemsnoopInheritedProbes;

/** @leases: on the heaps of the processes; outlives it. */
MemsnoopInheritedProbes *memsnoop_inherited_probes_new         (MemsnoopLeaseSet        *leases);
void                     memsnoop_inherited_probes_free        (MemsnoopInheritedProbes *self);

/** There is such a child. As that takes tens of milliseconds, it is done a moment later, and not too often. */
void                     memsnoop_inherited_probes_remove_soon (MemsnoopInheritedProbes *self);

/** Does nothing from here on. */
void                     memsnoop_inherited_probes_stop        (MemsnoopInheritedProbes *self);

G_END_DECLS
